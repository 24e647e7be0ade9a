"""Tokens per second through Longhand against vLLM's own `vllm bench serve`: the same server, requests and concurrency.

Needs `make test-vllm`'s environment. The server runs on one core, the clients on the others; each goes twice, in turn.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2
from running import CHECKOUT
from vllm_on_cpu import ENVIRONMENT, VLLM

from longhand.config.serving import Serving
from longhand.prompts.datasets import prompt_id
from longhand.prompts.shards import SHARD_COLUMNS
from longhand.tables.files import write_table
from longhand.tables.schemas import PROMPTS, subschema
from longhand.wire.identity import Identity

REQUESTS, CONCURRENCY, TOKENS = 256, 16, 256
SAMPLING = {"temperature": 1.0, "top_p": 1.0, "max_tokens": TOKENS, "ignore_eos": True}
FLAGS = "--dtype float32 --max-model-len 4096 --no-enable-chunked-prefill --max-num-batched-tokens 8192 --enforce-eager"


def through_longhand(folder: Path, url: str, turn: int) -> float:
    """Tokens per second of a generate job, from its first request to its last answer."""
    serving = Serving("bench", "openai", "tiny", concurrency=CONCURRENCY, base_url=url)
    identities = {"writer": Identity("openai", "tiny", sampling=SAMPLING).to_json()}
    asks = {"method": "direct", "settings": {"samples": 1}, "identities": identities}
    (folder / "asks.json").write_text(json.dumps(asks))
    (folder / "reached.json").write_text(json.dumps({"writer": ["models", serving.to_json()]}))
    options = {"dataset": "bench", "model": "bench", "prompts": folder / "prompts.parquet"}
    options |= {name: folder / f"{name}.json" for name in ("asks", "reached")}
    options |= {"journal": folder / f"journal{turn}", "server-log": folder / "log", "out": folder / f"{turn}.parquet"}
    words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
    script = str(CHECKOUT / "scripts/generate_responses.py")
    done = subprocess.run([sys.executable, script, *words], check=True, capture_output=True, text=True)
    match = re.search(r"(\d+) answers in .*?(\d+) tokens/s", done.stderr)
    assert match and int(match[1]) == REQUESTS, done.stderr
    return float(match[2])


def through_vllm(folder: Path, url: str) -> float:
    """Tokens per second that `vllm bench serve` reports."""
    options = (
        f"--backend openai-chat --endpoint /v1/chat/completions --model tiny --tokenizer {folder / 'tiny'} "
        f"--dataset-name custom --dataset-path {folder / 'prompts.jsonl'} --custom-output-len {TOKENS} --ignore-eos "
        f"--num-prompts {REQUESTS} --max-concurrency {CONCURRENCY} --temperature 1.0 --disable-tqdm "
        "--skip-chat-template"
    )
    command = [VLLM / "vllm", "bench", "serve", "--base-url", url.removesuffix("/v1"), *options.split()]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | ENVIRONMENT)
    match = re.search(r"Output token throughput \(tok/s\):\s+([\d.]+)", done.stdout)
    assert match, done.stdout
    return float(match[1])


def main() -> None:
    """Prints both figures and their ratio."""
    if not (VLLM / "vllm").exists():
        print("throughput against vLLM: left out, `make test-vllm` has not made its environment")
        return
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = sorted((CHECKOUT / "scripts/longhand/demo").glob("corpus_*.txt"))
        maker = CHECKOUT / "tests/make_tiny_model.py"
        subprocess.run([VLLM / "python", maker, folder / "tiny", *texts], check=True, capture_output=True)
        prompts = [f"Write {n} words about river {n}." for n in range(REQUESTS)]
        (folder / "prompts.jsonl").write_text("\n".join(json.dumps({"prompt": prompt}) for prompt in prompts))
        rows = (
            {"prompt_id": prompt_id("bench", prompt, None), "prompt": prompt, "language": "en"} for prompt in prompts
        )
        schema = subschema(PROMPTS, SHARD_COLUMNS)
        write_table(folder / "prompts.parquet", (dict.fromkeys(SHARD_COLUMNS) | row for row in rows), schema, "bench")
        port = 18_473
        url = f"http://127.0.0.1:{port}/v1"
        command = ["taskset", "-c", str(cores[-1]), str(VLLM / "vllm"), "serve", str(folder / "tiny")]
        command += ["--served-model-name", "tiny", "--port", str(port), "--generation-config", "vllm", *FLAGS.split()]
        with (folder / "server.log").open("wb") as log:
            server = subprocess.Popen(command, env=os.environ | ENVIRONMENT, stdout=log, stderr=log)
        try:
            os.sched_setaffinity(0, cores[:-1] or cores)
            while True:
                assert server.poll() is None, (folder / "server.log").read_text()[-2000:]
                try:
                    if httpx2.get(f"http://127.0.0.1:{port}/health").status_code == 200:
                        break
                except httpx2.HTTPError:
                    time.sleep(0.2)
            through_vllm(folder, url)  # warms the server up
            pairs = [(through_longhand(folder, url, turn), through_vllm(folder, url)) for turn in range(2)]
        finally:
            server.terminate()
            server.wait()
    ours, theirs = (max(figures) for figures in zip(*pairs, strict=True))
    print(f"vLLM on CPU, {REQUESTS} requests of {TOKENS} tokens, {CONCURRENCY} at a time: tokens per second")
    print(f"  through Longhand {ours:.0f}, vllm bench serve {theirs:.0f}: {ours / theirs:.3f}")


if __name__ == "__main__":
    main()
