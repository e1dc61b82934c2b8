"""The scan that is open: alone in the viewer, as it was left, with its mask to be corrected."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer

from napari_multicancer.batch.remote import Source
from napari_multicancer.core.masks.record import MaskRecord
from napari_multicancer.widgets.autosave.autosave import offers_of, watch_viewer
from napari_multicancer.widgets.common import lesions
from napari_multicancer.widgets.common.answers import keep_answer, treat_as
from napari_multicancer.widgets.common.layers import bare, is_scan
from napari_multicancer.widgets.common.view import fit_to
from napari_multicancer.widgets.files.open_scans import made_layer
from napari_multicancer.widgets.scans.answer import with_mask
from napari_multicancer.widgets.scans.prepared import Prepared
from napari_multicancer.widgets.scans.saving import ToKeep
from napari_multicancer.widgets.scans.way import REMEMBERED

BY_HAND = ("brush_size", "opacity", "contour")
"""What the user sets on one mask and finds again on the next one."""


@dataclass(frozen=True)
class _View:
    """How a scan was looked at."""

    contrast: tuple[float, float]
    gamma: float
    point: tuple[float, ...]


class Stage:
    """Shows one scan of the list at a time.

    Layers of other scans of the list leave the viewer; what else is in it is hidden, and stays.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    shown : Prepared or None
        The scan that is open.
    image, labels : Image and Labels, or None
        Its layers.
    held : dict of Labels to str
        Digests of the pixels that the list holds.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._views: OrderedDict[Source, _View] = OrderedDict()
        self._by_hand: dict[str, Any] = {}
        self._given: dict[str, Any] = {}
        self.shown: Prepared | None = None
        self.image: Image | None = None
        self.labels: Labels | None = None
        self.held: dict[Labels, str | None] = {}
        self._before: list[Layer] = []

    @property
    def is_there(self) -> bool:
        """Whether the scan that was opened is still in the viewer."""
        return self.image is not None and self.image in self._viewer.layers

    @property
    def is_covered(self) -> bool:
        """Whether the scan is hidden, and another picture is seen in its place."""
        if self.image is None or not self.is_there or self.image.visible:
            return False
        layers = map(bare, self._viewer.layers)
        return any(isinstance(layer, Image) and layer.visible for layer in layers)

    def show_again(self) -> None:
        """Bring the scan back into sight, alone."""
        own = self._own_layers()
        for layer in map(bare, self._viewer.layers):
            layer.visible = any(layer is one for one in own)
        if self.labels is not None:
            self._viewer.layers.selection.active = self.labels
        if self.image is not None:
            fit_to(self._viewer, [self.image])

    def show(self, prepared: Prepared) -> Image:
        """Show a scan alone, fitted, with its mask on top and the brush chosen."""
        self.clear()
        self._hide_others()
        image = made_layer(prepared.image)
        if prepared.answer is not None:
            keep_answer(image, prepared.answer)
        treat_as(image, prepared.scan.treated_as)
        offers = offers_of(self._viewer)
        offers.stay_quiet(image)
        if prepared.snapshot is not None:
            offers.settle(prepared.snapshot.path)
        self._viewer.add_layer(image)
        labels = lesions.add_lesion(
            self._viewer, image, prepared.outline, prepared.record, prepared.first
        )
        if prepared.snapshot is not None:
            watch_viewer(self._viewer).continue_from(labels, prepared.snapshot)
        self.shown, self.image, self.labels = prepared, image, labels
        self.held = {labels: prepared.record.made_digest}
        fit_to(self._viewer, [image, labels])
        self._look_as_before(prepared.scan.path)
        self._hand_on(labels)
        return image

    def add_empty(self) -> Labels:
        """Lay an empty mask over the scan, in place of those that were taken out of the viewer."""
        assert self.shown is not None
        assert self.image is not None
        empty = with_mask(self.shown.answer, np.zeros_like(self.shown.labels))
        self.labels = lesions.add_lesion(self._viewer, self.image, empty, MaskRecord())
        self.held = {self.labels: None}
        return self.labels

    def treat(self, number: int, organ: str) -> None:
        """Take a scan, where it is the one that is open, for one of an organ; "" for what it is."""
        if self.shown is not None and self.image is not None and self.shown.scan.id == number:
            self.shown = replace(self.shown, scan=replace(self.shown.scan, treated_as=organ))
            treat_as(self.image, organ)

    def masks(self) -> list[Labels]:
        """List the masks of the scan in the viewer; last the one that counts."""
        found = [
            labels
            for labels in lesions.masks_on(self._viewer, self.image)
            if not any(labels is layer for layer in self._before)
        ]
        active = self._viewer.layers.selection.active
        return sorted(found, key=lambda labels: (labels is active, labels is self.labels))

    def clear(self, keep: bool = False) -> None:
        """Take the scan out of the viewer.

        Parameters
        ----------
        keep : bool
            Leave its layers there, hidden: their masks are nowhere else.
        """
        if self.shown is not None:
            if self.is_there:
                self._remember(self.shown.scan.path)
            layers = [layer for layer in self._own_layers() if layer in self._viewer.layers]
            for layer in layers:
                if keep:
                    layer.visible = False
                else:
                    self._viewer.layers.remove(layer)
        self.shown = self.image = self.labels = None
        self.held = {}

    def bring_back(self, waiting: ToKeep) -> None:
        """Show again, as they are, the layers of a scan that could not be saved yet."""
        self.clear()
        self._hide_others()
        self.put_back(waiting)
        self.shown, self.image = waiting.shown, waiting.image
        self.labels = waiting.masks[-1].labels if waiting.masks else None
        self.held = {mask.labels: mask.held for mask in waiting.masks}
        self._given = {}
        self._viewer.layers.selection.active = self.labels
        fit_to(self._viewer, [waiting.image])

    def put_back(self, waiting: ToKeep) -> None:
        """Put layers that are saved nowhere back into the viewer."""
        for layer in (waiting.image, *(mask.labels for mask in waiting.masks)):
            layer.visible = True
            if layer not in self._viewer.layers:
                self._viewer.add_layer(layer)

    def _own_layers(self) -> list[Layer]:
        """List what belongs to the scan: its image, its masks, and what was computed of it."""
        known = {id(layer) for layer in self._before}
        layers = [bare(layer) for layer in self._viewer.layers]
        computed = [
            layer
            for layer in layers
            if isinstance(layer, Image) and not is_scan(layer) and id(layer) not in known
        ]
        masks: list[Layer] = list(self.masks())
        return [*([] if self.image is None else [self.image]), *masks, *computed]

    def _hide_others(self) -> None:
        self._before = [bare(layer) for layer in self._viewer.layers]
        for layer in self._before:
            if layer.visible:
                layer.visible = False

    def _hand_on(self, labels: Labels) -> None:
        """Give a mask the brush, and the look, that the user chose on those before."""
        for name, value in self._by_hand.items():
            setattr(labels, name, value)
        self._given = {name: getattr(labels, name) for name in BY_HAND}

    def _remember(self, path: Source) -> None:
        if self.labels is not None:
            now = {name: getattr(self.labels, name) for name in self._given}
            self._by_hand |= {n: value for n, value in now.items() if value != self._given[n]}
        if self.image is None:
            return
        low, high = self.image.contrast_limits if not self.image.rgb else (0.0, 255.0)
        point = tuple(float(value) for value in self._viewer.dims.point)
        self._views[path] = _View((float(low), float(high)), float(self.image.gamma), point)
        self._views.move_to_end(path)
        while len(self._views) > REMEMBERED:
            self._views.popitem(last=False)

    def _look_as_before(self, path: Source) -> None:
        view, image = self._views.get(path), self.image
        if view is None or image is None:
            return
        if not image.rgb:
            image.contrast_limits = view.contrast
            image.gamma = view.gamma
        if len(view.point) == self._viewer.dims.ndim:
            for axis, value in enumerate(view.point[:-2]):
                self._viewer.dims.set_point(axis, value)
