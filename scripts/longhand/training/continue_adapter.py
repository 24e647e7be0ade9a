"""Trains an adapter further, with TRL's trainer and its own settings. A program for the training environment's Python.

`accelerate launch … continue_adapter.py sft|dpo ADAPTER --config FILE`, in place of `trl sft|dpo --config FILE`: that
takes whole models only, and lays a new adapter over them. The adapter's shape is what its own file says; only the
dropout is the training's. DPO's reference is the adapter as it was. It imports nothing of Longhand: see token_counter.
"""

from __future__ import annotations

import functools
import importlib
import sys
from typing import Any


def load_adapter(adapter: str, training: Any, model: Any) -> Any:
    """The base of `model` with the adapter over it, which is to be trained.

    Args:
        adapter: its folder.
        training, model: TRL's settings of the trainer and of the model.
    """
    from peft import PeftConfig, PeftModel, get_peft_model_state_dict
    from peft.utils import load_peft_weights
    from trl import get_quantization_config
    from trl.trainer.utils import create_model_from_path

    # As `trl` and its trainers make the base; see trl/scripts/sft.py and SFTTrainer.__init__.
    options = {"revision": model.model_revision, "trust_remote_code": training.trust_remote_code}
    options |= {"attn_implementation": model.attn_implementation, "dtype": model.dtype}
    if (quantization := get_quantization_config(model)) is not None:
        options["quantization_config"] = quantization
    if training.distributed_state.distributed_type in ("MULTI_GPU", "DEEPSPEED"):
        options["device_map"] = None
    base = create_model_from_path(model.model_name_or_path, **options | (training.model_init_kwargs or {}))
    training.model_init_kwargs = None
    zero3 = training.deepspeed_plugin is not None and training.deepspeed_plugin.zero_stage == 3
    config = PeftConfig.from_pretrained(adapter)
    config.lora_dropout = model.lora_dropout
    network = PeftModel.from_pretrained(
        base,
        adapter,
        is_trainable=True,
        config=config,
        torch_device="cpu",  # of the file, on each of several GPUs' processes
        autocast_adapter_dtype=not zero3 or quantization is not None,  # its gathering takes one type
    )
    # PEFT only warns of a weight that the file lacks, and leaves it random.
    if get_peft_model_state_dict(network).keys() != load_peft_weights(adapter, device="cpu").keys():
        raise ValueError(f"the weights in {adapter} are not those of its adapter_config.json")
    # Not DPO's copy of it, the reference: of a checkpoint with two adapters, transformers resumes the other one only.
    network.save_pretrained = functools.partial(network.save_pretrained, selected_adapters=["default"])
    return network


def main(method: str, adapter: str, words: list[str]) -> None:
    """Trains, and writes the adapter to the settings' output_dir.

    Args:
        method: sft or dpo.
        adapter: folder of the one to start from.
        words: of the command line, as `trl` gives them to its own script.
    """
    import trl
    from transformers import AutoProcessor

    parser = importlib.import_module(f"trl.scripts.{method}").make_parser()
    script, training, model, data = parser.parse_args_and_config(words)
    trainer_class = {"sft": trl.SFTTrainer, "dpo": trl.DPOTrainer}[method]
    trainer = trainer_class(
        model=load_adapter(adapter, training, model),
        args=training,
        train_dataset=trl.get_dataset(data)[script.dataset_train_split],
        processing_class=AutoProcessor.from_pretrained(
            model.model_name_or_path, revision=model.model_revision, trust_remote_code=training.trust_remote_code
        ),
    )
    trainer.train(resume_from_checkpoint=training.resume_from_checkpoint)
    trainer.save_model(training.output_dir)
    if hasattr(trainer, "end"):
        trainer.end()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
