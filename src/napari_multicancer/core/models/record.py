"""The model card: all that is known of one model, validated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from napari_multicancer.core.scan.views import View

RECOGNIZER = "recognizer"
INTERACTIVE = "interactive"
RESERVED = ("automatic", RECOGNIZER, INTERACTIVE)
"""Names that no organ may have."""

Role = Literal["recognizer", "organ", "interactive", "published"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

_STRICT = ConfigDict(extra="forbid")


def _bare(path: Path) -> Path:
    if path.name in ("", ".", ".."):
        raise ValueError("file should be the name of a file beside the card")
    return path


@dataclass(frozen=True, config=_STRICT)
class Code:
    """A term of a coding scheme, as DICOM writes it: ``("SCT", "12738006", "Brain")``."""

    scheme: str
    value: str
    meaning: str


LESION = Code("SCT", "52988006", "Lesion")


@dataclass(frozen=True, config=_STRICT)
class Anatomy:
    """What a mask lies on and what it outlines, in codes; the region is None where it has none."""

    organ: Code | None = None
    finding: Code = LESION


@dataclass(frozen=True, config=_STRICT)
class Words:
    """How a card's names read on the screen.

    Attributes
    ----------
    title : str
        What the organ's scans, or the recognizer's question, are called: "Brain MRI".
    finding : str
        What a mask outlines.
    classes : mapping of str to str
        Classes that do not read as their name does: ``no_tumor`` reads "No tumor" by itself.
    """

    title: str = ""
    finding: str = "Lesion"
    classes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, config=_STRICT)
class Caution:
    """What to heed of an answer on some scans.

    Attributes
    ----------
    says : str
        A sentence; ``{planes}`` in it becomes "this sagittal one" or the like.
    views : tuple of View
        The views that it applies to; all where none is named.
    """

    says: str
    views: tuple[View, ...] = ()

    def sentence(self, view: View | None, is_volume: bool) -> str:
        """Say it of a scan's planes; empty where it does not apply."""
        if self.views and view not in self.views:
            return ""
        named = f"{view} one" if view else "one"
        planes = f"these {named}s" if is_volume else f"this {named}"
        more = ", or resample the volume to equal voxels, which opens in axial planes"
        if self.views and is_volume:
            planes += more
        return self.says.replace("{planes}", planes)


@dataclass(frozen=True, config=_STRICT)
class ModelCard:
    """What is known of one model: ``weights/NAME.toml``.

    Attributes
    ----------
    name, version : str
    role : {"recognizer", "organ", "interactive", "published"}
        What the model is asked: which organ a scan shows; what an organ's scan shows;
        to outline what was clicked on; or, as a published network to compare with,
        one of the first two.
    classes : tuple of str
        In the order of the network's output.
    input_size : int
        Side of the square input in pixels.
    sha256 : str
        Of the model file.
    path : Path
        The model file.
    organ : str
        Whose scans the model answers for; empty for a recognizer.
    healthy : str
        The class of an organ's model that means "no lesion".
    neither : str
        The class of a recognizer that means "none of the organs".
    is_default : bool
        Whether the task uses this model unless told otherwise.
    temperature : float
        What logits are divided by before they become probabilities.
    confident_threshold : float
        Lowest winning probability that is shown as an answer, 0..1.
    mask_threshold : float
        Lowest lesion probability that belongs to the mask, 0..1.
    no_lesion_threshold : float
        From this probability of `healthy` on, the mask stays empty; above 1, never.
    smallest_lesion : int
        Pixels at network size below which a region is dropped.
    unfamiliar_distance : float
        From beyond this distance on a scan is unlike those that the models learnt
        from; a recognizer may measure it.
    preprocessing : tuple of str
        Steps between window and network, some of `known.STEPS`.
    refinement : str
        What is done to the lesion probability: "" for nothing, or one of
        `known.REFINEMENTS`.
    color : str
        What colors mean to the network, one of `known.COLORS`; "": it takes them as
        they are.
    words : Words
    columns : mapping of str to str
        Columns of the results table by class; ``p_CLASS`` for those not named.
    anatomy : Anatomy
    cautions : tuple of Caution
    intended_use, architecture, intensity, stack_rule, quantization, licence : str
        For people to read.
    known_limits : tuple of str
    n_bytes, parameters : int or None
        Size of the model file; number of weights.
    training, parity, validation : mapping
        What it learnt from and how; how far it is from its Keras original; its figures
        at the best epoch.
    metrics : mapping
        Figures of an evaluation by split, see `figures`.
    left_out : tuple of mapping
        Figures of sources that training did not see, see `left_out`.
    """

    name: str
    version: str
    role: Role
    classes: tuple[Name, ...]
    input_size: Annotated[int, Field(ge=8, le=4096)]
    sha256: Sha256
    path: Annotated[Path, AfterValidator(_bare)]
    organ: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*)?$")] = ""
    healthy: str = ""
    neither: str = ""
    is_default: bool = False
    temperature: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    confident_threshold: Share = 0.5
    mask_threshold: Share = 0.5
    no_lesion_threshold: Annotated[float, Field(ge=0, le=1.1, allow_inf_nan=False)] = 1.1
    smallest_lesion: Annotated[int, Field(ge=0)] = 0
    unfamiliar_distance: Annotated[float, Field(ge=0)] = math.inf
    preprocessing: tuple[str, ...] = ()
    refinement: str = ""
    color: str = ""
    words: Words = field(default_factory=Words)
    columns: Mapping[str, Name] = field(default_factory=dict)
    anatomy: Anatomy = field(default_factory=Anatomy)
    cautions: tuple[Caution, ...] = ()
    intended_use: str = ""
    architecture: str = ""
    intensity: str = ""
    stack_rule: str = ""
    quantization: str = ""
    licence: str = ""
    known_limits: tuple[str, ...] = ()
    n_bytes: int | None = None
    parameters: int | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    parity: Mapping[str, float] = field(default_factory=dict)
    validation: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    left_out: tuple[Mapping[str, Any], ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        for is_fine, fault in (
            (len(set(self.classes)) == len(self.classes), "a class is named twice"),
            (self.organ not in RESERVED, f"no organ can be called {self.organ!r}"),
            (self.role != "organ" or self.organ, "organ is missing"),
            (self.role != RECOGNIZER or not self.organ, "a recognizer has no organ"),
            (self.role == INTERACTIVE or len(self.classes) > 1, "fewer than two classes"),
            (self._negative_is_known(), f"{self._negative_field} is not one of the classes"),
            ({*self.columns, *self.words.classes} <= {*self.classes}, "an unknown class"),
            (self._columns_differ(), "two classes have the same column"),
        ):
            if not is_fine:
                raise ValueError(fault)
        return self

    @property
    def _negative_field(self) -> str:
        return "neither" if self.task == RECOGNIZER else "healthy"

    def _negative_is_known(self) -> bool:
        return self.role == INTERACTIVE or self.negative in self.classes

    def _columns_differ(self) -> bool:
        return len({self.column(name) for name in self.classes}) == len(self.classes)

    @property
    def task(self) -> str:
        """What the model can be chosen for: "recognizer", "interactive" or the organ's name."""
        if self.role == INTERACTIVE:
            return INTERACTIVE
        return self.organ or RECOGNIZER

    @property
    def negative(self) -> str:
        """The class that means that there is nothing: no lesion, or none of the organs."""
        return self.neither if self.task == RECOGNIZER else self.healthy

    @property
    def negative_index(self) -> int:
        """Where `negative` stands in the network's output."""
        return self.classes.index(self.negative)

    @property
    def label(self) -> str:
        """Name and version, as results and provenance give it."""
        return f"{self.name} {self.version}"

    @property
    def ships(self) -> bool:
        """Whether the model file lies beside its card; a card alone tells what was measured."""
        return self.path.exists()

    @property
    def reliability_diagram(self) -> Path:
        """Where the picture lies that shows how far the probabilities can be believed."""
        return self.path.with_name(f"{self.name}_reliability.png")

    def column(self, name: str) -> str:
        """Name the column of the results table that holds the probability of a class."""
        return self.columns.get(name, f"p_{name}")

    def heed(self, view: View | None, is_volume: bool) -> str:
        """Say what to heed of the answer for a scan's planes; empty where there is nothing.

        Parameters
        ----------
        view : View or None
            From which side the planes are seen, where that is known.
        is_volume : bool
        """
        said = (caution.sentence(view, is_volume) for caution in self.cautions)
        return " ".join(filter(None, said))
