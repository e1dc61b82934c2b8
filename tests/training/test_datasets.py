from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from napari_multicancer.core.errors import DataError
from napari_multicancer.training.config import TASKS
from napari_multicancer.training.datasets import load_samples, read_manifest, select

BREAST = replace(TASKS["breast"], size=64)


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
        (lambda rows: rows.drop(columns="mask", inplace=True), "lacks the column mask"),
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
        ("diagnosis", "cyst", "nobody knows the label 'cyst'"),
        ("diagnosis", "benign", "no example of malignant, normal"),
        ("split", "val", "holds no picture"),
    ],
)
def test_an_unusable_split_is_named(training_folder, column, value, says):
    edit(training_folder, lambda rows: rows.__setitem__(column, value))
    rows = pd.read_csv(training_folder / "manifest.csv", dtype=str, keep_default_na=False)
    with pytest.raises(DataError, match=says):
        select(rows, BREAST, "train")


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
