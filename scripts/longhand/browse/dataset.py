"""All that the page reads of a dataset, but its responses and their words, which are written model by model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longhand.browse.prompts import read_excerpts, write_prompts
from longhand.browse.samples import OF_PROMPT, read_model, write_samples
from longhand.browse.verdicts import write_verdicts
from longhand.tables.facts import facts_tables
from longhand.tables.files import read_rows
from longhand.tables.schemas import PROMPTS


@dataclass(frozen=True)
class Tables:
    """The tables of a run by what they are about: dataset; dataset and model; dataset, model and judge."""

    prompts: dict[str, Path]
    responses: dict[tuple[str, str], Path]
    scores: dict[tuple[str, str], Path]
    metrics: dict[tuple[str, str], Path]
    judgements: dict[tuple[str, str, str], Path]
    traces: dict[tuple[str, str, str], Path]
    facts: dict[tuple[str, str], Path]


def tables_of(
    prompts: Iterable[Path],
    responses: Iterable[Path],
    scores: Iterable[Path],
    metrics: Iterable[Path],
    judgements: Iterable[Path],
    traces: Iterable[Path],
    facts: Iterable[Path],
) -> Tables:
    """The tables of a run; their folders tell what they are about.

    Args:
        traces: of judges.
    """
    return Tables(
        prompts={path.parent.name: path for path in prompts},
        responses={_model(path): path for path in responses},
        scores={_model(path): path for path in scores},
        metrics={_model(path): path for path in metrics},
        judgements={(*_model(path.parent), path.stem): path for path in judgements},
        traces={(*_model(path.parent), path.stem.removesuffix(".traces")): path for path in traces},
        facts=facts_tables(facts),
    )


def _model(path: Path) -> tuple[str, str]:
    return path.parent.parent.name, path.parent.name


def write_dataset(browse: Path, about: dict[str, Any], tables: Tables) -> dict[str, Any]:
    """Writes the samples, prompts and verdicts of a dataset.

    Args:
        browse: the reader's folder; the words of its responses are there.
        about: the dataset in the file `run`, as far as the config tells: `name`, `models`, `judges` …
        tables: of the run.

    Returns:
        The whole of it.
    """
    dataset, models = about["name"], about["models"]
    judges = [judge["name"] for judge in about["judges"]]
    prompts = tables.prompts[dataset]
    responses = [tables.responses[dataset, model] for model in models]
    scores = [
        read_model(path, tables.scores[dataset, model], tables.metrics.get((dataset, model)), judges)
        for model, path in zip(models, responses, strict=True)
    ]
    samples = write_samples(browse, dataset, read_rows(prompts, PROMPTS, ["prompt_id", "prompt", *OF_PROMPT]), scores)
    facts = {judge: tables.facts[dataset, judge] for judge in judges if (dataset, judge) in tables.facts}
    n_prompts, words = write_prompts(browse, dataset, prompts, list(map(read_excerpts, responses)), facts)
    for model, path in zip(models, responses, strict=True) if judges else ():
        keys = {judge: (dataset, model, judge) for judge in judges}
        judgements = {judge: tables.judgements[key] for judge, key in keys.items() if key in tables.judgements}
        traces = {judge: tables.traces[key] for judge, key in keys.items() if key in tables.traces}
        write_verdicts(browse, f"{dataset}/{model}", prompts, path, judgements, traces)
    of_models = [sum(1 for _ in (browse / "words" / dataset / model).glob("*.js")) for model in models]
    return about | {"n_prompts": n_prompts, "samples": samples, "prompt_words": words, "words": of_models}
