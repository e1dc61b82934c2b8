"""The masks of a batch, in the format that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.analysis.answer import Analysis
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import write_label_tiff
from napari_multicancer.io.formats import LabelFormat, format_of
from napari_multicancer.io.provenance import provenance

if TYPE_CHECKING:
    from napari_multicancer.io.dicom.origin import DicomOrigin

Mask = NDArray[np.uint8]


def write_mask(
    out: Path, mask: str, scan: Scan, analysis: Analysis, mask_format: LabelFormat
) -> str:
    """Write the mask of one scan.

    Parameters
    ----------
    out : Path
        The output folder.
    mask : str
        As in `worklist.FileJob`; its end is exchanged for that of the format.
    scan : Scan
    analysis : Analysis
    mask_format : LabelFormat
        A scan that is not DICOM gets a TIFF in place of a DICOM Segmentation.

    Returns
    -------
    str
        Where it lies, relative to `out`; empty where the analysis has none.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    if analysis.mask is None:
        return ""
    if mask_format is LabelFormat.DICOM_SEG and _dicom_origin(scan) is None:
        mask_format = LabelFormat.TIFF
    name = with_end_of(mask, mask_format)
    write = {
        LabelFormat.TIFF: _write_tiff,
        LabelFormat.NIFTI: _write_nifti,
        LabelFormat.DICOM_SEG: _write_dicom_seg,
    }
    write[mask_format](out / name, analysis.mask, scan, provenance(scan, analysis))
    return name


def with_end_of(mask: str, mask_format: LabelFormat) -> str:
    """Give a mask's path the usual end of a format in place of another one's."""
    kind = format_of(Path(mask))
    if kind is None:
        return mask
    suffix = next(end for end in kind.suffixes if mask.lower().endswith(end))
    return mask[: -len(suffix)] + mask_format.suffixes[0]


def _write_tiff(path: Path, mask: Mask, scan: Scan, record: Mapping[str, Any]) -> None:
    write_label_tiff(path, mask, spacing=scan.voxel_size, provenance=record)


def _write_nifti(path: Path, mask: Mask, scan: Scan, record: Mapping[str, Any]) -> None:
    from napari_multicancer.io.nifti.mask_write import is_nifti, write_label_nifti

    size = scan.voxel_size
    write_label_nifti(
        path,
        mask,
        source=scan.source if is_nifti(scan.source) else None,
        affine=None if size is None else np.diag([*size, 1.0]),
        unit="pixel" if size is None else "mm",
        axes=scan.spatial_axes,
        origin=_dicom_origin(scan),
        provenance=record,
    )


def _write_dicom_seg(path: Path, mask: Mask, scan: Scan, record: Mapping[str, Any]) -> None:
    from napari_multicancer.io.dicom.seg_write import write_dicom_seg

    write_dicom_seg(path, mask, _dicom_origin(scan), provenance=record)


def _dicom_origin(scan: Scan) -> DicomOrigin | None:
    from napari_multicancer.io.dicom.origin import METADATA_KEY

    return scan.metadata.get(METADATA_KEY)
