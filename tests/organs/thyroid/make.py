"""Make the two tiny networks beside this script: a thyroid's, and a recognizer that knows it.

    python tests/organs/thyroid/make.py

Nothing is trained: bright pixels are a nodule, and whatever shows anything is a thyroid.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from keras import initializers, layers

from napari_multicancer.training.export.litert import to_litert

FOLDER = Path(__file__).parent
SIDE = 32
BRIGHT = 160.0
"""From this grey value on (0..255) a pixel belongs to a nodule."""


def nodules() -> keras.Model:
    """Outline what is bright; a picture with any of it shows a nodule, the first of two classes."""
    image = keras.Input((SIDE, SIDE, 3), name="image")
    constant = {"kernel_initializer": initializers.Constant(1 / 48)}
    lesion = layers.Conv2D(
        1, 1, bias_initializer=initializers.Constant(-BRIGHT / 16), name="outline", **constant
    )(image)
    places = layers.MaxPooling2D(4)(lesion)
    speaks = layers.Conv2D(2, 1, name="speaks")
    activation = speaks(places)
    speaks.set_weights([np.array([[[[1.0, 0.0]]]], np.float32), np.zeros(2, np.float32)])
    diagnosis = layers.GlobalMaxPooling2D()(activation)
    outputs = {"diagnosis": diagnosis, "lesion": lesion, "activation": activation}
    return keras.Model(image, outputs)


def recognizer() -> keras.Model:
    """Say "thyroid", the third of four classes, of everything."""
    image = keras.Input((SIDE, SIDE, 3), name="image")
    scores = layers.Dense(4, name="scores")
    organ = scores(layers.GlobalAveragePooling2D()(image))
    scores.set_weights([np.zeros((3, 4), np.float32), np.array([0.0, 0, 6, 0], np.float32)])
    return keras.Model(image, {"organ": organ})


if __name__ == "__main__":
    for name, network in (("thyroid", nodules()), ("recognizer", recognizer())):
        (FOLDER / f"{name}.tflite").write_bytes(to_litert(network))
