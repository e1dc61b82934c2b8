"""The whole examination, as a page that can be pasted into a bug report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from napari_multicancer.doctor.discreet import discreet
from napari_multicancer.doctor.each_model import ask_models
from napari_multicancer.doctor.finding import REPORT, Chapter, Finding
from napari_multicancer.doctor.libraries import look_at_extras, look_at_libraries
from napari_multicancer.doctor.machine import look_at_machine
from napari_multicancer.doctor.models import look_at_folders, look_at_models
from napari_multicancer.doctor.self_test import analyze_samples
from napari_multicancer.doctor.window import look_at_window
from napari_multicancer.printable import printable

Part = Callable[[], Iterable[Finding]]

PARTS: dict[str, tuple[Part, ...]] = {
    "Program": (look_at_machine,),
    "Libraries": (look_at_libraries,),
    "Extras": (look_at_extras,),
    "Window": (look_at_window,),
    "Models": (look_at_folders, look_at_models),
    "Self-test": (ask_models, analyze_samples),
}
"""What is looked at, in this order."""


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Attributes
    ----------
    chapters : tuple of Chapter
    """

    chapters: tuple[Chapter, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """What cannot work as it is."""
        found = (finding for chapter in self.chapters for finding in chapter.findings)
        return tuple(finding for finding in found if finding.state == "fault")

    @property
    def summary(self) -> str:
        """One sentence: that all is well, or what to do."""
        if not self.faults:
            return "All is well."
        counted = "1 thing is" if len(self.faults) == 1 else f"{len(self.faults)} things are"
        return (
            f"{counted} wrong: do what the lines marked WRONG say, the first one first, "
            "and run doctor again."
        )

    def __str__(self) -> str:
        return "\n\n".join([*map(str, self.chapters), self.summary])


def diagnosed() -> Iterator[Chapter]:
    """Examine the installation part by part; it takes some seconds in all.

    Yields
    ------
    Chapter
        It names no user, machine or folder of theirs.
    """
    for title, parts in PARTS.items():
        findings = tuple(_fit_to_show(found) for part in parts for found in _looked_at(title, part))
        yield Chapter(title, findings)


def examine() -> Diagnosis:
    """Examine the installation: versions, libraries, window, models, and a self-test.

    Returns
    -------
    Diagnosis
        As text, it is what a bug report needs. It names no user, machine or folder of theirs.
    """
    return Diagnosis(tuple(diagnosed()))


def _looked_at(title: str, part: Part) -> Iterator[Finding]:
    """Give what a part finds; one that fails itself does not keep the others from being told."""
    try:
        yield from part()
    except Exception as error:  # noqa: BLE001  whatever the machine lacks, it is said here
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        yield Finding(title, f"cannot be looked at ({reason})", "fault", REPORT)


def _fit_to_show(finding: Finding) -> Finding:
    return replace(
        finding,
        topic=printable(discreet(finding.topic)),
        says=printable(discreet(finding.says)),
        advice=printable(discreet(finding.advice)),
    )
