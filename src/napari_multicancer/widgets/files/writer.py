"""The writers of masks: the panel's button and napari's own menu come here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Labels, Layer
from numpy.typing import NDArray

from napari_multicancer.core.errors import OutputError
from napari_multicancer.io.formats import LabelFormat, format_of
from napari_multicancer.widgets.common.layers import data_to_world, known_of, voxel_size
from napari_multicancer.widgets.common.lesions import image_under, layers_now
from napari_multicancer.widgets.common.record import record_of

TIME_LABELS = ("t", "time")


def write_labels(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a Labels layer that napari hands over; the npe2 writer of TIFF.

    Parameters
    ----------
    path : str
        Its end names the format; where it does not, it gets .tif.
    data : array of integer
        Axes in the layer's order: (row, column), or with planes before.
    attributes : dict
        The layer's own, as in a layer data tuple.

    Returns
    -------
    list of str
        The file written.

    Raises
    ------
    OutputError
        The file cannot be written. Nothing that was there is lost.
    """
    labels = _layer_with(data) or Layer.create(data, dict(attributes), "labels")
    return [str(save_labels(Path(path), labels))]


def write_nifti(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a Labels layer as `write_labels` does; the npe2 writer of NIfTI.

    A path whose end names no format gets .nii.gz.
    """
    return write_labels(_with_suffix(path, LabelFormat.NIFTI), data, attributes)


def write_dicom_seg(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a Labels layer as `write_labels` does; the npe2 writer of DICOM Segmentation.

    A path whose end names no format gets .dcm.
    """
    return write_labels(_with_suffix(path, LabelFormat.DICOM_SEG), data, attributes)


def save_labels(path: Path, labels: Labels) -> Path:
    """Write a Labels layer with its voxel size, place and provenance, as the path's end says.

    NIfTI lies on the voxels of the file that the mask belongs to (`image_under`),
    where that is a NIfTI file itself, or on its DICOM pictures in the patient, else
    where the layer lies in napari. A DICOM Segmentation needs the DICOM pictures
    that the mask belongs to.

    Raises
    ------
    OutputError
        The file cannot be written. Nothing that was there is lost.
    """
    path = Path(_with_suffix(str(path), LabelFormat.TIFF))
    write = {
        LabelFormat.TIFF: _write_tiff,
        LabelFormat.NIFTI: _write_nifti,
        LabelFormat.DICOM_SEG: _write_dicom_seg,
    }
    pixels = np.asarray(labels.data[0] if labels.multiscale else labels.data)
    written = write[format_of(path)](path, pixels, labels)
    record_of(labels).note_exported(pixels)
    return written


def _write_tiff(path: Path, pixels: NDArray[Any], labels: Labels) -> Path:
    from napari_multicancer.io.tiff.mask import write_label_tiff

    spacing, unit = _spacing(labels)
    return write_label_tiff(
        path, pixels, spacing=spacing, unit=unit, provenance=record_of(labels).told()
    )


def _write_nifti(path: Path, pixels: NDArray[Any], labels: Labels) -> Path:
    from napari_multicancer.io.dicom.origin import METADATA_KEY as DICOM_ORIGIN
    from napari_multicancer.io.nifti.mask_write import is_nifti, write_label_nifti

    kept = _kept_under(labels)
    source = kept.get("source")
    affine, unit = _affine(labels)
    return write_label_nifti(
        path,
        pixels,
        source=source if is_nifti(source) else None,
        affine=affine,
        unit=unit,
        axes=_axes(labels),
        origin=kept.get(DICOM_ORIGIN),
        provenance=record_of(labels).told(),
    )


def _write_dicom_seg(path: Path, pixels: NDArray[Any], labels: Labels) -> Path:
    from napari_multicancer.io.dicom import seg_write as dicom_seg
    from napari_multicancer.io.dicom.origin import METADATA_KEY as DICOM_ORIGIN

    origin = _kept_under(labels).get(DICOM_ORIGIN)
    if origin is None:
        raise OutputError(
            f"{labels.name} does not lie on a DICOM scan that this plugin has opened: "
            "open the scan and lay the mask on it, or save it as NIfTI or TIFF."
        )
    return dicom_seg.write_dicom_seg(path, pixels, origin, provenance=record_of(labels).told())


def _kept_under(labels: Labels) -> dict[str, Any]:
    """Find what our own reader kept of the scan under labels; empty for other readers' scans.

    Only ours lays scans out as the writers in `io` expect.
    """
    image = image_under(labels)
    return {} if image is None else known_of(image)


def _with_suffix(path: str, usual: LabelFormat) -> str:
    return path if format_of(Path(path)) else path + usual.suffixes[0]


def _layer_with(data: Any) -> Labels | None:
    """Find the layer that napari took the data from, as it tells pixels and keywords only."""
    return next((x for x in layers_now() if isinstance(x, Labels) and x.data is data), None)


def _axes(labels: Labels) -> str:
    if labels.ndim == 3 and str(labels.axis_labels[0]).lower() in TIME_LABELS:
        return "tyx"
    return "tzyx"[-labels.ndim :]


def _affine(labels: Labels) -> tuple[NDArray[np.float64], str]:
    """Give a layer's matrix in mm, else in what napari counts in ("pixel")."""
    from napari_multicancer.core.scan.place import mm_per_unit

    matrix = data_to_world(labels)
    in_mm = [mm_per_unit(str(unit)) for unit in labels.units]
    if None in in_mm[-2:]:
        return matrix, "pixel"
    return np.diag([value or 1.0 for value in in_mm] + [1.0]) @ matrix, "mm"


def _spacing(labels: Labels) -> tuple[tuple[float, ...] | None, str]:
    """Give the voxel size in mm, else the bare scale; (None, "pixel") where there is neither."""
    size = voxel_size(labels)
    if size is not None:
        scale = tuple(map(float, labels.scale))
        return tuple(s if np.isnan(v) else v for v, s in zip(size, scale, strict=True)), "mm"
    if np.allclose(labels.scale, 1):
        return None, "pixel"
    return tuple(map(float, labels.scale)), "pixel"
