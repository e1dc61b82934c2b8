"""The proportions of a volume's voxels, as they are shown."""

from __future__ import annotations

import numpy as np
from napari.layers import Image

from napari_multicancer.widgets.common.layers import data_to_world, finest_level, voxel_size

LEAST_DEPTH = 0.4
"""Of the planes' longer side: a stack whose depth is not known is shown no flatter."""


def voxel_proportions(image: Image) -> tuple[tuple[float, float, float], bool]:
    """Find how large a voxel is against the others' sides, and whether its depth is known.

    Where the file tells no distance of planes, and no scale was set, the stack is stretched
    until its sections can be read.

    Parameters
    ----------
    image : Image
        With three axes or more.

    Returns
    -------
    (float, float, float)
        Along (z, y, x), in any one unit.
    bool
    """
    steps = np.linalg.norm(data_to_world(image)[:-1, :-1], axis=0)[-3:]
    depth, height, width = (float(step) for step in steps)
    size = voxel_size(image)
    if depth != 1 or (size is not None and np.isfinite(size[-3])):
        return (depth, height, width), True
    planes, rows, columns = finest_level(image).shape[: image.ndim][-3:]
    wanted = LEAST_DEPTH * max(rows * height, columns * width) / planes
    return (max(depth, wanted), height, width), depth >= wanted
