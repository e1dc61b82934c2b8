"""What a project knows of a scan, of its masks and of what happened to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from napari_multicancer.batch.remote import Source


class State(StrEnum):
    """How far the work on a scan is."""

    NEW = "new"
    PROPOSED = "proposed"
    IN_WORK = "in work"
    DONE = "done"
    REVIEWED = "reviewed"
    FLAGGED = "flagged"
    SKIPPED = "skipped"


FINISHED = frozenset({State.DONE, State.REVIEWED})
"""Scans whose mask a person stands for."""
LEFT = frozenset({State.NEW, State.PROPOSED, State.IN_WORK})
"""Scans that are still to be worked on."""


class VersionKind(StrEnum):
    """Where a version of a mask comes from."""

    PROPOSAL = "proposal"
    """A model's."""
    CORRECTED = "corrected"
    """Drawn or corrected by a person."""
    ACCEPTED = "accepted"
    """A model's, or one made elsewhere, that a person took as it is."""
    SECOND = "second"
    """A second rater's."""
    IMPORTED = "imported"
    """Made elsewhere."""
    CONSENSUS = "consensus"
    """Computed from several raters'."""


class Verdict(StrEnum):
    """What a reviewer says of a mask."""

    APPROVE = "approve"
    SEND_BACK = "send back"
    FLAG = "flag"


class Condition(StrEnum):
    """What became of a scan's file since it was last seen."""

    HERE = "here"
    MOVED = "moved"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True)
class Work:
    """How much work somebody had with a scan.

    Attributes
    ----------
    seconds : float
        In which somebody was active, see `clock.WorkClock`.
    clicks, strokes : int
        Clicks of the network's tools, and strokes of the brush and the like.
    """

    seconds: float = 0.0
    clicks: int = 0
    strokes: int = 0


@dataclass(frozen=True)
class ListedScan:
    """A scan of the list, as it stood when it was asked for.

    Attributes
    ----------
    id : int
        By which the project knows it.
    path : Path or str
        Where it was last seen: a file or series, as `io.load_scan` takes it, or an address.
    name : str
        Of the file, for people.
    state : State
    state_by : str
        Who set it; empty for what the program did by itself.
    state_at : datetime
    done_by : str
        Whose mask it was when it was last done; empty before.
    assigned : str
        Whose task it is; empty for anybody's.
    organ : str
        What the models say it shows; empty where nobody asked them.
    treated_as : str
        What a person says it shows; empty where nobody overruled the models.
    finding : str
        The models' diagnosis.
    said_finding : str
        A person's diagnosis; empty where nobody overruled the models.
    confident : bool or None
        Whether the models' answer counts as sure; None where there is none.
    doubt : float or None
        1 less the probability of the models' answer.
    area : float or None
        Of the proposed lesion, in `area_unit`.
    mask_area : float or None
        Of the lesion in the mask that counts, in `mask_area_unit`; None where that is the models',
        or nobody measured it.
    mask_finding : str
        What that mask's maker says, or the mask itself where it says another thing than the
        models; see `final.said_by_mask`.
    planes : int or None
    error : str
        Why the models have no answer, in a sentence.
    failures : int
        How often in a row they had none.
    notes : str
        What is to be heeded of the answer.
    comment : str
        A person's.
    group : str
        The patient, or whatever may not stand in two splits; empty where not told.
    models : str
        Which were asked.
    work : Work
        Of all people.
    fingerprint : bytes or None
        Of the content when it was last looked at; None for what lies at an address.
    """

    id: int
    path: Source
    name: str
    state: State
    state_by: str
    state_at: datetime
    done_by: str = ""
    assigned: str = ""
    organ: str = ""
    treated_as: str = ""
    finding: str = ""
    said_finding: str = ""
    confident: bool | None = None
    doubt: float | None = None
    area: float | None = None
    area_unit: str = ""
    mask_area: float | None = None
    mask_area_unit: str = ""
    mask_finding: str = ""
    planes: int | None = None
    error: str = ""
    failures: int = 0
    notes: str = ""
    comment: str = ""
    group: str = ""
    models: str = ""
    work: Work = field(default_factory=Work)
    fingerprint: bytes | None = None

    @property
    def shown_organ(self) -> str:
        """What counts: the person's word before the models'."""
        return self.treated_as or self.organ

    @property
    def shown_finding(self) -> str:
        """What counts: the person's word, else what the mask that counts says, else the models'."""
        return self.said_finding or self.mask_finding or self.finding

    @property
    def shown_area(self) -> tuple[float, str] | None:
        """What counts, with its unit: the size of a person's mask before that of the models'."""
        if self.mask_area is not None:
            return self.mask_area, self.mask_area_unit
        return None if self.area is None else (self.area, self.area_unit)

    @property
    def is_refused(self) -> bool:
        """Whether the models take it for none of their organs, and nobody says otherwise."""
        return bool(self.organ) and not self.finding and not self.treated_as

    @property
    def is_passed_over(self) -> bool:
        """Whether the program itself skipped it, as it is a mask and no scan."""
        return self.state is State.SKIPPED and not self.state_by


@dataclass(frozen=True)
class MaskVersion:
    """One of the masks of a scan; none is ever written over by another.

    Attributes
    ----------
    id, scan : int
        Of the version, and of the `ListedScan`.
    number : int
        1 for a scan's first.
    file : Path
        As `io.load_mask` takes it.
    maker : str
        A person's name, or the models'.
    kind : VersionKind
    at : datetime
    finding : str
        What its maker says the scan shows; empty where nothing was said.
    note : str
    area : float or None
        Of the lesion in the plane where it is largest, in `area_unit`, "mm2" or "px"; None where
        nobody measured it.
    fits : bool
        Whether the scan's content is still that on which the mask was made, as far as known.
    """

    id: int
    scan: int
    number: int
    file: Path
    maker: str
    kind: VersionKind
    at: datetime
    finding: str = ""
    note: str = ""
    area: float | None = None
    area_unit: str = ""
    fits: bool = True


@dataclass(frozen=True)
class StateChange:
    """A scan's state was changed.

    Attributes
    ----------
    scan : int
    at : datetime
    who : str
        Empty for what the program did by itself.
    before, after : State
    note : str
        A word on why.
    """

    scan: int
    at: datetime
    who: str
    before: State
    after: State
    note: str = ""


@dataclass(frozen=True)
class Located:
    """Where a scan is now.

    Attributes
    ----------
    path : Path or str
        Where it is, or where it was last seen.
    condition : Condition
    fingerprint : bytes or None
        Of its content now.
    """

    path: Source
    condition: Condition
    fingerprint: bytes | None = None


@dataclass(frozen=True)
class SecondReading:
    """Somebody is to outline a scan, or has outlined it, a second time.

    Attributes
    ----------
    scan : int
    rater : str
    blind : bool
        Without the masks that were there.
    version : int or None
        The `MaskVersion.id` that was made; None before.
    """

    scan: int
    rater: str
    blind: bool
    version: int | None = None


@dataclass(frozen=True)
class Person:
    """What is a person's in a list.

    Attributes
    ----------
    assigned, left : int
        Scans that are this person's task, and those of them still to be worked on.
    done, reviewed : int
        Scans of which the mask, or the review, is this person's.
    seconds : float
        Of work.
    """

    assigned: int = 0
    left: int = 0
    done: int = 0
    reviewed: int = 0
    seconds: float = 0.0
