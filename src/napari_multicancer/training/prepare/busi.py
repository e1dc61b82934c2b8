"""BUSI (Al-Dhabyani et al. 2020, doi 10.1016/j.dib.2019.104863): breast ultrasound."""

from __future__ import annotations

import re
from pathlib import Path

from napari_multicancer.training.prepare.item import (
    FoundItem,
    Item,
    folder_that_holds,
    original_name,
    reader,
)
from napari_multicancer.training.prepare.pictures import list_files

DIAGNOSES = ("normal", "benign", "malignant")
_MASK = re.compile(r"(?P<picture>.+)_mask(_\d+)?\.png")


def find(folder: Path) -> FoundItem:
    """Find ``benign (1).png`` and its masks, ``benign (1)_mask.png``, ``..._mask_1.png``, ...

    Patients are not known.
    """
    root = folder_that_holds(folder, *DIAGNOSES)
    if root is None:
        return FoundItem(faults=[f"{folder} holds no folders {', '.join(DIAGNOSES)}"])
    found = FoundItem()
    for diagnosis in DIAGNOSES:
        pictures: list[Path] = []
        masks: dict[str, list[Path]] = {}
        for path in list_files(root / diagnosis):
            match = _MASK.fullmatch(path.name)
            if match:
                masks.setdefault(match["picture"], []).append(path)
            elif path.suffix == ".png":
                pictures.append(path)
        for path in pictures:
            outlines = tuple(masks.pop(path.stem, ()))
            if not outlines:
                found.faults.append(f"{path} has no mask")
                continue
            number = re.sub(r"\D+", "", path.stem)
            found.items.append(
                Item(
                    organ="breast",
                    source="BUSI",
                    diagnosis=diagnosis,
                    patient=None,
                    name=f"busi_{diagnosis}_{number}",
                    original=original_name("busi", folder, path),
                    read=reader(path, outlines),
                )
            )
        found.faults += [f"{paths[0]} has no picture" for paths in masks.values()]
    return found
