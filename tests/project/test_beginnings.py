"""How raters' masks were begun, and what agreement comes to in sentences."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import numpy as np

from napari_multicancer.core.masks.history import Change, records_of
from napari_multicancer.io.masks import NO_GROUND
from napari_multicancer.io.provenance import provenance
from napari_multicancer.project import Project, State, VersionKind
from napari_multicancer.project.agreement.pairs import Pair, pairs
from napari_multicancer.project.agreement.run import Agreement, agree
from tests.project.scans import answer, mask, pictures, results


def _pairs(project: Project) -> list[Pair]:
    return list(pairs(project, lambda: None, lambda reason: None))


def _begun(project: Project, labels: np.ndarray, told: dict[str, object] | None, **how) -> str:
    made = project.save_mask(1, labels, NO_GROUND, told, **how)
    (pair, *_) = [one for one in _pairs(project) if made in (one.first, one.second)]
    return pair.beginnings[made.id]


def test_masks_say_whether_they_were_begun_from_a_proposal(tmp_path: Path) -> None:
    paths = pictures(tmp_path / "scans", 1)
    results(tmp_path / "out", answer(paths[0], mask="masks/scan1_mask.tif"))
    by_hand = provenance("scan1.png", edited=True)
    now = datetime.now().astimezone()
    boxed = records_of([Change("user", "segment in box", now, now, added=9)])
    with Project.open(tmp_path / "out", "Ada") as project:
        project.take_results()
        project.set_state(1, State.DONE)
        (pair,) = _pairs(project)
        assert pair.beginnings == {pair.second.id: "proposal accepted"}
        corrected = {**by_hand, "models": ["breast 2"]}
        second = {"kind": VersionKind.SECOND, "maker": "Eve"}
        assert _begun(project, mask(9), corrected) == "proposal corrected"
        assert _begun(project, mask(9), by_hand, **second) == "drawn", "blind"
        assert _begun(project, mask(8), corrected, **second) == "proposal corrected", "in sight"
        assert _begun(project, mask(7), {**by_hand, "history": boxed}) == "proposal corrected"
        clicked = {**by_hand, "clicks": {"clicks": 3, "network": "click 1"}}
        assert _begun(project, mask(6), clicked) == "not known"
        assert _begun(project, mask(5), {"imported_from": "a.tif"}) == "not known"
        assert _begun(project, mask(4), None) == "not known"
        assert _begun(project, mask(4), by_hand) == "drawn"


def _agreed(folder: Path, number: int, eve: dict[str, object], **more: object) -> Agreement:
    """Compare Ada's masks, accepted from a model by pressing on, with those of Eve."""
    paths = pictures(folder / "scans", number)
    rows = (answer(path, mask=f"masks/{path.stem}_mask.tif") for path in paths)
    results(folder / "out", *rows)
    with Project.open(folder / "out", "Ada") as project:
        project.take_results()
        for scan in range(1, number + 1):
            project.set_state(scan, State.DONE)
            second = {"kind": VersionKind.SECOND, "maker": "Eve", **more}
            project.save_mask(scan, mask(12), NO_GROUND, eve, **second)
        return agree(project, folder)


def test_what_agreement_comes_to_is_said_with_its_numbers(tmp_path: Path) -> None:
    drawn = provenance("a.png", edited=True)
    found = _agreed(tmp_path, 3, drawn)
    near = "a model's mask is as near to one rater's as two raters' are to each other."
    begun = (
        "of the 6 raters' masks compared were begun from a model's proposal (3 accepted as they "
        "were, 0 corrected), and are not independent of it."
    )
    none = "No scan has masks of two raters that are known to be drawn without a proposal."
    assert found.sentence == f"On 3 of 3 scans {near} 3 {begun} {none}"
    assert [one.cells[-1] for one in found.summaries] == ["3 of 6", "3 of 6"]
    with (tmp_path / "agreement.csv").open(newline="", encoding="utf-8") as file:
        rows = [
            (row["compared"], row["first beginning"], row["second beginning"])
            for row in csv.DictReader(file)
        ]
    assert rows[:3] == [
        ("two raters", "proposal accepted", "drawn"),
        ("model and rater", "", "proposal accepted"),
        ("model and rater", "", "drawn"),
    ]
    with (tmp_path / "agreement_summary.csv").open(newline="", encoding="utf-8") as file:
        raters, model = csv.DictReader(file)
    assert (raters["masks accepted"], raters["masks drawn"]) == ("3", "3")
    assert raters["scans within raters"] == ""
    assert (model["scans within raters"], model["scans with raters"]) == ("3", "3")
    assert model["drawn scans with raters"] == "0"


def test_a_share_is_told_of_twenty_scans_and_more(tmp_path: Path) -> None:
    drawn = provenance("a.png", edited=True)
    assert "On 19 of 19 scans a model's" in _agreed(tmp_path / "a", 19, drawn).sentence
    assert "On 20 of 20 scans (100 %) a model's" in _agreed(tmp_path / "b", 20, drawn).sentence


def test_masks_drawn_without_a_proposal_are_counted_by_themselves(tmp_path: Path) -> None:
    drawn = provenance("a.png", edited=True)
    paths = pictures(tmp_path / "scans", 2)
    results(tmp_path / "out", *(answer(one, mask=f"masks/{one.stem}_mask.tif") for one in paths))
    with Project.open(tmp_path / "out", "Ada") as project:
        project.take_results()
        project.save_mask(1, mask(12), NO_GROUND, drawn)
        for scan in (1, 2):
            project.set_state(scan, State.DONE)
            project.save_mask(
                scan, mask(13), NO_GROUND, drawn, kind=VersionKind.SECOND, maker="Eve"
            )
        told = agree(project, tmp_path).sentence
    assert told.startswith("On 1 of 2 scans a model's")
    assert "1 of the 4 raters' masks compared was begun from a model's proposal" in told
    assert told.endswith(
        "Counting only masks that are known to be drawn without a proposal, it is so on 0 of 1 "
        "scan."
    )
