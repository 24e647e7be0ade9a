"""Counts the tokens of training data as the trainer will. A program for the training environment's Python.

`python token_counter.py JSON` with {"data", "method", "model", "revision", "trust_remote_code", "max_length", "out"}.
It imports nothing of Longhand: that environment has transformers and pyarrow, and need have no more.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any


def conversations(row: dict[str, Any], method: str) -> Iterator[tuple[list[Any], list[Any]]]:
    """Prompt and answer of each text that a row is trained on."""
    if method == "sft":
        yield row["messages"][:-1], row["messages"][-1:]
    else:
        for side in ("chosen", "rejected"):
            yield row["prompt"], row[side]


def main(settings: dict[str, Any]) -> None:
    """Writes what would be cut, and the numbers of the model's config, as JSON, to `out`."""
    import pyarrow.parquet as pq
    from transformers import AutoConfig, AutoTokenizer

    base = {"revision": settings["revision"], "trust_remote_code": settings["trust_remote_code"]}
    tokenizer = AutoTokenizer.from_pretrained(settings["model"], **base)
    architecture = AutoConfig.from_pretrained(settings["model"], **base).get_text_config().to_dict()

    def tokens(messages: list[Any], **options: Any) -> int:
        return len(tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True, **options)["input_ids"])

    limit, columns = settings["max_length"], {"sft": ["messages"], "dpo": ["prompt", "chosen", "rejected"]}
    counts = dict.fromkeys(("rows", "tokens", "longest", "rows_cut", "tokens_cut", "rows_dropped"), 0)
    with pq.ParquetFile(settings["data"], pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=256, columns=columns[settings["method"]]):
            for row in batch.to_pylist():
                pairs = list(conversations(row, settings["method"]))
                lengths = [tokens(prompt + answer) for prompt, answer in pairs]
                over = sum(max(0, length - limit) for length in lengths)
                counts["rows"] += 1
                counts["tokens"] += sum(lengths)
                counts["longest"] = max(counts["longest"], *lengths)
                counts["rows_cut"] += over > 0
                counts["tokens_cut"] += over
                if over:  # a prompt that fills the row leaves nothing to learn
                    counts["rows_dropped"] += tokens(pairs[0][0], add_generation_prompt=True) >= limit
    numbers = {key: value for key, value in architecture.items() if value is None or isinstance(value, int)}
    with open(settings["out"], "w", encoding="utf-8") as out:
        json.dump(counts | {"architecture": numbers}, out)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
