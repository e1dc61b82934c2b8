"""A scan that is not what it was when it was outlined: seen, then taken as it is or left."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_multicancer.project import Condition, Project, State
from napari_multicancer.project.changed import changed_scans
from tests.project.scans import mask, picture

from .lists import last_mask, listed, mask_in, proposed


def _changed(folder: Path) -> list[str]:
    with Project.open(folder, read_only=True) as project:
        return [scan.name for scan, _ in changed_scans(project)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a list of two scans, of which the first changes after it was listed."""
    folder = proposed(tmp_path, 2)
    with Project.open(folder) as project:
        project.take_results()
    picture(tmp_path / "scans/scan1.png", 77)
    return folder


def test_done_next_takes_a_changed_scan_as_it_is_with_its_mask(
    scans, open_list, choose, settle, folder: Path, told
):
    open_list(folder)
    choose(0)
    assert "scan1.png has changed since it was listed or outlined" in told[-1]
    choose(1)
    assert _changed(folder) == ["scan1.png"], "who only looked has accepted nothing"
    choose(0)
    scans.session.next()
    settle()
    assert _changed(folder) == []
    assert listed(folder)["scan1.png"].state is State.DONE
    np.testing.assert_array_equal(last_mask(folder, "scan1.png"), mask())
    before = len(told)
    choose(0)
    assert told[before:] == []


def test_what_is_painted_on_a_changed_scan_fits_it(viewer, open_list, choose, folder: Path):
    open_list(folder)
    choose(0)
    mask_in(viewer).paint((1, 1), 1)
    choose(1)
    assert _changed(folder) == []
    assert last_mask(folder, "scan1.png")[1, 1] == 1


def test_going_on_past_what_somebody_else_has_done_accepts_no_change(
    scans, open_list, choose, settle, folder: Path
):
    open_list(folder)
    scans.person.work_as("Ada")
    choose(1)
    scans.session.decide(State.DONE)
    settle()
    picture(folder.parent / "scans/scan2.png", 78)
    scans.person.work_as("Ben")
    choose(1)
    scans.session.next()
    settle()
    assert "scan2.png" in _changed(folder)
    choose(0)
    choose(1)
    scans.session.decide(State.REVIEWED)
    settle()
    assert "scan2.png" not in _changed(folder)
    assert listed(folder)["scan2.png"].done_by == "Ada"


def test_a_mask_that_fits_no_more_is_not_replaced_by_an_empty_one_by_going_on(
    viewer, scans, open_list, choose, settle, folder: Path
):
    Image.fromarray(np.zeros((10, 12), np.uint8)).save(folder.parent / "scans/scan1.png")
    open_list(folder)
    choose(0)
    scans.session.next()
    settle()
    assert listed(folder)["scan1.png"].state is State.PROPOSED
    with Project.open(folder, read_only=True) as project:
        assert len(project.versions(1)) == 1
        assert project.locate(1).condition is Condition.CHANGED
    choose(0)
    mask_in(viewer).paint((4, 4), 1)
    scans.session.next()
    settle()
    assert listed(folder)["scan1.png"].state is State.DONE
    assert last_mask(folder, "scan1.png").shape == (10, 12)
    assert _changed(folder) == []
