"""Pictures that are neither brain MRI nor breast ultrasound, one folder a kind."""

from __future__ import annotations

import re
from pathlib import Path

from napari_multicancer.training.prepare.item import FoundItem, Item, original_name, reader
from napari_multicancer.training.prepare.pictures import list_pictures


def find(folder: Path) -> FoundItem:
    """Find ``KIND/...``; the kind stands in the manifest's column ``group``."""
    found = FoundItem()
    for path in list_pictures(folder):
        parts = path.relative_to(folder).with_suffix("").parts
        if len(parts) == 1:
            found.faults.append(f"{path} lies in no folder that names its kind")
            continue
        stem = re.sub(r"[^A-Za-z0-9]+", "_", "_".join(parts)).strip("_")
        found.items.append(
            Item(
                organ="other",
                source="other",
                diagnosis="",
                patient=None,
                name=f"other_{stem}",
                original=original_name("other", folder, path),
                read=reader(path),
                kind=parts[0],
            )
        )
    if not found.items and not found.faults:
        found.faults.append(f"{folder} holds no pictures")
    return found
