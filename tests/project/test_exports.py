from __future__ import annotations

import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image

from napari_multicancer.core.errors import CancelledError, OutputError, UnreadableFileError
from napari_multicancer.core.masks.history import Change, records_of
from napari_multicancer.core.planes.color import luminance
from napari_multicancer.core.scan.pixel_size import with_pixel_size
from napari_multicancer.io import load_mask, load_scan, save_mask
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.provenance import provenance
from napari_multicancer.project import Project, State, VersionKind, database
from napari_multicancer.project.exports.forms import EXPORTS
from napari_multicancer.project.exports.options import ExportOptions
from napari_multicancer.project.exports.polygons import drawn
from napari_multicancer.project.exports.run import export
from napari_multicancer.project.final import final_version
from napari_multicancer.project.imports.options import ImportOptions
from napari_multicancer.project.imports.run import IMPORTS, import_masks
from napari_multicancer.training.data.own_folder import read_own_folder
from tests.project.readers import check_as_nnunet
from tests.project.scans import answer, dicom, mask, picture, results, volume

SHAPES = {"scan.png": (24, 32), "volume.nii.gz": (5, 24, 32), "slice.dcm": (24, 32)}


def _labels(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Outline several regions, one with a hole and one at the border, by two labels."""
    labels = np.zeros(shape, np.uint8)
    plane = labels if len(shape) == 2 else labels[2]
    plane[4:16, 5:20] = 1
    plane[8:11, 9:14] = 0
    plane[20:24, 28:32] = 2
    plane[18, seed % 28] = 1
    return labels


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a project: three kinds of scans done, one refused by its reviewer, one not begun."""
    scans = [
        picture(tmp_path / "scans/scan.png"),
        volume(tmp_path / "scans/volume.nii.gz"),
        dicom(tmp_path / "scans/slice.dcm"),
        picture(tmp_path / "scans/flagged.png", 3),
        picture(tmp_path / "scans/untouched.png", 4),
    ]
    rows = [answer(path, mask=f"masks/{path.name.split('.')[0]}_mask.tif") for path in scans[:1]]
    results(tmp_path / "out", *rows)
    with Project.open(tmp_path / "out", "Ada") as project:
        project.take_results()
        project.add(scans)
        for number, path in enumerate(scans[:4]):
            scan = project.find(path).id
            project.treat_as(scan, "breast")
            opened = load_scan(path)
            labels = _labels(opened.spatial_shape, number)
            project.save_mask(scan, labels, Ground.of(opened), finding="benign")
            project.set_state(scan, State.DONE if number < 3 else State.FLAGGED)
        yield project


def _final(project: Project, name: str) -> np.ndarray:
    scan = next(scan for scan in project.each() if scan.name == name)
    return load_mask(project.versions(scan.id)[-1].file).labels


def _scan_id(project: Project, name: str) -> int:
    return next(scan.id for scan in project.each() if scan.name == name)


def _fresh(project: Project, tmp_path: Path) -> Project:
    """List the same scans in a project that knows no masks."""
    fresh = Project.create(tmp_path / "fresh", "Eve")
    fresh.add([scan.path for scan in project.each()])
    return fresh


def _taken_back(project: Project, fresh: Project, names: set[str]) -> None:
    """Every mask came back as it was, as a starting point."""
    for scan in fresh.each():
        versions = fresh.versions(scan.id)
        assert bool(versions) == (scan.name in names)
        if versions:
            assert versions[-1].kind is VersionKind.IMPORTED
            assert scan.state is State.PROPOSED
            labels = load_mask(versions[-1].file).labels
            np.testing.assert_array_equal(labels, _final(project, scan.name))


def test_coco_goes_out_and_comes_back_and_its_own_tools_draw_the_same(
    project: Project, tmp_path: Path
) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    export(project, "coco", tmp_path / "coco")
    pictures: set[str] = set()
    with _fresh(project, tmp_path) as fresh:
        for path in sorted((tmp_path / "coco/annotations").iterdir()):
            read = coco.COCO(path)
            for number, image in read.imgs.items():
                pictures.add(image["file_name"])
                union = np.zeros((image["height"], image["width"]), np.uint8)
                for one in read.loadAnns(read.getAnnIds(number)):
                    drawn_mask = read.annToMask(one)
                    assert drawn_mask.sum() == one["area"]
                    union[drawn_mask > 0] = one["label"]
                scan = project.scan(image["scan"])
                labels = _final(project, scan.name)
                plane = labels if labels.ndim == 2 else labels[image["plane"]]
                np.testing.assert_array_equal(union, plane)
            assert [one["name"] for one in read.cats.values()] == ["benign"]
            assert import_masks(fresh, "coco", path).refused == ()
        _taken_back(project, fresh, set(SHAPES))
        assert fresh.versions(_scan_id(fresh, "scan.png"))[0].finding == "benign"
    assert pictures == {path.name for path in (tmp_path / "coco/images").iterdir()}
    assert len(pictures) == 7


def test_coco_of_other_programs_comes_in_as_polygons_and_as_runs(
    project: Project, tmp_path: Path
) -> None:
    content = {
        "images": [
            {"id": 7, "file_name": "deep/scans/untouched.png", "height": 24, "width": 32},
            {"id": 8, "file_name": "flagged.png", "height": 24, "width": 32},
            {"id": 9, "file_name": "nobody.png", "height": 24, "width": 32},
            {"id": 10, "file_name": "scan.png", "height": 12, "width": 16},
        ],
        "annotations": [
            {
                "id": 1,
                "image_id": 7,
                "category_id": 3,
                "segmentation": [[2, 3, 10, 3, 10, 9, 2, 9], [20, 20, 22, 20, 22, 22, 20, 22]],
            },
            {
                "id": 2,
                "image_id": 8,
                "category_id": 3,
                "segmentation": {"size": [24, 32], "counts": [24, 5, 24 * 31 - 5]},
            },
            {"id": 3, "image_id": 10, "category_id": 3, "segmentation": [[1, 1, 5, 1, 5, 5]]},
        ],
        "categories": [{"id": 3, "name": "malignant"}],
    }
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps(content))
    with _fresh(project, tmp_path) as fresh:
        done = import_masks(fresh, "coco", path, options=ImportOptions("CVAT"))
        assert done.masks == 2
        assert len(done.refused) == 2
        assert any("No scan of the list is called nobody" in reason for reason in done.refused)
        assert any("12 x 16" in reason for reason in done.refused)
        version = fresh.versions(_scan_id(fresh, "untouched.png"))[0]
        assert (version.maker, version.finding) == ("CVAT", "malignant")
        wanted = np.zeros((24, 32), bool)
        wanted[3:9, 2:10] = wanted[20:22, 20:22] = True
        np.testing.assert_array_equal(load_mask(version.file).labels > 0, wanted)
        runs = load_mask(fresh.versions(_scan_id(fresh, "flagged.png"))[0].file).labels
        assert runs[:5, 1].all()
        assert runs.sum() == 5


@pytest.mark.parametrize(
    "outline",
    [
        [[1, 2, 3, "x", 5, 6]],
        [[1, 2, float("nan"), 4, 5, 6]],
        {"size": [24, 32], "counts": "o"},
        {"size": [24, 32], "counts": [10**12]},
        {"size": [10**6, 10**6], "counts": [10**12]},
        7,
        None,
    ],
)
def test_a_damaged_outline_is_refused_and_the_others_are_taken(
    project: Project, tmp_path: Path, outline: object
) -> None:
    names = ("scan.png", "untouched.png")
    outlines = (outline, [[1, 1, 5, 1, 5, 5]])
    content = {
        "images": [
            {"id": n, "file_name": name, "height": 24, "width": 32} for n, name in enumerate(names)
        ],
        "annotations": [
            {"id": n, "image_id": n, "segmentation": one} for n, one in enumerate(outlines)
        ],
    }
    (tmp_path / "theirs.json").write_text(json.dumps(content))
    done = import_masks(project, "coco", tmp_path / "theirs.json")
    assert done.masks == 1
    assert len(done.refused) == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"images": [{}]}', '{"images": 3}', "\0"])
def test_what_is_no_coco_file_is_refused(project: Project, tmp_path: Path, text: str) -> None:
    (tmp_path / "theirs.json").write_text(text)
    with pytest.raises(UnreadableFileError, match="is no COCO file"):
        import_masks(project, "coco", tmp_path / "theirs.json")


@pytest.mark.parametrize("kind", IMPORTS)
def test_masks_that_are_not_there_are_told_as_missing(
    project: Project, tmp_path: Path, kind: str
) -> None:
    sort = "file" if IMPORTS[kind].is_file else "folder"
    with pytest.raises(UnreadableFileError, match=f"There is no {sort} .*theirs: check its name"):
        import_masks(project, kind, tmp_path / "theirs")
    (tmp_path / "theirs").write_text("{}")
    told = "is no COCO file" if IMPORTS[kind].is_file else "is a file: choose the folder"
    with pytest.raises(UnreadableFileError, match=told):
        import_masks(project, kind, tmp_path / "theirs")


def test_yolo_outlines_enclose_exactly_the_pixels_of_the_mask(
    project: Project, tmp_path: Path
) -> None:
    export(project, "yolo", tmp_path / "yolo")
    texts = sorted((tmp_path / "yolo/labels").rglob("*.txt"))
    assert len(texts) == 7
    outlined = 0
    for text in texts:
        image = tmp_path / "yolo/images" / text.parent.name / f"{text.stem}.png"
        size = _read(image).shape[1::-1]
        lines = [line.split() for line in text.read_text().splitlines()]
        assert {line[0] for line in lines} <= {"0"}
        corners = [np.array(line[1:], float).reshape(-1, 2) * size for line in lines]
        labels = _final(project, _file_of(project, text.stem))
        plane = labels if labels.ndim == 2 else labels[int(text.stem[-4:])]
        np.testing.assert_array_equal(drawn(corners, plane.shape), plane > 0)
        outlined += bool(lines)
    assert outlined == 3
    told = (tmp_path / "yolo/data.yaml").read_text()
    assert '  0: "benign"' in told


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def _file_of(project: Project, case: str) -> str:
    number = int(case.split("_p0")[0].rpartition("_")[2])
    return project.scan(number).name


def test_nnunet_finds_its_rules_kept_and_the_masks_come_back(
    project: Project, tmp_path: Path
) -> None:
    out = tmp_path / "Dataset001_project"
    export(project, "nnunet", out)
    check_as_nnunet(out)
    with _fresh(project, tmp_path) as fresh:
        assert import_masks(fresh, "nnunet", out).refused == ()
        _taken_back(project, fresh, set(SHAPES))


@pytest.mark.parametrize("shape", [(24, 32), (30, 30)])
@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (0.5, 0.9, 1.0)])
def test_volumes_of_a_picture_in_color_are_the_picture_in_grey(
    tmp_path: Path, shape: tuple[int, int], tint: tuple[float, ...]
) -> None:
    values = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    colors = (values[..., None] * np.array(tint)).astype(np.uint8)
    path = picture(tmp_path / "scans/scan.png")
    Image.fromarray(colors).save(path)
    with Project.create(tmp_path / "project", "Ada") as project:
        project.add([path])
        project.save_mask(1, np.ones(shape, np.uint8))
        project.set_state(1, State.DONE)
        export(project, "nnunet", tmp_path / "out")
    (image,) = (tmp_path / "out/imagesTr").iterdir()
    written = np.squeeze(np.asarray(nibabel.load(image).dataobj)).T
    expected = np.rint(luminance(colors))
    np.testing.assert_array_equal(written, expected)


def test_labels_of_an_nnunet_data_set_have_no_gaps(tmp_path: Path) -> None:
    path = picture(tmp_path / "scans/scan.png")
    with Project.create(tmp_path / "project", "Ada") as project:
        project.add([path])
        project.save_mask(1, mask() * 9)
        project.set_state(1, State.DONE)
        export(project, "nnunet", tmp_path / "out")
    told = json.loads((tmp_path / "out/dataset.json").read_text())
    assert told["labels"] == {"background": 0, "label 9": 1}


def test_a_datastore_of_monai_label_holds_final_and_original_labels(
    project: Project, tmp_path: Path
) -> None:
    export(project, "monai-label", tmp_path / "store")
    told = json.loads((tmp_path / "store/datastore_v2.json").read_text())
    assert told["name"] == "store"
    assert len(told["objects"]) == 3
    originals = 0
    for name, entry in told["objects"].items():
        image = nibabel.load(tmp_path / "store" / f"{name}{entry['image']['ext']}")
        for tag, label in entry["labels"].items():
            read = nibabel.load(tmp_path / "store/labels" / tag / f"{name}{label['ext']}")
            assert read.shape == image.shape
            np.testing.assert_allclose(read.affine, image.affine)
        final = load_mask(tmp_path / "store/labels/final" / f"{name}.nii.gz").labels
        np.testing.assert_array_equal(
            final.squeeze(), _final(project, _file_of(project, name)).squeeze()
        )
        originals += "original" in entry["labels"]
    assert originals == 1


@pytest.mark.parametrize(
    ("kind", "end", "names"),
    [
        ("nifti", ".nii.gz", set(SHAPES)),
        ("nrrd", ".nrrd", set(SHAPES)),
        ("dicom-seg", ".dcm", {"slice.dcm"}),
    ],
)
def test_the_masks_alone_go_out_and_come_back(
    project: Project, tmp_path: Path, kind: str, end: str, names: set[str]
) -> None:
    done = export(project, kind, tmp_path / "masks")
    assert done.scans == len(names)
    assert {one.scan.name for one in done.left_out} == set(SHAPES) - names
    files = [path for path in (tmp_path / "masks").iterdir() if path.name.endswith(end)]
    assert len(files) == len(names)
    with _fresh(project, tmp_path) as fresh:
        assert import_masks(fresh, "masks", tmp_path / "masks").refused == ()
        _taken_back(project, fresh, names)


def test_what_a_mask_says_of_its_making_goes_out_with_it(tmp_path: Path) -> None:
    now = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    history = records_of([Change("user", "paint", now, now, added=96)])
    with Project.create(tmp_path / "project", "Ada") as project:
        project.add([picture(tmp_path / "scans/scan.png")])
        opened = load_scan(tmp_path / "scans/scan.png")
        told = provenance(opened, edited=True) | {"history": history}
        project.save_mask(1, mask(), Ground.of(opened), told)
        project.set_state(1, State.DONE)
        export(project, "nifti", tmp_path / "out")
    assert load_mask(tmp_path / "out/scan_1_mask.nii.gz").provenance == told


def test_pictures_of_two_values_come_in_as_masks_by_the_names_of_their_scans(
    project: Project, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    Image.fromarray(mask() * 255).save(theirs / "untouched_mask.png")
    save_mask(theirs / "flagged-seg.nii.gz", mask())
    nibabel.save(
        nibabel.Nifti1Image(np.full((32, 24, 5), 70_000, np.int32), np.eye(4)),
        theirs / "volume.nii",
    )
    Image.fromarray(mask()[:10] * 255).save(theirs / "scan_seg.png")
    (theirs / "damaged.png").write_text("nothing")
    with _fresh(project, tmp_path) as fresh:
        done = import_masks(fresh, "masks", theirs)
        assert done.masks == 2
        assert len(done.refused) == 3
        assert any("volume.nii holds other values" in reason for reason in done.refused)
        for name in ("untouched.png", "flagged.png"):
            (version,) = fresh.versions(_scan_id(fresh, name))
            assert version.maker == "theirs"
            np.testing.assert_array_equal(load_mask(version.file).labels, mask())


def test_a_folder_of_scans_is_no_folder_of_masks(project: Project, tmp_path: Path) -> None:
    with _fresh(project, tmp_path) as fresh:
        done = import_masks(fresh, "masks", tmp_path / "scans")
        assert done.masks == 0
        assert ["different values, as a picture does" in one for one in done.refused] == [True] * 5
        told = "flagged.png holds .* take it out of the folder"
        assert [bool(re.match(told, one)) for one in done.refused].count(True) == 1
        assert all(fresh.versions(scan.id) == [] for scan in fresh.each())


def test_of_two_masks_for_one_scan_none_is_taken_and_that_is_said(
    project: Project, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for name in ("untouched_mask.png", "untouched_seg.png", "flagged_mask.png"):
        Image.fromarray(mask() * 255).save(theirs / name)
    picture(theirs / "flagged.png", 3)
    (theirs / "scan_mask.png").write_text("nothing")
    done = import_masks(project, "masks", theirs)
    assert (done.masks, done.left) == (1, 4)
    assert project.versions(_scan_id(project, "untouched.png")) == []
    assert [one.split(":")[0] for one in done.refused if "masks here" in one] == [
        "untouched.png has 2 masks here, of which none was taken (untouched_mask.png, "
        "untouched_seg.png)"
    ]
    assert project.versions(_scan_id(project, "flagged.png"))[-1].note == "flagged_mask.png"


def test_masks_that_lie_beside_a_persons_and_do_not_count_are_told(
    project: Project, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for name in ("untouched.png", "flagged.png", "scan.png"):
        Image.fromarray(mask() * 255).save(theirs / name)
    done = import_masks(project, "masks", theirs)
    assert (done.masks, done.beside) == (3, 2)
    assert "2 of those taken lie beside a person's mask, which counts." in done.sentence
    finals = [final_version(project.versions(scan.id)) for scan in project.each()]
    assert [one.kind for one in finals if one and one.kind is VersionKind.IMPORTED] == [
        VersionKind.IMPORTED
    ]


@pytest.mark.parametrize("own", ["", "masks", "versions", "exports/coco", "exports/coco/one.json"])
@pytest.mark.parametrize("kind", IMPORTS)
def test_a_list_takes_no_masks_that_it_wrote_itself(
    project: Project, tmp_path: Path, kind: str, own: str
) -> None:
    export(project, "coco", project.folder / "exports/coco")
    link = tmp_path / "link"
    link.symlink_to(project.folder)
    for folder in (project.folder, link):
        with pytest.raises(UnreadableFileError, match="is where the list keeps what it wrote"):
            import_masks(project, kind, folder / own)


def test_masks_above_the_lists_folder_come_in_without_its_own(tmp_path: Path) -> None:
    study = tmp_path / "study"
    with Project.create(study / "list", "Ada") as project:
        project.add([picture(tmp_path / "scans/scan.png")])
        project.save_mask(1, mask(20))
        (study / "theirs").mkdir()
        Image.fromarray(mask() * 255).save(study / "theirs/scan_mask.png")
        done = import_masks(project, "masks", study)
        assert (done.masks, done.refused) == (1, ())
        np.testing.assert_array_equal(load_mask(project.versions(1)[-1].file).labels, mask())
        (study / "theirs/scan_mask.png").unlink()
        with pytest.raises(UnreadableFileError, match="holds no masks"):
            import_masks(project, "masks", study)


def test_one_name_for_several_scans_is_told_apart_by_folders_or_refused(tmp_path: Path) -> None:
    paths = [picture(tmp_path / side / "scan.png", n) for n, side in enumerate(("left", "right"))]
    theirs = tmp_path / "theirs"
    (theirs / "right").mkdir(parents=True)
    for name in ("scan.png", "right/scan_mask.png"):
        Image.fromarray(mask() * 255).save(theirs / name)
    with Project.create(tmp_path / "project", "Ada") as project:
        project.add(paths)
        done = import_masks(project, "masks", theirs)
        assert done.masks == 1
        assert "may be any of 2 scans of that name" in done.refused[0]
        assert [len(project.versions(scan)) for scan in (1, 2)] == [0, 1]


def test_the_table_of_measurements_has_a_row_a_label(project: Project, tmp_path: Path) -> None:
    export(project, "measurements", tmp_path / "table")
    with (tmp_path / "table/measurements.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == ["1", "2"] * 3
    areas = {row["scan"]: (row["area"], row["area unit"]) for row in rows if row["label"] == "2"}
    assert areas["scan.png"] == ("16.0", "px")
    assert float(areas["slice.dcm"][0]) == pytest.approx(16 * 0.25)
    assert areas["slice.dcm"][1] == "mm²"
    assert {row["mask by"] for row in rows} == {"Ada"}
    volumes = [row for row in rows if row["scan"] == "volume.nii.gz"]
    assert volumes[1]["volume unit"] == "ml"
    assert float(volumes[1]["volume"]) == pytest.approx(16 * 2 * 2 * 3 / 1000)


def test_the_pictures_of_a_film_have_no_volume_in_the_table(tmp_path: Path) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (3, 24, 32), np.uint8)
    frames = [Image.fromarray(frame) for frame in grey]
    path = tmp_path / "films/film.gif"
    path.parent.mkdir()
    frames[0].save(path, save_all=True, append_images=frames[1:])
    with Project.create(tmp_path / "project", "Ada") as project:
        project.add([path])
        opened = load_scan(path)
        assert opened.axes[0] == "t"
        labels = np.zeros(opened.spatial_shape, np.uint8)
        labels[1:, 4:9, 4:9] = 1
        project.save_mask(1, labels, Ground.of(opened), finding="benign")
        project.set_state(1, State.DONE)
        export(project, "measurements", tmp_path / "table")
    with (tmp_path / "table/measurements.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["volume"], row["volume unit"]) == ("", "")
    assert (row["planes"], row["largest on plane"]) == ("2", "1")


def test_an_export_says_how_many_by_whom_and_what_is_not_in_it(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "scans/volume.nii.gz").unlink()
    picture(project.scan(_scan_id(project, "scan.png")).path, seed=8)
    done = export(project, "coco", tmp_path / "coco")
    assert (done.scans, len(done.left_out)) == (1, 2)
    card = json.loads((tmp_path / "coco/data_card.json").read_text())
    assert (card["scans"], card["left out"]) == (1, 2)
    assert card["note"] == "For research use only, not for diagnosis."
    assert card["mask by"] == {"Ada": 1}
    assert card["finding"] == {"benign": 1}
    assert card["scanner"] == {"Acme Sono 3": 1}
    with (tmp_path / "coco/left_out.csv").open(newline="", encoding="utf-8") as file:
        reasons = [row["reason"] for row in csv.DictReader(file)]
    assert "scan.png has changed since it was listed" in reasons[0]
    assert "is gone: put it back" in reasons[1]


@pytest.mark.slow
def test_scans_of_one_patient_stand_in_one_split_which_stays(tmp_path: Path) -> None:
    with Project.create(tmp_path / "project", "Ada") as project:
        paths = [picture(tmp_path / f"scans/{n}.png", n) for n in range(24)]
        project.add([*paths, *(dicom(tmp_path / f"scans/{n}.dcm", n) for n in range(2))])
        for scan in project.each():
            project.save_mask(scan.id, mask(), finding="benign")
            if scan.name.endswith("png"):
                project.set_group(scan.id, f"patient {scan.id % 8}")
        early = [scan.id for scan in project.each()][:14]
        for scan in early:
            project.set_state(scan, State.DONE)
        export(project, "measurements", tmp_path / "early")
        for scan in project.each():
            project.set_state(scan.id, State.DONE)
        export(project, "measurements", tmp_path / "late")
    splits: dict[str, set[str]] = {}
    for name in ("early", "late"):
        with (tmp_path / name / "measurements.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                splits.setdefault(row["group"], set()).add(row["split"])
    assert all(len(one) == 1 for one in splits.values())
    assert set.union(*splits.values()) == {"train", "val", "test"}
    assert len(splits) == 9
    assert not any("ID-77" in group for group in splits)


def grouped(folder: Path, number: int) -> Project:
    """Make a list of so many scans of eight patients that are done, open for work."""
    project = Project.create(folder / "list", "Ada")
    project.add([picture(folder / f"scans/{n}.png", n) for n in range(number)])
    for scan in project.each():
        project.save_mask(scan.id, mask(), finding="benign")
        project.set_group(scan.id, f"patient {scan.id % 8}")
        project.set_state(scan.id, State.DONE)
    return project


def splits_of(export: Path) -> dict[str, str]:
    with (export / "measurements.csv").open(newline="", encoding="utf-8") as file:
        return {row["group"]: row["split"] for row in csv.DictReader(file)}


def test_an_export_while_another_program_works_on_the_list_keeps_its_splits(
    tmp_path: Path,
) -> None:
    with grouped(tmp_path, 24) as working:
        for scan in [scan.id for scan in working.each()][3:]:
            working.set_state(scan, State.IN_WORK)
        with Project.open(working.folder, "Eve", read_only=True) as looking:
            done = export(looking, "measurements", tmp_path / "early")
            assert done.sentence == f"3 scans are in {tmp_path / 'early'}."
            early = splits_of(tmp_path / "early")
            assert working.splits(early) == looking.splits(early) == early
        for scan in working.each():
            working.set_state(scan.id, State.DONE)
        export(working, "measurements", tmp_path / "late")
    late = splits_of(tmp_path / "late")
    assert len(late) == 8
    assert early.items() <= late.items()


def test_a_split_that_is_known_is_not_drawn_again_by_whoever_comes_second(tmp_path: Path) -> None:
    with grouped(tmp_path, 8) as working:
        assert working.remember_splits({"patient 1": "test"})
        with Project.open(working.folder, read_only=True) as looking:
            assert looking.remember_splits({"patient 1": "train", "patient 2": "val"})
        assert working.splits({"patient 1", "patient 2"}) == {
            "patient 1": "test",
            "patient 2": "val",
        }


def test_splits_that_no_later_export_will_know_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grouped(tmp_path, 8).close()
    monkeypatch.setattr(database, "WAIT_SECONDS", 0.1)
    with (
        Project.open(tmp_path / "list", read_only=True) as looking,
        closing(sqlite3.connect(tmp_path / "list/project.sqlite", isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        done = export(looking, "measurements", tmp_path / "out")
        assert done.scans == 8
        assert not done.is_remembered
        assert done.sentence.endswith(
            "The list cannot be written: a later export may split these scans otherwise."
        )
        other.execute("ROLLBACK")
        assert export(looking, "measurements", tmp_path / "again").is_remembered


def test_without_a_split_all_is_for_training_and_later_exports_are_split(tmp_path: Path) -> None:
    scans = [picture(tmp_path / f"scans/scan{n}.png", n) for n in range(6)]
    with Project.create(tmp_path / "list", "Ada") as project:
        project.add(scans)
        for scan in project.scans():
            project.save_mask(scan.id, mask(), finding="benign")
            project.set_state(scan.id, State.DONE)
        export(project, "nnunet", tmp_path / "whole", options=ExportOptions(split=False))
        assert len(list((tmp_path / "whole/labelsTr").iterdir())) == 6
        assert not (tmp_path / "whole/labelsTs").exists()
        assert not (tmp_path / "whole/splits_final.json").exists(), "nnU-Net draws its own"
        export(project, "nnunet", tmp_path / "parts")
        assert len(list((tmp_path / "parts/labelsTs").iterdir())) == 1
        assert (tmp_path / "parts/splits_final.json").exists()


def test_the_masks_of_one_person_go_out_alone(tmp_path: Path) -> None:
    scans = [picture(tmp_path / f"scans/scan{n}.png", n) for n in range(3)]
    with Project.create(tmp_path / "list", "Ada") as project:
        project.add(scans)
        for scan, maker in zip(project.scans(), ("Ada", "Ben", "Ben"), strict=True):
            project.save_mask(scan.id, mask(), maker=maker)
            project.set_state(scan.id, State.DONE)
        done = export(project, "tiff", tmp_path / "bens", options=ExportOptions(by="Ben"))
        assert (done.scans, done.left_out) == (2, ())
        nobody = ExportOptions(by="Bne")
        with pytest.raises(OutputError, match="is by Bne: there are those by Ada, Ben"):
            export(project, "tiff", tmp_path / "nobodys", options=nobody)


def test_train_reads_the_training_folder(project: Project, tmp_path: Path) -> None:
    export(project, "training", tmp_path / "data")
    with (tmp_path / "data/labels.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7
    read, faults = read_own_folder(tmp_path / "data", "breast")
    assert faults == []
    assert list(read["diagnosis"]) == [
        row["diagnosis"] for row in sorted(rows, key=lambda row: row["image"])
    ]
    for row in rows:
        labels = _read(tmp_path / "data/masks" / row["image"])
        shown = _read(tmp_path / "data/images" / row["image"])
        assert labels.shape == shown.shape
        assert row["diagnosis"] == ("benign" if labels.any() else "normal")


def test_a_lesion_that_nobody_named_does_not_go_into_a_training_folder(tmp_path: Path) -> None:
    with Project.create(tmp_path / "project", "Ada") as project:
        project.add([picture(tmp_path / f"scans/{n}.png", n) for n in range(3)])
        for scan, (organ, labels) in enumerate(
            [("breast", mask()), ("brain", mask()), ("breast", mask() * 0)], start=1
        ):
            project.treat_as(scan, organ)
            project.save_mask(scan, labels)
            project.set_state(scan, State.DONE)
        done = export(project, "training", tmp_path / "data")
    assert [one.reason for one in done.left_out] == [
        "0.png has a lesion, and nobody said whether it is benign or malignant: say so by Finding "
        "in the list, or by project mark --finding."
    ]
    with (tmp_path / "data/labels.csv").open(newline="", encoding="utf-8") as file:
        assert [row["diagnosis"] for row in csv.DictReader(file)] == ["tumor", "normal"]
    with Project.open(tmp_path / "project", "Ada") as project:
        project.say_finding(1, "malignant")
        assert not export(project, "training", tmp_path / "again").left_out
    with (tmp_path / "again/labels.csv").open(newline="", encoding="utf-8") as file:
        assert next(csv.DictReader(file))["diagnosis"] == "malignant"


@pytest.mark.parametrize("kind", EXPORTS)
def test_an_export_is_there_as_a_whole_or_not_at_all(
    project: Project, tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "out here"

    def stop(after: list[int]) -> Callable[[], None]:
        def proceed() -> None:
            after.append(1)
            if len(after) > 5:
                raise CancelledError("Stopped.")

        return proceed

    with pytest.raises(CancelledError):
        export(project, kind, out, proceed=stop([]))
    assert [path.name for path in tmp_path.iterdir() if "here" in path.name] == []
    out.mkdir()
    (out / "mine.txt").write_text("kept")
    with pytest.raises(OutputError, match="out here is not empty: choose another folder"):
        export(project, kind, out)
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "where", ["scans", "scans/inside/coco", "out/masks/coco", "out/versions/new"]
)
def test_no_export_goes_among_the_scans_or_masks_of_its_list(
    project: Project, tmp_path: Path, where: str
) -> None:
    told = "scans holds scans of the list" if "scans" in where else "is where the list keeps its"
    for named in (tmp_path / where, tmp_path / "out/.." / where):
        with pytest.raises(OutputError, match=f"{told}.*: choose another folder"):
            export(project, "coco", named)
    assert not list(tmp_path.rglob("data_card.json"))
    assert not list(tmp_path.rglob("*inside*"))
    assert not list(tmp_path.rglob("new"))


def test_a_list_among_its_scans_takes_exports_in_its_own_folder(tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    with Project.create(scans / "list", "Ada") as project:
        project.add([picture(scans / "scan.png")])
        project.save_mask(1, mask())
        project.set_state(1, State.DONE)
        assert export(project, "coco", scans / "list/exports/coco").scans == 1
        with pytest.raises(OutputError, match="scans holds scans of the list"):
            export(project, "coco", scans / "list/../coco")


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_does_not_lead_an_export_among_the_scans(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").symlink_to(tmp_path / "scans")
    with pytest.raises(OutputError, match="scans holds scans of the list"):
        export(project, "coco", tmp_path / "elsewhere/coco")


def _begun(project: Project, kind: str, out: Path) -> subprocess.Popen[str]:
    """Let another process export until its first scan."""
    command = [sys.executable, "-m", "tests.project.exporter", project.folder, kind, out]
    pipe = subprocess.PIPE
    other = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    assert other.stdout.readline() == "ready\n"
    return other


def test_of_two_programs_that_export_into_one_folder_the_second_is_told_of_the_first(
    project: Project, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "both"
    with _begun(project, "nifti", out) as other:
        for asked in (out, tmp_path / "new" / ".." / "new" / "both"):
            told = rf"^Another export \(process {other.pid} on .*\) is writing into .*both: wait "
            with pytest.raises(OutputError, match=told):
                export(project, "coco", asked)
        export(project, "coco", out.with_name("other"))
        other.communicate("\n" * 20)
    assert other.returncode == 0
    assert sorted(path.name for path in out.parent.iterdir()) == ["both", "other"]
    assert {path.name for path in out.iterdir() if path.suffixes == [".nii", ".gz"]} == {
        f"{name}_mask.nii.gz" for name in ("scan_1", "volume_2", "slice_3")
    }
    assert not (out / "annotations").exists()
    with pytest.raises(OutputError, match=r"both is not empty: choose another folder\.$"):
        export(project, "coco", out)


def test_an_export_that_was_killed_stops_no_later_one(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "new" / "both"
    with _begun(project, "nifti", out) as other:
        other.kill()
    export(project, "coco", out)
    assert [path.name for path in out.parent.iterdir()] == ["both"]
    assert not list(out.glob("*.nii.gz"))


def test_nothing_to_export_is_said(project: Project, tmp_path: Path) -> None:
    reviewed, new = frozenset({State.REVIEWED}), frozenset({State.PROPOSED, State.IN_WORK})
    for states, told in (
        (reviewed, "no scan is reviewed: finish some, or export others by --state done "),
        (new, "no scan is proposed or in work: export others by --state done "),
    ):
        with pytest.raises(OutputError, match=f"There is nothing to export: {told}--state flagged"):
            export(project, "coco", tmp_path / "coco", options=ExportOptions(states))
    assert not (tmp_path / "coco").exists()
    with Project.create(tmp_path / "begun", "Ada") as begun:
        begun.add([picture(tmp_path / "scans/new.png")])
        with pytest.raises(OutputError, match="no scan is done or reviewed: finish some"):
            export(begun, "coco", tmp_path / "coco")
        begun.set_state(1, State.IN_WORK)
        with pytest.raises(OutputError, match="finish some, or export others by --state 'in work'"):
            export(begun, "coco", tmp_path / "coco")
    with pytest.raises(OutputError, match="There is no export 'excel'"):
        export(project, "excel", tmp_path / "excel")


def test_an_export_finds_its_scans_again_among_others_of_the_same_name(tmp_path: Path) -> None:
    first = [picture(tmp_path / f"a{n}/scan.png", n) for n in range(3)]
    with Project.create(tmp_path / "project", "Ada") as project:
        project.add(first)
        for scan in project.each():
            project.save_mask(scan.id, mask(2 * scan.id))
            project.set_state(scan.id, State.DONE)
        export(project, "coco", tmp_path / "coco")
    with Project.create(tmp_path / "other", "Eve") as other:
        other.add([picture(tmp_path / "b/scan.png", 9), *first[::-1]])
        for path in (tmp_path / "coco/annotations").iterdir():
            assert import_masks(other, "coco", path).refused == ()
        for n, path in enumerate(first, start=1):
            (version,) = other.versions(other.find(path).id)
            np.testing.assert_array_equal(load_mask(version.file).labels, mask(2 * n))
        assert other.versions(1) == []


def test_a_size_that_was_entered_by_hand_is_measured_with_and_marked(
    project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "scans/scan.png"
    sized = with_pixel_size(load_scan(path), 0.5)
    labels, scan = _labels(sized.spatial_shape, 0), project.find(path).id
    project.save_mask(scan, labels, Ground.of(sized), provenance(sized))
    project.set_state(scan, State.DONE)
    export(project, "measurements", tmp_path / "table")
    with (tmp_path / "table/measurements.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] == "1"]
    by_scan = {row["scan"]: row for row in rows}
    entered, told = by_scan["scan.png"], by_scan["slice.dcm"]
    assert float(entered["area"]) == pytest.approx(0.25 * (labels == 1).sum())
    assert [entered["area unit"], entered["pixel size"]] == [
        "mm\N{SUPERSCRIPT TWO}",
        "entered by hand",
    ]
    assert told["pixel size"] == ""
