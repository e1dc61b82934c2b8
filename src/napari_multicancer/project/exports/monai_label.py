"""A datastore of MONAI Label: images, final and original labels, and the list of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.project.exports.case import Case
from napari_multicancer.project.exports.volumes import SUFFIX, write_labels, write_pair
from napari_multicancer.project.opening import open_labels

FINAL, ORIGINAL = "final", "original"


class MonaiLabelExport:
    """Writes ``NAME.nii.gz``, ``labels/final``, ``labels/original`` and datastore_v2.json.

    An original label is what the models proposed, where they did.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._objects: dict[str, Any] = {}

    def put(self, case: Case) -> None:
        """Write the files of a case."""
        file = f"{case.name}{SUFFIX}"
        write_pair(case, self._folder / file, self._folder / "labels" / FINAL / file)
        labels = {FINAL: case.version.maker}
        if case.proposal is not None:
            try:
                proposed = open_labels(case.scan, case.proposal)
            except MulticancerError:
                pass  # the proposal is not what is handed on
            else:
                write_labels(case, self._folder / "labels" / ORIGINAL / file, proposed)
                labels[ORIGINAL] = case.proposal.maker
        self._objects[case.name] = {
            "image": _entry(file, split=case.split),
            "labels": {tag: _entry(file, maker=maker) for tag, maker in labels.items()},
        }

    def finish(self) -> None:
        """Write the list."""
        content = {
            "name": self._folder.name.strip(".").removesuffix(".part"),
            "description": RESEARCH_USE,
            "images_dir": ".",
            "labels_dir": "labels",
            "objects": self._objects,
        }
        path = self._folder / "datastore_v2.json"
        path.write_text(json.dumps(content, indent=2), "utf-8")


def _entry(file: str, **info: str) -> dict[str, Any]:
    return {"ext": SUFFIX, "info": {"name": file, **info}}
