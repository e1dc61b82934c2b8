"""What is said of scans by their names: states, reviews, organs, words, groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from napari_multicancer.core.errors import MaskError, MulticancerError, UnreadableFileError
from napari_multicancer.core.options import option
from napari_multicancer.core.words import counted
from napari_multicancer.io.formats import stem
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.final import final_version
from napari_multicancer.project.project import Project
from napari_multicancer.project.records import ListedScan, State, Verdict


@dataclass(frozen=True)
class MarkOptions:
    """What is said of scans; what is None stays as it is.

    Attributes
    ----------
    state : State, optional
        "reviewed" is a second person's approval.
    note : str
        A word on why, kept with the change of the state.
    organ : str, optional
        What they are treated as; empty for what the models say.
    finding : str, optional
        What they show in their organ; empty for what the models say.
    comment : str, optional
        In place of an earlier one.
    group : str, optional
        The patient, or whatever may not stand in two splits.
    """

    state: State | None = option(None, "Set this state; reviewed is a second person's approval.")
    note: str = option("", "A word on why, kept with the state.", metavar="TEXT")
    organ: str | None = option(
        None, 'Treat as this organ; "" for what the models say.', metavar="ORGAN"
    )
    finding: str | None = option(
        None, 'Show this finding; "" for what the models say.', metavar="FINDING"
    )
    comment: str | None = option(None, "Comment, in place of an earlier one.", metavar="TEXT")
    group: str | None = option(
        None, "Patient, or whatever may not stand in two splits.", metavar="NAME"
    )


NOTHING = MarkOptions()


@dataclass(frozen=True)
class Marked:
    """Of how many scans something was said, and why not of others, a sentence each."""

    scans: int
    refused: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What became of it, for people."""
        return f"{counted(self.scans, 'scan is', 'scans are')} marked."


def mark(project: Project, names: Iterable[str], options: MarkOptions) -> Marked:
    """Say something of scans that are named, in this person's name.

    Parameters
    ----------
    project : Project
    names : iterable of str
        Of their files, or the files' paths.
    options : MarkOptions

    Raises
    ------
    UnreadableFileError
        Nothing is to be said.
    """
    if options == NOTHING:
        raise UnreadableFileError(
            "There is nothing to say of the scans: name a --state, an --organ, a --finding, a "
            "--comment or a --group."
        )
    done, refused = 0, list[str]()
    for name in names:
        try:
            _say(project, named(project, name), options)
        except MulticancerError as error:
            refused.append(error.message)
        else:
            done += 1
    return Marked(done, tuple(refused))


def named(project: OpenList, name: str) -> ListedScan:
    """Find the scan of the list that is meant by the name of its file, or by a path.

    Raises
    ------
    UnreadableFileError
        There is none, or there are several.
    """
    listed = project.find(Path(name))
    if listed is not None:
        return listed
    path = PurePosixPath(name.replace("\\", "/"))
    alike = project.called(stem(Path(path.name)), [*path.parent.parts])
    found = [scan for scan in alike if scan.name == path.name] or alike
    if len(found) > 1:
        raise UnreadableFileError(
            f"{name} may be any of {len(found)} scans: name it with its folders before it."
        )
    if not found:
        raise UnreadableFileError(f"No scan of the list is called {name}: look at its name there.")
    return found[0]


def _say(project: Project, scan: ListedScan, options: MarkOptions) -> None:
    """Say all of one scan; the state comes last, as it may be refused."""
    if options.organ is not None:
        project.treat_as(scan.id, options.organ)
    if options.finding is not None:
        project.say_finding(scan.id, options.finding)
    if options.group is not None:
        project.set_group(scan.id, options.group)
    if options.comment is not None:
        project.comment(scan.id, options.comment)
    if options.state is State.REVIEWED:
        project.review(scan.id, Verdict.APPROVE, options.note)
    elif options.state is not None:
        if options.state is State.DONE and final_version(project.versions(scan.id)) is None:
            raise MaskError(f"{scan.name} has no mask to stand for: outline it, or import one.")
        project.set_state(scan.id, options.state, options.note)
