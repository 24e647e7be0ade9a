"""The demo engine's vectors, over real HTTP with the OpenAI client, and as an embedder of a job."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import openai
import pytest
from demo_process import post
from embedding_server import PASSAGES, retrieve

from longhand.ask.lines import read_answers
from longhand.text.tokens import estimate_tokens


def vectors(client: openai.OpenAI, texts: list[str]) -> np.ndarray:
    """By the client, which asks for base64."""
    return np.array([part.embedding for part in client.embeddings.create(model="demo-a", input=texts).data])


def test_answer_has_the_form_of_the_api_and_says_demo(client: openai.OpenAI, address: str) -> None:
    texts = ["The mill stands by the river.", "磨坊在河边。"]
    answer = client.embeddings.create(model="demo-a", input=texts)
    assert (answer.object, answer.model) == ("list", "demo-a")
    assert [(part.object, part.index) for part in answer.data] == [("embedding", 0), ("embedding", 1)]
    assert answer.usage.prompt_tokens == answer.usage.total_tokens == sum(map(estimate_tokens, texts))
    status, body = post(address, json.dumps({"model": "demo-a", "input": texts[0]}).encode(), "/v1/embeddings")
    assert status == 200
    assert "demo" in body["id"] and body["system_fingerprint"] == "longhand-demo"
    assert body["data"][0]["embedding"] == pytest.approx(answer.data[0].embedding, abs=1e-6)


def test_texts_with_the_same_words_are_near(client: openai.OpenAI) -> None:
    texts = ["The mill ground forty sacks of grain.", "Forty sacks of grain were ground.", "A fox slept in the snow."]
    texts += ["磨坊磨了四十袋粮食。", "四十袋粮食是磨坊磨的。", "狐狸睡在雪里。"]
    near = vectors(client, texts)
    assert np.linalg.norm(near, axis=1) == pytest.approx(1, abs=1e-5)
    cosines = near @ near.T
    for one, like, unlike in ((0, 1, 2), (3, 4, 5)):
        assert cosines[one, like] > 0.4 > 0.2 > abs(cosines[one, unlike])
    assert np.array_equal(vectors(client, texts[::-1])[::-1], near)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"input": "x"}, 400, "name a model"),
        ({"model": "gpt", "input": "x"}, 404, "does not exist"),
        ({"model": "demo-a"}, 400, "input must be a text"),
        ({"model": "demo-a", "input": []}, 400, "input must be a text"),
        ({"model": "demo-a", "input": ["x", ""]}, 400, "none empty"),
        ({"model": "demo-a", "input": [1, 2]}, 400, "no token ids"),
        ({"model": "demo-a", "input": ["x"] * 2049}, 400, "more than 2048"),
        ({"model": "demo-a", "input": "x", "encoding_format": "int8"}, 400, "float or base64"),
        ({"model": "demo-a", "input": ["word " * 100_000]}, 400, "maximum context length is 131072 tokens"),
    ],
)
def test_errors_are_those_of_the_api(address: str, body: dict, status: int, message: str) -> None:
    received, reply = post(address, json.dumps(body).encode(), "/v1/embeddings")
    assert received == status
    assert message in reply["error"]["message"]


def test_a_text_without_words_has_a_vector(client: openai.OpenAI) -> None:
    assert not vectors(client, ["…"]).any()


def test_a_job_starts_it_as_an_embedder(tmp_path: Path) -> None:
    rows = retrieve(tmp_path, None, backend="demo")
    assert {row["status"] for row in rows} == {"ok"}
    for number, row in enumerate(rows):
        texts = [PASSAGES[place] for place in row["found"][0]]
        assert f"passage {number}" in texts, "the number is the one word that they share"
    answers = [answer for answer, _ in read_answers(tmp_path / "journal/embedders/e/d/m/000.jsonl")]
    assert len(answers) == 3 + len(rows)
