"""Makes a random adapter of rank 4. For the training environment's Python; usage: make_adapter.py MODEL OUT SEED"""

from __future__ import annotations

import sys

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

if __name__ == "__main__":
    model, out, seed = sys.argv[1:]
    torch.manual_seed(int(seed))
    # Not the usual start at zero, which would leave the base as it is.
    shape = LoraConfig(r=4, lora_alpha=64, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
    get_peft_model(AutoModelForCausalLM.from_pretrained(model), shape).save_pretrained(out)
