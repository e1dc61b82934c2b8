"""A row of a batch in the viewer: its scan, and its mask over it, ready to be corrected."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import CancelledError, UnreadableFileError, UnsupportedScanError
from napari_multicancer.core.masks.record import MaskRecord
from napari_multicancer.widgets.common import lesions
from napari_multicancer.widgets.common.layers import finest_level
from napari_multicancer.widgets.common.notify import tell
from napari_multicancer.widgets.common.record import from_metadata, record_of
from napari_multicancer.widgets.common.thread import BackgroundJob, Cancelled, Progress
from napari_multicancer.widgets.common.view import fit_to

if TYPE_CHECKING:
    from napari_multicancer.batch.results import Row
    from napari_multicancer.core.analysis.answer import Analysis

LayerData = tuple[Any, dict[str, Any], str]


@dataclass(frozen=True, eq=False)
class _Loaded:
    """What the files of a row hold."""

    path: str
    scan: LayerData
    analysis: Analysis | None = None
    known: MaskRecord = field(default_factory=MaskRecord)


class BatchOpener(QObject):
    """Opens one row at a time; what was only looked at makes room for the next one.

    A scan whose mask was corrected or renamed stays in the viewer, hidden.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    opened : Signal(object)
        The image layer.
    """

    opened = Signal(object)

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._opened: dict[str, ref[Image]] = {}
        self._shown = self._loading = ""
        self._job = BackgroundJob(self)
        self._job.returned.connect(self._on_loaded)
        self._job.failed.connect(self._on_failed)

    def open(self, row: Row, out: Path) -> None:
        """Open the scan of a row and its mask, or turn to them where they are open.

        Parameters
        ----------
        row : dict of str to str
            Of the results table.
        out : Path
            The folder of the table.
        """
        path = row["path"]
        if self._job.is_running and path == self._loading:
            return
        self._job.cancel()
        image = self._image(path)
        if image is not None:
            self._turn_to(path, image)
        else:
            self._loading = path
            self._job.start(partial(_load, row, out))

    def cancel(self) -> None:
        """Open nothing that is still being read."""
        self._job.cancel()

    def _on_failed(self, error: Exception) -> None:
        tell(error, f"opening {Path(self._loading).name}")

    def _on_loaded(self, loaded: _Loaded) -> None:
        try:
            image = self._add(loaded)
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            tell(error, f"opening {Path(loaded.path).name}")
            return
        self._turn_to(loaded.path, image)

    def _add(self, loaded: _Loaded) -> Image:
        image = Image.create(*loaded.scan)
        analysis = loaded.analysis
        if analysis is not None and analysis.mask is not None:
            shape = finest_level(image).shape[: image.ndim]
            if analysis.mask.size != np.prod(shape) or analysis.mask.shape[-2:] != shape[-2:]:
                raise UnsupportedScanError(
                    f"The mask of {image.name} does not have its pixels: "
                    "the scan was changed since, analyse it again."
                )
        self._viewer.add_layer(image)
        if analysis is not None:
            lesions.add_lesion(self._viewer, image, analysis, loaded.known)
        self._opened[loaded.path] = ref(image)
        return image

    def _turn_to(self, path: str, image: Image) -> None:
        if path != self._shown:
            self._make_room()
        self._shown = path
        layers = [image, *lesions.lesions_of(self._viewer, image)]
        for layer in layers:
            if not layer.visible:  # setting it again would put the brush away
                layer.visible = True
        self._viewer.layers.selection.active = layers[-1]
        fit_to(self._viewer, layers)
        self.opened.emit(image)

    def _make_room(self) -> None:
        image = self._image(self._shown)
        if image is None:
            return
        masks = lesions.lesions_of(self._viewer, image)
        layers: list[Image | Labels] = [image, *masks]
        if any(record_of(labels).is_changed for labels in masks):
            for layer in layers:
                layer.visible = False
            return
        del self._opened[self._shown]
        for layer in layers:
            self._viewer.layers.remove(layer)

    def _image(self, path: str) -> Image | None:
        known = self._opened.get(path)
        image = None if known is None else known()
        return image if image in self._viewer.layers else None


def _load(row: Row, out: Path, report: Progress, cancelled: Cancelled) -> _Loaded:
    """Read the files of a row; pandas, too, which napari needs for the first Labels layer."""
    import pandas  # noqa: F401

    from napari_multicancer.batch.remote import is_address
    from napari_multicancer.widgets.files.readers import NOTHING, read_scans

    path = row["path"]
    if is_address(path):
        raise UnreadableFileError(f"{path} is not on this machine: fetch it, then open the copy.")
    scan = read_scans(path)[0]
    if scan is NOTHING[0]:
        raise CancelledError("The user was told why.")
    if not row["mask"]:
        return _Loaded(path, scan)
    mask, known = _read_mask(out / row["mask"], scan)
    return _Loaded(path, scan, _analysis(row, mask), known)


def _read_mask(path: Path, scan: LayerData) -> tuple[NDArray[Any], MaskRecord]:
    """Read a mask of any of our formats, and what is known of its origin."""
    from napari_multicancer.widgets.files.mask_files import mask_data

    if not path.is_file():
        raise UnreadableFileError(f"There is no mask {path}: analyse its scan again.")
    labels, keywords, _ = mask_data(path, (scan,))
    return labels, from_metadata(keywords["metadata"])


def _analysis(row: Row, mask: NDArray[Any]) -> Analysis:
    """Put together again what `lesions.add_lesion` asks of an answer."""
    from napari_multicancer.batch.results import organ_probabilities
    from napari_multicancer.core.analysis.answer import Analysis, PlaneResult, Prediction
    from napari_multicancer.core.masks.measurements import measure_lesion

    planes = mask.reshape(-1, *mask.shape[-2:])
    return Analysis(
        organ=Prediction(organ_probabilities(row)),
        mask=mask,
        planes=tuple(
            PlaneResult(index, None, int(np.count_nonzero(plane)))
            for index, plane in enumerate(planes)
        ),
        lesion=measure_lesion(mask),
    )
