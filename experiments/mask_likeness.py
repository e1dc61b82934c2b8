"""How many scans the rule that tells masks by their values takes for one, and how many masks.

    python experiments/mask_likeness.py FOLDER [SPLIT ...]

FOLDER is a training folder with its manifest.csv; the splits are train and val unless told. Its
masks count as they are, as JPEG of two qualities, and enlarged with smooth edges; those without a
lesion are left out.
"""

from __future__ import annotations

import csv
import io
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from napari_multicancer.core.masks.likeness import looks_like_mask
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan

QUALITIES = (40, 75)


def variants(mask: Image.Image) -> dict[str, Image.Image]:
    """Give a mask as other programs save it."""
    found = {"masks": mask}
    for quality in QUALITIES:
        buffer = io.BytesIO()
        mask.save(buffer, "JPEG", quality=quality)
        found[f"masks, JPEG of quality {quality}"] = Image.open(buffer)
    size = (mask.width * 7 // 5, mask.height * 7 // 5)
    found["masks, enlarged"] = mask.resize(size, Image.Resampling.BILINEAR)
    return found


def main(folder: Path, splits: tuple[str, ...] = ("train", "val")) -> None:
    """Print the counts."""
    taken: Counter[tuple[str, bool]] = Counter()
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] in splits]
    for row in rows:
        kind = f"scans, {row['organ']}"
        is_taken = looks_like_mask(load_scan(folder / row["image"]))
        taken[kind, is_taken] += 1
        if is_taken:
            Console().print(f"taken for a mask: {row['image']}")
        if not row["mask"]:
            continue
        mask = Image.open(folder / row["mask"]).convert("L")
        for kind, picture in variants(mask).items() if mask.getbbox() else ():
            taken[kind, looks_like_mask(Scan(np.asarray(picture), "yx"))] += 1
    table = Table("files", "number", "taken for masks")
    for kind in sorted({kind for kind, _ in taken}):
        table.add_row(kind, str(taken[kind, False] + taken[kind, True]), str(taken[kind, True]))
    Console().print(table)


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(sys.argv[2:]) or ("train", "val"))
