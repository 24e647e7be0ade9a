"""The whole graph on Slurm through the shipped profile: where its jobs go, and which go there again."""

from __future__ import annotations

import re
import threading
from collections import Counter

import pytest
from demo_process import served
from fault_replies import DIMENSIONS, VERDICT
from marked_key import KEY, files_with_the_key, watched
from patience import wait_for
from slurm.cluster import GPUS, Cluster, Job
from slurm.submitted import SlurmRun, stand_ins

GPU_RULES = {"generate_responses_gpu", "judge_responses_gpu"}
RESULTS = "results/rivers"


class Finished:
    """A run of a model that vLLM serves and of the demo engine behind an API with a key; likewise of two judges.

    Attributes:
        status, output: of Snakemake, with the command lines of all processes while it ran.
        seen: what else was seen of them.
        jobs: what it submitted.
    """

    def __init__(self, run: SlurmRun):
        self.run = run
        rubric = {"template": VERDICT + " {prompt} {response}", "scale": [1, 5]}
        run.config["rubrics"] = {"plain": rubric | {"dimensions": {name: [] for name in DIMENSIONS}}}
        run.config["datasets"]["rivers"]["rubric"] = "plain"
        on_gpu = run.config["models"]["on-gpu"]
        on_gpu["servers"] = GPUS
        with served(VLLM_API_KEY=KEY) as address:
            by_api = {"backend": "openai", "model": "demo-a", "base_url": f"{address}/v1", "api_key_env": "MARKED_KEY"}
            run.config["models"]["by-api"] = by_api
            gpu_judge = on_gpu | {"engine": {}, "concurrency": 8, "servers": 1}
            api_judge = by_api | {"api_key_env": "KEY_OF_JUDGE", "response_format": "json_schema"}
            run.config["judges"] = {"gpu-judge": gpu_judge, "api-judge": api_judge}
            run.config["evaluate"] |= {"models": ["on-gpu", "by-api"], "judges": ["gpu-judge", "api-judge"]}
            run.allow(0)  # else the first job may answer the rows of the second before Slurm has started it
            threading.Thread(target=self._answer_when_all_are_up, daemon=True).start()
            self.status, self.output, self.seen = watched(run, KEY_OF_JUDGE=KEY)
        self.jobs = run.jobs()

    def _answer_when_all_are_up(self) -> None:
        wait_for(lambda: len(self.server_logs()) == GPUS, 200, "servers of all generating jobs")
        self.run.allow(1000)

    def server_logs(self) -> list[str]:
        """What the servers of the generating jobs have printed."""
        logs = self.run.folder / "logs/generate_responses_gpu"
        return [path.read_text(encoding="utf-8") for path in logs.rglob("*.server")]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, slurm: Cluster) -> Finished:
    made = Finished(SlurmRun(tmp_path_factory.mktemp("run"), slurm, rows=8, shards=2, latency=0.8))
    assert made.status == 0, made.output[-6000:]
    return made


def overlap(jobs: list[Job]) -> int:
    """The greatest number of jobs that ran at a time."""
    return max(sum(other.start <= job.start < other.end for other in jobs) for job in jobs)


def test_gpu_rules_and_only_they_get_gpus(finished: Finished) -> None:
    on_gpus = [job for job in finished.jobs if job.gpus]
    assert {job.partition for job in on_gpus} == {"a100"}
    assert {job.rule for job in on_gpus} == GPU_RULES
    assert {job.gpus for job in on_gpus} == {"a100:1"}
    others = {job.rule: job.partition for job in finished.jobs if not job.gpus}
    assert set(others.values()) == {"cpu"}
    assert set(others) == {"generate_responses", "judge_responses"}, "what computes runs beside Snakemake"
    assert {job.state for job in finished.jobs} == {"COMPLETED"}


def test_two_ran_at_a_time_on_two_gpus(finished: Finished) -> None:
    generating = [job for job in finished.jobs if job.rule == "generate_responses_gpu"]
    assert len(generating) == GPUS == overlap(generating), generating
    assert sorted(re.findall(r"GPU (\S+)", "".join(finished.server_logs()))) == ["0", "1"], (
        "each saw the GPU that Slurm gave it"
    )


def test_the_results_are_whole_and_the_servers_gone(finished: Finished) -> None:
    for model in ("on-gpu", "by-api"):
        rows = finished.run.rows(f"results/rivers/{model}/scores.parquet")
        assert Counter(row["judge"] for row in rows) == {"gpu-judge": 8, "api-judge": 8}
        assert {row["status"] for row in rows} == {"ok"}
    assert (finished.run.folder / "results/report.html").exists()
    assert stand_ins() == []


def test_the_key_went_with_the_environment_only(finished: Finished, slurm: Cluster) -> None:
    assert {row["status"] for row in finished.run.rows("results/rivers/by-api/responses.parquet")} == {"ok"}
    assert KEY not in finished.output, "neither told nor in a process list"
    assert files_with_the_key(finished.run.folder) == []
    # Slurm keeps each job's environment until it forgets the job, in a folder of its own that only it can read.
    kept = {path.name for path in files_with_the_key(slurm.base)}
    assert kept <= {"environment", "job_state", "job_state.new", "job_state.old"}, kept
    assert KEY not in slurm.run("scontrol", "show", "job", "-d")


def test_verdicts_are_asked_while_answers_come_with_the_key_of_the_judge(finished: Finished) -> None:
    keys = {"MARKED_KEY", "KEY_OF_JUDGE"}
    held = {script: names & keys for script, names in finished.seen.environments.items()}
    assert held.pop("generate_responses.py") == keys
    assert held.pop("judge_responses.py") == {"KEY_OF_JUDGE"}
    assert "join_scores.py" in held and not any(held.values()), held
    ahead = [*(finished.run.folder / "journal/judges/api-judge/others/generate_responses").rglob("*.jsonl")]
    verdicts = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in ahead)
    assert 8 < verdicts <= 16, "nearly all by the jobs that wrote the responses, on other nodes as well"


def test_a_run_that_would_log_the_key_is_refused(finished: Finished) -> None:
    again = (f"{RESULTS}/by-api/responses.parquet", "--forcerun", "generate_responses", "--verbose")
    done = finished.run.snakemake(*again, MARKED_KEY=KEY, KEY_OF_JUDGE=KEY)
    assert done.returncode != 0
    assert "error: --verbose makes the cluster's logs show API keys" in done.stdout
    assert finished.run.rules() == {}
    assert files_with_the_key(finished.run.folder) == []


def test_nothing_is_left_to_do(finished: Finished) -> None:
    assert finished.run.planned() == {}


def test_a_rule_that_computes_is_a_job_if_that_is_wanted(finished: Finished) -> None:
    lengths = [f"{RESULTS}/{model}/lengths.parquet" for model in ("on-gpu", "by-api")]
    again = (*lengths, "--forcerun", "score_length")
    assert finished.run.planned(*again) == {"score_length": 2}
    finished.run.finish(*again, LONGHAND_LOCAL="0")
    assert finished.run.rules() == {"score_length": 2}
    finished.run.finish(*again)
    assert finished.run.rules() == {}


def test_one_model_again_on_two_gpus(finished: Finished) -> None:
    run, target = finished.run, f"{RESULTS}/on-gpu/responses.parquet"
    run.config["models"]["on-gpu"] |= {"sampling": {"temperature": 0.9}, "gpus": GPUS}
    planned = run.finish(target, "-n")
    reasons = re.findall(r"^rule (\w+):.*?^    reason: (.*?)$", planned, re.S | re.M)
    assert sorted(rule for rule, _ in reasons) == ["gather_responses", *["generate_responses_gpu"] * 2]
    for rule, reason in reasons:
        assert ("Params have changed" if rule.endswith("_gpu") else "Input files updated by another job") in reason
    for log in (run.folder / "logs/generate_responses_gpu").rglob("*.server"):
        log.unlink()
    run.finish(target)
    jobs = run.jobs()
    assert Counter(job.rule for job in jobs) == {"generate_responses_gpu": 2}
    assert [job.gpus for job in jobs] == [f"a100:{GPUS}"] * 2
    logs = "".join(path.read_text() for path in (run.folder / "logs/generate_responses_gpu").rglob("*.log*"))
    assert re.findall(r"GPU (\S+)", logs) == ["0,1"], "the first job answers for the second"
    assert logs.count(f"--tensor-parallel-size {GPUS}") == 1
    assert set(run.requests().values()) == {2}, "with the old settings and with the new"
