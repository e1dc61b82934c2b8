"""Exports read with the tools of their own formats, not with this program's readers."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import nibabel
import numpy as np
import pydicom
from pydicom.uid import SegmentationStorage


def check_as_nnunet(folder: Path) -> None:
    """Check what nnU-Net's verify_dataset_integrity checks."""
    told = json.loads((folder / "dataset.json").read_text())
    assert {"channel_names", "labels", "numTraining", "file_ending"} <= told.keys()
    end = told["file_ending"]
    values = sorted(told["labels"].values())
    assert told["labels"]["background"] == 0
    assert values == list(range(len(values)))
    cases = sorted(path.name.removesuffix(end) for path in (folder / "labelsTr").iterdir())
    assert told["numTraining"] == len(cases)
    images = sorted(path.name for path in (folder / "imagesTr").iterdir())
    channels = len(told["channel_names"])
    assert images == sorted(f"{case}_{n:04}{end}" for case in cases for n in range(channels))
    for case in cases:
        label = nibabel.load(folder / "labelsTr" / f"{case}{end}")
        image = nibabel.load(folder / "imagesTr" / f"{case}_0000{end}")
        assert label.shape == image.shape
        np.testing.assert_allclose(label.affine, image.affine)
        assert set(np.unique(label.dataobj)) <= set(values)
        assert np.isfinite(np.asanyarray(image.dataobj)).all()
    (split,) = json.loads((folder / "splits_final.json").read_text())
    assert sorted(split["train"] + split["val"]) == cases


def nnunet_masks(folder: Path, pictures: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Read the labels of 2-D cases, turned as their images are turned against their pictures.

    Parameters
    ----------
    pictures : dict of str to ndarray
        By the beginning of the case's name; no two are alike.
    """
    masks = {}
    for path in sorted(folder.glob("labels*/*.nii.gz")):
        end = path.parent.name.removeprefix("labels")
        name = path.name.removesuffix(".nii.gz")
        image = nibabel.load(folder / f"images{end}" / f"{name}_0000.nii.gz")
        known = name.rpartition("_")[0]
        turn = _turn(np.asanyarray(image.dataobj).squeeze(), pictures[known])
        masks[known] = turn(np.asanyarray(nibabel.load(path).dataobj).squeeze())
    return masks


def _turn(stored: np.ndarray, picture: np.ndarray):
    """Find how a picture lies in an array: transposed, and maybe mirrored."""
    for rows, columns in product((1, -1), repeat=2):
        if np.array_equal(stored.T[::rows, ::columns], picture):
            return lambda array: array.T[::rows, ::columns]
    raise AssertionError("the image is not the picture")


def coco_masks(folder: Path) -> dict[str, np.ndarray]:
    """Read the masks of an export as pycocotools draws them, by the name of their picture."""
    from pycocotools.coco import COCO

    masks = {}
    for path in sorted((folder / "annotations").iterdir()):
        read = COCO(path)
        for number, image in read.imgs.items():
            union = np.zeros((image["height"], image["width"]), np.uint8)
            for one in read.loadAnns(read.getAnnIds(number)):
                union |= read.annToMask(one)
            masks[image["file_name"].removesuffix(".png").rpartition("_")[0]] = union
    return masks


def dicom_masks(folder: Path) -> dict[str, np.ndarray]:
    """Read segmentations of one segment and one frame each, by the name of their scan."""
    masks = {}
    for path in sorted(folder.glob("*.dcm")):
        dataset = pydicom.dcmread(path)
        assert dataset.SOPClassUID == SegmentationStorage
        assert len(dataset.SegmentSequence) == 1
        name = path.stem.removesuffix("_mask").rpartition("_")[0]
        masks[name] = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)[-1]
    return masks
