"""A model, warm, on LiteRT."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.models.cards import ModelCard, read_weights

MAX_THREADS = 4
THREADS_VARIABLE = "NAPARI_MULTICANCER_THREADS"
"""Environment variable that says how many threads a model may use."""

_loaded: dict[tuple[str, str, str, int, int], Model] = {}
_preferred: list[Callable[[], int]] = []
_loading = threading.Lock()


class Model:
    """A network on LiteRT; any number of threads may call it.

    Parameters
    ----------
    card : ModelCard
    at_once : int
        So many calls run at a time, on an interpreter each, which share the threads
        of `n_threads`; the others wait.

    Raises
    ------
    ModelError
        The model file is missing, altered or unreadable.
    """

    def __init__(self, card: ModelCard, at_once: int = 1) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self.card = card
        self._idle: SimpleQueue[Any] = SimpleQueue()
        content = read_weights(card)
        try:
            for _ in range(at_once):
                interpreter = Interpreter(
                    model_content=content, num_threads=max(1, n_threads() // at_once)
                )
                self._idle.put(interpreter.get_signature_runner())
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"The model file {card.path} cannot be loaded: reinstall the package."
            ) from error

    def __call__(
        self, square: NDArray[np.float32], **more: NDArray[np.float32]
    ) -> dict[str, NDArray[np.float32]]:
        """Run the network on one letterboxed plane.

        Parameters
        ----------
        square : ndarray of float32, shape (size, size, 3), 0..255
        **more : ndarray of float32, shape (size, size, channels)
            Further inputs by name: ``guides`` for a network of clicks.

        Returns
        -------
        dict of str to ndarray of float32
            By output name: the class scores as logits, shape (classes,); where the
            network outlines lesions, ``lesion``, logits, shape (size, size); where
            it knows how far the picture is from those it learnt from, ``distance``;
            where it expects how well its outline fits, ``overlap``, a logit, shape (1,);
            where it tells what each place adds to a class' logit, ``activation``,
            shape (rows, columns, classes), over the whole square.
        """
        run = self._idle.get()
        try:
            outputs = run(image=square[None], **{name: maps[None] for name, maps in more.items()})
        finally:
            self._idle.put(run)
        return {
            name: value[0, ..., 0] if name == "lesion" else value[0]
            for name, value in outputs.items()
        }


def prefer_threads(preferred: Callable[[], int]) -> None:
    """Let a model use as many threads as somebody prefers, where `THREADS_VARIABLE` is not set.

    Parameters
    ----------
    preferred : callable
        Asked each time a model is; 0 for no preference.
    """
    _preferred[:] = [preferred]


def n_threads() -> int:
    """Say how many threads a model may use.

    Returns
    -------
    int
        `THREADS_VARIABLE`, else what is preferred, else the cores, at most four.
    """
    chosen = os.environ.get(THREADS_VARIABLE, "")
    count = int(chosen) if chosen.isdigit() else sum(ask() for ask in _preferred)
    return count if count > 0 else min(MAX_THREADS, os.cpu_count() or 1)


def lanes_for(n_planes: int) -> int:
    """Say how many planes to look at at the same time: one a thread, where there are several."""
    return n_threads() if n_planes > 1 else 1


def load_model(card: ModelCard, at_once: int = 1) -> Model:
    """Load a model, or hand out the one that is warm already; see `Model`.

    Two cards may name one file; each gets a model of its own.
    """
    key = (card.label, str(card.path), card.sha256, at_once, n_threads())
    with _loading:
        if key not in _loaded or _loaded[key].card != card:
            _loaded[key] = Model(card, at_once)
        return _loaded[key]


def unload_models() -> None:
    """Let go of all warm models."""
    with _loading:
        _loaded.clear()
