"""What a plan reads of a run folder: journals and tables of any size, and what is no longer there."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
import tracemalloc
from pathlib import Path

import pytest
from planned_jobs import gathering, generating, judging, look

from longhand.ask.journal import Journal
from longhand.config.load import Config, load_config
from longhand.plan.again import Choice, find_again
from longhand.plan.contents import Contents
from longhand.plan.past import past_responses, past_verdicts
from longhand.plan.requests import JobRequests
from longhand.plan.stale import StaleJob, changed_settings
from longhand.tables.files import write_table
from longhand.tables.schemas import JUDGEMENTS, PROMPTS, RESPONSES
from longhand.training.trained import Base, Trained, write_manifest
from longhand.wire.answer import Answer
from longhand.wire.identity import Identity
from longhand.wire.request import request_id

NUMBER, LENGTH = 640, 10_000
RUBRIC = {"template": "Grade this: {response}", "scale": [1, 5], "dimensions": {"Wit": []}}
DATASETS = {name: {"path": "p.jsonl", "rubric": "plain", "length": "longen"} for name in ("d", "other")}


def config(**datasets: dict) -> Config:
    return load_config(
        {
            "datasets": DATASETS | datasets,
            "rubrics": {"plain": RUBRIC},
            "models": {"m": {"backend": "openai", "model": "m", "base_url": "http://127.0.0.1:9/v1"}},
            "judges": {"j": {"backend": "openai", "model": "j", "base_url": "http://127.0.0.1:9/v1"}},
        }
    )


def text(number: int) -> str:
    """A response: few words, so that they are counted quickly, and long."""
    return f"{number} {'w' * LENGTH}"


def write(path: Path, schema: object, rows: list[dict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_table(path, (dict.fromkeys(schema.names) | row for row in rows), schema, "test")  # type: ignore[attr-defined]


def prompts(number: int) -> list[dict]:
    return [{"prompt_id": f"{n:04d}", "prompt": f"Prompt {n}.", "language": "en"} for n in range(number)]


def write_results(run: Path, dataset: str, number: int) -> None:
    """Prompts, responses and verdicts of an earlier run, whose work/ is gone."""
    folder = run / "results" / dataset
    took = {"prompt_tokens": 7, "completion_tokens": 5, "seconds": 1.0, "attempts": 1, "status": "ok"}
    answered = [{"prompt_id": row["prompt_id"], "sample": 0} | took for row in prompts(number)]
    responses = [row | {"response": text(n), "model": "m"} for n, row in enumerate(answered)]
    verdict = {"judge": "j", "repeat": 0, "dimension": "Wit", "reply": text(0)}
    write(folder / "prompts.parquet", PROMPTS, prompts(number))
    write(folder / "m/responses.parquet", RESPONSES, responses)
    write(folder / "m/judgements/j.parquet", JUDGEMENTS, [row | verdict for row in answered])


def asking(settings: Config) -> list[StaleJob]:
    return [generating(settings, "d", "m"), judging(settings, "d", "m", "j")]


def answer_all(run: Path, identity: Identity, number: int) -> None:
    """Puts an answer to each prompt into the journal."""
    with Journal(run / "journal") as journal, journal.file("models/m/d/000") as file:
        for n, row in enumerate(prompts(number)):
            key = request_id(identity, [{"role": "user", "content": row["prompt"]}], [0], {})
            file.add(Answer(key, text(n), "stop", 7, 5, 1.0, 1))


def peak(call: object) -> int:
    """Bytes of memory that Python's objects took at most."""
    tracemalloc.start()
    try:
        call()  # type: ignore[operator]
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_texts_are_not_kept(tmp_path: Path) -> None:
    settings = config()
    write_results(tmp_path, "d", NUMBER)
    answer_all(tmp_path, settings.models["m"].identity, NUMBER)
    jobs: list[JobRequests] = []
    used = peak(lambda: jobs.extend(look(tmp_path, settings, asking(settings))))
    assert [(job.rows, len(job.answered), len(job.missing)) for job in jobs] == [
        (NUMBER, NUMBER, 0),
        (NUMBER, 0, NUMBER),
    ]
    assert not any(request.awaits for request in jobs[1].missing), "the responses were read"
    assert used < 0.6 * NUMBER * LENGTH

    judge, contents = settings.judges["j"], Contents(tmp_path, settings, [])
    used = max(
        peak(lambda: asyncio.run(past_responses(tmp_path, settings, settings.models["m"]))),
        peak(lambda: asyncio.run(past_verdicts(tmp_path, settings, judge, contents))),
    )
    assert used < 0.6 * NUMBER * LENGTH, "one batch of rows at a time"


def test_a_response_that_is_judged_is_chosen_once(tmp_path: Path) -> None:
    settings = config()
    write(tmp_path / "results/d/prompts.parquet", PROMPTS, prompts(2))
    answer_all(tmp_path, settings.models["m"].identity, 2)
    again = asyncio.run(find_again(tmp_path, settings, asking(settings), Choice(statuses=["ok", "failed"])))
    assert again.rows == {("m", "d", "", "ok"): 2, ("j", "d", "m", "failed"): 2}


@pytest.mark.parametrize("gpu", [False, True])
def test_the_tables_of_what_is_asked_again_are_removed(tmp_path: Path, gpu: bool) -> None:
    """The job's own and, for vLLM, the one that it is gathered in; other models' tables stay."""
    settings = config()
    write(tmp_path / "results/d/prompts.parquet", PROMPTS, prompts(2))
    answer_all(tmp_path, settings.models["m"].identity, 2)
    jobs = [generating(settings, "d", "m", gpu=gpu), *[gathering("d", "m")] * gpu]
    removed = {Path("results/d/m/responses.parquet"), *[Path("work/d/m/responses/000.parquet")] * gpu}
    for path in (*removed, kept := Path("results/d/other/responses.parquet")):
        write(tmp_path / path, RESPONSES, [])
    again = asyncio.run(find_again(tmp_path, settings, jobs, Choice(models=["m"], prompts=["0001"])))
    assert (again.tables, len(again.answers)) == (removed, 1)
    assert again.carry_out(tmp_path) == 1
    assert not any((tmp_path / path).exists() for path in removed) and (tmp_path / kept).exists()
    assert len(look(tmp_path, settings, jobs)[0].missing) == 1


@pytest.mark.parametrize(("rubric", "known"), [("plain", 2 * 3), (None, 3)])
def test_earlier_verdicts_count_without_work_and_without_a_rubric(
    tmp_path: Path, rubric: str | None, known: int
) -> None:
    settings = config(other=DATASETS["other"] | {"rubric": rubric})
    for dataset in DATASETS:
        write_results(tmp_path, dataset, 3)
    past = asyncio.run(past_verdicts(tmp_path, settings, settings.judges["j"], Contents(tmp_path, settings, [])))
    assert (past.replies, len(past.figures)) == (known, known)


def test_trained_weights_are_looked_for_in_the_run_folder(tmp_path: Path) -> None:
    manifest = "results/train/t/model.json"
    weights = tmp_path / "results/train/t/model/model.safetensors"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"")
    made = Trained("results/train/t/model", "0" * 64, Base("base"), None, 1, {}, "", {weights.name: ""})
    write_manifest(tmp_path / manifest, made)
    write(tmp_path / "results/d/prompts.parquet", PROMPTS, prompts(2))
    settings = config()
    identity = settings.models["m"].identity
    trained = json.loads(identity.to_json()) | {"weights": made.digest}
    answer_all(tmp_path, Identity(**trained), 2)
    (job,) = look(tmp_path, settings, [generating(settings, "d", "m", gpu=True, trained=manifest)])
    assert (len(job.answered), job.missing) == (2, [])
    anew = StaleJob("train_model", {"train": "t"}, {}, (manifest,), ("forced",))
    job = look(tmp_path, settings, [generating(settings, "d", "m", gpu=True, trained=manifest), anew])[0]
    assert (len(job.answered), len(job.missing)) == (0, 2), "other weights"


def test_answers_count_wherever_they_lie_and_equal_requests_once(tmp_path: Path) -> None:
    """An entry that was renamed, a second one of the same weights, a dataset with the same prompts."""
    settings = config(same=DATASETS["d"])
    settings.models["again"] = dataclasses.replace(settings.models["m"], name="again")
    for dataset in ("d", "same"):
        write(tmp_path / f"results/{dataset}/prompts.parquet", PROMPTS, prompts(3))
    jobs = [generating(settings, dataset, model) for dataset in ("d", "same") for model in ("m", "again")]
    assert [len(job.missing) for job in look(tmp_path, settings, jobs)] == [3, 0, 0, 0]
    with Journal(tmp_path / "journal") as journal, journal.file("judges/other/old/000") as file:
        file.add(Answer(asked_first(settings), "An answer.", "stop", 7, 5, 1.0, 1))
    assert [(len(job.missing), len(job.answered)) for job in look(tmp_path, settings, jobs)] == [(2, 1), *[(0, 1)] * 3]


def asked_first(settings: Config) -> str:
    """The id of the request about the first prompt."""
    return request_id(settings.models["m"].identity, [{"role": "user", "content": "Prompt 0."}], [0], {})


def test_what_a_gathered_table_will_hold_is_judged(tmp_path: Path) -> None:
    """Two shards of a vLLM model, one of them stale: its responses are awaited, the others are read."""
    settings = config()
    rows = prompts(8)
    write(tmp_path / "results/d/prompts.parquet", PROMPTS, rows)
    kept = [row for row in rows if int(hashlib.sha256(row["prompt_id"].encode()).hexdigest()[:8], 16) % 2]
    assert 0 < len(kept) < 8
    written = [{"prompt_id": row["prompt_id"], "sample": 0, "response": "A text.", "model": "m"} for row in kept]
    made = {"status": "ok", "attempts": 1}
    write(tmp_path / "work/d/m/responses/001.parquet", RESPONSES, [row | made for row in written])
    stale = generating(settings, "d", "m", gpu=True)
    stale = dataclasses.replace(stale, params={**stale.params, "shard": "0/2"})
    paths = tuple(f"work/d/m/responses/{number}.parquet" for number in ("000", "001"))
    gather = dataclasses.replace(gathering("d", "m"), inputs={"shards": paths})
    writer, judge = look(tmp_path, settings, [judging(settings, "d", "m", "j"), gather, stale])
    assert (writer.rows, len(writer.missing)) == (8 - len(kept), 8 - len(kept))
    assert (judge.rows, sum(request.awaits for request in judge.missing)) == (8, 8 - len(kept))


def test_a_change_of_what_decides_rows_is_named() -> None:
    def settings(temperature: float, **more: object) -> str:
        judge = json.dumps({"model": "j", "sampling": {"temperature": temperature}} | more)
        return json.dumps({"method": "rubric", "settings": {"repeats": 1}, "identities": {"judge": judge}})

    assert changed_settings(settings(0.5), settings(0.1)) == ["judge.sampling.temperature"]
    assert changed_settings(settings(0.5), settings(0.5, seed=4)) == ["judge.seed"]
    assert changed_settings(settings(0.5), settings(0.5).replace('"repeats": 1', '"repeats": 2')) == ["repeats"]
    assert changed_settings(settings(0.5), settings(0.5)) == []
