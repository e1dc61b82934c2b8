"""What each network is trained for, and how: one record a task."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any

from napari_multicancer.core.errors import DataError
from napari_multicancer.training.networks.catalog import ARCHITECTURES

OTHER = "other"
"""In a manifest, the organ of pictures that are none the networks know."""
CLICK = "click"
"""The task of networks that outline what the user points at."""
RECIPES_FILE = "recipes.toml"


@dataclass(frozen=True)
class TaskConfig:
    """The recipe of one network.

    Attributes
    ----------
    task : str
        What the network is for.
    network : str
        Which architecture, one of `networks` for the task; the first is its default.
    label : str
        Manifest column that holds the class, also the name of the network's output.
    classes : tuple of str
        For diagnoses the first one means "no lesion".
    organs : tuple of str
        Manifest rows that are used.
    sources : tuple of str
        Data sets to train and validate on, even if they lack a class; all where
        none is named.
    most_per_source : int
        Pictures of a source in a split that are used at most, always the same ones; those
        of no organ are all used. 0: all.
    size : int
        Side of the network's square input in pixels.
    preprocessing : tuple of str
        Steps between intensity window and network, by the names of
        `napari_multicancer.core.planes.prepare`.
    refinement : str
        What is done to the lesion's probability map before it is cut to a mask;
        "" or "crf".
    color : str
        What colors mean, by the names of `napari_multicancer.core.planes.color`: "grey",
        "contrasts", or "" where the network sees them as they are.
    encoder : str
        Which EfficientNet-Lite the default networks of organs stand on.
    decoder_width : float
        Channels of the default networks' decoder, as a share of the usual ones.
    share : float
        Share of the training groups that is used, always the same ones: for
        learning curves.
    epochs, batch_size : int
    repeats : int
        How many times an epoch goes through the scans; each ends with a validation
        and a checkpoint.
    epoch_steps : int
        Steps of an epoch instead of as many as the scans make; 0: as these say.
    learning_rate : float
        Peak of the cosine schedule.
    weight_decay : float
        Decoupled, as in AdamW.
    mask_cross_entropy : float
        How much cross-entropy counts beside Dice loss on masks; 0: Dice alone.
    mask_loss : str
        What overlap is judged by: "dice" or "focal_tversky".
    flip_probability : float
        Share of pictures mirrored left to right.
    grey_probability : float
        Share of colour pictures of which a single channel is shown.
    mix_probability : float
        Share of pictures that take on the histogram of another one.
    cutout_probability : float
        Share of pictures of which a rectangle is hidden.
    crop_probability : float
        Share of pictures of which a square part is shown, as large as the whole: half
        of these around the lesion, the others beside it, which then are healthy ones.
    contrast_probability : float
        Share of pictures whose contrast is made another one: by a rising or falling
        curve or a random convolution.
    blur_probability : float
        Share of pictures blurred along one axis, as thick slices are.
    marks_probability : float
        Share of pictures with text, callipers and other marks drawn on them.
    bias_probability : float
        Share of pictures with a smooth gain over the plane, as a coil or depth gain
        makes it.
    zoom : tuple of float
        Smallest and largest zoom.
    elastic : float
        How far pictures are bent: standard deviation of the displacements, as a share
        of the side.
    intensity_strength : float
        How strongly gamma, contrast, blur, speckle, noise and shadow are changed:
        0 not at all, 1 as usual.
    frozen_blocks : int
        How many of the encoder's first blocks keep their ImageNet weights.
    emphasis : mapping of str to float
        How much more often than their number alone would have it the pictures of
        a source are drawn, or those of a folder of it, as the manifest's
        `original` names it, such as "glioma"; a source with a class or a contrast
        ("LGG no_tumor", "BraTS-real T2") or, for `other`, a group may be named too; 1
        for what is not named.
    caps : mapping of str to float
        Largest share of the draws that a source may have.
    seed : int
    quantization : str
        How the exported network keeps its weights: "float16"; "int8" (LiteRT's
        dynamic range), a quarter of their float32 size; or "mixed", the large kernels
        in 8 bits and the rest in float16.
    """

    task: str
    network: str
    label: str
    classes: tuple[str, ...]
    organs: tuple[str, ...]
    size: int
    epochs: int
    sources: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    most_per_source: int = 0
    share: float = 1.0
    encoder: str = "lite0"
    decoder_width: float = 1.0
    preprocessing: tuple[str, ...] = ()
    refinement: str = ""
    color: str = ""
    repeats: int = 1
    epoch_steps: int = 0
    batch_size: int = 16
    learning_rate: float = 1.5e-3
    weight_decay: float = 1e-4
    mask_cross_entropy: float = 1.0
    mask_loss: str = "dice"
    flip_probability: float = 0.5
    grey_probability: float = 0.3
    mix_probability: float = 0.0
    cutout_probability: float = 0.0
    crop_probability: float = 0.0
    contrast_probability: float = 0.0
    blur_probability: float = 0.0
    marks_probability: float = 0.0
    bias_probability: float = 0.0
    zoom: tuple[float, ...] = (0.75, 1.3)
    elastic: float = 0.0
    intensity_strength: float = 1.0
    frozen_blocks: int = 0
    emphasis: Mapping[str, float] = field(default_factory=dict)
    caps: Mapping[str, float] = field(default_factory=dict)
    seed: int = 20260
    quantization: str = "float16"

    @property
    def name(self) -> str:
        """Name of the model and of its card: the task, and the network unless it is the default."""
        is_default = self.network == networks()[self.task][0]
        return self.task if is_default else f"{self.task}_{self.network}"

    @property
    def has_lesions(self) -> bool:
        """Whether the network outlines lesions besides naming a class."""
        return self.label == "diagnosis" and not self.answers_clicks

    @property
    def explains(self) -> bool:
        """Whether the exported network also tells what each place adds to its diagnosis."""
        return ARCHITECTURES[self.network].explains

    @property
    def answers_clicks(self) -> bool:
        """Whether the network outlines what the user points at."""
        return ARCHITECTURES[self.network].answers_clicks

    @property
    def start(self) -> str:
        """What its training starts from, unless it is told otherwise."""
        return "ImageNet" if ARCHITECTURES[self.network].pretrained else "random weights"

    @property
    def measures_distance(self) -> bool:
        """Whether the exported network also tells how unlike the training scans a scan is."""
        return ARCHITECTURES[self.network].measures_distance


CHOICES = {
    "encoder": ("lite0", "lite2"),
    "refinement": ("", "crf"),
    "color": ("", "grey", "contrasts"),
    "mask_loss": ("dice", "focal_tversky"),
    "quantization": ("float16", "mixed", "int8"),
}
"""What a recipe's words may say."""


@cache
def all_recipes() -> tuple[TaskConfig, ...]:
    """Read all usual recipes, ``recipes.toml``: task by task, its default network first."""
    text = files("napari_multicancer.training").joinpath(RECIPES_FILE).read_text("utf-8")
    found = []
    for task, usual in tomllib.loads(text).items():
        for network, changes in usual.pop("networks").items():
            content: dict[str, Any] = {**usual, **changes}
            content = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items()}
            found.append(TaskConfig(task=task, network=network, **content))
    return tuple(found)


def networks() -> dict[str, tuple[str, ...]]:
    """List the architectures a task can be trained with, its default first, by task."""
    found: dict[str, tuple[str, ...]] = {}
    for recipe in all_recipes():
        found[recipe.task] = (*found.get(recipe.task, ()), recipe.network)
    return found


def default_recipes() -> dict[str, TaskConfig]:
    """Give the recipe of each task's default network, by task, but for clicks: of whole scans."""
    recipes = (find_recipe(task) for task in networks())
    return {recipe.task: recipe for recipe in recipes if not recipe.answers_clicks}


def diagnoses() -> dict[str, tuple[str, ...]]:
    """List the diagnoses that are known of each organ, the healthy one first, by organ."""
    return {
        recipe.organs[0]: recipe.classes
        for recipe in default_recipes().values()
        if recipe.has_lesions
    }


def find_recipe(task: str, network: str | None = None) -> TaskConfig:
    """Find the recipe of a task's network; of the default one unless it is named.

    Raises
    ------
    DataError
        There is no such task, or it has no such network; the message lists those there are.

    Examples
    --------
    >>> find_recipe("brain", "deeplab").preprocessing
    ('median', 'crop_to_head')
    """
    known = networks()
    if task not in known:
        raise DataError(f"There is no recipe for {task!r}; choose one of: {', '.join(known)}.")
    wanted = network or known[task][0]
    for recipe in all_recipes():
        if (recipe.task, recipe.network) == (task, wanted):
            return recipe
    raise DataError(f"{task!r} has no network {wanted!r}; choose one of: {', '.join(known[task])}.")


def recipe_of_run(record: Mapping[str, Any]) -> TaskConfig:
    """Restore the recipe from what a run recorded; what it lacks is as in the recipe of today.

    Parameters
    ----------
    record : mapping
        The fields of `TaskConfig`, as JSON gives them back, among others.
    """
    recipe = find_recipe(record["task"], record.get("network"))
    known: dict[str, Any] = {
        field.name: record[field.name] for field in fields(recipe) if field.name in record
    }
    known = {k: tuple(v) if isinstance(v, list) else v for k, v in known.items()}
    return replace(recipe, **known)
