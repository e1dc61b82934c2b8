"""Label images as NIfTI, on the voxels of the volume that they belong to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from gzip import GzipFile
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.nifti1 import Nifti1Extension
from numpy.typing import ArrayLike, NDArray

from napari_multicancer.core.errors import OutputError, UnreadableFileError
from napari_multicancer.core.notice import RESEARCH_USE
from napari_multicancer.core.scan.place import mm_per_unit
from napari_multicancer.io.files import replacing
from napari_multicancer.io.load import NIFTI_SUFFIXES
from napari_multicancer.io.masks import labels_to_store
from napari_multicancer.io.nifti.header import stored_header
from napari_multicancer.io.nifti.layout import NiftiLayout, layout_of

if TYPE_CHECKING:
    from napari_multicancer.io.dicom.origin import DicomOrigin

COMMENT = 6
"""NIfTI's code of a header extension that holds plain text."""
LABEL_INTENT = 1002
"""NIfTI's code of an image whose values are labels."""
ON_SOURCE, N_AXES = "on_source", "n_axes"
"""Kept beside the provenance: whether voxels are those of a NIfTI scan, and the mask's axes."""
COMPRESSION = 6
"""zlib's own default."""

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_REVERSED = np.eye(4)[[2, 1, 0, 3]]
"""Takes (z, y, x, 1) to (x, y, z, 1) and back."""
_GEOMETRY = (
    *("pixdim", "xyzt_units", "qform_code", "sform_code"),
    *("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"),
    *("srow_x", "srow_y", "srow_z"),
)
"""The header's fields that say where voxels lie; the others may hold names and dates."""
_LARGEST_NIFTI1_SIDE = 32767


def is_nifti(path: str | Path | None) -> bool:
    """Say by its name whether a file is a NIfTI volume."""
    return path is not None and Path(path).name.lower().endswith(NIFTI_SUFFIXES)


def write_label_nifti(
    path: str | Path,
    labels: NDArray[Any],
    *,
    source: str | Path | None = None,
    affine: ArrayLike | None = None,
    unit: str = "mm",
    axes: str | None = None,
    origin: DicomOrigin | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Path:
    """Write a label image that lies where its scan lies.

    Where the scan is a NIfTI file itself, its voxels are those of the mask: same
    order of axes, same qform, sform and units, so that any program lays one over
    the other without resampling. Else the place is taken from `affine`, whose
    axes z, y, x are read as feet to head, front to back, right to left, which
    is how `read_nifti` turns a volume; the sform says it, with the code for
    "aligned". The mask of a DICOM scan lies where its pictures lie in the patient,
    as far as they say so; then the code is that for "scanner". The intent code is
    "label". `provenance` stands in a header extension for comments (code 6), as
    ASCII JSON, with `ON_SOURCE` and `N_AXES`, by which `read_label_nifti` lays the
    mask out as it was; the description says that this is for research use only.

    Parameters
    ----------
    path : str or Path
        Ends in ".nii" or ".nii.gz". Replaced as a whole where it exists, and only
        when all is written.
    labels : ndarray of bool or integer
        Axes (row, column), (plane, row, column) or (time, plane, row, column), as
        `load_scan` gives them. Values 0..65535; stored as uint8 where they fit,
        else as uint16.
    source : str or Path, optional
        The NIfTI file that the labels were made for.
    affine : array_like of float, shape (n_axes + 1, n_axes + 1), optional
        Takes indices of `labels` to places, both in the order of its axes; may
        rotate and shear, but not mix time with space. Ignored where there is a
        `source`; the identity where neither is given.
    unit : str
        Of `affine`, such as "mm" or "um"; with anything that is no length, such
        as "pixel", the header leaves the unit open.
    axes : {"yx", "zyx", "tyx", "tzyx"}, optional
        The last letters of "tzyx" where not given.
    origin : DicomOrigin, optional
        Of a DICOM scan; of `affine`, then only the voxel size counts.
    provenance : mapping, optional
        Ready for JSON, see `provenance.provenance`.

    Returns
    -------
    Path
        Where it lies.

    Raises
    ------
    OutputError
        The labels do not fit the source, no volume is spanned by `affine`, the
        source is gone, or the file cannot be written; an existing file is as it
        was, and no part of a new one is left.
    """
    path = Path(path)
    pixels = labels_to_store(labels, path.name)
    if source is not None:
        image = _on_source(pixels, Path(source), path.name)
    else:
        axes = axes or "tzyx"[-pixels.ndim :]
        matrix = np.eye(pixels.ndim + 1) if affine is None else np.asarray(affine, float)
        image = _in_space(pixels, axes, matrix, unit, path.name)
        if origin is not None:
            _move_into_patient(image, origin)
    image.header["descrip"] = RESEARCH_USE
    image.header.set_intent(LABEL_INTENT)
    if provenance is not None:
        record = {**provenance, ON_SOURCE: source is not None, N_AXES: pixels.ndim}
        comment = Nifti1Extension(COMMENT, json.dumps(record).encode("ascii"))
        image.header.extensions.append(comment)
    with replacing(path) as beside, beside.open("wb") as file:
        if path.name.lower().endswith(".gz"):
            with GzipFile("", "wb", COMPRESSION, file, mtime=0) as compressed:
                image.to_stream(compressed)
        else:
            image.to_stream(file)
    return path


def _on_source(pixels: NDArray[Any], source: Path, name: str) -> Any:
    """Put labels on the voxels of a NIfTI file."""
    try:
        scan = nibabel.load(source)
        layout = layout_of(scan, stored_header(source))
    except (OSError, ImageFileError, UnreadableFileError) as error:
        raise OutputError(
            f"{name} cannot be laid on {source.name}, which is not there any more or damaged: "
            "put it back, or save the mask as TIFF."
        ) from error
    stored = _as_stored(pixels, scan.shape, layout, name)
    kind = nibabel.Nifti2Image if isinstance(scan, nibabel.Nifti2Image) else nibabel.Nifti1Image
    header = kind.header_class()
    for field in _GEOMETRY:
        header[field] = scan.header[field]
    header.set_data_dtype(stored.dtype)
    return kind(stored, scan.affine, header)


def _as_stored(
    pixels: NDArray[Any], shape: tuple[int, ...], layout: NiftiLayout, name: str
) -> NDArray[Any]:
    """Turn labels back to how a file of this shape stores its voxels."""
    volume = pixels
    while volume.ndim > 3 and len(volume) == 1:
        volume = volume[0]
    if volume.ndim == 2 and layout.shape[0] == 1:
        volume = volume[None]
    if volume.shape[-3:] != layout.shape or volume.ndim > max(3, len(shape)):
        shapes = [" x ".join(map(str, one)) for one in (pixels.shape, layout.shape)]
        raise OutputError(
            f"{name}: labels of {shapes[0]} voxels do not lie on the scan of {shapes[1]}: "
            "choose the mask that was made for it, or save it as TIFF."
        )
    stored = layout.stored(volume)
    is_whole = stored.size == prod(shape)
    return stored.reshape(shape if is_whole else (*shape[:3], *stored.shape[3:]))


def _in_space(
    pixels: NDArray[Any], axes: str, affine: NDArray[np.float64], unit: str, name: str
) -> Any:
    """Put labels where an affine says, in millimetres where its unit is a length."""
    factor = mm_per_unit(unit)
    matrix = _LPS_TO_RAS @ _REVERSED @ _spatial(affine, axes, name) @ _REVERSED
    matrix[:3] *= factor or 1.0
    volume = pixels if "z" in axes else np.expand_dims(pixels, -3)
    kind = nibabel.Nifti1Image
    if max(volume.shape) > _LARGEST_NIFTI1_SIDE:
        kind = nibabel.Nifti2Image
    image = kind(volume.T, matrix)
    image.header.set_xyzt_units("unknown" if factor is None else "mm")
    if "t" in axes:
        time_step = abs(affine[axes.index("t"), axes.index("t")])
        image.header.set_zooms((*image.header.get_zooms()[:3], time_step))
    return image


def _move_into_patient(image: Any, origin: DicomOrigin) -> None:
    """Lay a volume, whose voxel size is known, on the planes of DICOM pictures."""
    spatial_unit, _ = image.header.get_xyzt_units()
    if spatial_unit == "unknown" or image.ndim > 3 or origin.orientation is None:
        return
    shape, size = image.shape[::-1], tuple(map(float, image.header.get_zooms()[::-1]))
    back = np.argsort(origin.turn.order)
    if shape[back[0]] != len(origin.positions):
        return
    in_lps = _place_of_pictures(origin, *(size[axis] for axis in back))
    image.set_sform(_LPS_TO_RAS @ in_lps @ origin.turn.matrix(shape) @ _REVERSED, code="scanner")


def _place_of_pictures(
    origin: DicomOrigin, depth: float, height: float, width: float
) -> NDArray[np.float64]:
    """Find the affine that takes plane, row and column of DICOM pictures into the patient."""
    along_row, along_column = np.reshape(origin.orientation, (2, 3))
    positions = np.array(origin.positions, float)
    step = np.cross(along_row, along_column) * depth
    if len(positions) > 1:
        step = (positions[-1] - positions[0]) / (len(positions) - 1)
    columns = (step, along_column * height, along_row * width, positions[0])
    return np.vstack([np.column_stack(columns), (0, 0, 0, 1)])


def _spatial(affine: NDArray[np.float64], axes: str, name: str) -> NDArray[np.float64]:
    """Cut the part for z, y, x out of an affine; what it lacks is an axis of step 1."""
    size = len(axes) + 1
    if affine.shape != (size, size):
        raise OutputError(
            f"{name}: an affine of shape {affine.shape} does not fit axes {axes!r}: "
            f"give one of {size} x {size}."
        )
    in_space = [*(n for n, axis in enumerate(axes) if axis in "zyx"), size - 1]
    in_time = [n for n, axis in enumerate(axes) if axis not in "zyx"]
    mixed = affine[np.ix_(in_time, in_space[:-1])].any() or affine[np.ix_(in_space, in_time)].any()
    matrix = np.eye(4)
    matrix[np.ix_(range(4)[-len(in_space) :], range(4)[-len(in_space) :])] = affine[
        np.ix_(in_space, in_space)
    ]
    if mixed or not np.isfinite(matrix).all() or np.linalg.det(matrix) == 0:
        raise OutputError(
            f"{name}: NIfTI has no room for a layer that is turned or sheared into time or has "
            "no extent: reset its transform, or save it as TIFF."
        )
    return matrix
