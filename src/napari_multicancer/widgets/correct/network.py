"""What the models are asked for while a mask is being corrected: a box, or a probability map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError, UnsupportedScanError
from napari_multicancer.core.masks.record import half_precision
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.layers import finest_level, scan_from_layer
from napari_multicancer.widgets.common.lesions import image_under
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.common.thread import Cancelled, Progress
from napari_multicancer.widgets.correct.part import Mask, Part

NO_IMAGE = tr("There is no image under this mask: open the scan that it belongs to.")


def picture_of(part: Part) -> Any:
    """Find the pixels of the image on whose voxels a mask lies; None where there is none.

    Returns
    -------
    array or None
        Shape of the part's mask, maybe with a last axis of channels; numpy or dask.
    """
    image = image_under(part.labels)
    return None if image is None else part.of(finest_level(image))


def scan_under(labels: Labels) -> Scan:
    """Take the scan that a mask lies on.

    Raises
    ------
    MaskError
        There is none.
    UnsupportedScanError
        It cannot be analysed.
    """
    image: Image | None = image_under(labels)
    if image is None:
        raise MaskError(NO_IMAGE)
    scan = scan_from_layer(image)
    scan.check()
    return scan


def known_organ(labels: Labels) -> str | None:
    """Say which organ the mask's own analysis found or was told; None for other masks."""
    return record_of(labels).mask.organ


@dataclass(eq=False)
class BoxOutline:
    """Lets the network redraw a label of a mask inside a box; outside it, all stays.

    Parameters
    ----------
    scan : Scan
    box : (slice, slice)
    organ : str or None
        None to let the recognizer say.
    part : Part
        The picture, plane or stack that is redrawn.
    models : mapping of str to str
        Task to model name, where not the default.

    Attributes
    ----------
    probability : ndarray of float16 or None
        What the network said of the box, shape of the mask's part in it; None before
        it was asked.
    """

    scan: Scan
    box: tuple[slice, slice]
    organ: str | None
    part: Part
    models: Mapping[str, str]
    probability: NDArray[np.float16] | None = None

    def __call__(self, mask: Mask, progress: Progress, cancelled: Cancelled) -> Mask:
        """Give a mask in which the box is redrawn."""
        from napari_multicancer.core.analysis.box import segment_box
        from napari_multicancer.core.masks.labels import check_label, replace_region

        check_label(mask, self.part.label)
        planes = range(len(mask)) if self.part.is_stack else (self.part.plane or 0,)
        organ = self.organ or _recognised(self.scan, self.models, cancelled)
        found = segment_box(
            self.scan,
            self.box,
            organ,
            planes,
            models=self.models,
            progress=progress,
            cancelled=cancelled,
        )
        result = mask.copy()
        views = result if self.part.is_stack else (result,)
        for view, lesion in zip(views, found.mask, strict=True):
            replace_region(view[self.box], lesion[self.box] > 0, self.part.label)
        inside = found.probability[(slice(None), *self.box)]
        self.probability = half_precision(inside if self.part.is_stack else inside[0])
        return result

    def keep(self) -> None:
        """Let the mask's probability map say what the network said of the box."""
        if self.probability is not None:
            planes = (slice(None),) if self.part.is_stack else ()
            index = (*self.part.index, *planes, *self.box)
            record_of(self.part.labels).keep_box(index, self.probability)


def _recognised(scan: Scan, models: Mapping[str, str], cancelled: Cancelled) -> str:
    from napari_multicancer.core.analysis.analyze import analyze

    answer = analyze(scan, steps=(), models=models, cancelled=cancelled)
    if answer.refused:
        raise UnsupportedScanError(answer.note)
    return answer.organ.label


@dataclass(frozen=True, eq=False)
class FoundMap:
    """A lesion's probability over a whole scan, and the name and version of who said so."""

    probability: NDArray[np.float16]
    model: str


def probability_map(
    scan: Scan,
    organ: str | None,
    models: Mapping[str, str],
    progress: Progress,
    cancelled: Cancelled,
) -> FoundMap:
    """Let the models map a lesion's probability over a whole scan, in half precision.

    Raises
    ------
    UnsupportedScanError
        The scan shows neither organ.
    """
    from napari_multicancer.core.analysis.analyze import AUTOMATIC, SEGMENT, analyze

    answer = analyze(
        scan,
        organ=organ or AUTOMATIC,
        steps=(SEGMENT,),
        models=models,
        progress=progress,
        cancelled=cancelled,
    )
    if answer.probability is None:
        raise UnsupportedScanError(answer.note)
    return FoundMap(half_precision(answer.probability), answer.models[-1])
