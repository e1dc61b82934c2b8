"""What each network is trained for, and how: one record a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ORGANS = ("brain", "breast", "other")
BRAIN_DIAGNOSES = ("no_tumor", "tumor")
BREAST_DIAGNOSES = ("normal", "benign", "malignant")


@dataclass(frozen=True)
class TaskConfig:
    """The recipe of one network.

    Attributes
    ----------
    task : str
        Name of the network and of its card.
    label : str
        Manifest column that holds the class, also the name of the network's output.
    classes : tuple of str
        For diagnoses the first one means "no lesion".
    organs : tuple of str
        Manifest rows that are used.
    size : int
        Side of the network's square input in pixels.
    epochs, batch_size : int
    learning_rate : float
        Peak of the cosine schedule.
    weight_decay : float
        Decoupled, as in AdamW.
    flip_probability : float
        Share of pictures mirrored left to right.
    grey_probability : float
        Share of colour pictures of which a single channel is shown.
    frozen_blocks : int
        How many of the encoder's first blocks keep their ImageNet weights.
    emphasis : mapping of str to float
        How much more often than their number alone would have it the pictures of
        a source are drawn; 1 for sources not named.
    seed : int
    """

    task: str
    label: str
    classes: tuple[str, ...]
    organs: tuple[str, ...]
    size: int
    epochs: int
    batch_size: int = 16
    learning_rate: float = 1.5e-3
    weight_decay: float = 1e-4
    flip_probability: float = 0.5
    grey_probability: float = 0.3
    frozen_blocks: int = 0
    emphasis: Mapping[str, float] = field(default_factory=dict)
    seed: int = 20260

    @property
    def has_lesions(self) -> bool:
        """Whether the network outlines lesions besides naming a class."""
        return self.label == "diagnosis"


TASKS: dict[str, TaskConfig] = {
    "recognizer": TaskConfig(
        task="recognizer",
        label="organ",
        classes=ORGANS,
        organs=ORGANS,
        size=160,
        epochs=5,
        batch_size=32,
        grey_probability=0.5,
    ),
    "brain": TaskConfig(
        task="brain",
        label="diagnosis",
        classes=BRAIN_DIAGNOSES,
        organs=("brain",),
        size=224,
        epochs=22,
        frozen_blocks=3,
        emphasis={"Figshare": 2.0},
    ),
    "breast": TaskConfig(
        task="breast",
        label="diagnosis",
        classes=BREAST_DIAGNOSES,
        organs=("breast",),
        size=224,
        epochs=18,
        frozen_blocks=3,
    ),
}
