"""What a row of the table of formats says of its format."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_multicancer.core.scan.scan import Scan
    from napari_multicancer.io.masks import Ground, SavedMask

    MaskWriter = Callable[[Path, NDArray[Any], Ground, Mapping[str, Any] | None], Path]

HEAD_BYTES = 352
"""Of a file's beginning, that `Format.sniff` is shown."""


def head_of(path: Path) -> bytes:
    """Read a file's beginning, by which formats are told; an `OSError` where that fails."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


class Series(Protocol):
    """One scan among the files of a folder."""

    @property
    def path(self) -> Path:
        """By which `load_scan` finds it again."""
        ...

    @property
    def files(self) -> tuple[Path, ...]:
        """What it is made of."""
        ...

    @property
    def is_damaged(self) -> bool:
        """Whether it is known already that it cannot be read."""
        ...


@dataclass(frozen=True)
class Spread:
    """How scans that are spread over many files are found.

    Attributes
    ----------
    is_index : callable
        Whether a file lists those of its folder, and stands for them.
    group : callable
        The scans among files of a folder; UnreadableFileError where an index is damaged.
    read : callable
        One of them to a `Scan`.
    is_container : callable
        Whether a file holds scans inside, which `group` lists.
    notes_beside : callable
        What is to be known of a file that is read by itself, for those beside it: sentences.
    """

    is_index: Callable[[Path], bool]
    group: Callable[[Path, Sequence[Path]], Sequence[Series]]
    read: Callable[[Any], Scan]
    is_container: Callable[[Path], bool] = lambda path: False
    notes_beside: Callable[[Path], tuple[str, ...]] = lambda path: ()


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes
    ----------
    name : str
        In lower case, as ``--format`` takes it.
    title : str
        As file dialogs show it.
    suffixes : tuple of str
        Ends of file names in lower case, the usual one first.
    partners : tuple of str
        Ends of files that stand beside such a one, with which they are one scan; they open as
        well, where they begin so.
    sniff : callable, optional
        Whether the first `HEAD_BYTES` of a file show that it is of this format; else the end of
        its name may. What no row knows is left to the one that is the `fallback`.
    read : callable, optional
        A path to a `Scan` with its `Place`, and an origin where writers need one. May raise
        anything where the file is damaged.
    spread : Spread, optional
        Where a scan may be made of many files.
    is_mask : callable, optional
        Whether a file is certain to be a mask of this format; False, too, for what cannot be
        read.
    read_mask : callable, optional
        A path, and the origins of the scans that it may lie on, to a `SavedMask`.
    write_mask : callable, optional
        Path, labels, the `Ground` they lie on, and provenance to the path; see
        `save.save_mask`.
    write_image : callable, optional
        Path, grey pixels and their `Ground` to the path; see `save.save_image`.
    lies_on : callable
        Whether a mask for a scan of this origin (None for most) can be written.
    remark : str
        On its masks, for those who choose a format.
    in_napari : bool
        Whether our reader offers itself for files with these suffixes; napari itself opens
        pictures and TIFF.
    fallback : bool
        Whether it takes what no other format knows.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool] | None = None
    read: Callable[[Path], Scan] | None = None
    spread: Spread | None = None
    is_mask: Callable[[Path], bool] | None = None
    read_mask: Callable[[Path, Sequence[Any]], SavedMask] | None = None
    write_mask: MaskWriter | None = None
    write_image: Callable[[Path, NDArray[Any], Ground], Path] | None = None
    lies_on: Callable[[Any], bool] = lambda origin: True
    remark: str = ""
    in_napari: bool = False
    fallback: bool = False
    partners: tuple[str, ...] = ()

    def begins(self, head: bytes) -> bool:
        """Whether a file that begins so is of this format for certain."""
        return self.sniff is not None and self.sniff(head)

    def has_suffix(self, path: str | Path) -> bool:
        """Whether the end of a file's name is one of this format's."""
        return Path(path).name.lower().endswith(self.suffixes)
