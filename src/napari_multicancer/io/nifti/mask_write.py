"""Label images as NIfTI, on the voxels of the volume that they belong to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from gzip import GzipFile
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from nibabel.nifti1 import Nifti1Extension
from numpy.typing import NDArray

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.scan.place import REVERSED, Frame, Place
from napari_multicancer.io.files import replacing
from napari_multicancer.io.masks import NO_GROUND, Ground, labels_to_store
from napari_multicancer.io.nifti.header import COMMENT
from napari_multicancer.io.nifti.layout import NiftiOrigin
from napari_multicancer.io.volumes.mask import record_of
from napari_multicancer.io.volumes.origin import LPS_TO_RAS, VoxelOrigin

LABEL_INTENT = 1002
"""NIfTI's code of an image whose values are labels."""
COMPRESSION = 6
"""zlib's own default."""

_LARGEST_NIFTI1_SIDE = 32767


def write_label_nifti(
    path: str | Path,
    labels: NDArray[Any],
    ground: Ground = NO_GROUND,
    provenance: Mapping[str, Any] | None = None,
) -> Path:
    """Write a label image that lies where its scan lies.

    The scan of a NIfTI file has kept its voxels (`NiftiOrigin`), and they are those of the
    mask: same order of axes, same qform, sform and units, so that any program lays one over
    the other without resampling; so are those of other volumes (`VoxelOrigin`). Any other mask
    lies at its place: in the patient, then the sform's code is that for "scanner"; else its axes
    z, y, x are taken for feet to head, front to back, right to left, which is how `read_nifti`
    turns a volume, and the code is that for "aligned". The intent code is "label". `provenance`
    stands in a header extension for comments (code 6), as ASCII JSON, with `ON_SOURCE` and
    `N_AXES`, by which `read_label_nifti` lays the mask out as it was; the description says that
    this is for research use only.

    Parameters
    ----------
    path : str or Path
        Ends in ".nii" or ".nii.gz". Replaced as a whole where it exists, and only
        when all is written.
    labels : ndarray of bool or integer
        Axes (row, column), (plane, row, column) or (time, plane, row, column), as
        `load_scan` gives them. Values 0..65535; stored as uint8 where they fit,
        else as uint16.
    ground : Ground
        What the labels lie on. Where its place does not tell the size of a voxel, the header
        leaves the unit open.
    provenance : mapping, optional
        Ready for JSON, see `provenance.provenance`.

    Returns
    -------
    Path
        Where it lies.

    Raises
    ------
    OutputError
        The labels do not fit the scan's voxels, their place spans no volume, or the file cannot
        be written; an existing file is as it was, and no part of a new one is left.
    """
    path = Path(path)
    pixels = labels_to_store(labels, path.name)
    image = image_of(pixels, ground, path.name)
    image.header["descrip"] = RESEARCH_USE
    image.header.set_intent(LABEL_INTENT)
    if provenance is not None:
        record = record_of(provenance, ground.origin, pixels.ndim)
        comment = Nifti1Extension(COMMENT, json.dumps(record).encode("ascii"))
        image.header.extensions.append(comment)
    with replacing(path) as beside, beside.open("wb") as file:
        if path.name.lower().endswith(".gz"):
            with GzipFile("", "wb", COMPRESSION, file, mtime=0) as compressed:
                image.to_stream(compressed)
        else:
            image.to_stream(file)
    return path


def image_of(pixels: NDArray[Any], ground: Ground, name: str) -> Any:
    """Put pixels on the voxels of their scan's file; where it has none, where they lie.

    Parameters
    ----------
    pixels : ndarray of real numbers
        With the scan's axes, without colors.
    ground : Ground
    name : str
        How the file is called in messages.

    Returns
    -------
    Nifti1Image or Nifti2Image
    """
    if isinstance(ground.origin, VoxelOrigin):
        return _on_source(pixels, ground, name)
    return _in_space(pixels, ground, name)


def _on_source(pixels: NDArray[Any], ground: Ground, name: str) -> Any:
    """Put pixels on the voxels of a volume's file."""
    origin: VoxelOrigin = ground.origin
    stored = origin.stored(pixels, name)
    if not isinstance(origin, NiftiOrigin):
        back = np.linalg.inv(origin.turn.matrix(origin.seen_shape))
        matrix = LPS_TO_RAS @ ground.place.affine @ back @ REVERSED
        return _image(stored, matrix, ground, "t" if stored.ndim > 3 else "", name)
    header = origin.header()
    header.set_data_dtype(stored.dtype)
    kind = nibabel.Nifti2Image if origin.is_nifti2 else nibabel.Nifti1Image
    return kind(stored, origin.affine, header)


def _in_space(pixels: NDArray[Any], ground: Ground, name: str) -> Any:
    """Put pixels where their place says."""
    axes = ground.axes_of(pixels)
    volume = pixels if "z" in axes else np.expand_dims(pixels, -3)
    return _image(volume.T, LPS_TO_RAS @ ground.place.affine @ REVERSED, ground, axes, name)


def _image(
    voxels: NDArray[Any], matrix: NDArray[np.float64], ground: Ground, axes: str, name: str
) -> Any:
    """Make an image of voxels (i, j, k, ...) and NIfTI's own affine."""
    place = ground.place
    if not np.isfinite([*matrix.flat, place.time_step]).all() or np.linalg.det(matrix) == 0:
        raise OutputError(
            f"{name}: NIfTI has no room for a layer that is turned or sheared into time or has "
            "no extent: reset its transform, or save it as TIFF."
        )
    is_large = max(voxels.shape) > _LARGEST_NIFTI1_SIDE
    image = (nibabel.Nifti2Image if is_large else nibabel.Nifti1Image)(voxels, matrix)
    is_sized = place.voxel_size is not None or ("z" not in axes and place.pixel_size is not None)
    image.header.set_xyzt_units("mm" if is_sized else "unknown")
    if "t" in axes:
        image.header.set_zooms((*image.header.get_zooms()[:3], abs(place.time_step)))
    if place.frame is Frame.PATIENT:
        image.set_sform(matrix, code="scanner")
    if Place(matrix @ REVERSED).is_sheared:
        image.set_qform(_as_boxes(matrix), code=int(image.header["sform_code"]))
    return image


def _as_boxes(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make boxes of sheared voxels, for programs that know no others, such as ITK.

    Rows and planes keep their directions, voxels their volume. Of the two affines of a header,
    the sform says where voxels lie; pixdim goes by the other.
    """
    turned, sizes = np.linalg.qr(matrix[:3, :3])
    boxes = matrix.copy()
    boxes[:3, :3] = turned * np.diag(sizes)
    return boxes
