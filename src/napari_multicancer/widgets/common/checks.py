"""Boxes to check, one for each member of an enumeration: a set is chosen."""

from __future__ import annotations

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Generic, TypeVar

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QGridLayout, QWidget

Member = TypeVar("Member", bound=StrEnum)

COLUMNS = 2


class CheckBoxes(QWidget):
    """A grid of boxes to check.

    Attributes
    ----------
    changed : Signal()
        A box was checked or unchecked.
    """

    changed = Signal()

    def __init__(self, words: Collection[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes = [QCheckBox(word) for word in words]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        rows = -(-len(self.boxes) // COLUMNS)
        for number, box in enumerate(self.boxes):
            grid.addWidget(box, number % rows, number // rows)
            box.toggled.connect(lambda _: self.changed.emit())


class Checks(Generic[Member]):
    """Chooses a set of an enumeration's members, as a field of an `OptionsForm`.

    Parameters
    ----------
    kind : type of StrEnum
    label : str
    value : frozenset
    """

    def __init__(self, kind: type[Member], label: str, value: frozenset[Member]) -> None:
        self.label = label
        self._members = list(kind)
        self.native = CheckBoxes([member.value.capitalize() for member in self._members])
        for member, box in zip(self._members, self.native.boxes, strict=True):
            box.setChecked(member in value)

    @property
    def value(self) -> frozenset[Member]:
        """What is checked."""
        pairs = zip(self._members, self.native.boxes, strict=True)
        return frozenset(member for member, box in pairs if box.isChecked())

    def describe(self, words: Callable[[Member], str]) -> None:
        """Write something else beside each box."""
        for member, box in zip(self._members, self.native.boxes, strict=True):
            box.setText(words(member))
