"""Brain MRI that circulates without patients or masks, such as Br35H or Kaggle-253."""

from __future__ import annotations

import re
from pathlib import Path

from napari_multicancer.training.prepare.item import FoundItem, Item, original_name, reader
from napari_multicancer.training.prepare.pictures import list_pictures


def find_tumor(folder: Path) -> FoundItem:
    """Find all pictures below `folder`; each shows a tumor that nobody outlined."""
    return _find(folder, "tumor")


def find_no_tumor(folder: Path) -> FoundItem:
    """Find all pictures below `folder`; none shows a tumor, so their masks are empty."""
    return _find(folder, "no_tumor")


def _find(folder: Path, diagnosis: str) -> FoundItem:
    found = FoundItem()
    for path in list_pictures(folder):
        stem = re.sub(r"[^A-Za-z0-9]+", "_", path.relative_to(folder).with_suffix("").as_posix())
        found.items.append(
            Item(
                organ="brain",
                source="web",
                diagnosis=diagnosis,
                patient=None,
                name=f"web_{diagnosis}_{stem.strip('_')}",
                original=original_name(f"web_{diagnosis}", folder, path),
                read=reader(path, healthy=diagnosis == "no_tumor"),
            )
        )
    if not found.items:
        found.faults.append(f"{folder} holds no pictures")
    return found
