"""What no further try of a run can mend is met once, and its cause is told."""

from __future__ import annotations

import json
import shlex
import time
from pathlib import Path

import pytest
from fault_server import FaultServer
from tenacity.wait import wait_random
from test_faults import generate

from longhand.ask import lasting, sending
from longhand.ask.endpoints.last_words import cause_in
from longhand.ask.starts import keep_starts, past_starts
from longhand.config.load import load_config
from longhand.config.serving import Serving
from longhand.program.errors import LastingError, LonghandError

BAD_FLAG = "vllm: error: unrecognized arguments: --no-such-flag 3"
SEMAPHORES = """\
/usr/lib/python3.11/multiprocessing/resource_tracker.py:254: UserWarning: resource_tracker: There appear to be 1 leaked
  warnings.warn('resource_tracker: There appear to be %d '"""

# As vLLM 0.32 writes them, shortened.
LOGS = {
    BAD_FLAG: f"usage: vllm [-h] [-v]\n            {{chat,serve}}\n            ...\n{BAD_FLAG}",
    "OSError: Repo id must be in the form 'repo_name': '/no'": """\
(APIServer pid=1) INFO 11-21 15:47:12 [utils.py:299] non-default args: {}
Traceback (most recent call last):
  File "hub.py", line 595, in cached_files
    raise OSError(f"{e}") from e
OSError: Repo id must be in the form 'repo_name': '/no'
""",
    "pydantic.ValidationError: 1 validation error for ModelConfig: Value error, max_model_len (9) is too much": """\
    s.__pydantic_validator__.validate_python(ArgsKwargs(args, kwargs), self_instance=s)
pydantic.ValidationError: 1 validation error for ModelConfig
  Value error, max_model_len (9) is too much
    For further information visit https://errors.pydantic.dev/2.14/v/value_error""",
    "safetensors.SafetensorError: Error while deserializing header: incomplete metadata": f"""\
(APIServer pid=1) WARNING 11-21 15:49:22 [system_utils.py:255] This can cause errors like `OSError: [Errno 24]`
(Worker pid=3) ERROR 11-21 15:49:43 [multiproc_executor.py:953] Traceback (most recent call last):
(Worker pid=3) ERROR 11-21 15:49:43 [multiproc_executor.py:953] \
safetensors.SafetensorError: Error while deserializing header: incomplete metadata
(EngineCore pid=2) ERROR 11-21 15:49:44 [core.py:1750] \
RuntimeError: Worker failed with error 'x', please check the stack trace above for the root cause
    raise RuntimeError(
RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {{'EngineCore': 1}}
{SEMAPHORES}""",
    "ValueError: Loading lora a failed": f"    raise ValueError(x)\nValueError: Loading lora a failed\n{SEMAPHORES}",
    "loading weights": f"loading weights\n╭────╮\n{SEMAPHORES}",
    "": "\n╭────╮\n",
}


@pytest.mark.parametrize("cause", LOGS)
def test_the_cause_is_found_in_a_servers_log(cause: str) -> None:
    assert cause_in(LOGS[cause].splitlines()) == cause


@pytest.fixture
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(lasting.RUN, "one")
    return tmp_path


def ends(folder: Path, server: FaultServer | None, shard: str, **settings: object) -> tuple[str, float]:
    """The error of a job, and the seconds that it took."""
    start = time.monotonic()
    with pytest.raises(LonghandError) as raised:
        generate(folder, server, shard=shard, **settings)
    return str(raised.value), time.monotonic() - start


def server_that_says(folder: Path, last_words: str) -> dict[str, str]:
    """Serving settings: a command that notes its start, says something and ends."""
    script = f"echo start >> {shlex.quote(str(folder))}/starts; echo {shlex.quote(last_words)} >&2; exit 2"
    return {"command": f"sh -c {shlex.quote(script)}"}


@pytest.mark.parametrize(
    ("last_words", "lasting_fault"),
    [
        (BAD_FLAG, True),
        ("CUDA error: uncorrectable ECC error encountered", False),
        ("ValueError: Free memory on device cuda:0 (10/79 GiB) on startup is less than desired", False),
    ],
)
def test_a_server_that_cannot_start_is_not_tried_again(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch, last_words: str, lasting_fault: bool
) -> None:
    settings = server_that_says(run_folder, last_words)
    first, _ = ends(run_folder, None, "d/000", **settings)
    assert f"status 2 while it started; it last said: {last_words}" in first
    again = [ends(run_folder, None, shard, **settings) for shard in ("d/000", "d/001", "e/000")]
    starts = len((run_folder / "starts").read_text().splitlines())
    assert starts == (1 if lasting_fault else 4)
    if lasting_fault:
        assert [line for line, _ in again] == [first] * 3
        assert max(seconds for _, seconds in again) < 20
    monkeypatch.setenv(lasting.RUN, "another")  # in which the cause may be mended
    ends(run_folder, None, "d/000", **settings)
    assert len((run_folder / "starts").read_text().splitlines()) == starts + 1


def test_a_fault_of_one_dataset_does_not_end_jobs_of_another(run_folder: Path) -> None:
    lasting.FaultNotes("judge_responses", "j", "d").keep(LastingError("unreadable", of_dataset=True))
    for _ in range(2):  # as a later shard does
        notes = lasting.FaultNotes("judge_responses", "j", "d")
        with pytest.raises(LastingError, match="unreadable") as met:
            notes.check()
        notes.keep(met.value)
    lasting.FaultNotes("judge_responses", "j", "e").check()


def test_a_refused_key_is_not_shown_again_and_blocks_no_finished_answers(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "sk-secret-0123456789")
    with FaultServer() as server:
        table = generate(run_folder, server, shard="d/001", api_key_env="A_KEY")
        server.plan = lambda *_: "401"
        first, _ = ends(run_folder, server, "d/000", api_key_env="A_KEY", rows=20)
        requests = server.total
        again, _ = ends(run_folder, server, "e/000", api_key_env="A_KEY", rows=20)
        assert again == first and "the API refused the key" in first
        table.unlink()
        generate(run_folder, server, shard="d/001", api_key_env="A_KEY")  # all in the journal
        assert server.total == requests
    noted = [path.read_text() for path in (run_folder / lasting.FOLDER).rglob("*") if path.is_file()]
    assert noted == [first]


@pytest.mark.parametrize(("fault", "lasting_fault"), [("400", True), ("500", False)])
def test_a_setting_that_every_request_fails_by_is_met_once(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch, fault: str, lasting_fault: bool
) -> None:
    monkeypatch.setattr(sending, "BACK_OFF", wait_random(0, 0.02))
    with FaultServer(lambda *_: fault) as server:
        first, _ = ends(run_folder, server, "d/000")
        requests = server.total
        again, _ = ends(run_folder, server, "d/001", rows=40)
        assert "gave up" in first
        assert (server.total == requests) == lasting_fault
        assert again == first or not lasting_fault


def test_without_a_run_nothing_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(lasting.RUN, raising=False)
    for _ in range(2):
        ends(tmp_path, None, "d/000", **server_that_says(tmp_path, BAD_FLAG))
    assert len((tmp_path / "starts").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("settings", "over"),
    [
        ({"engine": {"max-model-len": 8192}, "sampling": {"max_tokens": 8193}}, "8193"),
        ({"engine": {"max-model-len": 8192}}, "32768"),
        ({"engine": {"max-model-len": 8192}, "sampling": {"max_tokens": 8192}}, None),
        ({"engine": {"max-model-len": "64k"}, "sampling": {"max_tokens": 99_999}}, None),
        ({"engine": {"max-model-len": -1}}, None),
        ({}, None),
    ],
)
def test_an_answer_longer_than_the_context_is_a_mistake(settings: dict, over: str | None) -> None:
    config = {"models": {"m": {"backend": "vllm", "model": "org/m"} | settings}}
    if over is None:
        load_config(config)
    else:
        with pytest.raises(LonghandError, match=rf"max_tokens {over} is over .* 8192 \(config models.m\)"):
            load_config(config)


def test_starts_are_kept_beside_the_journal(tmp_path: Path) -> None:
    small, large = (Serving("m", "vllm", "org/m", gpus=gpus) for gpus in (1, 4))
    keep_starts(tmp_path, small, [100.04, 80.0])
    keep_starts(tmp_path, large, [300.0])
    keep_starts(tmp_path, Serving("m", "demo", "m"), [1.0])
    (tmp_path / "starts.log").open("a").write('{"model": "org/m", "gpu')  # cut by a power cut
    assert past_starts([tmp_path], small) == [100.0, 80.0]
    assert past_starts([tmp_path], large) == [300.0]
    assert past_starts([tmp_path / "new"], small) == []
    assert json.loads((tmp_path / "starts.log").read_text().splitlines()[0])["seconds"] == 100.0
