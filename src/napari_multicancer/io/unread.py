"""Files that are scans or pictures by their names, and of no format that is read here.

In a folder they are not passed over: each is listed, and says why it does not open.
"""

from __future__ import annotations

from pathlib import Path

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.formats import has_scan_suffix

_VOLUMES = {
    **dict.fromkeys((".gipl", ".gipl.gz"), "GIPL"),
    **dict.fromkeys((".mif", ".mif.gz", ".mih"), "MRtrix's format"),
    **dict.fromkeys((".brik", ".brik.gz"), "AFNI's format"),
    **dict.fromkeys((".vmr", ".v16"), "BrainVoyager's format"),
    **{".nia": "NIfTI as text", ".vti": "VTK's format", ".rec": "Philips PAR/REC", ".mrc": "MRC"},
}
_PICTURES = {
    **dict.fromkeys((".heic", ".heif"), "HEIF"),
    **dict.fromkeys((".jxr", ".wdp", ".hdp"), "JPEG XR"),
    **dict.fromkeys((".dng", ".cr2", ".nef", ".arw"), "a camera's raw picture"),
    **{".jxl": "JPEG XL", ".avif": "AVIF", ".exr": "OpenEXR", ".psd": "Photoshop's format"},
    **{".tga": "Targa", ".pcx": "PCX"},
    **dict.fromkeys((".svs", ".ndpi", ".scn", ".mrxs", ".qptiff"), "a whole slide"),
    **dict.fromkeys((".czi", ".lif", ".nd2", ".vsi", ".oib", ".lsm"), "a microscope's format"),
}
_FILMS = dict.fromkeys((".flv", ".ogv", ".mts", ".m2ts", ".3gp", ".asf", ".m2v", ".vob"), "a film")
_WAYS_OUT = (
    (_VOLUMES, "convert it to NIfTI, NRRD or MetaImage"),
    (_PICTURES, "save it as PNG or TIFF"),
    (_FILMS, "save it as MP4 or AVI"),
)
_PACKED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".z")


def is_called_a_scan(path: str | Path) -> bool:
    """Whether the end of a file's name is that of a scan, be it of a format that is read or not.

    A scan that was packed by another program counts as well.

    Examples
    --------
    >>> [is_called_a_scan(name) for name in ("a.nii", "a.gipl", "a.nii.bz2", "a.csv", "a.csv.gz")]
    [True, True, True, False, False]
    """
    name = Path(path).name.lower()
    packed = next((end for end in _PACKED if name.endswith(end)), "")
    return any(has_scan_suffix(one) or _is_unread(one) for one in (name, name.removesuffix(packed)))


def check_is_read(path: Path) -> None:
    """Refuse what is called like a format that nothing here reads.

    Raises
    ------
    UnreadableFileError
    """
    name = path.name.lower()
    for kinds, way_out in _WAYS_OUT:
        for end, kind in kinds.items():
            if name.endswith(end):
                raise UnreadableFileError(
                    f"{path.name} is {kind} by its name, and is not read here: {way_out}."
                )


def _is_unread(name: str) -> bool:
    return any(name.endswith(tuple(kinds)) for kinds, _ in _WAYS_OUT)
