"""What training did, worked out with the libraries themselves; prints JSON. For the training environment's Python.

usage: check_training.py pairs PAIRS MODEL | first-loss DATA MODEL [ADAPTER] | greedy MODEL ADAPTER TOKENS PROMPT…
"""

from __future__ import annotations

import json
import sys
import tempfile

import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer

TIE = 1e-4
"""Logits so near each other may have another order on another machine, or in another program."""


def load(path: str):
    with tempfile.TemporaryDirectory() as cache:
        return load_dataset("parquet", data_files=path, split="train", cache_dir=cache, keep_in_memory=True)


def pairs(path: str, model: str) -> dict:
    """Rows, and tokens of each text as TRL's trainer sees them."""
    from trl import DPOConfig, DPOTrainer

    with tempfile.TemporaryDirectory() as out:
        settings = DPOConfig(output_dir=out, use_cpu=True, bf16=False, report_to="none", max_length=None)
        rows = DPOTrainer(model=model, args=settings, train_dataset=load(path)).train_dataset
    lengths = [len(row["prompt_ids"]) + len(row[f"{side}_ids"]) for row in rows for side in ("chosen", "rejected")]
    return {"rows": len(rows), "tokens": sum(lengths), "longest": max(lengths)}


def first_loss(path: str, model: str, adapter: str | None = None) -> dict:
    """The loss of weights over the answers' tokens; to tell it apart, over all tokens and per answer."""
    from peft import PeftModel

    tokenizer, network = AutoTokenizer.from_pretrained(model), AutoModelForCausalLM.from_pretrained(model)
    if adapter is not None:
        network = PeftModel.from_pretrained(network, adapter)
    answers, everything = [], []
    for row in load(path):
        prompt = tokenizer.apply_chat_template(row["messages"][:-1], add_generation_prompt=True, return_dict=True)
        ids = torch.tensor([tokenizer.apply_chat_template(row["messages"], return_dict=True)["input_ids"]])
        with torch.no_grad():
            logits = network(ids).logits[0, :-1]
        losses = torch.nn.functional.cross_entropy(logits.float(), ids[0, 1:], reduction="none")
        everything.append(losses)
        answers.append(losses[len(prompt["input_ids"]) - 1 :])
    means = {"answers": torch.cat(answers), "everything": torch.cat(everything)}
    per_answer = torch.stack([each.mean() for each in answers])
    return {name: float(each.mean()) for name, each in (means | {"per_answer": per_answer}).items()}


def greedy(model: str, adapter: str, tokens: int, prompts: list[str]) -> list[dict]:
    """The likeliest answers of a model with an adapter; not `sure` is one that ends where two tokens are as likely."""
    from peft import PeftModel

    tokenizer = AutoTokenizer.from_pretrained(model)
    network = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(model), adapter)
    texts = []
    for prompt in prompts:
        messages = [{"role": "user", "content": prompt}]
        ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        logits = {"output_logits": True, "return_dict_in_generate": True}
        made = network.generate(**ids, max_new_tokens=tokens, do_sample=False, **logits)
        written = made.sequences[0, ids["input_ids"].shape[1] :]
        leads = [float(best[0] - best[1]) for best in (each[0].topk(2).values for each in made.logits)]
        sure = next((place for place, lead in enumerate(leads) if lead < TIE), len(leads))
        text = tokenizer.decode(written[:sure], skip_special_tokens=True)
        texts.append({"text": text, "sure": sure == len(leads)})
    return texts


if __name__ == "__main__":
    kind, *words = sys.argv[1:]
    if kind == "greedy":
        result = greedy(words[0], words[1], int(words[2]), words[3:])
    else:
        result = {"pairs": pairs, "first-loss": first_loss}[kind](*words)
    print(json.dumps(result))
