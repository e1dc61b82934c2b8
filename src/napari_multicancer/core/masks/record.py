"""What is known of a mask besides its pixels and its place."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.masks.history import Change, changes_of, records_of, with_change
from napari_multicancer.core.masks.tally import NO_CLICKS, ClickTally, tally_of

LEVEL = 1
"""zlib's fastest: label masks are mostly runs of one value."""
HISTORY = "history"
CLICKS = "clicks"
SMALLEST = float(np.finfo(np.float16).smallest_normal)
"""Smaller probabilities count as 0: numpy takes thirty times as long to halve their precision."""


@dataclass(frozen=True)
class MaskRecord:
    """What travels with a mask: into files and automatic copies, and back.

    A field that is added here travels too, as soon as `as_json` and `from_json` know it.

    Parameters
    ----------
    provenance : mapping or None
        Who and what made the mask: see `io.provenance`. None where it was drawn by hand.
    made_digest : str or None
        Digest of the pixels that the models gave or a file held.
    history : tuple of Change
        Oldest first; it begins with the models' outline, where there is one.
    clicks : ClickTally
        What clicks of the network's tool have done.

    Examples
    --------
    >>> record = MaskRecord.of({"source": "a.png", "history": []}, "d")
    >>> MaskRecord.from_json(record.as_json()) == record
    True
    """

    provenance: Mapping[str, Any] | None = None
    made_digest: str | None = None
    history: tuple[Change, ...] = ()
    clicks: ClickTally = NO_CLICKS

    @classmethod
    def of(cls, provenance: Mapping[str, Any] | None, made_digest: str | None) -> MaskRecord:
        """Begin the record of a mask from the provenance that came with it, history included."""
        return cls.from_json({"provenance": provenance, "made_digest": made_digest})

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> MaskRecord:
        """Read a record that stood in a file or in a layer's metadata.

        Parameters
        ----------
        kept : mapping
            As `as_json` gives it. A part that is missing, or is not what it should
            be, is left out: a mask is worth opening without it.
        """
        provenance, digest = kept.get("provenance"), kept.get("made_digest")
        known = dict(provenance) if isinstance(provenance, Mapping) else None
        first, clicked = (known or {}).get(HISTORY), (known or {}).get(CLICKS)
        for own in (HISTORY, CLICKS):
            if known is not None:
                known.pop(own, None)
        return cls(
            known,
            digest if isinstance(digest, str) else None,
            changes_of(kept.get(HISTORY, first)),
            tally_of(kept.get(CLICKS, clicked)),
        )

    def as_json(self) -> dict[str, Any]:
        """Put the record in words that JSON knows; `from_json` reads them back."""
        return {
            "provenance": None if self.provenance is None else dict(self.provenance),
            "made_digest": self.made_digest,
            HISTORY: records_of(self.history),
            CLICKS: self.clicks.as_record(),
        }

    def whole_provenance(self) -> dict[str, Any]:
        """Give the provenance with the history as it is now, and with what clicks have done."""
        whole = {**(self.provenance or {}), HISTORY: records_of(self.history)}
        if self.clicks != NO_CLICKS:
            whole[CLICKS] = self.clicks.as_record()
        return whole

    def with_change(self, change: Change) -> MaskRecord:
        """Add a change to the history: see `history.with_change`."""
        return replace(self, history=with_change(self.history, change))

    @property
    def finding(self) -> str:
        """What the models that outlined the mask say that its scan shows; empty for other masks."""
        said = (self.provenance or {}).get("diagnosis")
        return str(said.get("label", "")) if isinstance(said, Mapping) else ""

    @property
    def model(self) -> str | None:
        """Name and version of the model that outlined the mask; None for other masks."""
        asked = (self.provenance or {}).get("models")
        return str(asked[-1]) if isinstance(asked, list | tuple) and asked else None

    @property
    def organ(self) -> str | None:
        """The organ that the models found or were told; None for other masks."""
        found = (self.provenance or {}).get("organ")
        return found.get("label") if isinstance(found, Mapping) else None


@dataclass(frozen=True)
class PackedMask:
    """A mask, compressed: what was outlined first, before anybody corrected it."""

    packed: bytes
    shape: tuple[int, ...]
    dtype: str

    @classmethod
    def of(cls, mask: NDArray[np.integer]) -> PackedMask:
        """Compress a mask."""
        pixels = np.ascontiguousarray(mask)
        packed = zlib.compress(pixels.view(np.uint8).data, LEVEL)
        return cls(packed, pixels.shape, pixels.dtype.str)

    def unpack(self) -> NDArray[np.integer]:
        """Give the mask back, read-only."""
        pixels = np.frombuffer(zlib.decompress(self.packed), self.dtype)
        return pixels.reshape(self.shape)


Index = tuple[int | slice, ...]


def half_precision(probability: Any) -> Any:
    """Bring a map to the precision in which it is kept; one that has it stays the same object.

    Takes seconds for a large stack.

    Parameters
    ----------
    probability : ndarray or dask array of float, 0..1, shape (..., row, column)

    Returns
    -------
    ndarray or dask array of float16
    """
    if probability.dtype == np.float16:
        return probability
    if not isinstance(probability, np.ndarray):
        return probability.astype(np.float16)
    halved = np.empty(probability.shape, np.float16)
    planes = probability.reshape(-1, *probability.shape[-2:])
    for plane, values in zip(halved.reshape(planes.shape), planes, strict=True):
        plane[...] = np.where(values < SMALLEST, 0, values)
    return halved


@dataclass(frozen=True, eq=False)
class _Box:
    """What the network said of a box of a mask whose map is not known yet."""

    index: Index
    values: NDArray[np.float16]
    shape: tuple[int, ...]


@dataclass(eq=False)
class ProbabilityMap:
    """The map that a mask was cut from, and boxes of it that were asked for by themselves.

    Values are kept in half precision, whose steps are below 0.0005.
    """

    _whole: NDArray[np.float16] | None = None
    _boxes: list[_Box] = field(default_factory=list)

    def of(self, shape: tuple[int, ...]) -> NDArray[np.float16] | None:
        """Give the map of a mask of this shape; None where none is known or fits."""
        known = self._whole
        return known if known is not None and known.shape == shape else None

    def keep(
        self, probability: NDArray[np.floating], shape: tuple[int, ...]
    ) -> NDArray[np.float16]:
        """Keep the map of a mask, and give it; an earlier one and its boxes are replaced.

        Parameters
        ----------
        probability : ndarray of float, 0..1, as many values as the mask has pixels
            Taken over, not copied, where it comes from `half_precision`.
        shape : tuple of int
            The mask's.
        """
        self._boxes.clear()
        self._whole = half_precision(probability).reshape(shape)
        return self._whole

    def complete(self, probability: NDArray[np.floating], shape: tuple[int, ...]) -> None:
        """Keep the map of a mask that had none, under the boxes that were kept before."""
        boxes = list(self._boxes)
        whole = self.keep(probability, shape)
        for box in boxes:
            if box.shape == shape:
                whole[box.index] = box.values

    def keep_box(
        self, index: Index, probability: NDArray[np.floating], shape: tuple[int, ...]
    ) -> None:
        """Let the map say in a box what the network said of that box.

        Where no map is known, the box waits for one: see `complete`.

        Parameters
        ----------
        index : tuple of int and slice
            Where the box lies in the mask.
        probability : ndarray of float, the shape of that part
        shape : tuple of int
            The whole mask's.
        """
        values, known = half_precision(probability), self.of(shape)
        if known is not None:
            known[index] = values
        else:
            self._boxes.append(_Box(index, values, shape))
