"""Networks joined in one file answer with their weighted mean."""

from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from keras import layers
from scipy.special import expit

from napari_multicancer.training.export.joined import JoinedPart, join
from napari_multicancer.training.export.litert import to_litert

BRIGHT = (Path(__file__).parents[2] / "organs/thyroid/thyroid.tflite").read_bytes()
"""Bright is lesion; 32 pixels, two classes."""


def dark(side: int = 16) -> bytes:
    """A smaller network that outlines what is dark."""
    image = keras.Input((side, side, 3), name="image")
    lesion = layers.Conv2D(1, 1, kernel_initializer="zeros", name="outline")
    speaks = layers.Conv2D(2, 1, name="speaks")
    outlined = lesion(image)
    activation = speaks(layers.AveragePooling2D(2)(outlined))
    lesion.set_weights([np.full((1, 1, 3, 1), -1 / 60, np.float32), np.array([2.0], np.float32)])
    speaks.set_weights([np.array([[[[1.0, -1.0]]]], np.float32), np.zeros(2, np.float32)])
    outputs = {
        "diagnosis": layers.GlobalAveragePooling2D()(activation),
        "lesion": outlined,
        "activation": activation,
    }
    return to_litert(keras.Model(image, outputs))


@pytest.fixture(scope="module")
def small() -> bytes:
    return dark()


def answers(content: bytes, square: np.ndarray) -> dict[str, np.ndarray]:
    run = Interpreter(model_content=content).get_signature_runner()
    return {name: value[0] for name, value in run(image=square[None]).items()}


def square(side: int = 32) -> np.ndarray:
    """A picture that is smooth, and not like its mirror image."""
    rows, columns = (np.indices((side, side)) + 0.5) / side
    return np.repeat((255 * columns * (1 - rows / 2))[..., None], 3, -1).astype(np.float32)


def test_the_mean_of_a_network_and_its_mirror_image():
    content = join(
        [JoinedPart(BRIGHT, 2.0, 0.25, 0.5), JoinedPart(BRIGHT, 2.0, 0.75, 0.5, mirrored=True)]
    )
    picture = square()
    plain, turned = answers(BRIGHT, picture), answers(BRIGHT, picture[:, ::-1])
    told = answers(content, picture)
    expected = (0.25 * plain["diagnosis"] + 0.75 * turned["diagnosis"]) / 2
    np.testing.assert_allclose(told["diagnosis"], expected, atol=1e-4)
    chances = (expit(plain["lesion"]) + expit(turned["lesion"][:, ::-1])) / 2
    np.testing.assert_allclose(expit(told["lesion"]), chances, atol=1e-3)
    places = (0.25 * plain["activation"] + 0.75 * turned["activation"][:, ::-1]) / 2
    np.testing.assert_allclose(told["activation"], places, atol=1e-4)


def test_a_network_that_takes_part_twice_is_kept_once(small):
    twice = join(
        [JoinedPart(small, 1.0, 0.5, 0.5), JoinedPart(small, 1.0, 0.5, 0.5, mirrored=True)]
    )
    once = join([JoinedPart(small, 1.0, 1.0, 1.0)])
    assert len(twice) - len(once) < 16_000
    assert twice.count(np.full(3, -1 / 60, np.float16).tobytes()) == 1


def test_a_smaller_network_sees_the_same_picture(small):
    content = join([JoinedPart(BRIGHT, 1.0, 0.0, 0.0), JoinedPart(small, 1.0, 1.0, 1.0)])
    told, alone = answers(content, square()), answers(small, square(16))
    np.testing.assert_allclose(told["diagnosis"], alone["diagnosis"], atol=0.05)
    assert told["lesion"].shape == (32, 32, 1)
    inner = expit(told["lesion"])[4:-4:2, 4:-4:2]
    np.testing.assert_allclose(inner, expit(alone["lesion"])[2:-2, 2:-2], atol=0.05)
    assert told["activation"].shape == answers(BRIGHT, square())["activation"].shape


def test_what_no_part_doubts_stays_finite():
    content = join([JoinedPart(BRIGHT, 1.0, 1.0, 1.0)])
    told = answers(content, np.full((32, 32, 3), 1e6, np.float32))
    assert np.isfinite(told["lesion"]).all()
    assert (told["lesion"] > 9).all()
