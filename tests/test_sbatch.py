"""The profile's sbatch: patient while Slurm is away, frank about what it refuses, modest about time."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from running import CHECKOUT

FOLDER = CHECKOUT / "profiles/slurm/bin"
AWAY = "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)"
LOST = "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation"
REFUSED = "sbatch: error: invalid partition specified: a101"


class Slurm:
    """Slurm's commands as scripts in a folder, each with what it is to print."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.program("sinfo", "exit 1")
        self.program("squeue", "exit 1")
        self.program("sleep", 'echo "$1" >> sleeps')

    def program(self, name: str, script: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\ncd {self.folder}\n{script}\n")
        path.chmod(0o755)

    def fails_first(self, times: int, error: str) -> None:
        """sbatch fails some times, then accepts; it notes what it was called with."""
        self.program(
            "sbatch",
            f'printf "%s|" "$@" >> calls; echo >> calls\n[ $(wc -l < calls) -gt {times} ] && echo 7 && exit 0\n'
            f'echo "{error}" >&2; exit 1',
        )

    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()

    def waited(self) -> list[int]:
        """The seconds of each wait."""
        return [int(line) for line in (self.folder / "sleeps").read_text().splitlines()]

    def submit(self, *words: str, patience: int = 600) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "PATH": f"{FOLDER}:{self.folder}:{os.environ['PATH']}",
            "LONGHAND_SBATCH_PATIENCE": str(patience),
        }
        call = ["sbatch", "--parsable", "--job-name", "longhand_1", "--comment", "rule_x_wildcards_a", *words]
        return subprocess.run(call, env=environment, capture_output=True, text=True, timeout=60)


@pytest.fixture
def slurm(tmp_path: Path) -> Slurm:
    return Slurm(tmp_path)


def test_it_waits_while_slurm_is_away_and_gives_the_number_alone(slurm: Slurm) -> None:
    slurm.fails_first(5, AWAY)
    done = slurm.submit("--wrap=echo \"a b\" 'c'")
    assert (done.returncode, done.stdout, done.stderr) == (0, "7\n", ""), "the plugin reads errors as a failure"
    assert len(slurm.calls()) == 6 and len(set(slurm.calls())) == 1
    assert slurm.waited() == [1, 2, 4, 8, 16]
    assert slurm.calls()[0].endswith("--wrap=echo \"a b\" 'c'|"), "words go through as they are"


def test_it_gives_up_when_its_patience_is_over(slurm: Slurm) -> None:
    slurm.fails_first(99, AWAY)
    done = slurm.submit(patience=600)
    assert done.returncode == 1 and 600 <= sum(slurm.waited()) < 660
    assert "Unable to contact slurm controller" in done.stderr


def test_what_slurm_refuses_is_refused_at_once(slurm: Slurm) -> None:
    slurm.fails_first(99, REFUSED)
    done = slurm.submit()
    assert done.returncode == 1 and len(slurm.calls()) == 1 and REFUSED in done.stderr


def test_a_job_whose_number_was_lost_is_not_submitted_twice(slurm: Slurm) -> None:
    slurm.fails_first(1, LOST)
    slurm.program("squeue", "echo '41 rule_x_wildcards_ab'; echo '42 rule_x_wildcards_a'")
    done = slurm.submit()
    assert (done.returncode, done.stdout) == (0, "42\n")
    assert len(slurm.calls()) == 1


@pytest.mark.parametrize(
    ("given", "minutes", "expected"),
    [("1-00:00:00", 2880, 1440), ("30:00", 2880, 30), ("12:30:00", 2880, 750), ("2-00:00:00", 720, 720)]
    + [("infinite", 2880, 2880), ("", 2880, 2880)],
)
def test_no_more_time_than_the_partition_gives(slurm: Slurm, given: str, minutes: int, expected: int) -> None:
    slurm.fails_first(0, "")
    slurm.program("sinfo", f'[ "$*" = "-h -o %l -p a100" ] && echo "{given}"')
    assert slurm.submit("-p", "a100", "-t", str(minutes), "--wrap=-t 5").returncode == 0
    assert f"|-p|a100|-t|{expected}|--wrap=-t 5|" in slurm.calls()[0]
