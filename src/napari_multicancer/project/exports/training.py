"""A folder that `train` reads: pictures, masks and what they show."""

from __future__ import annotations

import csv
from pathlib import Path

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.models.organs import organ_card
from napari_multicancer.project.exports.case import Case
from napari_multicancer.project.exports.pictures import write_mask_picture, write_picture
from napari_multicancer.project.final import lesion_classes

COLUMNS = ("image", "diagnosis", "group", "split")


class TrainingExport:
    """Writes ``images/``, ``masks/`` and labels.csv; a plane without a lesion counts as healthy.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: list[tuple[str, str, str, str]] = []

    def put(self, case: Case) -> None:
        """Write the pictures of a case.

        Raises
        ------
        MaskError
            Nobody said what its lesion is, or of which organ it is.
        """
        healthy, diagnosis = _diagnoses(case)
        for name, picture, labels in case.planes():
            write_picture(self._folder / "images" / f"{name}.png", picture)
            write_mask_picture(self._folder / "masks" / f"{name}.png", labels)
            shown = diagnosis if labels.any() else healthy
            self._rows.append((f"{name}.png", shown, case.group, case.split))

    def finish(self) -> None:
        """Write what the pictures show."""
        with (self._folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, *self._rows])


def _diagnoses(case: Case) -> tuple[str, str]:
    """Give the healthy class of a case's organ, and the class of its lesion."""
    listed = case.listed
    card = organ_card(listed.shown_organ)
    if card is None:
        raise MaskError(
            f"{listed.name} is of no organ that a network learns: say which it is by Treat as in "
            "the list, or by project mark --organ."
        )
    ill = lesion_classes(card)
    if case.finding in ill:
        return card.healthy, case.finding
    if len(ill) == 1 or not case.labels.any():
        return card.healthy, ill[0]
    raise MaskError(
        f"{listed.name} has a lesion, and nobody said whether it is {' or '.join(ill)}: say so by "
        "Finding in the list, or by project mark --finding."
    )
