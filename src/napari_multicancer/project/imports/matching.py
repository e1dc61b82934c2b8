"""Which scan of a list is meant by a file's name from elsewhere."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.final import INDEX
from napari_multicancer.project.records import ListedScan

_ADDED = re.compile(r"[_-](mask|seg|segmentation|label|labels|0000)$", re.IGNORECASE)
_PLANE = re.compile(r"(.+)_p(\d{4,})")


class Matcher:
    """Finds scans by the names of pictures and masks.

    What an export of ours names is found by the content of its scan, in any project that
    has it; anything else is called as the scan's file is, with or without "_mask" and the like.

    Parameters
    ----------
    project : OpenList
    near : Path
        A file or folder of the import; an export's index lies in it, beside it or above it.
    """

    def __init__(self, project: OpenList, near: Path) -> None:
        self._project = project
        self._index = _read_index(near)

    def scan(self, name: str) -> ListedScan:
        """Find the scan that a name means.

        Parameters
        ----------
        name : str
            Maybe with folders before it, without the end of its format.

        Raises
        ------
        UnreadableFileError
            No scan is called so, or several are.
        """
        path = PurePosixPath(name.replace("\\", "/"))
        bare = _ADDED.sub("", path.name)
        whole = plane_of(bare)[0]
        for stem in dict.fromkeys((path.name, bare, whole)):
            found = self._of_index(stem) or self._project.called(stem, [*path.parent.parts])
            if len(found) > 1:
                raise UnreadableFileError(
                    f"{name} may be any of {len(found)} scans of that name: put it into folders "
                    "named as theirs are."
                )
            if found:
                return found[0]
        raise UnreadableFileError(
            f"No scan of the list is called {bare}: rename the file, or add the scan."
        )

    def _of_index(self, stem: str) -> list[ListedScan]:
        file, content = self._index.get(stem, ("", b""))
        found = self._project.of_content(content) if content else []
        return [one for one in found if one.name == file][:1] or found[:1]


def plane_of(name: str) -> tuple[str, int | None]:
    """Split the name of a picture into its scan's and the plane of a stack that it shows."""
    parts = _PLANE.fullmatch(PurePosixPath(name).name)
    return (parts[1], int(parts[2])) if parts else (name, None)


def _read_index(near: Path) -> Mapping[str, tuple[str, bytes]]:
    """Read which content an export's names stand for; nothing where there is no index."""
    folders = [near, near.parent, near.parent.parent]
    path = next((one / INDEX for one in folders if (one / INDEX).is_file()), None)
    if path is None:
        return {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return {row["name"]: (row["file"], bytes.fromhex(row["content"])) for row in rows}
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return {}  # somebody else's, or edited: names are what is left
