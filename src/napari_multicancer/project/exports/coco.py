"""COCO: pictures, and for each split a JSON file with the outlines as packed runs."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer import __version__
from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.project.exports.case import Case
from napari_multicancer.project.exports.pictures import write_picture
from napari_multicancer.project.exports.run_length import packed, run_lengths

IMAGES, ANNOTATIONS = "images", "annotations"


class CocoExport:
    """Writes ``images/`` and ``annotations/instances_SPLIT.json``.

    A label of a plane is an annotation, its class the finding. ``scan``, ``plane`` and ``label``
    stand beside COCO's own entries, so that an import finds its way back.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._images: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._annotations: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._categories: dict[str, dict[str, Any]] = {}
        self._number = 0

    def put(self, case: Case) -> None:
        """Write the pictures of a case, and keep what is to be said of them."""
        for plane, (name, picture, labels) in enumerate(case.planes()):
            self._number += 1
            write_picture(self._folder / IMAGES / f"{name}.png", picture)
            height, width = labels.shape
            image = {"id": self._number, "file_name": f"{name}.png", "plane": plane}
            image |= {"height": height, "width": width, "scan": case.listed.id}
            self._images[case.split].append(image)
            for value in np.unique(labels[labels != 0]):
                annotation = self._annotation(case, labels == value, self._number)
                self._annotations[case.split].append(annotation | {"label": int(value)})

    def finish(self) -> None:
        """Write the JSON files."""
        (self._folder / ANNOTATIONS).mkdir(parents=True, exist_ok=True)
        info = {"description": RESEARCH_USE, "version": f"napari-multicancer {__version__}"}
        for split, images in self._images.items():
            annotations = self._annotations[split]
            for number, annotation in enumerate(annotations, start=1):
                annotation["id"] = number
            content = {
                "info": info,
                "licenses": [],
                "images": images,
                "annotations": annotations,
                "categories": list(self._categories.values()),
            }
            path = self._folder / ANNOTATIONS / f"instances_{split}.json"
            path.write_text(json.dumps(content), "utf-8")

    def _annotation(self, case: Case, mask: NDArray[np.bool_], image: int) -> dict[str, Any]:
        name = case.category
        known = {"id": len(self._categories) + 1, "name": name}
        known["supercategory"] = case.listed.shown_organ or "scan"
        category = self._categories.setdefault(name, known)
        rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
        corner = [int(columns[0]), int(rows[0])]
        size = [int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1]
        return {
            "image_id": image,
            "category_id": category["id"],
            "segmentation": {"size": [*mask.shape], "counts": packed(run_lengths(mask))},
            "area": int(np.count_nonzero(mask)),
            "bbox": [*corner, *size],
            "iscrowd": 0,
        }
