"""Which scans an export takes, and whether they are split: told once."""

from __future__ import annotations

from dataclasses import dataclass

from napari_multicancer.core.options import option
from napari_multicancer.project.records import FINISHED, State


@dataclass(frozen=True)
class ExportOptions:
    """Which scans an export takes, and whether they are split.

    Attributes
    ----------
    states : frozenset of State
        Any of these.
    by : str
        Whose masks alone, see `MaskVersion.maker`; everybody's where empty.
    split : bool
        Into train, val and test, a patient or group never into two; else all are of "train", and
        nothing is remembered for later exports.
    """

    states: frozenset[State] = option(
        FINISHED,
        "In this state; repeatable. Unless given, done and reviewed.",
        name="--state",
    )
    by: str = option("", "Masks that this person made, alone.", metavar="NAME")
    split: bool = option(
        True,
        "Into train, val and test, a patient never into two; without it all are of train.",
        name="--split/--no-split",
    )
