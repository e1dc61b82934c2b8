"""All that the window knows of a Labels layer, in one place for as long as the layer lives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from napari.layers import Image, Labels, Layer
from napari.utils.events import EventEmitter
from numpy.typing import NDArray
from qtpy.QtCore import QTimer

from napari_multicancer.core.masks.history import USER, Change, by_program_alone
from napari_multicancer.core.masks.made import PlanesMade
from napari_multicancer.core.masks.record import Index, MaskRecord, PackedMask, ProbabilityMap
from napari_multicancer.core.models.organs import card_labeled
from napari_multicancer.io.provenance import provenance
from napari_multicancer.io.snapshots.fingerprint import digest
from napari_multicancer.widgets.common.layers import METADATA_KEY, bare, plain_geometry

_MODES = {"paint", "erase", "fill", "polygon"}
_OTHER_TOOL = "script"
SETTLED, PROPOSED, DOUBTFUL = "settled", "proposed", "doubtful"
"""What is known of a plane's outline: right by the user's word, or carried there by the network."""


@dataclass(frozen=True)
class CopyState:
    """What an automatic copy holds: its pixels' digest, whether a file has them, the history."""

    digest: str
    exported: bool
    history: tuple[Change, ...]


@dataclass(eq=False)
class AutomaticCopy:
    """Where a mask's automatic copy is, and what it holds.

    Attributes
    ----------
    path : Path
    replaces : str or None
        The name of an earlier copy that the mask has grown from.
    written : CopyState or None
        None where there is no such file yet.
    """

    path: Path
    replaces: str | None = None
    written: CopyState | None = None


def as_metadata(mask: MaskRecord) -> dict[str, Any]:
    """Put what is known of a mask in the words of a layer's metadata."""
    return {METADATA_KEY: mask.as_json()}


def from_metadata(metadata: Mapping[str, Any]) -> MaskRecord:
    """Read what a layer's metadata say of its mask; nonsense says nothing."""
    kept = metadata.get(METADATA_KEY)
    return MaskRecord.from_json(kept if isinstance(kept, Mapping) else {})


class LayerRecord:
    """What is known of one Labels layer; `record_of` gives it.

    Attributes
    ----------
    copy : AutomaticCopy or None
    difference : reference to Labels, or None
        The layer that shows how the mask differs from another one.
    exported_digest : str or None
        Of the pixels that the user has saved to a file.
    exported : EventEmitter
        The user has saved the mask.
    mapped : EventEmitter
        The probability map is known now, or is another one.
    made : PlanesMade
        Outlines of planes that the program made since the first one.
    planed : EventEmitter
        What is known of the stack's planes is other than before: see `planes`.
    stepped : EventEmitter
        A step was undone or done again: `way` is "undo" or "redo", `tool` what it was.
    """

    def __init__(self, labels: Labels) -> None:
        self._labels: ref[Labels] = ref(labels)
        self._mask = from_metadata(labels.metadata)
        self._image: ref[Image] | None = None
        self._first: PackedMask | None = None
        self._handed_name: str | None = None
        self._painted = False
        self._tool: str | None = None
        self._map = ProbabilityMap()
        self._map_model: str | None = None
        self.made = PlanesMade()
        self.copy: AutomaticCopy | None = None
        self.difference: ref[Labels] | None = None
        self.exported_digest: str | None = None
        self.exported = EventEmitter(source=self, type_name="exported")
        self.mapped = EventEmitter(source=self, type_name="mapped")
        self.planed = EventEmitter(source=self, type_name="planed")
        self.stepped = EventEmitter(source=self, type_name="stepped")
        self._planes: dict[int, str] = {}

    @property
    def labels(self) -> Labels:
        """The layer.

        Raises
        ------
        ReferenceError
            It is gone.
        """
        labels = self._labels()
        if labels is None:
            raise ReferenceError("the layer of this record is gone")
        return labels

    @property
    def mask(self) -> MaskRecord:
        """What travels with the mask; the layer's metadata show it to other plugins."""
        return self._mask

    @mask.setter
    def mask(self, mask: MaskRecord) -> None:
        self._mask = mask
        self.labels.metadata = {**self.labels.metadata, **as_metadata(mask)}

    @property
    def image(self) -> Image | None:
        """The scan's layer that the mask was made for; None for other masks."""
        return None if self._image is None else self._image()

    @property
    def first(self) -> NDArray[np.integer] | None:
        """What was outlined first, before anybody corrected it; None where nobody knows."""
        return None if self._first is None else self._first.unpack()

    def keep_first(self, mask: NDArray[np.integer]) -> None:
        """Keep what was outlined first; an earlier one is replaced."""
        self._first = PackedMask.of(np.reshape(mask, self.labels.data.shape))

    @property
    def probability(self) -> NDArray[np.float16] | None:
        """The map that the mask was cut from, in its shape; None where none is known or fits."""
        return self._map.of(self.labels.data.shape)

    @property
    def cut_at(self) -> float | None:
        """At which probability masks are cut from the map, 0..1; None where nobody knows."""
        card = card_labeled(self._map_model or self._mask.model)
        return None if card is None else card.mask_threshold

    def keep_probability(self, probability: NDArray[np.floating]) -> None:
        """Keep the map that the mask was cut from, in place of an earlier one and its boxes."""
        self._map.keep(probability, self.labels.data.shape)
        self.mapped()

    def complete_probability(
        self, probability: NDArray[np.floating], model: str | None = None
    ) -> None:
        """Keep the map of a mask that had none, under the boxes that were segmented before.

        Parameters
        ----------
        probability : ndarray of float, 0..1, as many values as the mask has pixels
        model : str, optional
            Name and version of the model that made it.
        """
        self._map_model = model
        self._map.complete(probability, self.labels.data.shape)
        self.mapped()

    def keep_box(self, index: Index, probability: NDArray[np.floating]) -> None:
        """Let the map say in a box what the network said of it: see `ProbabilityMap.keep_box`."""
        self._map.keep_box(index, probability, self.labels.data.shape)

    def hand_over(self, image: Image, mask: MaskRecord, first: PackedMask | None = None) -> None:
        """Begin anew: the layer holds what was outlined for an image, for the user to correct.

        Parameters
        ----------
        image : Image
        mask : MaskRecord
        first : PackedMask, optional
            The layer's pixels, where somebody has compressed them already.
        """
        if self._handed_name is None:
            self.labels.events.paint.connect(self._on_painted)
        self.mask, self._image = mask, ref(image)
        self._handed_name, self._painted = self.labels.name, False
        shape = self.labels.data.shape
        self._first = replace(first, shape=shape) if first else PackedMask.of(self.labels.data)
        self._map, self._map_model = ProbabilityMap(), None
        self.made = PlanesMade()
        self.mapped()

    def rename(self, name: str) -> None:
        """Give a layer that was handed over another name; it is not the user's for that."""
        is_ours = self._handed_name == self.labels.name
        self.labels.name = name
        if is_ours:
            self._handed_name = self.labels.name

    def adopt(self, image: Image) -> None:
        """Count a mask that the user has corrected before among an image's results."""
        self._image, self._painted = ref(image), True

    def _on_painted(self, event: object = None) -> None:
        self._painted = True

    @property
    def planes(self) -> dict[int, str]:
        """What is known of a stack's planes: `SETTLED`, `PROPOSED` or `DOUBTFUL`."""
        return self._planes

    @planes.setter
    def planes(self, planes: dict[int, str]) -> None:
        if planes != self._planes:
            self._planes = planes
            self.planed()

    @property
    def is_edited(self) -> bool:
        """Whether the pixels are other than those the models gave or the file held."""
        made = self._mask.made_digest
        return made is None or made != digest(self.labels.data)

    @property
    def is_corrected(self) -> bool:
        """Whether they are other than those by a person's hand, not by the program's step alone."""
        return self.is_edited and not by_program_alone(self._mask.history)

    @property
    def is_changed(self) -> bool:
        """Whether the user has made the mask their own; true of masks not made here."""
        return self._painted or self._handed_name != self.labels.name or self.is_edited

    def note_tool(self, word: str) -> None:
        """Say which tool is about to change the layer through napari's undo-able API.

        To be called in the same turn of the event loop as the change: a word that no
        change has followed by then is forgotten.

        Parameters
        ----------
        word : str
            As it shall stand in the history, such as "smooth outline".
        """
        self._tool = word
        QTimer.singleShot(0, self._forget_tool)

    def _forget_tool(self) -> None:
        self._tool = None

    def take_tool(self) -> str:
        """Say, once, which tool has just changed the layer: one of ours, else napari's own."""
        mode = str(self.labels.mode)
        tool, self._tool = self._tool, None
        return tool or (mode if mode in _MODES else _OTHER_TOOL)

    def add_change(self, tool: str, added: int = 0, removed: int = 0, relabelled: int = 0) -> None:
        """Add to the history what the user has just done."""
        now = datetime.now().astimezone().replace(microsecond=0)
        change = Change(USER, tool, now, now, int(added), int(removed), int(relabelled))
        self.mask = self._mask.with_change(change)

    def note_exported(self, pixels: Any) -> None:
        """Note that the user has saved these pixels to a file."""
        self.exported_digest = digest(pixels)
        self.exported()

    def told(self) -> dict[str, Any]:
        """Give what a file is told of the mask: answers, models, who changed what, its place."""
        labels, mask = self.labels, self._mask
        if not mask.provenance:
            mask = replace(mask, provenance=provenance(labels.name, edited=True))
        told = mask.whole_provenance()
        if self.is_corrected:
            told["edited_by_hand"] = True
        return {**told, "geometry": plain_geometry(labels)}


_records: WeakKeyDictionary[Labels, LayerRecord] = WeakKeyDictionary()


def record_of(labels: Labels) -> LayerRecord:
    """Find what is known of a Labels layer, the same object as long as the layer lives.

    A layer that nobody has asked for yet begins with what its metadata say: a file's
    mask brings its record along, and so does a duplicate.
    """
    labels = bare(labels)
    if labels not in _records:
        _records[labels] = LayerRecord(labels)
    return _records[labels]


def image_of(layer: Layer | None) -> Image | None:
    """Find the image that a layer's mask was made for; None for any other layer."""
    layer = bare(layer)
    return record_of(layer).image if isinstance(layer, Labels) else None


def masks_for(image: Image) -> list[Labels]:
    """List the Labels layers that were made for an image, the newest last."""
    return [labels for labels, record in list(_records.items()) if record.image is image]
