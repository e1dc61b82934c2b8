"""One case of an evaluation: a picture of the training folder, analysed and compared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from napari_multicancer.core.analysis.analyze import CLASSIFY, SEGMENT, analyze
from napari_multicancer.core.analysis.answer import Analysis
from napari_multicancer.core.masks.overlap import dice, hausdorff_95, iou, smoothed_pixel_dice
from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.scan.scan import Scan, guess_axes
from napari_multicancer.training.prepare.pictures import read_mask, read_picture
from napari_multicancer.training.recipe import find_recipe

MANIFEST_COLUMNS = ("image", "mask", "organ", "source", "group", "diagnosis", "kind")
UNKNOWN_OVERLAP = dict.fromkeys(
    ("lesion_pixels", "overlap_pixels", "dice", "iou", "smoothed_pixel_dice", "hausdorff_95"),
    np.nan,
)


def kinds(rows: pd.DataFrame) -> list[str]:
    """Tell finer kinds of scan than a source and a diagnosis, such as the tumor's type.

    Where a source has several contrasts, these are its kinds. For the others:
    data sets sort their files into folders: the folder of ``original`` names a
    kind where several patients share it, the source has another one, and it is
    not merely the diagnosis. Scans of neither organ have their kind in ``group``.

    Parameters
    ----------
    rows : DataFrame
        Rows of the manifest; the columns ``original`` and ``contrast`` may be missing.

    Returns
    -------
    list of str
        One a row, "SOURCE FOLDER" or "SOURCE CONTRAST"; empty where no kind is told.
    """
    original = rows.get("original", pd.Series("", rows.index))
    folder = original.map(lambda name: PurePosixPath(name).parent.name)
    patients = rows["group"].groupby([rows["source"], folder]).transform("nunique")
    folders = folder.groupby(rows["source"]).transform("nunique")
    is_kind = (patients > 1) & (folders > 1) & (folder != "") & (folder != rows["diagnosis"])
    kind = (rows["source"] + " " + folder).where(is_kind, "")
    contrast = _contrast_kinds(rows)
    kind = kind.where(contrast == "", contrast)
    return list(kind.mask(rows["organ"] == "other", "other " + rows["group"]))


def _contrast_kinds(rows: pd.DataFrame) -> pd.Series:
    contrast = rows.get("contrast", pd.Series("", rows.index))
    several = contrast.groupby(rows["source"]).transform("nunique") > 1
    return (rows["source"] + " " + contrast).where(several & (contrast != ""), "")


def examine_case(card: ModelCard, data: Path, row: Mapping[str, str]) -> dict[str, Any]:
    """Analyse one picture of the training folder and compare the answer with its truth.

    Parameters
    ----------
    card : ModelCard
    data : Path
        The training folder.
    row : mapping
        A row of the manifest, with its ``kind``.

    Returns
    -------
    dict
        As `examine_scan` gives it.
    """
    return examine_scan(card, read_scan(data / row["image"]), data, row)


def examine_scan(card: ModelCard, scan: Scan, data: Path, row: Mapping[str, str]) -> dict[str, Any]:
    """Analyse a scan made of a picture and compare the answer with the picture's truth.

    Parameters
    ----------
    card : ModelCard
    scan : Scan
        One plane of the picture's height and width.
    data : Path
        The training folder.
    row : mapping
        The picture's row of the manifest, with its ``kind``.

    Returns
    -------
    dict
        The columns of `MANIFEST_COLUMNS`; ``truth`` and ``answer``, the class
        names; ``confident``; ``p_CLASS``, the probabilities; ``seconds``. Of the
        recognizer whether the scan is ``refused``, so that it gets no answer. Of a
        network that outlines lesions also the pixels of picture, mask, lesion
        and their overlap and what follows from them, NaN where the lesion has
        not been outlined.
    """
    config = find_recipe(card.task)
    answer = ask(card, scan)
    prediction = answer.diagnosis if config.has_lesions else answer.organ
    assert prediction is not None
    case: dict[str, Any] = {name: row[name] for name in MANIFEST_COLUMNS}
    case |= {"truth": row[config.label], "answer": prediction.label}
    case |= {"confident": prediction.confident}
    case |= {f"p_{name}": p for name, p in prediction.probabilities.items()}
    if not config.has_lesions:
        case |= {"refused": answer.refused}
    if answer.mask is not None:
        truth = _true_mask(data, row, answer.mask.shape, config.classes[0])
        case |= _compare(truth, answer.mask)
    return case | {"seconds": answer.seconds}


def read_scan(path: Path) -> Scan:
    """Read a picture of the training folder as a scan."""
    pixels = read_picture(path)
    return Scan(pixels, guess_axes(pixels.shape), name=path.stem)


def ask(card: ModelCard, scan: Scan) -> Analysis:
    """Analyse a scan by one model alone; it gives a mask where the model outlines lesions."""
    models = {card.task: card.name}
    if find_recipe(card.task).has_lesions:
        return analyze(scan, organ=card.task, steps=(CLASSIFY, SEGMENT), models=models)
    return analyze(scan, steps=(), models=models)


def _true_mask(
    data: Path, row: Mapping[str, str], shape: tuple[int, ...], healthy: str
) -> NDArray[np.uint8] | None:
    """Read the outlined lesion; empty where the label says that there is none."""
    if row["mask"]:
        return read_mask(data / row["mask"], (shape[0], shape[1]))
    return np.zeros(shape, np.uint8) if row["diagnosis"] == healthy else None


def _compare(truth: NDArray[np.uint8] | None, mask: NDArray[np.uint8]) -> dict[str, float]:
    figures = {
        "picture_pixels": float(mask.size),
        "mask_pixels": float(np.count_nonzero(mask)),
    }
    if truth is None:
        return figures | UNKNOWN_OVERLAP
    return figures | {
        "lesion_pixels": float(np.count_nonzero(truth)),
        "overlap_pixels": float(np.count_nonzero(truth & mask)),
        "dice": dice(truth, mask),
        "iou": iou(truth, mask),
        "smoothed_pixel_dice": smoothed_pixel_dice(truth, mask),
        "hausdorff_95": hausdorff_95(truth, mask),
    }
