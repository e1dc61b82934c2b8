"""Which model answers, where a task has more than one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QFormLayout, QLabel, QPushButton, QSizePolicy, QWidget

from napari_multicancer.core.models.cards import DamagedCard, ModelCard, damaged_cards
from napari_multicancer.core.models.figures import (
    SIDE_BY_SIDE,
    best_known_split,
    figure_text,
    main_figure,
)
from napari_multicancer.core.models.organs import known_cards, tasks
from napari_multicancer.core.words import class_name, model_name
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.colors import FAULT
from napari_multicancer.widgets.common.notify import warn
from napari_multicancer.widgets.common.parts import Choice, plain_label, show_edge
from napari_multicancer.widgets.common.settings import (
    default_models,
    keep_default_models,
    when_set,
)

Card = ModelCard | DamagedCard
_BREAK = re.compile(r"[/\\\\_]")
"""Where a path may go on in the next line."""
SHOWN = 10
"""Letters of a model's name that there is always room for."""


class ModelChoice(QWidget):
    """A combo box for each task that has several model cards; nothing for the others.

    Damaged cards are told above. One that is of a task is listed, too, so that a default which
    is damaged is not passed over for another one: an analysis says what is wrong with it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._combos: dict[str, QComboBox] = {}
        self.keep = QPushButton(tr("Keep as default"))
        self.keep.setToolTip(
            tr("Ask these models first from now on: it is one of napari's preferences")
        )
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(QLabel(tr("Models that are asked:")))
        self.damaged = _told(damaged_cards())
        form.addRow(self.damaged)
        for task, cards in _by_task([*known_cards(), *damaged_cards()]).items():
            if len(cards) > 1:
                self._combos[task] = _combo(task, cards)
                form.addRow(class_name(task), self._combos[task])
                self._combos[task].currentIndexChanged.connect(self._describe)
        form.addRow(self.keep)
        self.keep.clicked.connect(self._on_keep)
        when_set("models", self._choose_defaults)
        self._choose_defaults()
        self.setVisible(bool(self._combos or damaged_cards()))

    @property
    def chosen(self) -> dict[str, str]:
        """Task to model name, as `analyze` takes it; empty where there is no choice."""
        return {task: combo.currentData() for task, combo in self._combos.items()}

    def _choose_defaults(self) -> None:
        """Choose the models of the preferences; where they name none that there is, the best."""
        named = default_models()
        for task, combo in self._combos.items():
            combo.setCurrentIndex(max(0, combo.findData(named.get(task))))
        if unknown := self._unknown(named):
            warn(
                tr(
                    "There is no model {unknown}, which napari's preferences name: the best "
                    "one is asked. Choose another below, and press Keep as default.",
                    unknown=unknown,
                )
            )
        self._describe()

    def _unknown(self, named: Mapping[str, str]) -> str:
        """Give the first pair of the preferences that there is no choice of; empty for none."""
        wrong = (
            f"{task}={name}"
            for task, name in named.items()
            if task not in self._combos or self._combos[task].findData(name) < 0
        )
        return next(wrong, "")

    def _on_keep(self) -> None:
        best = {task: combo.itemData(0) for task, combo in self._combos.items()}
        kept = {task: name for task, name in self.chosen.items() if name != best[task]}
        keep_default_models(kept)
        self._describe()

    def _describe(self, *_: object) -> None:
        for combo in self._combos.values():
            combo.setToolTip(combo.currentData(Qt.ItemDataRole.ToolTipRole))
        known = {task: combo.itemData(0) for task, combo in self._combos.items()}
        known |= {task: name for task, name in default_models().items() if task in known}
        self.keep.setEnabled(self.chosen != known)


def _told(damaged: Sequence[DamagedCard]) -> QLabel:
    """Say which cards are damaged, and what to do; long paths may wrap."""
    said = plain_label("\n".join(_BREAK.sub("\\g<0>\u200b", card.sentence) for card in damaged))
    said.setObjectName("damaged")
    said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    show_edge(said, FAULT)
    said.setVisible(bool(damaged))
    return said


def _by_task(cards: Sequence[Card]) -> dict[str, list[Card]]:
    """Sort cards by what they can be chosen for: the recognizer, then each organ."""
    return {name: [card for card in cards if _is_of(card, name)] for name in tasks()}


def _is_of(card: Card, task: str) -> bool:
    return card.serves(task) if isinstance(card, DamagedCard) else card.task == task


def _comes_later(card: Card, task: str) -> bool:
    """Say whether a card is not its task's default."""
    return not (card.is_default_of(task) if isinstance(card, DamagedCard) else card.is_default)


def _combo(task: str, cards: list[Card]) -> QComboBox:
    combo = Choice()
    combo.setAccessibleName(tr("Model for {task}", task=class_name(task)))
    # A long name must not make the whole panel wider.
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(SHOWN)
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    for card in sorted(cards, key=lambda card: _comes_later(card, task)):
        name, tip = _named(card)
        combo.addItem(name, card.name)
        combo.setItemData(combo.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
    return combo


def _named(card: Card) -> tuple[str, str]:
    """Give how a card reads in the list, and what is to be known of it."""
    if isinstance(card, DamagedCard):
        return tr("{name}: damaged", name=card.name), card.sentence
    return model_name(card), describe(card)


def describe(card: ModelCard) -> str:
    """Say in a few lines what a model is, and how it did on scans never seen."""
    lines = [card.label, *([card.architecture] if card.architecture else [])]
    if card.is_default:
        lines.append(tr("The default: the best on validation."))
    lines += _on_left_out(card.left_out)
    split, metrics = best_known_split(card) or ("", {})
    for name, key in SIDE_BY_SIDE.items():
        if (figure := main_figure(metrics, key)) is not None and "pixel" not in name:
            lines.append(
                tr(
                    "{name} ({split} split): {value}",
                    name=name,
                    split=split,
                    value=figure_text(figure),
                )
            )
    return "\n".join(lines)


def _on_left_out(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Tell the first of the main figures that each source has which training did not see."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        figures = {name: main_figure(entry["without"], key) for name, key in SIDE_BY_SIDE.items()}
        name, figure = next((item for item in figures.items() if item[1]), ("scans", None))
        found.setdefault(name, []).append(f"{entry['source']} {figure_text(figure)}")
    return [
        tr(
            "{figure} on sources that training did not see: {values}",
            figure=name,
            values=", ".join(figures),
        )
        for name, figures in found.items()
    ]


def chosen_models(widget: QWidget) -> dict[str, str]:
    """Find what is chosen in the panel of a widget's window.

    Parameters
    ----------
    widget : QWidget
        Docked anywhere in the window, or floating over it.

    Returns
    -------
    dict of str to str
        Task to model name, as `analyze` takes it; empty, which means the default
        models, where there is no panel or no choice.
    """
    top = widget
    while (parent := top.parentWidget()) is not None:
        top = parent
    choice = top.findChild(ModelChoice)
    return {} if choice is None else choice.chosen
