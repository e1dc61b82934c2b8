"""The small files of the field that were once read wrong, each with its right value."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.batch.worklist import find_files
from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.io import load_scan
from napari_multicancer.io.load import is_mask, load_mask
from tests.handed_cases import MASKS, OPENED, REFUSED, check_right


@pytest.mark.parametrize("name", OPENED)
def test_a_file_of_the_field_has_its_right_value(name: str, cases: Path) -> None:
    check_right(load_scan(cases / name), name)


def test_every_handed_file_has_a_right_value(cases: Path) -> None:
    named = {*OPENED, *REFUSED, *MASKS}
    files = {str(file.relative_to(cases)) for file in cases.rglob("*") if file.is_file()}
    without = {file for file in files if not named & {file, *map(str, Path(file).parents)}}
    assert without == {"README.md", "hostile/secret/s.ome.tif"}
    assert {name for name in named if not (cases / name).exists()} == set()


@pytest.mark.parametrize("name", ["t01_cmyk.tif", "t04_ycbcr_raw.tif"])
def test_a_tiff_of_other_colors_looks_like_the_picture_that_it_was(name: str, cases: Path) -> None:
    np.testing.assert_allclose(load_scan(cases / name).pixels[60, 60], (115, 69, 23), atol=2)


@pytest.mark.parametrize("name", ["pad_m2000.dcm", "pad_m32768.dcm"])
def test_padding_leaves_the_picture_as_it_is_without(name: str, cases: Path) -> None:
    scan, reference = load_scan(cases / "padding" / name), load_scan(cases / "padding/ref_zero.dcm")
    np.testing.assert_array_equal(scan.pixels, reference.pixels)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_lies_is_refused_with_what_disagrees(name: str, cases: Path) -> None:
    with pytest.raises(MulticancerError, match=re.escape(REFUSED[name])) as refused:
        load_scan(cases / name)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("name", MASKS)
def test_a_mask_lies_on_its_scan(name: str, cases: Path) -> None:
    beneath, voxels = MASKS[name]
    scan = load_scan(cases / beneath)
    assert is_mask(cases / name)
    labels = load_mask(cases / name, [one for one in [scan.origin] if one]).labels
    assert labels.shape == scan.spatial_shape
    assert np.bincount(labels.ravel()).tolist() == voxels


def test_a_batch_takes_the_scans_of_a_folder_alone(cases: Path) -> None:
    found = [Path(path).name for path in find_files([cases / "batch_masks"])]
    assert found == ["n00_ok.nii", "plain.png", "batch_masks"]
