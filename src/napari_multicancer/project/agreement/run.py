"""The agreement of all raters and models of a project, compared and written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from napari_multicancer.core.errors import OutputError
from napari_multicancer.project.agreement.files import write_agreement
from napari_multicancer.project.agreement.pairs import Pair, PairKind, pairs
from napari_multicancer.project.agreement.summary import Summary, summarize
from napari_multicancer.project.agreement.words import in_words
from napari_multicancer.project.asking import OpenList


@dataclass(frozen=True)
class Agreement:
    """How far masks agree.

    Attributes
    ----------
    pairs : tuple of Pair
    summaries : tuple of Summary
        One a kind of pairs.
    failed : tuple of str
        Why some could not be compared, a sentence each.
    files : tuple of Path
        Tables and pictures.
    """

    pairs: tuple[Pair, ...]
    summaries: tuple[Summary, ...]
    failed: tuple[str, ...]
    files: tuple[Path, ...]

    @property
    def sentence(self) -> str:
        """Whether the models are within the spread of the raters, and how masks were begun."""
        return in_words(self.pairs)


def agree(
    project: OpenList,
    out: Path,
    *,
    progress: Callable[[int], None] = lambda done: None,
    proceed: Callable[[], None] = lambda: None,
) -> Agreement:
    """Compare raters with each other, with themselves and with the models, and write that.

    Parameters
    ----------
    project : OpenList
    out : Path
        The folder for tables and pictures.
    progress : callable
        Called with the number of pairs compared.
    proceed : callable
        Called before each scan; may raise CancelledError: nothing is written then.

    Raises
    ------
    OutputError
        There is nothing to compare, or a file cannot be written.
    """
    failed: list[str] = []
    some: list[Pair] = []
    for pair in pairs(project, proceed, failed.append):
        some.append(pair)
        progress(len(some))
    if not some:
        reason = f" {failed[0]}" if failed else ""
        raise OutputError(
            "There are no two masks of one scan to compare: let somebody outline some a second "
            f"time by project assign --second, or by Second outlines in the window.{reason}"
        )
    kinds = [kind for kind in PairKind if any(pair.kind is kind for pair in some)]
    summaries = [summarize(kind, [pair for pair in some if pair.kind is kind]) for kind in kinds]
    files = write_agreement(out, some, summaries)
    return Agreement(tuple(some), tuple(summaries), tuple(failed), tuple(files))
