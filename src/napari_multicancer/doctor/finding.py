"""One thing that was looked at, and the part of the examination that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["fine", "note", "fault"]

REPORT = "report it with this page"
"""Advice where nobody but us can help."""
_MARKS: dict[State, str] = {"fine": "", "note": "note", "fault": "WRONG"}
_MARK_WIDTH = 6
_TOPIC_WIDTH = 26


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    topic : str
        What was looked at, such as "numpy".
    says : str
        What was found, such as "2.3.1".
    state : {"fine", "note", "fault"}
        "note": something optional is not there; "fault": something cannot work.
    advice : str
        What to do about it: a sentence without a full stop, or "".
    """

    topic: str
    says: str
    state: State = "fine"
    advice: str = ""

    def __str__(self) -> str:
        said = f"{self.says}: {self.advice}" if self.advice else self.says
        return f"{_MARKS[self.state]:<{_MARK_WIDTH}}{self.topic:<{_TOPIC_WIDTH}} {said}"


@dataclass(frozen=True)
class Chapter:
    """What belongs together.

    Attributes
    ----------
    title : str
    findings : tuple of Finding
    """

    title: str
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return "\n".join([self.title, *map(str, self.findings)])
