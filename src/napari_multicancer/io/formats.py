"""The table of formats: all that the program knows of one stands in its row.

A row may read scans, or write masks, or both; what it cannot do it leaves out. Its
functions are named by module and name ("io.nifti.read:read_nifti"), so that no format's
library is loaded before a file asks for it. A format of one's own is added by `register`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from napari_multicancer.io.dicom import is_dicomdir
from napari_multicancer.io.dicom.sniff import begins_like_dicom
from napari_multicancer.io.equipment import Equipment
from napari_multicancer.io.freesurfer.sniff import begins_like_mgh
from napari_multicancer.io.metaimage.sniff import begins_like_metaimage
from napari_multicancer.io.nifti.sniff import begins_like_header, begins_like_nifti
from napari_multicancer.io.picture.sniff import begins_like_a_picture
from napari_multicancer.io.row import Format, Spread
from napari_multicancer.io.streams.sniff import begins_like_film

READING_PACKAGES = frozenset(
    {"PIL", "av", "h5py", "highdicom", "imagecodecs", "nibabel", "nrrd", "pydicom", "tifffile"}
)
"""Packages that read files; what they say may quote a header, such as a patient's name."""


def formats() -> tuple[Format, ...]:
    """Give all rows, in the order in which files are tried on them."""
    return tuple(_table)


def register(row: Format) -> None:
    """Add a format, before those that are there.

    Raises
    ------
    ValueError
        There is one of this name.
    """
    if any(row.name == other.name for other in _table):
        raise ValueError(f"There is a format {row.name!r} already: choose another name.")
    _table.insert(0, row)


def unregister(name: str) -> None:
    """Take a format out of the table again."""
    _table[:] = [row for row in _table if row.name != name]


def scan_suffixes() -> tuple[str, ...]:
    """List the ends of file names that are taken for scans, in lower case."""
    return tuple(suffix for row in _table if row.read for suffix in row.suffixes)


def has_scan_suffix(path: str | Path) -> bool:
    """Whether the end of a file's name is that of a scan."""
    return Path(path).name.lower().endswith(scan_suffixes())


def stem(path: Path) -> str:
    """Name of a file without the suffix of its format; ".nii.gz" counts as one."""
    for suffix in sorted(scan_suffixes(), key=len, reverse=True):
        if path.name.lower().endswith(suffix) and len(path.name) > len(suffix):
            return path.name[: -len(suffix)]
    return path.name


def mask_formats(origin: Any = ...) -> tuple[Format, ...]:
    """List the formats in which masks can be saved, the usual one first.

    Parameters
    ----------
    origin : object, optional
        Of a scan: then only those in which its mask can be saved; None for a scan without.
    """
    ours = sorted((row for row in _table if row.write_mask), key=lambda row: row not in _BUILT_IN)
    return tuple(row for row in ours if origin is ... or row.lies_on(origin))


def mask_format(name: str) -> Format:
    """Find the format of masks of a name.

    Raises
    ------
    ValueError
        There is none.
    """
    for row in mask_formats():
        if row.name == name:
            return row
    names = ", ".join(repr(row.name) for row in mask_formats())
    raise ValueError(f"There is no format of masks {name!r}; choose one of: {names}.")


def mask_format_of(path: str | Path) -> Format | None:
    """Tell the format of a mask by the end of its file's name; None where that says nothing."""
    return next((row for row in mask_formats() if row.has_suffix(path)), None)


def _late(place: str) -> Callable[..., Any]:
    """Name a function by "module:name"; the module is loaded when the function is called."""
    module, name = place.split(":")

    def call(*arguments: Any, **options: Any) -> Any:
        function = getattr(import_module(f"napari_multicancer.{module}"), name)
        return function(*arguments, **options)

    return call


def _begins_with(*marks: bytes, at: int = 0) -> Callable[[bytes], bool]:
    return lambda head: head[at:].startswith(marks)


_BUILT_IN = (
    Format(
        name="dicom",
        title="DICOM",
        suffixes=(".dcm", ".dicom", ".ima"),
        sniff=begins_like_dicom,
        read=_late("io.dicom.read:read_dicom"),
        spread=Spread(
            is_index=is_dicomdir,
            group=_late("io.dicom.series:group_files"),
            read=_late("io.dicom.stack:read_series"),
            notes_beside=_late("io.dicom.beside:notes_beside"),
        ),
        in_napari=True,
    ),
    Format(
        name="tiff",
        title="TIFF",
        suffixes=(".tif", ".tiff"),
        sniff=_begins_with(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        read=_late("io.tiff.read:read_tiff"),
        is_mask=_late("io.tiff.mask:is_label_tiff"),
        read_mask=_late("io.tiff.mask:read_mask"),
        write_mask=_late("io.tiff.mask:write_mask"),
    ),
    Format(
        name="nifti",
        title="NIfTI",
        suffixes=(".nii.gz", ".nii"),
        sniff=begins_like_nifti,
        read=_late("io.nifti.read:read_nifti"),
        is_mask=_late("io.nifti.mask_read:is_label_nifti"),
        read_mask=_late("io.nifti.mask_read:read_label_nifti"),
        write_mask=_late("io.nifti.mask_write:write_label_nifti"),
        write_image=_late("io.nifti.image_write:write_image_nifti"),
        remark="lies on a NIfTI scan voxel by voxel",
        in_napari=True,
    ),
    Format(
        name="nifti-pair",
        title="NIfTI pair, Analyze",
        suffixes=(".img", ".img.gz"),
        partners=(".hdr", ".hdr.gz"),
        sniff=begins_like_header,
        read=_late("io.nifti.read:read_nifti"),
        is_mask=_late("io.nifti.mask_read:is_label_nifti"),
        read_mask=_late("io.nifti.mask_read:read_label_nifti"),
        in_napari=True,
    ),
    Format(
        name="nrrd",
        title="NRRD",
        suffixes=(".nrrd",),
        sniff=_begins_with(b"NRRD0"),
        read=_late("io.nrrd.read:read_nrrd"),
        is_mask=_late("io.nrrd.read:is_label_nrrd"),
        read_mask=_late("io.nrrd.read:read_label_nrrd"),
        write_mask=_late("io.nrrd.write:write_label_nrrd"),
        remark="lies on a volume voxel by voxel",
        in_napari=True,
    ),
    Format(
        name="nrrd-header",
        title="NRRD, header by itself",
        suffixes=(".nhdr",),
        read=_late("io.nrrd.read:read_nrrd"),
        is_mask=_late("io.nrrd.read:is_label_nrrd"),
        read_mask=_late("io.nrrd.read:read_label_nrrd"),
        in_napari=True,
    ),
    Format(
        name="mha",
        title="MetaImage",
        suffixes=(".mha",),
        sniff=begins_like_metaimage,
        read=_late("io.metaimage.read:read_metaimage"),
        is_mask=_late("io.metaimage.read:is_label_metaimage"),
        read_mask=_late("io.metaimage.read:read_label_metaimage"),
        write_mask=_late("io.metaimage.write:write_label_metaimage"),
        remark="lies on a volume voxel by voxel",
        in_napari=True,
    ),
    Format(
        name="mhd",
        title="MetaImage, header by itself",
        suffixes=(".mhd",),
        read=_late("io.metaimage.read:read_metaimage"),
        is_mask=_late("io.metaimage.read:is_label_metaimage"),
        read_mask=_late("io.metaimage.read:read_label_metaimage"),
        in_napari=True,
    ),
    Format(
        name="mgh",
        title="FreeSurfer",
        suffixes=(".mgz", ".mgh"),
        sniff=begins_like_mgh,
        read=_late("io.freesurfer.read:read_mgh"),
        in_napari=True,
    ),
    Format(
        name="minc",
        title="MINC",
        suffixes=(".mnc",),
        sniff=_begins_with(b"CDF\1", b"CDF\2", b"\x89HDF\r\n\x1a\n"),
        read=_late("io.minc.read:read_minc"),
        in_napari=True,
    ),
    Format(
        name="zip",
        title="Zip archive",
        suffixes=(".zip",),
        sniff=_begins_with(b"PK\3\4", b"PK\5\6"),
        read=_late("io.archive.read:read_zip"),
        spread=Spread(
            is_index=lambda path: False,
            group=_late("io.archive.read:scans_in"),
            read=_late("io.archive.read:read_archived"),
            is_container=_late("io.archive.sniff:is_archive"),
        ),
        in_napari=True,
    ),
    Format(
        name="video",
        title="Film",
        suffixes=(".avi", ".mp4", ".m4v", ".mov", ".mpg", ".mpeg", ".mkv", ".webm", ".wmv"),
        sniff=begins_like_film,
        read=_late("io.video.read:read_video"),
        in_napari=True,
    ),
    Format(
        name="picture",
        title="Picture",
        suffixes=(
            *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".bmp", ".gif", ".apng"),
            *(".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".jph", ".jhc", ".ljpg", ".jls"),
            *(".pgm", ".ppm", ".pbm", ".pnm"),
        ),
        sniff=begins_like_a_picture,
        read=_late("io.picture.read:read_picture"),
        fallback=True,
    ),
    Format(
        name="dicom-seg",
        title="DICOM Segmentation",
        suffixes=(".dcm",),
        sniff=begins_like_dicom,
        is_mask=_late("io.dicom.seg_read:is_dicom_seg"),
        read_mask=_late("io.dicom.seg_read:read_dicom_seg"),
        write_mask=_late("io.dicom.seg_write:write_dicom_seg"),
        remark="is for DICOM scans, the others get the first format",
        lies_on=lambda origin: getattr(origin, "format", None) == "dicom",
    ),
)
_table: list[Format] = list(_BUILT_IN)

equipment_of: Callable[[Path, bytes], Equipment] = _late("io.dicom.equipment:equipment_of")
"""Read what one of a scan's files says of scanner and patient; see `dicom.equipment`."""
