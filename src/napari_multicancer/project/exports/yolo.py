"""YOLO segmentation: pictures, and beside each a text with its outlines as polygons."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.project.exports.case import Case
from napari_multicancer.project.exports.pictures import write_picture
from napari_multicancer.project.exports.polygons import polygons_of

SPLITS = ("train", "val", "test")


class YoloExport:
    """Writes ``images/SPLIT``, ``labels/SPLIT`` and ``data.yaml``.

    A line of a text is a connected region: its class, then the corners of its outline, each
    from 0 to 1 of the picture's width and height. A picture without a lesion has an empty text.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._classes: dict[str, int] = {}

    def put(self, case: Case) -> None:
        """Write the pictures and texts of a case."""
        for name, picture, labels in case.planes():
            write_picture(self._folder / "images" / case.split / f"{name}.png", picture)
            lines = []
            for value in np.unique(labels[labels != 0]):
                number = self._classes.setdefault(case.category, len(self._classes))
                for polygon in polygons_of(labels == value):
                    corners = (polygon / labels.shape[::-1]).clip(0, 1).ravel()
                    lines.append(" ".join([str(number), *(f"{one:.6f}" for one in corners)]))
            path = self._folder / "labels" / case.split / f"{name}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{line}\n" for line in lines), "utf-8")

    def finish(self) -> None:
        """Write what the folders and classes are."""
        lines = [f"# {RESEARCH_USE}", "path: ."]
        there = [split for split in SPLITS if (self._folder / "images" / split).is_dir()]
        lines += [f"{split}: images/{split}" for split in there]
        lines += ["names:"]
        lines += [f"  {number}: {json.dumps(name)}" for name, number in self._classes.items()]
        (self._folder / "data.yaml").write_text("\n".join(lines) + "\n", "utf-8")
