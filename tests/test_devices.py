"""ask.devices: who takes which GPU of a machine."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from longhand.ask import devices, locks
from longhand.ask.devices import VISIBLE, Devices, named_devices
from longhand.ask.locks import ByteLocks
from longhand.program.errors import LastingError
from train_model import run_on_gpus

LISTING = """\
GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa1111-0000-0000-0000-000000000000)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bbbb2222-0000-0000-0000-000000000000)
  MIG 3g.20gb     Device  0: (UUID: MIG-cccc3333-0000-0000-0000-000000000000)
  MIG 3g.20gb     Device  1: (UUID: MIG-dddd4444-0000-0000-0000-000000000000)
GPU 2: NVIDIA A100-SXM4-40GB (UUID: GPU-eeee5555-0000-0000-0000-000000000000)
"""
HOLDER = """
import subprocess, sys, time
from pathlib import Path
from longhand.ask import devices
devices.SHARED = Path(sys.argv[1])
held = devices.Devices(1)
taken = held.try_take()
child = subprocess.Popen(["sleep", "60"], close_fds=False)
print(taken["CUDA_VISIBLE_DEVICES"], child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose programs are in `bin` and whose locks are in `gpus`: it has two GPUs by CUDA_VISIBLE_DEVICES."""
    monkeypatch.setattr(devices, "SHARED", tmp_path / "gpus")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setattr(
        devices.shutil, "which", lambda name: str(path) if (path := tmp_path / "bin" / name).exists() else None
    )
    monkeypatch.setenv(VISIBLE, "0,1")
    locks.say_once.cache_clear()
    return tmp_path


def list_gpus(machine: Path, listing: str) -> None:
    """Gives the machine an nvidia-smi."""
    program = machine / "bin/nvidia-smi"
    program.write_text(f"#!/bin/sh\n[ \"$*\" = -L ] && cat <<'END'\n{listing}END\n")
    program.chmod(0o755)


def test_no_two_holders_have_the_same() -> None:
    one, other, third = Devices(1), Devices(1), Devices(1)
    assert one.try_take() == {VISIBLE: "0"} and other.try_take() == {VISIBLE: "1"}
    assert one.try_take() == {VISIBLE: "0"}, "it keeps what it has"
    assert third.try_take() is None and Devices(2).try_take() is None
    one.release()
    assert Devices(2).try_take() is None, "and holds neither after that"
    assert third.try_take() == {VISIBLE: "0"}


def test_a_killed_holder_frees_its_own_although_its_children_live(machine: Path) -> None:
    words = [sys.executable, "-c", HOLDER, str(machine / "gpus")]
    environment = {"PYTHONPATH": str(Path(devices.__file__).parents[2]), VISIBLE: "0", "PATH": "/usr/bin:/bin"}
    holder = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)
    assert holder.stdout is not None
    taken, child = holder.stdout.readline().split()
    try:
        assert taken == "0" and Devices(2).try_take() is None
        holder.kill()
        holder.wait()
        os.kill(int(child), 0)  # is there
        assert Devices(2).try_take() == {VISIBLE: "0,1"}
    finally:
        os.kill(int(child), 9)


def test_more_than_there_are_is_an_error_at_once() -> None:
    with pytest.raises(LastingError, match="3 GPUs are needed, and there are 2: 0,1"):
        Devices(3).try_take()


@pytest.mark.parametrize("visible", [None, "", "-1", "NoDevFiles"])
def test_nothing_is_chosen_where_there_is_nothing(monkeypatch: pytest.MonkeyPatch, visible: str | None) -> None:
    monkeypatch.delenv(VISIBLE) if visible is None else monkeypatch.setenv(VISIBLE, visible)
    assert Devices(2).try_take() == {}
    assert Devices(0).try_take() == {}


def test_without_a_choice_all_of_the_machine_are_meant(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_gpus(machine, LISTING)
    monkeypatch.delenv(VISIBLE)
    parts = "MIG-cccc3333-0000-0000-0000-000000000000,MIG-dddd4444-0000-0000-0000-000000000000"
    assert Devices(4).try_take() == {VISIBLE: f"0,{parts},2"}, "of a divided GPU its parts"


def test_names_of_one_gpu_are_one_gpu(machine: Path) -> None:
    """Under Slurm with cgroups the GPU of every job is called 0, and nvidia-smi shows each job its own."""
    list_gpus(machine, LISTING)
    assert named_devices("1,GPU-aaaa,MIG-x") == {
        "1": "GPU-bbbb2222-0000-0000-0000-000000000000",
        "GPU-aaaa": "GPU-aaaa1111-0000-0000-0000-000000000000",
        "MIG-x": "MIG-x",
    }
    first = Devices(2)
    assert first.try_take() == {VISIBLE: "0,1"}
    list_gpus(machine, LISTING.replace("aaaa", "0123").replace("bbbb", "4567"))
    assert Devices(2).try_take() == {VISIBLE: "0,1"}


def test_users_share_the_locks_whatever_their_umask(machine: Path) -> None:
    before = os.umask(0o077)
    try:
        Devices(1).try_take()
    finally:
        os.umask(before)
    assert stat.S_IMODE((machine / "gpus").stat().st_mode) == 0o666


@pytest.mark.parametrize("trap", ["link", "dangling link", "folder"])
def test_a_trap_in_tmp_is_left_alone(machine: Path, trap: str) -> None:
    victim = machine / "victim"
    if trap == "folder":
        (machine / "gpus").mkdir()
    else:
        (machine / "gpus").symlink_to(victim)
    if trap == "link":
        victim.write_text("mine")
        victim.chmod(0o600)
    one, other = Devices(1), Devices(1)
    assert one.try_take() == {VISIBLE: "0"} and other.try_take() == {VISIBLE: "1"}, "by a file of the user's own"
    assert victim.exists() == (trap == "link")
    assert trap != "link" or (victim.read_text(), stat.S_IMODE(victim.stat().st_mode)) == ("mine", 0o600)


def test_without_locks_the_first_ones_are_taken_and_it_is_said_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> bool:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(ByteLocks, "take", refuse)
    assert [Devices(1).try_take() for _ in range(2)] == [{VISIBLE: "0"}] * 2
    assert capsys.readouterr().err.count("GPUs cannot be locked") == 1


@pytest.mark.parametrize(("visible", "seen"), [("0,1,2", "1,2"), (None, "0,1")])
def test_a_training_sees_so_many_and_none_of_another_job(
    machine: Path, monkeypatch: pytest.MonkeyPatch, visible: str | None, seen: str
) -> None:
    monkeypatch.delenv(VISIBLE) if visible is None else monkeypatch.setenv(VISIBLE, visible)
    other = Devices(1)
    other.try_take()
    note = f"import os, pathlib; pathlib.Path(r'{machine / 'seen'}').write_text(os.environ['{VISIBLE}'])"
    with (machine / "lock").open("w") as lock:
        assert run_on_gpus([sys.executable, "-c", note], 2, machine / "cache", lock) == 0
    assert (machine / "seen").read_text() == seen
    other.release()
    assert Devices(3 if visible else 0).try_take() is not None, "it freed them"
