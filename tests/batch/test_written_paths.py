r"""Names that are no UTF-8, and names that look as such are written (``\udcff``), are two."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_multicancer.batch.results import read_rows
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.batch.worklist import find_files
from napari_multicancer.batch.written_paths import as_it_was, written
from napari_multicancer.project import Project
from tests.batch.test_scale import _done

NAMES = st.lists(
    st.sampled_from(["\\", "u", "x5c", "udcff", "\udcff", "\udc80", "\\udcff", "a", "/", "\u00e9"])
).map("".join)


@given(NAMES, NAMES)
def test_each_path_is_read_as_it_was_and_no_two_are_written_alike(one: str, other: str) -> None:
    assert as_it_was(written(one)) == one
    assert written(one).encode("utf-8").decode("utf-8") == written(one)
    assert (written(one) == written(other)) == (one == other)


@pytest.mark.skipif(sys.platform != "linux", reason="other disks take no such name")
def test_a_file_called_like_the_code_of_another_has_a_row_of_its_own(tmp_path: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    names = [os.fsdecode(b"a\xff.png"), r"a\udcff.png", r"a\x5cudcff.png"]
    for name in names:
        (scans / name).write_bytes(os.fsencode(name))
    assert run_batch(find_files([scans]), out, work=_done).ok == 3
    paths = [row["path"] for row in read_rows(out / "results.csv")]
    assert sorted(paths) == sorted(str(scans / name) for name in names)
    again = run_batch(find_files([scans]), out, BatchOptions(resume=True), work=_done)
    assert (again.ok, again.skipped) == (0, 3)
    with Project.open(out) as project:
        project.take_results()
        listed = [*project.each()]
    assert {one.path for one in listed} == {scans / name for name in names}
