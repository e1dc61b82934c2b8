"""What the user opened, and how it turns into planes.

One rule for axes:

- ``y`` and ``x`` are the plane.
- ``c`` comes last and is the colour of a plane, not a plane of its own: RGB, or
  RGBA whose alpha is left out. A plane whose three colours are equal is grey.
- ``z`` (depth) or ``t`` (time) before them makes a stack: every plane is
  analysed, one after another; so is a cine in colour ("tyxc").
- ``t`` and ``z`` together are several volumes (times, or contrasts). Only the
  user knows which of them is meant, so one is to be chosen: `Scan.volume`.
- A ``c`` that comes first is contrasts of one place; of those, too, one is to be
  chosen. Nothing is taken for it by itself: the user says so (`core.reading`).
- A ``z`` or ``t`` of length 1 does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.place import UNPLACED, Frame, Place
from napari_multicancer.core.scan.views import View

COLOUR_CHANNELS = (3, 4)
SMALLEST_SIDE = 16
LARGEST_PLANE = 1_600_000_000
"""Pixels of the largest plane that is analysed (40,000 x 40,000); see `core.reduction`."""

ORIGIN = "origin"
"""Where `Scan.metadata` holds what writers refer back to."""

WHOLE = (slice(None), slice(None))
"""All rows and columns."""

SUPPORTED_AXES = tuple(planes + "yx" + c for planes in ("", "z", "t", "tz") for c in ("", "c"))


@dataclass(frozen=True, eq=False)
class Scan:
    """A scan in memory or on disk, with its geometry.

    Parameters
    ----------
    pixels : ndarray or dask array
        Any real dtype; dimensions in the order of `axes`.
    axes : str
        One letter a dimension: ``z`` depth, ``t`` time, ``y`` row, ``x`` column,
        ``c`` colour (red, green, blue and maybe alpha), such as "yx", "yxc", "zyx".
    voxel_size : tuple of float, optional
        Size of a voxel in mm, one value a spatial axis (all axes but ``c``), in
        the same order; nan for planes whose distance the file does not say. None where
        it does not say the size of a pixel.
    name : str
        What the user calls it; never a path.
    source : str, optional
        Where it came from, usually the file's path.
    contrast_limits : (float, float), optional
        Values that the file wants shown black and white; for the display alone.
    metadata : mapping, optional
        What a format's writers need to refer back to it. It may identify a
        patient: it is never shown, logged or written to another format.
    view : View, optional
        How its planes lie in the patient; None where the file does not say.
    place : Place, optional
        Where its voxels lie. `voxel_size` and `view` are taken from it where they are not
        given; where they are, a place outside the patient is brought into line with them.
    notes : tuple of str
        What a user should know of how the file was read, a sentence each: what it leaves open,
        says twice in two ways, or holds besides. Nothing that a header says of a patient.
    pixel_size_by_hand : bool
        Whether the user, not the file, named the size of a pixel; see `pixel_size.with_pixel_size`.
    """

    pixels: Any
    axes: str
    voxel_size: tuple[float, ...] | None = None
    name: str = "scan"
    source: str | None = None
    contrast_limits: tuple[float, float] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)
    view: View | None = None
    place: Place = field(default=UNPLACED, repr=False)
    notes: tuple[str, ...] = ()
    pixel_size_by_hand: bool = False

    def __post_init__(self) -> None:
        if len(self.axes) != self.pixels.ndim:
            raise UnsupportedScanError(
                f"{self.name} has {self.pixels.ndim} dimensions, but its axes are {self.axes!r}"
            )
        if self.voxel_size is not None and len(self.voxel_size) != len(self.spatial_axes):
            raise UnsupportedScanError(
                f"{self.name} has {len(self.spatial_axes)} spatial axes, "
                f"but a voxel size of {self.voxel_size}"
            )
        self._agree_on_place()

    def _agree_on_place(self) -> None:
        """Let place, voxel size and view say the same."""
        place, size, view = self.place, self.voxel_size, self.view or self.place.view
        if size is not None:
            lengths = [n for n, axis in zip(size, self.spatial_axes, strict=True) if axis in "zyx"]
            if place is UNPLACED:
                place = Place.of_size(lengths)
            elif place.frame is Frame.NONE:
                place = place.resized(lengths)
        elif place.pixel_size is not None:
            depth = place.lengths[0] if place.voxel_size else float("nan")
            known = dict(zip("zyx", (depth, *place.pixel_size), strict=True))
            size = tuple(known.get(axis, 1.0) for axis in self.spatial_axes)
        for name, value in (
            ("place", replace(place, view=view)),
            ("voxel_size", size),
            ("view", view),
        ):
            object.__setattr__(self, name, value)

    @property
    def origin(self) -> Any:
        """What the scan's format keeps of its file for results that refer back to it; or None."""
        return self.metadata.get(ORIGIN)

    @property
    def spatial_axes(self) -> str:
        """The axes without colour: those that a mask has."""
        return self.axes.replace("c", "")

    @property
    def spatial_shape(self) -> tuple[int, ...]:
        """Shape of a mask for this scan."""
        return tuple(
            size for size, axis in zip(self.pixels.shape, self.axes, strict=True) if axis != "c"
        )

    @property
    def is_stack(self) -> bool:
        """Whether there is more than one plane axis."""
        return len(self.spatial_axes) > 2

    @property
    def is_volume(self) -> bool:
        """Whether its planes lie one above another in space: more than one, along ``z`` alone."""
        longer = [a for a, n in zip(self.axes, self.pixels.shape, strict=True) if n > 1]
        return "z" in longer and not self.is_film

    @property
    def is_film(self) -> bool:
        """Whether its planes follow one another in time: more than one, along ``t``."""
        return any(a == "t" and n > 1 for a, n in zip(self.axes, self.pixels.shape, strict=True))

    @property
    def n_planes(self) -> int:
        """Number of 2-D slices."""
        return int(np.prod(self.spatial_shape[:-2], dtype=int))

    @property
    def plane_spacing(self) -> tuple[float, float] | None:
        """Height and width of a pixel in mm, or None."""
        return None if self.voxel_size is None else self.voxel_size[-2:]  # type: ignore[return-value]

    @property
    def pixel_aspect(self) -> float:
        """How many times as high as wide a pixel is, also where its size is not known."""
        height, width = self.plane_spacing or self.place.lengths[1:]
        return height / width

    def position(self, index: int) -> tuple[int, ...]:
        """Find where a plane lies along the axes before its own, as an index into a mask."""
        return tuple(map(int, np.unravel_index(index, self.spatial_shape[:-2])))

    def volume(self, index: int) -> Scan:
        """Take one of several volumes, or one picture of a cine, as a scan of its own.

        Parameters
        ----------
        index : int
            Along ``t``, or along contrasts.

        Raises
        ------
        UnsupportedScanError
            The first axis is neither, or shorter.
        """
        if self.axes[0] not in "tc" or not 0 <= index < self.pixels.shape[0]:
            raise UnsupportedScanError(f"{self.name} has no volume {index}: choose another.")
        size = self.voxel_size
        if size is not None and self.axes[0] == "t":
            size = size[1:]
        return replace(self, pixels=self.pixels[index], axes=self.axes[1:], voxel_size=size)

    def plane(self, index: int, part: tuple[slice, slice] = WHOLE) -> NDArray[Any]:
        """Read one plane, shape (row, column) or (row, column, 3), in the scan's own values.

        Alpha is left out; a colour picture whose channels are equal becomes grey.

        Parameters
        ----------
        index : int
        part : (slice, slice)
            Rows and columns; all of them unless given.
        """
        pixels = self.pixels[self.position(index)]
        plane = np.asarray(pixels if part == WHOLE else pixels[part])
        if plane.ndim == 3:
            plane = plane[..., :3]
            if np.array_equal(plane[..., 0], plane[..., 1]) and np.array_equal(
                plane[..., 0], plane[..., 2]
            ):
                plane = plane[..., 0]
        return plane.astype(np.uint8) if plane.dtype == bool else plane

    def planes(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """Go through all planes in order, with their index, reading one at a time."""
        for index in range(self.n_planes):
            yield index, self.plane(index)

    def check(self) -> None:
        """Refuse what cannot be analysed.

        Raises
        ------
        UnsupportedScanError
            With one sentence that names the scan and says what to do.
        """
        height_width = self.spatial_shape[-2:]
        size = " x ".join(map(str, self.pixels.shape))
        if self.axes.startswith("c"):
            raise UnsupportedScanError(
                f"{self.name} holds {self.pixels.shape[0]} contrasts ({size}): choose one of them."
            )
        if self.axes not in SUPPORTED_AXES:
            raise UnsupportedScanError(
                f"{self.name} ({size}, axes {self.axes!r}) is not a single picture or a stack "
                "of planes: extract one picture or one channel and try again."
            )
        leading = self.spatial_shape[:-2]
        if len(leading) > 1 and min(leading) > 1:
            raise UnsupportedScanError(
                f"{self.name} is not a single picture or volume but holds {leading[0]} volumes "
                f"({size}, axes {self.axes!r}): choose one, or save "
                "one as a file of its own."
            )
        if "c" in self.axes and self.pixels.shape[-1] not in COLOUR_CHANNELS:
            raise UnsupportedScanError(
                f"{self.name} has {self.pixels.shape[-1]} colour channels: "
                "use a grey, RGB or RGBA picture."
            )
        if np.dtype(self.pixels.dtype).kind not in "buif":
            raise UnsupportedScanError(
                f"{self.name} holds {self.pixels.dtype} values: convert them to real numbers."
            )
        if 0 in self.pixels.shape or min(height_width) < SMALLEST_SIDE:
            raise UnsupportedScanError(
                f"{self.name} measures only {size} pixels: "
                f"open a scan of at least {SMALLEST_SIDE} x {SMALLEST_SIDE}."
            )
        if height_width[0] * height_width[1] > LARGEST_PLANE:
            raise UnsupportedScanError(
                f"{self.name} measures {size} pixels, more than {LARGEST_PLANE // 10**6} million "
                "a plane: crop it or scale it down first."
            )


def guess_axes(shape: tuple[int, ...]) -> str:
    """Name the axes of an array of which nothing else is known.

    Two axes are a picture. A last axis of 3 or 4 is colour where the axes
    before it are both longer than 4. Anything else with three axes is a stack.

    Parameters
    ----------
    shape : tuple of int

    Returns
    -------
    str
        One letter a dimension, such as "yx", "yxc", "zyx", "zyxc" or "tzyx".
    """
    is_colour = len(shape) > 2 and shape[-1] in COLOUR_CHANNELS and min(shape[-3:-1]) > 4
    spatial = "tzyx"[-(len(shape) - is_colour) :] if len(shape) - is_colour else ""
    spatial = spatial.rjust(len(shape) - is_colour, "?")
    return spatial + "c" * is_colour
