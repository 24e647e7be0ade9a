"""Makes a random model of 0.7 million parameters with a tokenizer and a chat template, from a local text.

It is a Llama 3.1 or, with --glm, a GLM-4 in transformers' own form or, with --qwen, a Qwen2: the architectures of the
shipped configs' models.
usage: make_tiny_model.py [--glm|--qwen] OUT TEXT… (with the Python of .venv-vllm)
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, GlmConfig, LlamaConfig, PreTrainedTokenizerFast, Qwen2Config

SPECIAL = ["<pad>", "<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>"]
TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


LLAMA31_ROPE = {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0}
LLAMA31_ROPE |= {"high_freq_factor": 4.0, "original_max_position_embeddings": 8192}


ARCHITECTURES = {"--glm": GlmConfig, "--qwen": Qwen2Config, "": partial(LlamaConfig, rope_parameters=LLAMA31_ROPE)}


def main(architecture: str, out: Path, texts: list[Path]) -> None:
    """Writes the model's folder."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((path.read_text(encoding="utf-8") for path in texts), trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", chat_template=TEMPLATE
    )
    fast.save_pretrained(out)
    torch.manual_seed(0)
    sizes = {
        "vocab_size": len(fast),
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
        "max_position_embeddings": 8192,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
        "dtype": "float32",
    }
    config = ARCHITECTURES[architecture](**sizes)
    AutoModelForCausalLM.from_config(config).save_pretrained(out)


if __name__ == "__main__":
    flags = [word for word in sys.argv[1:] if word.startswith("--")]
    folder, *names = sys.argv[1 + len(flags) :]
    main("".join(flags), Path(folder), [Path(name) for name in names])
