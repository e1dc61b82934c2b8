"""DICOMDIR: the list of the files on a disc."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.dicom.header import read_file


def listed_files(dicomdir: Path) -> list[Path]:
    """List the files that a DICOMDIR refers to (ReferencedFileID).

    Parameters
    ----------
    dicomdir : Path

    Returns
    -------
    list of Path
        Existing files in or below the DICOMDIR's own folder, in its order. Names
        are also found in lower case, as some systems copy discs.

    Raises
    ------
    UnreadableFileError
        It is damaged, or a file that it names is not there.
    """
    try:
        records = read_file(dicomdir).DirectoryRecordSequence
        named = [record.ReferencedFileID for record in records if "ReferencedFileID" in record]
    except Exception as error:  # pydicom promises nothing narrower for broken files
        raise UnreadableFileError(
            f"{dicomdir.name} is damaged: choose the folders of its series instead."
        ) from error
    files: list[Path] = []
    absent: list[str] = []
    for components in named:
        parts = [components] if isinstance(components, str) else list(components)
        file = _find(dicomdir.parent, PurePosixPath(*parts))
        if file is None:
            absent.append("/".join(parts))
        else:
            files.append(file)
    if absent:
        raise UnreadableFileError(
            f"{dicomdir.name} names {len(absent)} of {len(named)} files that are not there, such "
            f"as {absent[0]}: copy the whole disc again, or choose the folders of its series."
        )
    return files


def _find(folder: Path, name: PurePosixPath) -> Path | None:
    if name.is_absolute() or ".." in name.parts:
        return None
    for candidate in (folder / name, folder / str(name).lower()):
        if candidate.is_file():
            return candidate
    return None
