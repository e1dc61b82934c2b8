from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from napari_multicancer.batch.output_folder import LOCK_NAME, only_run_in
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.core.errors import OutputError

HOLD = """
import sys
from pathlib import Path
from napari_multicancer.batch.output_folder import only_run_in
with only_run_in(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_a_second_run_is_refused_until_the_first_ends_however_it_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    first = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with first:
        try:
            assert first.stdout.readline() == b"held\n"
            holder = f"process {first.pid} on {socket.gethostname()}"
            with pytest.raises(OutputError, match="Another run") as refused:
                run_batch([], tmp_path, BatchOptions(resume=True), work=lambda job: {})
            assert holder in str(refused.value)
            assert not (tmp_path / "results.csv").exists()
        finally:
            first.kill()
    assert (tmp_path / LOCK_NAME).is_file(), "a killed run leaves its lock behind"
    with only_run_in(tmp_path):
        assert str(os.getpid()) in (tmp_path / LOCK_NAME).read_text()
    assert not (tmp_path / LOCK_NAME).exists()


def test_two_runs_in_one_process_are_told_apart_too(tmp_path: Path) -> None:
    with only_run_in(tmp_path):
        with pytest.raises(OutputError, match=f"process {os.getpid()} on"):
            only_run_in(tmp_path).__enter__()
        assert (tmp_path / LOCK_NAME).is_file()


def test_a_folder_that_is_read_only_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OutputError, match="Read-only file system"):
        only_run_in(tmp_path).__enter__()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other locks")
def test_a_disk_without_locks_does_not_stop_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refuse)
    with only_run_in(tmp_path):
        assert "knows no locks" in caplog.text
