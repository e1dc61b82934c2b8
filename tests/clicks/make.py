"""Make the tiny network of clicks beside this script.

    python tests/clicks/make.py

Nothing is trained: the lesion is what is bright, and what lies under a click is as it says.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras import initializers, layers

from napari_multicancer.core.analysis.guides import GUIDES
from napari_multicancer.training.export.litert import to_litert

FOLDER = Path(__file__).parent
SIDE = 64
BRIGHT = 160.0
"""From this grey value on (0..255) a pixel belongs to the lesion."""


def bright_parts() -> keras.Model:
    """Outline what is bright, and obey clicks on the very place."""
    image = keras.Input((SIDE, SIDE, 3), name="image")
    guides = keras.Input((SIDE, SIDE, len(GUIDES)), name="guides")
    bright = layers.Conv2D(
        1,
        1,
        kernel_initializer=initializers.Constant(1 / 48),
        bias_initializer=initializers.Constant(-BRIGHT / 16),
        name="bright",
    )(image)
    told = layers.Conv2D(1, 1, use_bias=False, name="told")
    lesion = layers.Add(name="lesion")([bright, told(guides)])
    told.set_weights([np.array([0.0, 20.0, -20.0, 0.0, 0.0], np.float32).reshape(1, 1, -1, 1)])
    overlap = layers.Dense(1, name="overlap")(layers.GlobalAveragePooling2D()(guides))
    return keras.Model({"image": image, "guides": guides}, {"lesion": lesion, "overlap": overlap})


if __name__ == "__main__":
    (FOLDER / "click.tflite").write_bytes(to_litert(bright_parts()))
