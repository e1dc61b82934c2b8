"""PNG, JPEG, WebP, BMP, GIF, JPEG 2000 and Netpbm, through Pillow; deep ones by imagecodecs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.scan.place import Place
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.files import BoundedReader, check_decoded_size, check_plane_size
from napari_multicancer.io.jpeg.whole import Wrong, what_is_wrong
from napari_multicancer.io.picture.animation import film_of
from napari_multicancer.io.picture.deep_jpeg import deep_jpeg, is_deep, orientation_of
from napari_multicancer.io.picture.gif_sides import check_sides
from napari_multicancer.io.picture.left_over import check_left_over
from napari_multicancer.io.picture.opening import begins_like_jpeg, opened
from napari_multicancer.io.print_colors import without_inks
from napari_multicancer.io.upright import ORIENTATION, upright

_KEPT_MODES = ("L", "RGB", "RGBA", "F", "I")
_JPEG = ("JPEG", "MPO")
"""The second is a JPEG with further ones behind it, as phones write: views of the first."""


def read_picture(path: Path) -> Scan:
    """Read a picture, or an animation as a film.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Scan
        Axes "yx" (uint8, uint16, int32 or float32) or "yxc" (uint8 or uint16, RGB or RGBA),
        upright as EXIF says; "tyx" or "tyxc" of an animation, whose pictures are as they
        are shown one after another, a dask array where it is long
        (`replay.LARGEST_IN_MEMORY`). Palettes and inks become RGB, 1 bit becomes 0 and 255, grey
        loses its alpha. No voxel size, and no proportions of a pixel: a picture's dots per inch
        tell how to print it, and some programs write its sides there. An animation's time step
        is in seconds.

    Raises
    ------
    UnreadableFileError
        It is no picture of a known format, or holds other pixels than it promises.
    UnsupportedScanError
        It is too large.
    """
    with BoundedReader(path) as file:
        if begins_like_jpeg(file) and is_deep(content := file.read()):
            return _of_deep_jpeg(content, path)
        return _of_pillow(file, path)


def _of_deep_jpeg(content: bytes, path: Path) -> Scan:
    pixels = deep_jpeg(content, path)
    _check_jpeg(content, path)
    return _scan(path, pixels, "yx", _told_orientation(lambda: orientation_of(content)))


def _of_pillow(file: BinaryIO, path: Path) -> Scan:
    with opened(file, path.name) as image:
        check_plane_size(path.name, image.height, image.width)
        check_decoded_size(path, image.height * image.width * len(image.getbands()))
        notes = check_sides(file, path.name) if image.format == "GIF" else ()
        check_left_over(file, image.format or "", path.name)
        orientation = _told_orientation(lambda: image.getexif().get(ORIENTATION))
        n_pictures = 1 if image.format in _JPEG else getattr(image, "n_frames", 1)
        is_film, time_step = n_pictures > 1, None
        if is_film:
            pixels, time_step = film_of(image, n_pictures, path)
        else:
            pixels = _picture(file, path, image)
        if image.format in _JPEG:
            file.seek(0)
            _check_jpeg(file.read(), path)
    scan = _scan(path, pixels, "tyx" if is_film else "yx", orientation)
    return replace(scan, place=replace(scan.place, time_step=time_step or 1.0), notes=notes)


def _scan(path: Path, pixels: Any, spatial: str, orientation: object) -> Scan:
    axes = spatial + "c" * (pixels.ndim - len(spatial))
    place = Place.of_size(None, "a picture's dots per inch tell how to print it")
    pixels = upright(pixels, axes, orientation)
    return Scan(pixels, axes, name=path.name, source=str(path), place=place)


def _told_orientation(look: Callable[[], object]) -> object:
    """Find how a picture is turned; damaged EXIF does not say it."""
    try:
        return look()
    except Exception:  # noqa: BLE001  Pillow promises nothing narrower for broken EXIF
        return None


def _picture(file: BinaryIO, path: Path, image: Image.Image) -> NDArray[Any]:
    """Decode one picture; samples of more than 8 bits stay as they are stored."""
    deep = _deep_samples(file, path, image.format or "")
    return np.asarray(_in_kept_mode(image)) if deep is None else deep


def _deep_samples(file: BinaryIO, path: Path, kind: str) -> NDArray[Any] | None:
    """Decode samples that Pillow cuts to 8 bits, or stretches to 16; None where there are none."""
    import imagecodecs

    decoders = {"PNG": imagecodecs.png_decode, "JPEG2000": imagecodecs.jpeg2k_decode}
    if kind not in decoders:
        return None
    at = file.tell()
    file.seek(0)
    try:
        stored = np.asarray(decoders[kind](file.read()))
    except (imagecodecs.PngError, imagecodecs.Jpeg2kError) as error:
        raise _rows_missing(path) from error
    file.seek(at)
    if stored.itemsize == 1:
        return None
    has_color = stored.ndim == 3 and stored.shape[-1] > 2
    return stored if has_color or stored.ndim == 2 else stored[..., 0]


def _check_jpeg(content: bytes, path: Path) -> None:
    """Refuse a JPEG that was cut and closed again, and one that goes on behind its last row."""
    wrong = what_is_wrong(content)
    if wrong is Wrong.CUT:
        raise UnreadableFileError(
            f"{path.name} is cut short, a part of its pixels is missing: export or copy it again."
        )
    if wrong is Wrong.MORE:
        raise UnreadableFileError(
            f"{path.name} holds other pixels than its width and height promise: "
            "export or copy it again."
        )


def _rows_missing(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path.name} holds fewer rows than it promises: export or copy it again."
    )


def _in_kept_mode(image: Image.Image) -> Image.Image:
    if image.mode in _KEPT_MODES or image.mode.startswith("I;16"):
        return image
    if image.mode in ("1", "LA", "La"):
        return image.convert("L")
    if image.mode in ("P", "PA") and ("transparency" in image.info or image.mode == "PA"):
        return image.convert("RGBA").convert("RGB")
    if image.mode == "CMYK":
        return without_inks(image, image.info.get("icc_profile"))
    return image.convert("RGB")
