from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from itertools import pairwise
from math import isnan
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.overlap import dice, hausdorff_95
from napari_multicancer.io import load_mask
from napari_multicancer.project import Project, State, VersionKind
from napari_multicancer.project.agreement.bland_altman import Point, bland_altman
from napari_multicancer.project.agreement.consensus import (
    majority,
    one_a_rater,
    save_consensus,
    staple,
)
from napari_multicancer.project.agreement.consensus_of_list import (
    Consensus,
    make_consensus,
    prospect,
)
from napari_multicancer.project.agreement.files import picture, write_agreement
from napari_multicancer.project.agreement.kappa import cohens_kappa
from napari_multicancer.project.agreement.pairs import Pair, PairKind, pairs
from napari_multicancer.project.agreement.summary import (
    Within,
    largest_differences,
    summarize,
    within_raters,
)
from napari_multicancer.project.final import final_version
from napari_multicancer.project.project import FILE_NAME
from napari_multicancer.project.schema import STEPS
from tests.project.scans import answer, mask, pictures, results


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a project: four scans proposed, done by Ada, two of them also by Eve, one twice."""
    paths = pictures(tmp_path / "scans", 4)
    results(tmp_path / "out", *(answer(path, mask=f"masks/{path.stem}_mask.tif") for path in paths))
    with Project.open(tmp_path / "out", "Ada") as project:
        project.take_results()
        for scan in (1, 2, 3, 4):
            project.save_mask(scan, mask(9), finding="benign")
            project.set_state(scan, State.DONE)
        project.save_mask(2, mask(12), kind=VersionKind.SECOND, maker="Eve", finding="malignant")
        empty = mask() * 0
        project.save_mask(3, empty, kind=VersionKind.SECOND, maker="Eve", finding="benign")
        project.save_mask(4, mask(10), kind=VersionKind.SECOND)
        yield project


def _pairs(project: Project) -> list[Pair]:
    failed: list[str] = []
    found = list(pairs(project, lambda: None, failed.append))
    assert failed == []
    return found


def test_raters_the_same_rater_and_the_model_are_compared(project: Project) -> None:
    found = _pairs(project)
    told = [(one.scan.id, one.kind, one.first.maker, one.second.maker) for one in found]
    model = "recognizer 2; breast 2"
    assert told == [
        (1, PairKind.MODEL, model, "Ada"),
        (2, PairKind.RATERS, "Ada", "Eve"),
        (2, PairKind.MODEL, model, "Ada"),
        (2, PairKind.MODEL, model, "Eve"),
        (3, PairKind.RATERS, "Ada", "Eve"),
        (3, PairKind.MODEL, model, "Ada"),
        (3, PairKind.MODEL, model, "Eve"),
        (4, PairKind.REPEAT, "Ada", "Ada"),
        (4, PairKind.MODEL, model, "Ada"),
        (4, PairKind.MODEL, model, "Ada"),
    ]
    raters = found[1].compared
    assert raters.dice == pytest.approx(dice(mask(9), mask(12)))
    assert raters.distance == pytest.approx(hausdorff_95(mask(9), mask(12)))
    assert (raters.first_size, raters.size_unit) == (96, "px")
    assert found[4].compared.distance is None


def test_what_was_compared_is_not_computed_again_until_a_mask_is_replaced(
    project: Project,
) -> None:
    before = [one.compared for one in _pairs(project)]
    files = [version.file for scan in (1, 2, 3, 4) for version in project.versions(scan)]
    hidden = [file.rename(file.with_suffix(".hidden")) for file in files]
    assert [one.compared for one in _pairs(project)] == before
    for file, away in zip(files, hidden, strict=True):
        away.rename(file)
    results(
        project.folder, answer(project.scan(1).path, mask="masks/scan1_mask.tif", organ="other")
    )
    project.take_results()
    files[0].unlink()
    failed: list[str] = []
    assert len(list(pairs(project, lambda: None, failed.append))) == len(before) - 1
    assert len(failed) == 1


def test_a_summary_says_how_near_and_beyond_chance(project: Project) -> None:
    found = _pairs(project)
    raters = summarize(PairKind.RATERS, [one for one in found if one.kind is PairKind.RATERS])
    assert (raters.scans, raters.pairs) == (2, 2)
    assert raters.dice[1] == pytest.approx(dice(mask(9), mask(12)) / 2)
    assert raters.difference == pytest.approx(-1.0)
    assert raters.low < raters.difference < raters.high
    assert raters.kappa == pytest.approx(0.0)
    repeat = summarize(PairKind.REPEAT, [one for one in found if one.kind is PairKind.REPEAT])
    assert isnan(repeat.low)
    assert repeat.kappa != repeat.kappa
    assert repeat.cells[-2] == "\N{EN DASH}", "no number, no nan"
    assert repeat.cells[-1] == "0 to 2 of 2"
    assert repeat.cells[-3] == f"{100 * repeat.difference:+.1f} %", "one difference has no limits"
    assert within_raters(found) == Within(2, 2)
    assert within_raters(found[:1]) == Within(0, 0)


def test_agreement_is_written_as_tables_and_pictures(project: Project, tmp_path: Path) -> None:
    found = _pairs(project)
    kinds = {one.kind: [other for other in found if other.kind is one.kind] for one in found}
    summaries = [summarize(kind, some) for kind, some in kinds.items()]
    written = write_agreement(tmp_path, found, summaries)
    with written[0].open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10
    assert rows[1]["first finding"] == "benign"
    assert rows[1]["second finding"] == "malignant"
    assert rows[4]["hd95"] == ""
    pictures_there = [path for path in written if path.suffix == ".svg"]
    assert len(pictures_there) == 3
    for path in pictures_there:
        root = ElementTree.fromstring(path.read_text("utf-8"))
        assert root.findall("{http://www.w3.org/2000/svg}circle")


@pytest.mark.parametrize("size", [1e-6, 0.3, 7.0, 96.0, 123456.0])
def test_the_picture_has_round_numbers_below_it(size: float) -> None:
    drawn = bland_altman("Two", "px", [Point(size, 0.0)], float("nan"), 0.0, float("nan"))
    words = [
        text.text for text in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")
    ]
    numbers = [float(word) for word in words if word.replace(".", "").replace("e-", "").isdigit()]
    assert numbers[0] == 0.0
    assert 2 <= len(numbers) <= 6
    assert numbers[-1] <= 1.05 * size


@pytest.mark.parametrize("spread", [0.0, 0.01, 0.5])
def test_the_pictures_lines_are_named_apart_however_near_they_lie(spread: float) -> None:
    drawn = ElementTree.fromstring(
        bland_altman("Two raters", "mm²", [Point(95.0, 0.1)], -spread, 0.0, spread)
    )
    words = [one for one in drawn.iter() if "limit" in (one.text or "") or one.text == "mean +0 %"]
    downs = sorted(float(one.get("y")) for one in words)
    assert len(downs) == 3
    assert min(after - before for before, after in pairwise(downs)) > 12


def test_the_picture_is_in_the_color_of_words_and_numbers_both_axes() -> None:
    points = [Point(40.0, -0.3, "a.png (Ada)"), Point(90.0, 1.2, "<b>.png (Eve)")]
    drawn = ElementTree.fromstring(bland_altman("Two raters", "px", points, -1.0, 0.5, 1.9))
    painted = [one.get(how) for one in drawn.iter() for how in ("stroke", "fill") if one.get(how)]
    assert set(painted) == {"currentColor"}
    words = [one.text for one in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"0", "20"} < set(words)
    assert {"-100 %", "0 %", "+100 %"} < set(words)
    named = [one.text for one in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert named == ["a.png (Ada)", "<b>.png (Eve)"]


def test_an_outlier_can_be_named(project: Project, tmp_path: Path) -> None:
    found = _pairs(project)
    (largest,) = largest_differences(found, PairKind.RATERS)
    assert (largest.scan.name, largest.raters) == ("scan3.png", ("Ada", "Eve"))
    told = [one.scan.name for one in largest_differences(found, PairKind.MODEL)]
    assert told == ["scan3.png"], "the others' sizes are alike"
    summary = summarize(PairKind.RATERS, [one for one in found if one.kind is PairKind.RATERS])
    table = write_agreement(tmp_path, found, [summary])[0]
    with table.open(newline="", encoding="utf-8") as file:
        shares = {
            row["scan"]: row["relative difference"]
            for row in csv.DictReader(file)
            if row["compared"] == "two raters"
        }
    assert shares == {"scan2.png": "0.0000", "scan3.png": "-2.0000"}
    assert "scan3.png (Ada, Eve): -200.0 %" in picture(found, summary)
    assert "second rater less first" in picture(found, summary)


def test_a_list_of_an_older_version_compares_again_and_tells_the_beginnings(
    project: Project,
) -> None:
    before = len(_pairs(project))
    folder = project.folder
    project.close()
    with closing(sqlite3.connect(folder / FILE_NAME)) as disk, disk:
        for name in ("first_beginning", "second_beginning"):
            disk.execute(f"ALTER TABLE comparisons DROP COLUMN {name}")
        disk.execute(f"PRAGMA user_version = {len(STEPS) - 1}")
    with Project.open(folder, "Ada") as again:
        found = _pairs(again)
    assert len(found) == before
    assert set(found[0].beginnings.values()) == {"not known"}


def test_kappa_is_what_cohen_says() -> None:
    yes_no = (
        [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    )
    assert cohens_kappa(yes_no) == pytest.approx(0.4)
    assert cohens_kappa([("a", "b"), ("b", "a")]) == pytest.approx(-1.0)
    assert cohens_kappa([("a", "a"), ("b", "b")]) == 1.0
    assert isnan(cohens_kappa([("a", "a")]))
    assert isnan(cohens_kappa([]))


def test_the_majority_needs_more_than_half() -> None:
    masks = [mask(4), mask(6), mask(20) * 2]
    both = (mask(4) > 0) & (mask(6) > 0)
    np.testing.assert_array_equal(majority(masks), both.astype(np.uint16))
    assert not majority(masks[1:]).any()


def test_staple_trusts_those_who_agree() -> None:
    pytest.importorskip("SimpleITK")
    good = [mask(8), mask(8), mask(9)]
    found = staple([*good, mask(20)])
    assert dice(found, mask(8)) > 0.9
    assert not found[mask(20) > 0].any()
    assert not staple([mask() * 0, mask() * 0]).any()
    labels = staple([mask(2) + 2 * mask(20), mask(2) + 2 * mask(20)])
    np.testing.assert_array_equal(labels, mask(2) + 2 * mask(20))


def test_a_consensus_is_one_more_version_and_counts_from_then_on(project: Project) -> None:
    made = save_consensus(project, 2, "majority")
    assert made.maker == "majority of Ada, Eve"
    versions = project.versions(2)
    assert final_version(versions) == versions[-1] == made
    np.testing.assert_array_equal(load_mask(made.file).labels > 0, (mask(9) > 0) & (mask(12) > 0))
    for scan in (1, 4):
        with pytest.raises(MaskError, match="was not outlined by two people"):
            save_consensus(project, scan, "majority")


def test_a_consensus_has_one_mask_a_rater_however_often_one_outlines(project: Project) -> None:
    project.save_mask(2, mask(20), kind=VersionKind.SECOND, maker="Ada")
    project.save_mask(2, mask(13), kind=VersionKind.SECOND, maker="Eve")
    made = save_consensus(project, 2, "majority")
    assert made.maker == "majority of Ada, Eve"
    np.testing.assert_array_equal(load_mask(made.file).labels > 0, (mask(9) > 0) & (mask(13) > 0))


def test_a_consensus_is_of_scans_that_two_people_outlined(project: Project) -> None:
    project.set_state(3, State.FLAGGED)
    assert prospect(project, "majority").scans == 1
    assert make_consensus(project, "majority") == Consensus(1, of_two=True)
    np.testing.assert_array_equal(
        load_mask(final_version(project.versions(4)).file).labels, mask(9)
    )
    project.save_mask(2, mask(10), kind=VersionKind.SECOND, maker="Ben")
    assert make_consensus(project, "majority") == Consensus(1)
    project.set_state(2, State.FLAGGED)
    assert prospect(project, "majority").scans == 0
    assert "let a second person outline some" in make_consensus(project, "majority").sentence


def test_the_same_consensus_is_not_made_again(project: Project) -> None:
    made = save_consensus(project, 2, "majority")
    assert save_consensus(project, 2, "majority") == made
    project.save_mask(2, mask(10))
    again = save_consensus(project, 2, "majority")
    assert again.number == made.number + 2
    assert final_version(project.versions(2)) == again


def test_what_raters_say_is_compared_as_they_said_it(project: Project) -> None:
    project.say_finding(2, "malignant")
    (found,) = [one for one in _pairs(project) if one.kind is PairKind.RATERS and one.scan.id == 2]
    assert found.findings == ("malignant", "malignant")
    project.save_mask(2, mask(8))
    (found,) = [one for one in _pairs(project) if one.kind is PairKind.RATERS and one.scan.id == 2]
    assert found.findings == ("malignant", "malignant"), "a new mask says it, too"


def test_a_scan_that_is_gone_stops_no_consensus(project: Project, tmp_path: Path) -> None:
    outlined = [scan for scan in project.each() if len(one_a_rater(project.versions(scan.id))) > 1]
    assert len(outlined) > 1
    Path(outlined[0].path).unlink()
    made = make_consensus(project, "majority")
    assert made.scans == len(outlined) - 1
    assert [outlined[0].name in reason for reason in made.failed] == [True]
