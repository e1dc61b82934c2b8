from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from napari_multicancer.cli.commands import app
from napari_multicancer.core.errors import DataError
from napari_multicancer.training.data.own_folder import read_own_folder
from napari_multicancer.training.data.samples import (
    load_samples,
    load_training_data,
    read_manifest,
    select,
)
from napari_multicancer.training.recipe import find_recipe

BRAIN, BREAST = (replace(find_recipe(task), size=64) for task in ("brain", "breast"))
BREAST_CLASSES = ("normal", "benign", "malignant")


def scan(seed):
    """A picture unlike that of any other seed, 48 x 36 px."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8), np.uint8)
    return Image.fromarray(coarse).resize((48, 36), Image.Resampling.BICUBIC)


def mask(*, lesion):
    drawn = np.zeros((36, 48), np.uint8)
    drawn[10:20, 10:30] = lesion
    return Image.fromarray(drawn)


@pytest.fixture
def own(tmp_path):
    """Twelve scans, every other one with a lesion; no labels."""
    folder = tmp_path / "own"
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    for number in range(12):
        scan(number).save(folder / "images" / f"case{number:02}.jpg")
        mask(lesion=number % 2).save(folder / "masks" / f"case{number:02}.png")
    return folder


def label(folder, columns="image,diagnosis", **changes):
    """Write labels.csv: every third scan is benign or malignant as its mask allows."""
    lines = [columns]
    for number in range(12):
        name = f"case{number:02}"
        diagnosis = "normal" if number % 2 == 0 else ("benign", "malignant")[number // 2 % 2]
        lines.append(changes.get(name, f"{name}.jpg,{diagnosis}"))
    (folder / "labels.csv").write_text("\n".join(lines))


def faults_of(folder, config):
    with pytest.raises(DataError) as caught:
        load_training_data(folder, config)
    return str(caught.value)


def test_a_brain_folder_needs_no_labels(own):
    load_training_data(own, BRAIN)
    rows = read_manifest(own)
    assert (rows["organ"] == "brain").all()
    assert rows["diagnosis"].tolist() == ["no_tumor", "tumor"] * 6
    assert rows["group"].nunique() == 12
    samples = load_samples(own, select(rows, BRAIN, "train"), BRAIN)
    assert samples.has_mask.all()
    assert [picture.any() for picture in samples.masks] == samples.labels.astype(bool).tolist()


def test_splits_are_the_same_whenever_they_are_drawn(own):
    assert read_manifest(own).equals(read_manifest(own))
    assert set(read_manifest(own)["split"]) == {"train", "val", "test"}


def test_a_breast_folder_without_labels_says_what_they_must_say(own):
    assert "labels.csv is missing: it must say for each image whether the scan is" in faults_of(
        own, BREAST
    )


def test_a_breast_folder_is_trained_on_by_its_labels(own):
    label(own)
    load_training_data(own, BREAST)
    rows = read_manifest(own)
    assert set(rows["organ"]) == {"breast"}
    assert {name: (rows["diagnosis"] == name).sum() for name in BREAST_CLASSES} == {
        "normal": 6,
        "benign": 3,
        "malignant": 3,
    }
    for split in ("train", "val"):
        assert len(select(rows, BREAST, split))


def test_near_duplicates_are_one_group(own):
    scan(0).save(own / "images" / "case02.jpg")
    rows = read_manifest(own).set_index("image")
    twins = rows.loc[["images/case00.jpg", "images/case02.jpg"]]
    assert twins["group"].tolist() == ["like case00.jpg"] * 2
    assert twins["split"].nunique() == 1


def test_groups_and_splits_that_are_given_are_kept(own):
    lines = {
        f"case{n:02}": f"case{n:02}.jpg,{('no_tumor', 'tumor')[n % 2]},p{n // 2},"
        f"{'train' if n < 6 else 'val'}"
        for n in range(12)
    }
    label(own, "image,diagnosis,group,split", **lines)
    load_training_data(own, BRAIN)
    rows = read_manifest(own)
    assert rows["group"].tolist() == [f"p{number // 2}" for number in range(12)]
    assert rows["split"].tolist() == ["train"] * 6 + ["val"] * 6


def test_a_split_given_to_one_holds_for_its_group(own):
    (own / "labels.csv").write_text(
        "image,diagnosis,group,split\n"
        + "\n".join(
            f"case{n:02}.jpg,{('no_tumor', 'tumor')[n % 2]},p{n // 2},{'val' if n == 4 else ''}"
            for n in range(12)
        )
    )
    rows = read_manifest(own)
    assert rows["split"][4:6].tolist() == ["val", "val"]
    assert rows.groupby("group")["split"].nunique().max() == 1


def test_every_fault_is_listed_with_its_file(own):
    label(
        own,
        "image,diagnosis,group,split",
        case03="case03.jpg,cyst,,",
        case05="case05.jpg,malignant,,sometimes",
        case06="case06.jpg,benign,,",
        case07="case77.jpg,benign,,",
        case09="case09.jpg,normal,,",
    )
    images, masks = own / "images", own / "masks"
    (images / "case00.jpg").write_bytes(b"no picture")
    Image.new("L", (5, 5)).save(masks / "case01.png")
    Image.linear_gradient("L").resize((48, 36)).save(masks / "case02.png")
    (masks / "case04.png").unlink()
    (images / "case08.jpg").unlink()
    (images / "notes.txt").write_text("mine")
    said = faults_of(own, BREAST)
    for fault in (
        "case00.jpg cannot be read as a picture",
        "case01.png measures (5, 5), its picture (36, 48)",
        "case02.png holds 36 values",
        "labels.csv, line 5: unknown diagnosis 'cyst' of case03.jpg: "
        "use benign or malignant or normal",
        "case04.jpg has no mask",
        "labels.csv, line 7: the split 'sometimes' of case05.jpg is not train or val or test",
        "case06.png is empty, but labels.csv says 'benign'",
        "labels.csv, line 9: there is no images/case77.jpg",
        "case07.jpg does not stand in labels.csv",
        "case08.png has no image",
        "labels.csv, line 10: there is no images/case08.jpg",
        "case09.png outlines something, but labels.csv says 'normal'",
        "notes.txt is no picture",
    ):
        assert fault in said
    with pytest.raises(DataError, match=r"case00\.jpg cannot be read"):
        read_manifest(own)


def test_both_files_of_a_pair_can_be_at_fault(own):
    (own / "images" / "case00.jpg").write_bytes(b"no picture")
    (own / "masks" / "case00.png").write_bytes(b"no mask")
    _, faults = read_own_folder(own)
    assert [fault.split(" ")[0].split("/")[-1] for fault in faults] == ["case00.jpg", "case00.png"]


def test_two_images_of_one_name_are_refused(own):
    scan(99).save(own / "images" / "case00.png")
    assert "case00.png has the same name as case00.jpg" in faults_of(own, BRAIN)


def test_a_diagnosis_of_the_other_organ_is_unknown(own):
    label(own)
    assert "unknown diagnosis 'benign' of case01.jpg: use no_tumor or tumor" in faults_of(
        own, BRAIN
    )


def test_an_image_labelled_twice_is_refused(own):
    label(own, case01="case00.jpg,normal")
    said = faults_of(own, BREAST)
    assert "line 2: case00.jpg stands in 2 lines" in said
    assert "line 3: case00.jpg stands in 2 lines" in said
    assert "case01.jpg does not stand in labels.csv" in said


def test_a_group_in_two_splits_is_refused(own):
    lines = {
        f"case{n:02}": f"case{n:02}.jpg,{('no_tumor', 'tumor')[n % 2]},p,{('train', 'val')[n % 2]}"
        for n in range(12)
    }
    label(own, "image,diagnosis,group,split", **lines)
    assert "group p of own stands in two splits" in faults_of(own, BRAIN)


def test_classes_and_splits_without_examples_are_named(own):
    for path in (own / "masks").iterdir():
        mask(lesion=0).save(path)
    assert "the split 'train' has no example of tumor" in faults_of(own, BRAIN)
    assert "the split 'val' has no example of tumor" in faults_of(own, BRAIN)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "labels.csv cannot be read as a table"),
        ("image,label\ncase00.jpg,benign\n", "labels.csv lacks the column diagnosis"),
    ],
)
def test_labels_that_are_no_table_are_one_fault(own, text, says):
    (own / "labels.csv").write_text(text)
    assert says in faults_of(own, BREAST)


def test_an_empty_folder_says_so(tmp_path):
    for kind in ("images", "masks"):
        (tmp_path / kind).mkdir()
    assert "images holds no picture" in faults_of(tmp_path, BRAIN)


def test_the_command_lists_the_faults_before_it_trains(own):
    for number in range(12):
        (own / "masks" / f"case{number:02}.png").unlink()
        mask(lesion=1).save(own / "masks" / f"other{number:02}.png")
    result = CliRunner().invoke(app, ["train", "brain", "--data", str(own)])
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert lines[0].startswith("26 things are wrong")
    assert lines[1].endswith("case00.jpg has no mask")
    assert lines[-1] == "  and 6 more"
