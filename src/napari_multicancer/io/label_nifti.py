"""Label images as NIfTI, on the voxels of the volume that they belong to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from gzip import GzipFile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.nifti1 import Nifti1Extension
from nibabel.orientations import apply_orientation, io_orientation, ornt_transform
from numpy.typing import ArrayLike, NDArray

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.notice import RESEARCH_USE
from napari_multicancer.io.atomic import replacing
from napari_multicancer.io.labels import labels_to_store
from napari_multicancer.io.load import NIFTI_SUFFIXES
from napari_multicancer.io.units import mm_per_unit

if TYPE_CHECKING:
    from napari_multicancer.io.dicom_origin import DicomOrigin

COMMENT = 6
"""NIfTI's code of a header extension that holds plain text."""
COMPRESSION = 6
"""zlib's own default."""

_RAS = np.array([(0, 1), (1, 1), (2, 1)])
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
    as far as they say so; then the code is that for "scanner". `provenance` stands
    in a header extension for comments (code 6), as ASCII JSON; the description says
    that this is for research use only.

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
    if provenance is not None:
        comment = json.dumps(provenance).encode("ascii")
        image.header.extensions.append(Nifti1Extension(COMMENT, comment))
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
    except (OSError, ImageFileError) as error:
        raise OutputError(
            f"{name} cannot be laid on {source.name}, which is not there any more or damaged: "
            "put it back, or save the mask as TIFF."
        ) from error
    stored = _as_stored(pixels, scan, name)
    kind = nibabel.Nifti2Image if isinstance(scan, nibabel.Nifti2Image) else nibabel.Nifti1Image
    header = kind.header_class()
    for field in _GEOMETRY:
        header[field] = scan.header[field]
    header.set_data_dtype(stored.dtype)
    return kind(stored, scan.affine, header)


def _as_stored(pixels: NDArray[Any], scan: Any, name: str) -> NDArray[Any]:
    """Turn labels back to how a file stores its voxels; undoes what `read_nifti` does."""
    orientation = io_orientation(scan.affine)
    if np.isnan(orientation).any():
        orientation = _RAS
    stored_shape = (*scan.shape, 1, 1)[:3]
    upright_shape = np.ones(3, int)
    upright_shape[2 - orientation[:, 0].astype(int)] = stored_shape
    volume = _as_volume(pixels, upright_shape)
    if volume.shape[-3:] != tuple(upright_shape) or volume.ndim > max(3, len(scan.shape)):
        shapes = [" x ".join(map(str, shape)) for shape in (pixels.shape, upright_shape)]
        raise OutputError(
            f"{name}: labels of {shapes[0]} voxels do not lie on the scan of {shapes[1]}: "
            "choose the mask that was made for it, or save it as TIFF."
        )
    back = ornt_transform(_RAS, orientation)
    stored = apply_orientation(volume.T[::-1, ::-1], back)
    return stored.reshape(*scan.shape[:3], *stored.shape[3:])


def _as_volume(pixels: NDArray[Any], upright_shape: NDArray[np.int_]) -> NDArray[Any]:
    """Give a picture the axis back along which its volume has one plane only."""
    while pixels.ndim > 3 and pixels.shape[0] == 1:
        pixels = pixels[0]
    thin = np.flatnonzero(upright_shape == 1)
    if pixels.ndim != 2 or len(thin) != 1:
        return pixels
    return np.expand_dims(pixels[:: 1 if thin[0] == 0 else -1], int(thin[0]))


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
    *_, n_planes = image.shape[:3]
    spatial_unit, _ = image.header.get_xyzt_units()
    if spatial_unit == "unknown" or image.ndim > 3 or len(origin.positions) != n_planes:
        return
    if origin.orientation is None:
        return
    width, height, depth = map(float, image.header.get_zooms())
    along_row, along_column = np.reshape(origin.orientation, (2, 3))
    positions = np.array(origin.positions, float)
    step = np.cross(along_row, along_column) * depth
    if n_planes > 1:
        step = (positions[-1] - positions[0]) / (n_planes - 1)
    columns = (along_row * width, along_column * height, step, positions[0])
    in_lps = np.vstack([np.column_stack(columns), (0, 0, 0, 1)])
    image.set_sform(_LPS_TO_RAS @ in_lps, code="scanner")


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
