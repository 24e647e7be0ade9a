"""Counts the tokens of training data with the real tokenizer, before a GPU is held: what would the trainer cut, and
would it fit?

Reads: the data of a `train` entry. Writes: results/train/{train}/tokens.json.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from longhand.program.command import FileText, run
from longhand.program.errors import LonghandError
from longhand.training import token_counter
from longhand.training.commands import python_of
from longhand.training.memory import Shape, check
from longhand.training.trained import Base, read_trained


def main(
    *,
    name: str,
    data: Path,
    settings: FileText,
    model: str,
    revision: str | None = None,
    policy: list[Path],
    job: FileText,
    out: Path,
) -> None:
    """Writes the counts.

    Args:
        name: of the training.
        data: its pairs or conversations.
        settings: JSON of what decides the weights; see longhand.training.settings.
        model, revision: the base, whose tokenizer counts.
        policy: the manifest of a model that was trained on that base, and is now trained further; none for others.
        job: JSON of how the job runs: the trl command, whether text may be cut, the GPUs and their memory.
        out: rows, tokens, the longest row, rows and tokens that would be cut, rows that would be dropped; the numbers
            of the model's config.

    Raises:
        LonghandError: text would be cut, and that is not allowed; or it would not fit on a GPU.
    """
    training, how = json.loads(settings), json.loads(job)
    base = read_trained(policy[0]).as_base() if policy else Base(model, revision)
    partial = out.with_name(f".{out.name}.partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    request = {key: training.get(key) for key in ("method", "max_length")} | {
        "data": str(data),
        "model": base.model,
        "revision": base.revision,
        "trust_remote_code": bool(training.get("trust_remote_code")),
        "out": str(partial),
    }
    if subprocess.run([*python_of(how["trl"]), token_counter.__file__, json.dumps(request)]).returncode:
        raise LonghandError("the tokens could not be counted", f"train {name}", "see the end of this log")
    counts = json.loads(partial.read_text(encoding="utf-8"))
    # Packing wraps rows in these ways instead of cutting them.
    whole = training.get("packing") and training.get("packing_strategy") in ("wrapped", "bfd_split")
    cut = 0 if whole else counts["rows_cut"]
    cut_rows = (
        f"{cut} of {counts['rows']} rows are longer than max_length {training['max_length']} (the longest has "
        f"{counts['longest']} tokens): {counts['tokens_cut']} of {counts['tokens']} tokens would be cut, and "
        f"{counts['rows_dropped']} rows dropped whole"
    )
    shape = Shape.of(counts["architecture"])
    figures = {key: value for key, value in counts.items() if key != "architecture"}
    print(cut_rows if cut else f"nothing is cut: {figures}", file=sys.stderr)
    if cut and not how["allow_cut"]:
        raise LonghandError(cut_rows, f"train {name}", "raise max_length, filter the data, or say `allow_cut: true`")
    print(check(name, shape, training, how, counts["longest"]), file=sys.stderr)
    partial.replace(out)


if __name__ == "__main__":
    run(main)
