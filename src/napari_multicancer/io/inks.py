"""What inks look like on the screen: CMYK to RGB."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO

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
