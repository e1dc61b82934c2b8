"""DICOM files of one or many frames, through pydicom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset

from napari_multicancer.core.scan.place import UNPLACED
from napari_multicancer.core.scan.scan import ORIGIN, Scan
from napari_multicancer.io.dicom.bits import bits_left_out
from napari_multicancer.io.dicom.cine import LongCine, long_cine
from napari_multicancer.io.dicom.film import is_cine, is_film, read_film, seconds_a_frame
from napari_multicancer.io.dicom.geometry import frame_items, frame_places, frame_points, number
from napari_multicancer.io.dicom.marks import marks_of
from napari_multicancer.io.dicom.meaning import bright_is_more, is_colour
from napari_multicancer.io.dicom.mosaic import UNDIVIDED, Mosaic, is_mosaic, mosaic_of
from napari_multicancer.io.dicom.order import Arrangement, along_line, along_normal, arrange
from napari_multicancer.io.dicom.origin import origin_of
from napari_multicancer.io.dicom.pixels import meant_values, open_picture
from napari_multicancer.io.dicom.pixels import window as proposed_window
from napari_multicancer.io.dicom.regions import unused_scale
from napari_multicancer.io.dicom.repetitions import in_repetitions
from napari_multicancer.io.dicom.sizes import pixel_aspect, second_size, unread, voxel_size
from napari_multicancer.io.dicom.view import in_best_view

_IN_A_LINE = (
    "The frames are in the order of ImagePositionPatient and as far apart as these places: how "
    "they are turned in the patient, the file does not say (ImageOrientationPatient)."
)

_APART = "each is read by itself, and volumes are those of its own frames alone."


@disable_value_validation()  # its warnings quote what stands in the header
def read_dicom(path: Path) -> Scan:
    """Read the pixels of one DICOM file, in the values that they stand for.

    Modality LUT or rescale slope and intercept are applied, also where each
    frame has its own; MONOCHROME1 is inverted, so that bright means more;
    YBR and palette colours become RGB, films (MPEG) grey where they have no colors. The
    proposed window becomes the scan's contrast limits; overlays are left alone. A Siemens
    mosaic is divided into its planes.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Scan
        Axes "yx" or "yxc" for one frame; for several "tyx" where the frames
        follow each other in time (ultrasound, or a FrameTime), else "zyx",
        ordered along the normal of their plane where the file says how they lie,
        or "tzyx" where each place was taken several times; with a "c" where
        they are in colour; turned to axial planes where the voxels allow it
        (`core.views`). Integers as stored where nothing was rescaled, else
        float32. Named after the file: the header's names and descriptions may
        hold patient data. `Scan.origin` is a `DicomOrigin`.

    Raises
    ------
    UnreadableFileError
        It holds no picture, or its compression cannot be undone.
    UnsupportedScanError
        A plane is too large, or frames are missing, doubled or unevenly spaced.
    """
    cine = long_cine(path)
    dataset = open_picture(path) if cine is None else cine.dataset
    left_out = bits_left_out(dataset) if cine is None else cine.notes
    values, axes, time_step, notes = _pictures(dataset, path, cine)
    orientations, positions = frame_places(dataset)
    distance = None
    mosaic = mosaic_of(dataset) if axes == "yx" and is_mosaic(dataset) else None
    if mosaic is not None:
        values, positions, distance = mosaic.divide(values), mosaic.positions, mosaic.distance
        orientations = orientations[:1].repeat(len(positions), axis=0)
    frames = np.arange(len(values) if values.ndim > len(axes) else 0)
    if frames.size:
        axes = ("t" if mosaic is None and is_cine(dataset) else "z") + axes
    arrangement: Arrangement | None = None
    order_notes: tuple[str, ...] = ()
    if axes[0] == "z" and len(orientations) == len(frames):
        along = along_normal(path.name, positions, orientations)
        arrangement = arrange(path.name, _frame_names(len(frames)), along)
        arrangement, order_notes = _in_repetitions(dataset, arrangement)
    elif axes[0] == "z":
        arrangement, order_notes = _along_line(dataset, path.name, len(frames))
    if arrangement is not None:
        order, distance = arrangement.order, distance or arrangement.distance
        values = values[order.squeeze(0) if len(order) == 1 else order]
        axes = axes if len(order) == 1 else "t" + axes
        frames = order.ravel()
        positions = positions[frames] if len(positions) else positions
    limits = proposed_window(dataset)
    if cine is None:
        values, limits = bright_is_more(values, limits, dataset.get("PhotometricInterpretation"))
    else:
        limits = cine.window(limits)
    scan = Scan(
        values,
        axes,
        voxel_size(dataset, axes.replace("c", ""), distance),
        name=path.name,
        source=str(path),
        contrast_limits=None if axes.endswith("c") else limits,
        metadata={ORIGIN: origin_of([path], [dataset], [] if mosaic else (frames + 1).tolist())},
        place=replace(
            UNPLACED.stretched(pixel_aspect(dataset)), time_step=time_step if "t" in axes else 1.0
        ),
        notes=(
            *notes,
            *order_notes,
            *left_out,
            *unused_scale(dataset),
            *second_size(dataset),
            *unread(dataset),
            *_on_mosaic(dataset, mosaic),
            *_on_concatenation(dataset),
        ),
    )
    return in_best_view(scan, orientations[0] if len(orientations) else None, positions)


def _pictures(
    dataset: Dataset, path: Path, cine: LongCine | None
) -> tuple[Any, str, float, tuple[str, ...]]:
    """Give the pixels, the axes of a picture, the seconds from one to the next, and notes."""
    step = seconds_a_frame(dataset)
    if not is_film(dataset):
        values = meant_values(dataset, path.name) if cine is None else cine.frames
        axes = "yxc" if is_colour(dataset) else "yx"
        return values, axes, step or 1.0, _more_frames(values, axes, dataset)
    film, notes = read_film(dataset, path)
    axes = "yxc" if film.is_colored else "yx"
    if dataset.get("NumberOfFrames"):
        notes += _more_frames(film.pictures, axes, dataset)
    return film.pictures, axes, step or film.time_step or 1.0, notes


def _frame_names(n_frames: int) -> list[str]:
    return [f"frame {number}" for number in range(1, n_frames + 1)]


def _in_repetitions(
    dataset: Dataset, arrangement: Arrangement
) -> tuple[Arrangement, tuple[str, ...]]:
    """Make volumes of places that were taken several times, one of each contrast, and tell it."""
    n_frames = arrangement.order.size
    groups = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if len(arrangement.order) == 1 or len(groups) != n_frames:
        return arrangement, ()
    found = in_repetitions(arrangement.order, [*map(marks_of, groups)], range(n_frames))
    notes = []
    if found.told_by:
        notes.append(f"The volumes are told apart by their {' and '.join(found.told_by)}.")
    if found.mixed:
        notes.append(
            f"The planes of a volume differ in their {' and '.join(found.mixed)}, and are put "
            "together in the order of their frames: compare them with another program."
        )
    return replace(arrangement, order=found.order), tuple(notes)


def _along_line(
    dataset: Dataset, name: str, n_frames: int
) -> tuple[Arrangement | None, tuple[str, ...]]:
    """Order frames that do not say how they are turned, and tell it; None without a line."""
    points = frame_points(dataset)
    line = along_line(points) if len(points) == n_frames else None
    if line is None:
        return None, ()
    is_in_patient = bool(frame_items(dataset, "PlanePositionSequence"))
    notes = (_IN_A_LINE,) if is_in_patient else ()
    return arrange(name, _frame_names(n_frames), line), notes


def _more_frames(values: Any, axes: str, dataset: Dataset) -> tuple[str, ...]:
    """Say that a file holds more frames than it promises; nothing where it does not."""
    promised = int(dataset.get("NumberOfFrames") or 1)
    held = len(values) if values.ndim > len(axes) else 1
    return (f"The file promises {promised} frames, and holds {held}.",) if held > promised else ()


def _on_concatenation(dataset: Dataset) -> tuple[str, ...]:
    """Tell of a file that holds a part of a scan's frames."""
    if not dataset.get("ConcatenationUID"):
        return ()
    part, parts = (
        number(dataset.get(keyword))
        for keyword in ("InConcatenationNumber", "InConcatenationTotalNumber")
    )
    which = f", part {part:g}" if part else ""
    which += f" of {parts:g}" if part and parts else ""
    return (f"The file is one of several that hold the frames of one scan{which}: {_APART}",)


def _on_mosaic(dataset: Dataset, mosaic: Mosaic | None) -> tuple[str, ...]:
    if mosaic is not None:
        return mosaic.notes
    return (UNDIVIDED,) if is_mosaic(dataset) else ()
