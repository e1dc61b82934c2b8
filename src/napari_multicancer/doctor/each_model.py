"""Each model asked by itself, so that one that cannot be used does not keep the others untried."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.analysis.click_network import ClickNetwork
from napari_multicancer.core.analysis.guides import Click, square_part
from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.models.cards import RECOGNIZER, ModelCard, read_card, read_weights
from napari_multicancer.core.models.record import INTERACTIVE
from napari_multicancer.core.models.runtime import Model, load_model, unload_models
from napari_multicancer.core.planes.squares import Squares
from napari_multicancer.core.planes.walk import Walk
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.doctor.finding import REPORT, Finding
from napari_multicancer.doctor.models import cards_in_use
from napari_multicancer.io import load_scan
from napari_multicancer.samples import SAMPLES, Sample


def ask_models() -> Iterator[Finding]:
    """Ask each model about a sample of its organ; those that cannot be read were said before."""
    unload_models()
    for path in cards_in_use():
        with suppress(ModelError):
            card = read_card(path)
            read_weights(card)
            yield _asked(card)


def _asked(card: ModelCard) -> Finding:
    topic = f"{card.name} alone"
    sample = next((one for one in SAMPLES if one.organ == card.organ), SAMPLES[0])
    start = time.perf_counter()
    try:
        says = _answer(load_model(card), sample)
    except ModelError as error:
        return Finding(topic, error.message.removesuffix("."), "fault")
    except Exception as error:  # noqa: BLE001  whatever fails in a library, it is said here
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return Finding(topic, f"failed ({reason})", "fault", REPORT)
    return Finding(topic, f"{says} in {time.perf_counter() - start:.2f} s")


def _answer(model: Model, sample: Sample) -> str:
    """Put into words what a model makes of a sample."""
    scan = load_scan(sample.path)
    if model.card.role == INTERACTIVE:
        return f"outlines {_clicked(model, scan)} px of the sample {sample.name} after a click"
    label = model.card.classes[int(_scores(model, scan).argmax())]
    return f"says {label} of the sample {sample.name}"


def _scores(model: Model, scan: Scan) -> NDArray[np.float32]:
    """Ask a network about a picture, and make sure that it scores the classes of its card."""
    card = model.card
    fitted = Squares(Walk(scan), 1).fit(
        scan.plane(0), card.input_size, card.preprocessing, card.color
    )
    square = np.zeros((card.input_size, card.input_size, 3), np.float32)
    outputs = model(square if fitted is None else fitted[0])
    scores = outputs.get(
        "organ" if card.task == RECOGNIZER else "diagnosis", np.empty(0, np.float32)
    )
    if scores.shape != (len(card.classes),) or not np.isfinite(scores).all():
        raise ModelError(
            f"The model file {card.path} does not score the {len(card.classes)} classes of its "
            "card: reinstall the package, or remove card and file if they are your own."
        )
    return scores


def _clicked(model: Model, scan: Scan) -> int:
    """Count the pixels that a network of clicks outlines around the middle of a picture."""
    height, width = scan.spatial_shape[-2:]
    field = square_part((height, width), (height / 2, width / 2), max(height, width))
    network = ClickNetwork(model, scan, 0, field)
    nothing = np.zeros((field.height, field.width), bool)
    click = Click.at(field.height / 2, field.width / 2)
    return int(network.ask(nothing, [click], None, None).wanted.sum())
