from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from napari_multicancer.core.errors import DataError
from napari_multicancer.io import write_label_tiff
from napari_multicancer.training.data.samples import (
    UNKNOWN,
    load_samples,
    load_training_data,
    read_manifest,
    select,
)
from napari_multicancer.training.recipe import find_recipe

BREAST = replace(find_recipe("breast"), size=64)


def edit(folder, change):
    path = folder / "manifest.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(rows)
    rows.to_csv(path, index=False)


def test_samples_are_letterboxed_with_their_masks(training_folder):
    rows = select(read_manifest(training_folder), BREAST, "train")
    samples = load_samples(training_folder, rows, BREAST)
    assert samples.images.shape == (8, 64, 64, 3)
    assert samples.images[0, 0].max() == 0
    assert samples.images.max() == 255
    for label, mask in zip(samples.labels, samples.masks, strict=True):
        assert mask.any() == (label != 0)


def test_pictures_are_seen_in_the_proportions_of_their_pixels(training_folder):
    rows = select(read_manifest(training_folder), BREAST, "train").iloc[:1].copy()
    plane = np.full((40, 40), 200, np.uint8)
    plane[15:25, 15:25] = 50
    write_label_tiff(training_folder / "high.tif", plane, spacing=(1.0, 0.5))
    write_label_tiff(training_folder / "high_mask.tif", plane == 50, spacing=(1.0, 0.5))
    rows["image"], rows["mask"] = "high.tif", "high_mask.tif"
    samples = load_samples(training_folder, rows, BREAST)
    seen = samples.images[0, ..., 0] > 0
    assert (seen.any(axis=1).sum(), seen.any(axis=0).sum()) == (64, 32)
    outlined = samples.masks[0]
    assert (outlined.any(axis=1).sum(), outlined.any(axis=0).sum()) == (16, 8)


def test_a_lesion_nobody_outlined_does_not_teach_an_empty_mask(training_folder):
    def forget_masks(rows):
        rows.loc[rows["diagnosis"].isin(["benign", "normal"]), "mask"] = ""

    edit(training_folder, forget_masks)
    rows = select(read_manifest(training_folder), BREAST, "train")
    samples = load_samples(training_folder, rows, BREAST)
    np.testing.assert_array_equal(samples.has_mask, samples.labels != 1)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: rows.__setitem__("group", "g1"), "stands in two splits"),
        (lambda rows: rows.pop("mask"), "lacks the column mask"),
    ],
)
def test_a_manifest_that_cannot_be_trusted_is_refused(training_folder, change, says):
    edit(training_folder, change)
    with pytest.raises(DataError, match=says):
        read_manifest(training_folder)


def test_no_manifest_says_what_to_name(tmp_path):
    with pytest.raises(DataError, match=r"name the folder that holds manifest\.csv"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("diagnosis", "cyst", "unknown diagnosis 'cyst'"),
        ("diagnosis", "benign", "no example of malignant, normal"),
        ("split", "val", "holds no picture"),
    ],
)
def test_an_unusable_split_is_named(training_folder, column, value, says):
    edit(training_folder, lambda rows: rows.__setitem__(column, value))
    rows = pd.read_csv(training_folder / "manifest.csv", dtype=str, keep_default_na=False)
    with pytest.raises(DataError, match=says):
        select(rows, BREAST, "train")


def test_a_scan_may_lack_its_diagnosis_or_its_mask_but_not_both(training_folder):
    def change(rows):
        breast = rows.index[rows["organ"] == "breast"]
        rows.loc[breast[0], "diagnosis"] = ""
        rows.loc[breast[2], ["diagnosis", "mask"]] = ""

    edit(training_folder, change)
    rows = read_manifest(training_folder)
    chosen = select(rows, BREAST, "train")
    assert len(chosen) == 7
    samples = load_samples(training_folder, chosen, BREAST)
    assert samples.labels[0] == UNKNOWN
    assert samples.has_mask[0]
    organs = select(rows, find_recipe("recognizer"), "train")
    assert len(organs) == 10


def test_sources_may_be_left_out_of_training_and_validation(training_folder):
    rows = read_manifest(training_folder)
    rows.loc[rows["diagnosis"] == "benign", "source"] = "BUS-BRA"
    chosen = select(rows, replace(BREAST, left_out=("BUS-BRA",)), "val")
    assert set(chosen["diagnosis"]) == {"normal", "malignant"}


def test_a_recipe_may_keep_to_some_sources_even_without_all_classes(training_folder):
    rows = read_manifest(training_folder)
    rows.loc[rows["diagnosis"] == "benign", "source"] = "BUS-BRA"
    chosen = select(rows, replace(BREAST, sources=("BUS-BRA",)), "train")
    assert set(chosen["diagnosis"]) == {"benign"}
    with pytest.raises(DataError, match="holds no picture"):
        select(rows, replace(BREAST, sources=("LGG",)), "train")


def test_a_share_of_the_groups_is_whole_groups_and_part_of_a_larger_share(training_folder):
    rows = read_manifest(training_folder)
    half, most, everything = (
        select(rows, replace(BREAST, share=share), "train") for share in (0.5, 0.75, 1)
    )
    groups = everything["group"].nunique()
    assert half["group"].nunique() == -(-groups // 2)
    assert set(half["group"]) < set(most["group"]) < set(everything["group"])
    assert len(half) == everything["group"].isin(set(half["group"])).sum()
    assert len(select(rows, replace(BREAST, share=0.5), "val")) == len(select(rows, BREAST, "val"))


@pytest.mark.parametrize("what", ["image", "mask"])
def test_a_corrupt_file_is_named(training_folder, what):
    rows = select(read_manifest(training_folder), BREAST, "train")
    path = training_folder / rows.loc[1, what]
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DataError, match=path.name):
        load_samples(training_folder, rows, BREAST)


def test_a_mask_of_another_size_is_named(training_folder):
    rows = select(read_manifest(training_folder), BREAST, "train")
    path = training_folder / rows.loc[1, "mask"]
    Image.new("1", (5, 5)).save(path)
    with pytest.raises(DataError, match=r"measures \(5, 5\), its picture \(90, 120\)"):
        load_samples(training_folder, rows, BREAST)


def test_a_mask_of_many_values_is_named(training_folder):
    rows = select(read_manifest(training_folder), BREAST, "train")
    path = training_folder / rows.loc[1, "mask"]
    Image.linear_gradient("L").resize((120, 90)).save(path)
    with pytest.raises(DataError, match=r"holds 90 values: save it as PNG with 0 outside"):
        load_samples(training_folder, rows, BREAST)


def test_a_sound_folder_passes(training_folder):
    seen = []
    load_training_data(training_folder, BREAST, lambda *step: seen.append(step))
    assert seen == [(done, 16) for done in range(1, 17)]


def test_all_faults_of_train_and_val_are_listed_at_once(training_folder):
    def spoil(rows):
        rows.loc[2, "diagnosis"] = "cyst"
        rows.loc[rows["diagnosis"].eq("normal") & rows["split"].eq("val"), "diagnosis"] = "benign"
        rows.loc[5, "group"] = rows.loc[15, "group"]
        rows.loc[6, "split"] = "training"
        rows.loc[7, "organ"] = "brest"

    edit(training_folder, spoil)
    (training_folder / "images/0.png").write_bytes(b"no picture")
    Image.new("1", (5, 5)).save(training_folder / "masks/1.png")
    (training_folder / "masks/11.png").unlink()
    with pytest.raises(DataError) as caught:
        load_training_data(training_folder, BREAST)
    said = str(caught.value)
    for fault in (
        "group g15 of BUSI stands in two splits",
        "0.png cannot be read as a picture",
        "1.png measures (5, 5)",
        "11.png does not exist",
        "images/2.png: unknown diagnosis 'cyst'",
        "the split 'val' has no example of normal",
        "images/6.png: unknown split 'training'",
        "images/7.png: unknown organ 'brest'",
    ):
        assert fault in said
    assert said.startswith("8 things are wrong")


def test_the_test_split_and_other_organs_are_left_alone(training_folder):
    def to_test(rows):
        rows.loc[0, "split"] = "test"

    edit(training_folder, to_test)
    for number in (0, 8):
        (training_folder / f"images/{number}.png").write_bytes(b"no picture")
    load_training_data(training_folder, BREAST)


def test_a_manifest_that_is_no_table_is_one_sentence(training_folder):
    (training_folder / "manifest.csv").write_bytes(b"")
    with pytest.raises(DataError, match=r"manifest\.csv cannot be read as a table"):
        read_manifest(training_folder)
