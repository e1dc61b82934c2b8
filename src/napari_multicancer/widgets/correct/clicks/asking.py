"""What a thread does for clicks: it asks the network about one plane."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from napari_multicancer.core.analysis.guides import Click, square_part
from napari_multicancer.core.errors import MaskError, ModelError
from napari_multicancer.core.models.cards import find_model, models_folder
from napari_multicancer.core.models.record import INTERACTIVE
from napari_multicancer.core.scan.place import UNPLACED
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.common.layers import finest_level
from napari_multicancer.widgets.common.lesions import image_under
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.correct.clicks.state import before_clicks, painted
from napari_multicancer.widgets.correct.network import NO_IMAGE
from napari_multicancer.widgets.correct.part import Changes, Mask, Part, find_changes

NOTHING = tr("Nothing has changed there: the mask is already as the click asks.")
ONLY_PAINTED = tr(
    "The network saw nothing there to add; only the spot was painted. Draw a stroke, or use the "
    "brush."
)
ONLY_ERASED = tr(
    "The network saw nothing there to remove; only the spot was erased. Draw a stroke, or use the "
    "brush."
)


def scan_of(part: Part) -> Scan:
    """Take the plane or the stack of the scan under a part of a mask.

    Raises
    ------
    MaskError
        There is no image on the mask's voxels.
    """
    image = image_under(part.labels)
    if image is None:
        raise MaskError(NO_IMAGE)
    pixels = part.of(finest_level(image))
    height, width = part.place(np.abs(part.labels.scale))[-2:]
    axes = "zyx"[-part.mask.ndim :] + "c" * bool(image.rgb)
    size = part.spacing
    if size is not None and len(size) < part.mask.ndim:
        size = (float("nan"), *size)
    return Scan(
        pixels,
        axes,
        voxel_size=size,
        name=image.name,
        place=UNPLACED if size is not None else UNPLACED.stretched(float(height / width)),
    )


@dataclass(frozen=True, eq=False)
class Question:
    """What the network is asked about a plane.

    Attributes
    ----------
    part : Part
    scan : Scan
        The plane.
    clicks : tuple of Click
        All that count, the newest last.
    first : ndarray or None
        The plane before anybody corrected it; None where it was not looked for yet.
    changes : tuple of Changes
        What clicks have changed there so far.
    models : mapping of str to str
    again : bool
        Whether to begin before the first click, as one was taken back.
    """

    part: Part
    scan: Scan
    clicks: tuple[Click, ...]
    first: Mask | None
    changes: tuple[Changes, ...]
    models: Mapping[str, str]
    again: bool = False


@dataclass(frozen=True, eq=False)
class Answer:
    """What the network changes on a plane.

    Attributes
    ----------
    changes : Changes
    first : ndarray
        See `Question`.
    seen : bool
        See `Refinement`.
    model : str
        Empty where it was not asked.
    seconds : float
    """

    changes: Changes
    first: Mask
    seen: bool
    model: str
    seconds: float


def ask(question: Question) -> Answer:
    """Ask the network; the layer's own pixels stay as they are."""
    began = time.perf_counter()
    part = question.part
    first = _first(part) if question.first is None else question.first
    changes, seen, model = (_again if question.again else _once)(question, first)
    return Answer(changes, first, seen, model, time.perf_counter() - began)


def _first(part: Part) -> Mask:
    whole = record_of(part.labels).first
    known = part.mask if whole is None or whole.shape != part.data.shape else part.of(whole)
    return np.array(known)


def _once(question: Question, first: Mask) -> tuple[Changes, bool, str]:
    from napari_multicancer.core.analysis.clicks import REACH, refine

    mask = question.part.mask
    rows, columns = np.mean(question.clicks[-1].points, 0)
    field = square_part((mask.shape[0], mask.shape[1]), (float(rows), float(columns)), REACH)
    before = mask[field.slices].copy()
    found = refine(
        question.scan,
        mask,
        question.clicks,
        label=question.part.label,
        painted=painted(mask, first, question.changes, field.slices),
        models=question.models,
    )
    changes = find_changes(before, found.values)
    where = (changes.where[0] + field.top, changes.where[1] + field.left)
    return Changes(where, changes.before, changes.after), found.seen, found.model


def _again(question: Question, first: Mask) -> tuple[Changes, bool, str]:
    from napari_multicancer.core.analysis.clicks import replay

    mask = question.part.mask.copy()
    earlier = before_clicks(mask, question.changes)
    if not question.clicks:
        return find_changes(mask, earlier), True, ""
    found = replay(
        question.scan,
        earlier,
        question.clicks,
        label=question.part.label,
        painted=painted(mask, first, question.changes),
        models=question.models,
    )
    return find_changes(mask, found.mask), found.seen, found.model


def sentence_of(answer: Answer, count: int, *, positive: bool) -> str:
    """Tell what an answer to a click changed, which is so many pixels."""
    if not count:
        return NOTHING
    if not answer.seen:
        return ONLY_PAINTED if positive else ONLY_ERASED
    if positive:
        return tr_n("Added: {n} pixel changed.", "Added: {n} pixels changed.", count)
    return tr_n("Removed: {n} pixel changed.", "Removed: {n} pixels changed.", count)


def require_network(models: Mapping[str, str]) -> None:
    """Refuse to go on where no network of clicks is there.

    Raises
    ------
    ModelError
        With one sentence that says what is missing, and where it belongs.
    """
    try:
        find_model(INTERACTIVE, models.get(INTERACTIVE))
    except ModelError as error:
        if models.get(INTERACTIVE):
            raise
        raise ModelError(
            tr(
                "There is no network of clicks: put click.tflite and its card click.toml "
                "into {folder}, or train one with `napari-multicancer train click`.",
                folder=models_folder(),
            )
        ) from error
