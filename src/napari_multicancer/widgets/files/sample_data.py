"""The shipped scans in napari's menu File > Open Sample."""

from __future__ import annotations

from typing import Any

from napari_multicancer.io import load_scan
from napari_multicancer.samples import SAMPLES
from napari_multicancer.widgets.common.layers import METADATA_KEY, layer_data


def open_sample(file: str) -> list[tuple[Any, dict[str, Any], str]]:
    """Load a shipped scan as an image layer that says whose it is.

    Parameters
    ----------
    file : str
        Its file name in `napari_multicancer.samples`.
    """
    sample = next(sample for sample in SAMPLES if sample.file == file)
    pixels, keywords, kind = layer_data(load_scan(sample.path))
    keywords["name"] = sample.name
    keywords["metadata"][METADATA_KEY] |= {
        "attribution": sample.attribution,
        "licence": sample.licence,
    }
    return [(pixels, keywords, kind)]


def brain_tumor() -> list[tuple[Any, dict[str, Any], str]]:
    """Load a brain MRI with a tumor."""
    return open_sample("brain_tumor.jpg")


def brain_no_tumor() -> list[tuple[Any, dict[str, Any], str]]:
    """Load a brain MRI without a tumor."""
    return open_sample("brain_no_tumor.png")


def breast_benign() -> list[tuple[Any, dict[str, Any], str]]:
    """Load a breast ultrasound with a benign lesion."""
    return open_sample("breast_benign.png")


def breast_malignant() -> list[tuple[Any, dict[str, Any], str]]:
    """Load a breast ultrasound with a malignant lesion."""
    return open_sample("breast_malignant.png")


def breast_normal() -> list[tuple[Any, dict[str, Any], str]]:
    """Load a breast ultrasound without a lesion."""
    return open_sample("breast_normal.png")


def brain_tumor_stack() -> list[tuple[Any, dict[str, Any], str]]:
    """Load nine planes of a brain MRI with a tumor."""
    return open_sample("brain_tumor_stack.tif")
