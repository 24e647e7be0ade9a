"""LongReward with real vLLM on CPU: a tiny random model is policy and judge, and another vLLM serves it as embedder."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx2
import numpy as np
import pytest
from patience import wait_for
from running import Run
from vllm_on_cpu import ENGINE, ENVIRONMENT, VLLM_ON_CORE, processes_in

from longhand.ask.lines import read_answers
from longhand.judging.kinds import DIMENSIONS
from longhand.wire.vectors import decode

SAMPLES, CONTEXTS = 6, 2
BOTH = ("by-words", "by-vectors")


@pytest.fixture(scope="module")
def embedder(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a vLLM that serves the tiny model's last hidden states as embeddings."""
    folder = tmp_path_factory.mktemp("embedder")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = {"runner": "pooling", "convert": "embed", "served-model-name": "tiny-embedder", "dtype": "float32"}
    flags |= {"max-model-len": "4096", "host": "127.0.0.1", "port": str(port)}
    words = [*shlex.split(VLLM_ON_CORE), "serve", str(tiny), "--enforce-eager"]
    words += [word for flag, value in flags.items() for word in (f"--{flag}", value)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, env=os.environ | ENVIRONMENT, cwd=folder)
        try:

            def healthy() -> bool:
                assert process.poll() is None, (folder / "log").read_text()[-3000:]
                try:
                    return httpx2.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200
                except httpx2.HTTPError:
                    return False

            wait_for(healthy, 240, "the embedder")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(30)
            wait_for(lambda: not processes_in(folder), 20, "end of the embedder")


def test_policy_judge_and_embedder(tmp_path: Path, tiny: Path, embedder: str) -> None:
    contexts = [
        " ".join(f"In year {n} the mill of book {book} ground {n * book} sacks of grain." for n in range(900, 960))
        for book in range(1, CONTEXTS + 1)
    ]
    rows = [{"prompt": "How much grain was ground in 930?", "context": context} for context in contexts]
    (tmp_path / "prompts.jsonl").write_text("\n".join(map(json.dumps, rows)))
    reached = {"backend": "vllm", "model": str(tiny), "engine": ENGINE, "startup_timeout": 240, "concurrency": 16}
    judge = reached | {
        "method": "long-reward",
        "response_format": "json_schema",
        "sampling": {"max_tokens": 3000, "temperature": 1.0},
        "attempts": 5,
    }
    sizes = {"chunk_tokens": 512, "tokenizer": str(tiny)}
    run = Run(
        tmp_path,
        {
            "commands": {"vllm": VLLM_ON_CORE},
            "datasets": {"mills": {"path": "prompts.jsonl", "rubric": None, "fields": {"context": "context"}}},
            "models": {
                "tiny": reached | {"samples": SAMPLES, "sampling": {"max_tokens": 120, "temperature": 1.0, "top_k": 50}}
            },
            "judges": {
                "by-words": judge | {"long_reward": sizes},
                "by-vectors": judge | {"long_reward": sizes | {"retrieval": "tiny-embedder"}},
            },
            "embedders": {"tiny-embedder": {"backend": "openai", "model": "tiny-embedder", "base_url": embedder}},
            "evaluate": {"datasets": ["mills"], "models": ["tiny"], "judges": [*BOTH]},
            "preferences": {
                name: {
                    "dataset": "mills",
                    "models": ["tiny"],
                    "judge": name,
                    "reward": {"length": 0, "quality": 1},
                    "rejected": "worst",
                }
                for name in BOTH
            },
        },
        base=None,
    )
    run.finish(**ENVIRONMENT)
    responses = run.rows("results/mills/tiny/responses.parquet")
    assert len(responses) == CONTEXTS * SAMPLES
    rewards = {}
    for name in BOTH:
        judgements = run.rows(f"results/mills/tiny/judgements/{name}.parquet")
        assert len(judgements) == len(responses) * 4
        statuses = Counter((row["dimension"], row["status"]) for row in judgements)
        others = {key: number for key, number in statuses.items() if key[1] != "ok"}
        assert others.keys() <= {("faithfulness", "no_statements")}, others  # a random list may be empty
        assert {dimension for dimension, _ in statuses} == set(DIMENSIONS["long-reward"])
        grades = [row["score"] for row in judgements if row["status"] == "ok"]
        assert all(0 <= grade <= 10 for grade in grades) and len(set(grades)) > 2
        candidates = run.rows(f"results/preferences/{name}/candidates.parquet")
        rewards[name] = [row["reward"] for row in candidates if row["reward"] is not None]
        pairs = run.rows(f"results/preferences/{name}/pairs.parquet")
        assert len(pairs) >= 1
        assert all(pair["margin"] > 0 for pair in pairs)
    assert rewards["by-words"] and rewards["by-vectors"]
    answers = [answer for path in (tmp_path / "journal/embedders").rglob("*.jsonl") for answer, _ in read_answers(path)]
    vectors = np.concatenate([decode(answer.text) for answer in answers])
    assert vectors.shape[1] == 128  # the model's hidden size
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert all(answer.prompt_tokens and answer.completion_tokens is None for answer in answers)
    assert run.planned() == {}
