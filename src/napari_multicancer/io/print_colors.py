"""What colors of print look like on the screen: CMYK and L*a*b* to RGB, by Little CMS."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms


def without_inks(image: Image.Image, profile: bytes | None = None) -> Image.Image:
    """Turn a picture in inks into RGB.

    Parameters
    ----------
    image : PIL.Image.Image
        Of mode "CMYK"; 255 is all ink.
    profile : bytes, optional
        The file's ICC profile. One that is damaged, or is for no inks, does not count; then
        inks are taken for ideal ones.

    Returns
    -------
    PIL.Image.Image
        Of mode "RGB".
    """
    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        inks = ImageCms.ImageCmsProfile(BytesIO(profile or b""))
        if inks.profile.xcolor_space.strip() == "CMYK":
            screen = ImageCms.createProfile("sRGB")
            seen = ImageCms.profileToProfile(image, inks, screen, outputMode="RGB")
            if seen is not None:
                return seen
    return image.convert("RGB")


def lab_to_rgb(lab: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn L*a*b* of white D50 into sRGB.

    Parameters
    ----------
    lab : ndarray of uint8, shape (..., row, column, 3)
        L* from 0 (0) to 255 (100); a* and b* as two's complements.

    Returns
    -------
    ndarray of uint8, of the same shape
    """
    width = lab.shape[-2]
    image = Image.frombytes("LAB", (width, lab.size // (3 * width)), lab.tobytes())
    profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    seen = ImageCms.profileToProfile(image, *profiles, outputMode="RGB")
    return np.asarray(seen).reshape(lab.shape)
