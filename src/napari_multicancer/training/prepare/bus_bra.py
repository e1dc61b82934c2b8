"""BUS-BRA (Gomez-Flores et al. 2024, doi 10.5281/zenodo.8231412): breast ultrasound."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from napari_multicancer.training.prepare.item import (
    FoundItem,
    Item,
    folder_that_holds,
    original_name,
    reader,
)

TABLE = "bus_data.csv"
COLUMNS = ("ID", "Case", "Pathology")
DIAGNOSES = ("benign", "malignant")


def find(folder: Path) -> FoundItem:
    """Find ``Images/bus_0001-l.png`` and ``Masks/mask_0001-l.png`` by ``bus_data.csv``.

    The table's column Case is the patient, Pathology the diagnosis.
    """
    root = folder_that_holds(folder, TABLE, "Images", "Masks")
    if root is None:
        return FoundItem(faults=[f"{folder} holds no {TABLE} with the folders Images and Masks"])
    try:
        table = pd.read_csv(root / TABLE, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        return FoundItem(faults=[f"{root / TABLE} cannot be read as a table: {error}"])
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        return FoundItem(faults=[f"{root / TABLE} lacks the column {', '.join(missing)}"])
    found = FoundItem()
    for name, case, pathology in table[list(COLUMNS)].itertuples(index=False):
        picture = root / "Images" / f"{name}.png"
        mask = root / "Masks" / f"{name.replace('bus_', 'mask_', 1)}.png"
        faults = [f"{path} is missing" for path in (picture, mask) if not path.is_file()]
        if pathology.lower() not in DIAGNOSES:
            faults.append(f"{root / TABLE}: nobody knows the pathology {pathology!r} of {name}")
        found.faults += faults
        if not faults:
            found.items.append(
                Item(
                    organ="breast",
                    source="BUS-BRA",
                    diagnosis=pathology.lower(),
                    patient=f"busbra{case}",
                    name=f"busbra_{name}",
                    original=original_name("busbra", folder, picture),
                    read=reader(picture, (mask,)),
                )
            )
    listed = set(table["ID"])
    found.faults += [
        f"{path} does not stand in {TABLE}"
        for path in sorted((root / "Images").glob("*.png"))
        if path.stem not in listed
    ]
    return found
