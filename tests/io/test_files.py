from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from napari_multicancer.core.errors import OutputError
from napari_multicancer.io.files import flushed_later, replacing


def _write(path: Path) -> None:
    with replacing(path) as beside:
        beside.write_text("new")


def test_a_file_is_on_the_disk_before_it_takes_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = tmp_path / "mask.tif", []
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", lambda file: seen.append(path.read_text()))
    _write(path)
    assert seen == ["old", "new"], "the file before, its folder after"
    with flushed_later():
        _write(path)
    assert len(seen) == 2


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS])
def test_a_disk_that_knows_no_flushing_takes_files_all_the_same(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    _write(tmp_path / "mask.tif")
    assert (tmp_path / "mask.tif").read_text() == "new"


def test_a_disk_that_is_full_in_the_end_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "mask.tif").write_text("old")
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OutputError, match="No space left on device"):
        _write(tmp_path / "mask.tif")
    assert [path.name for path in tmp_path.iterdir()] == ["mask.tif"]
    assert (tmp_path / "mask.tif").read_text() == "old"
