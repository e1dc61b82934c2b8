"""Small pictures of the scans that are seen in the list, made in a thread."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal
from qtpy.QtGui import QImage, QPixmap

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.records import ListedScan
from napari_multicancer.widgets.common.thread import WorkQueue

SIDE = 36
KEPT = 400
"""So many are in memory."""
MOST_WAITING = 40
"""Of more that are wanted, the first ones were scrolled out of sight."""
FOLDER = "thumbnails"


class Thumbnails(QObject):
    """Makes a picture when it is first asked for; the list's folder keeps it.

    Attributes
    ----------
    made : Signal(int)
        There is a picture now of the scan of this `ListedScan.id`.
    """

    made = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._list: OpenList | None = None
        self._pictures: OrderedDict[int, QPixmap] = OrderedDict()
        self._waiting: OrderedDict[int, ListedScan] = OrderedDict()
        self._is_working = False
        self._queue = WorkQueue("thumbnails", self)

    def of_list(self, project: OpenList | None) -> None:
        """Make pictures of another list's scans from now on."""
        self._list = project
        self._pictures.clear()
        self._waiting.clear()

    def of(self, scan: ListedScan) -> QPixmap | None:
        """Give the picture of a scan, or None and begin to make it."""
        if scan.id in self._pictures:
            return self._pictures[scan.id]
        if self._list is not None and not isinstance(scan.path, str):
            self._waiting[scan.id] = scan
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)
            self._make_next()
        return None

    def _make_next(self) -> None:
        if self._is_working or not self._waiting or self._list is None:
            return
        number, scan = self._waiting.popitem()
        if number in self._pictures:
            self._make_next()
            return
        self._is_working = True
        work = partial(_picture, self._list, scan)
        self._queue.add(work, partial(self._on_made, self._list, number))

    def _on_made(
        self,
        project: OpenList,
        number: int,
        picture: NDArray[np.uint8] | None,
        error: Exception | None,
    ) -> None:
        self._is_working = False
        if project is self._list:
            self._pictures[number] = _pixmap(picture)
            while len(self._pictures) > KEPT:
                self._pictures.popitem(last=False)
            self.made.emit(number)
        self._make_next()


def _pixmap(picture: NDArray[np.uint8] | None) -> QPixmap:
    """Turn a grey picture into one that Qt shows; nothing where there is none."""
    if picture is None:
        return QPixmap()
    height, width = picture.shape
    image = QImage(picture.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
    return QPixmap.fromImage(image.copy())


def _picture(project: OpenList, scan: ListedScan) -> NDArray[np.uint8] | None:
    """Read the kept picture of a scan, else make one and keep it; None for what does not open."""
    from PIL import Image

    mark = b"" if scan.fingerprint is None else scan.fingerprint
    kept = project.folder / FOLDER / f"{scan.id}_{mark.hex()[:12]}.png"
    with suppress(OSError, ValueError), Image.open(kept) as picture:
        return np.array(picture.convert("L"))
    made = None
    with suppress(MulticancerError):
        made = _made(Path(project.locate(scan.id).path))
    if made is not None and not project.read_only:
        with suppress(OSError):
            kept.parent.mkdir(exist_ok=True)
            Image.fromarray(made).save(kept)
    return made


def _made(path: Path) -> NDArray[np.uint8] | None:
    from PIL import Image

    from napari_multicancer.core.planes.prepare import intensity_window, normalize
    from napari_multicancer.io.load import load_scan

    try:
        plane = _middle_plane(load_scan(path))
        gray = normalize(plane, intensity_window(plane))
    except (MulticancerError, OSError, ValueError, MemoryError):
        return None
    small = Image.fromarray(gray.astype(np.uint8))
    small.thumbnail((2 * SIDE, 2 * SIDE))
    return np.array(small)


def _middle_plane(scan: Any) -> NDArray[Any]:
    """Take the middle one of a scan's planes, in shades of grey."""
    n_leading = len(scan.spatial_axes) - 2
    plane = np.asarray(scan.pixels[tuple(n // 2 for n in scan.pixels.shape[:n_leading])])
    return plane.mean(axis=-1) if plane.ndim == 3 else plane
