"""LGG (Buda et al. 2019, doi 10.1016/j.compbiomed.2019.05.002): MRI of lower-grade gliomas."""

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

_PATIENT = re.compile(r"(?P<patient>TCGA_[^_]+_[^_]+)_\d+")


def find(folder: Path) -> FoundItem:
    """Find ``TCGA_CS_4941_19960909/TCGA_CS_4941_19960909_1.tif`` and ``..._1_mask.tif``.

    Whether a plane shows tumor follows from its mask.
    """
    root = folder_that_holds(folder, "TCGA_*/*_mask.tif")
    if root is None:
        return FoundItem(faults=[f"{folder} holds no folders TCGA_... with masks ..._mask.tif"])
    found = FoundItem()
    for study in sorted(path for path in root.glob("TCGA_*") if path.is_dir()):
        match = _PATIENT.fullmatch(study.name)
        if match is None:
            found.faults.append(f"{study} is not named TCGA_SITE_PATIENT_DATE")
            continue
        masks = set(study.glob("*_mask.tif"))
        for path in sorted(set(study.glob("*.tif")) - masks):
            mask = path.with_name(f"{path.stem}_mask.tif")
            if mask not in masks:
                found.faults.append(f"{path} has no mask")
                continue
            masks.remove(mask)
            plane = path.stem.removeprefix(f"{study.name}_")
            found.items.append(
                Item(
                    organ="brain",
                    source="LGG",
                    diagnosis=None,
                    patient=match["patient"],
                    name=f"lgg_{match['patient']}_{plane:0>3}",
                    original=original_name("lgg", folder, path),
                    read=reader(path, (mask,)),
                )
            )
        found.faults += [f"{mask} has no picture" for mask in sorted(masks)]
    return found
