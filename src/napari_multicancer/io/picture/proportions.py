"""How high a pixel of a picture is beside its width, by the resolution that its file tells."""

from __future__ import annotations

from PIL import Image

from napari_multicancer.core.scan.place import believed_aspect

_RESOLUTIONS = ("jfif_density", "aspect", "dpi")
"""Of what Pillow knows of a JPEG; of a PNG without a unit (pHYs); and of PNG and BMP with one."""


def pixel_aspect(image: Image.Image) -> float:
    """Read how many times as high as wide a pixel is, as the picture is stored.

    Its size is not meant to be that of what it shows, but its proportions are.

    Parameters
    ----------
    image : PIL.Image.Image

    Returns
    -------
    float
        1 where the file does not say it, or what it says makes no sense.
    """
    said = next((image.info[name] for name in _RESOLUTIONS if name in image.info), None)
    try:
        across, down = map(float, said or ())
    except (TypeError, ValueError):
        return 1.0
    return believed_aspect(across / down) if down > 0 else 1.0
