"""Tell what a little of the edge costs in Dice, for the validation split's lesions.

The networks see a picture at 224 pixels and draw a map of 112, which is enlarged again. Here the
true mask itself takes that way: the best Dice that the map allows. Beside it stands the Dice of
the true mask with its edge moved inwards, or outwards, by one pixel of the map all around.

    python experiments/edges.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy import ndimage
from skimage.transform import resize

from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.training.data.samples import read_manifest, select
from napari_multicancer.training.prepare.pictures import read_mask, read_picture
from napari_multicancer.training.recipe import find_recipe

MAP_SHARE = 0.5
"""The map's side as a share of the network's input."""


def main(data: Path) -> None:
    """Print one row a source."""
    table = Table("task", "source", "lesions", "through the map", "edge inwards", "edge outwards")
    for task in ("breast", "brain"):
        config = find_recipe(task)
        rows = select(read_manifest(data), config, "val")
        for source, part in rows[rows["mask"] != ""].groupby("source"):
            found = [
                losses(true.astype(bool), config.size * MAP_SHARE)
                for image, mask in zip(part["image"], part["mask"], strict=True)
                if (true := read_mask(data / mask, read_picture(data / image).shape[:2])).any()
            ]
            means = (f"{mean:.3f}" for mean in np.mean(found, axis=0))
            table.add_row(task, str(source), str(len(found)), *means)
    Console(width=120).print(table)


def losses(true: NDArray[np.bool_], side: float) -> tuple[float, float, float]:
    """Give the Dice of a mask that went through a map of this side, was shrunk, and was grown."""
    pixel = max(true.shape) / side
    shape = [max(1, round(extent / pixel)) for extent in true.shape]
    small: NDArray[Any] = resize(true.astype(np.float32), shape, order=1, anti_aliasing=True)
    again = resize(small, true.shape, order=1) > 0.5
    shrunk = ndimage.distance_transform_edt(true) > pixel
    grown = ndimage.distance_transform_edt(~true) <= pixel
    return dice(true, again), dice(true, shrunk), dice(true, grown)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
