"""nnU-Net's raw data set: images and labels as NIfTI, with dataset.json and the splits."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.project.exports.case import Case
from napari_multicancer.project.exports.volumes import SUFFIX, write_pair
from napari_multicancer.project.final import LESION

BACKGROUND = "background"


class NnunetExport:
    """Writes images and labels for training (Tr) and test (Ts), dataset.json, splits_final.json.

    Labels are numbered anew from 1 without a gap, the same in all files. Cases for training
    and validation are told apart by splits_final.json, which belongs into nnU-Net's folder of
    preprocessed data; without any for validation there is none, and nnU-Net draws its own.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._values: dict[int, int] = {0: 0}
        self._cases: dict[str, list[str]] = {"train": [], "val": [], "test": []}

    def put(self, case: Case) -> None:
        """Write the files of a case."""
        end = "Ts" if case.split == "test" else "Tr"
        self._cases[case.split].append(case.name)
        labels = np.zeros(case.labels.shape, np.uint16)
        for value in map(int, np.unique(case.labels)):
            number = self._values.setdefault(value, len(self._values))
            labels[case.labels == value] = number
        image = self._folder / f"images{end}" / f"{case.name}_0000{SUFFIX}"
        write_pair(case, image, self._folder / f"labels{end}" / f"{case.name}{SUFFIX}", labels)

    def finish(self) -> None:
        """Write what nnU-Net wants to know of the whole."""
        names = {value: LESION if value == 1 else f"label {value}" for value in self._values}
        labels = {BACKGROUND: 0}
        labels |= {names[value]: number for value, number in self._values.items() if value}
        trained = self._cases["train"] + self._cases["val"]
        content = {
            "channel_names": {"0": "scan"},
            "labels": labels if len(labels) > 1 else {**labels, LESION: 1},
            "numTraining": len(trained),
            "file_ending": SUFFIX,
            "description": RESEARCH_USE,
        }
        self._write("dataset.json", content)
        if self._cases["val"]:
            split = {"train": self._cases["train"], "val": self._cases["val"]}
            self._write("splits_final.json", [split])

    def _write(self, name: str, told: object) -> None:
        (self._folder / name).write_text(json.dumps(told, indent=2), "utf-8")
