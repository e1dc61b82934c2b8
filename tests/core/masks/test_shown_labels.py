"""A picture of a mask gives its labels, whichever way it is stored."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from napari_multicancer.core.masks.shown_labels import shown_labels
from napari_multicancer.core.scan.scan import Scan

LESION = np.zeros((40, 60), bool)
LESION[10:25, 15:40] = True
INNER = np.zeros_like(LESION)
INNER[12:20, 20:30] = True
ONE = LESION.astype(np.uint8)
TWO = ONE + INNER


def _jpeg(mask: np.ndarray) -> np.ndarray:
    written = io.BytesIO()
    Image.fromarray(mask).save(written, "JPEG", quality=75)
    return np.asarray(Image.open(written))


MASKS = {
    "yes and no": (LESION, ONE),
    "0 and 1": (ONE, ONE),
    "0 and 255": (ONE * 255, ONE),
    "0 and 1 as numbers with a point": (ONE.astype(np.float32), ONE),
    "128 and 255": (np.where(LESION, 255, 128).astype(np.uint8), ONE),
    "negative outside": (np.where(LESION, 1, -1).astype(np.int16), ONE),
    "nothing": (ONE * 0, ONE * 0),
    "all of it": (np.full_like(ONE, 255), np.ones_like(ONE)),
    "labels": (TWO, TWO),
    "labels of 16 bits": (TWO.astype(np.uint16) * 300, TWO.astype(np.uint16) * 300),
    "parts": (TWO / 2, TWO),
    "white": (np.stack([ONE * 255] * 3, -1), ONE),
    "red": (np.stack([ONE * 255, ONE * 0, ONE * 0], -1), ONE),
    "blue within red": (np.stack([(ONE - INNER) * 255, ONE * 0, INNER * 255], -1), None),
    "opaque": (np.stack([*[ONE * 255] * 3, np.full_like(ONE, 255)], -1), ONE),
    "a volume": (np.stack([ONE * 0, ONE, TWO]), np.stack([ONE * 0, ONE, TWO])),
}


@pytest.mark.parametrize("kind", MASKS)
def test_labels_are_those_that_the_picture_shows(kind: str) -> None:
    pixels, expected = MASKS[kind]
    is_color = pixels.shape[-1] in (3, 4)
    axes = ("zyx" if pixels.ndim == 3 and not is_color else "yx") + "c" * is_color
    labels = shown_labels(Scan(pixels, axes))
    assert labels.dtype in (np.uint8, np.uint16)
    if expected is None:
        assert set(labels[INNER]) != set(labels[LESION & ~INNER])
        assert (labels > 0).tolist() == LESION.tolist()
    else:
        np.testing.assert_array_equal(labels, expected)


@pytest.mark.parametrize("level", [120, 255])
def test_a_mask_that_compression_has_blurred_is_cut_halfway(level: int) -> None:
    blurred = _jpeg(ONE * level)
    assert len(np.unique(blurred)) > 8
    for pixels, axes in ((blurred, "yx"), (np.stack([blurred] * 3, -1), "yxc")):
        labels = shown_labels(Scan(pixels, axes))
        assert np.count_nonzero(labels != ONE) <= 4
