"""The architectures that can be trained, and what each can do; Keras is loaded when one is built.

A further architecture is a file in this folder and a row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

    from napari_multicancer.training.recipe import TaskConfig

_FOLDER = __name__.rpartition(".")[0]


@dataclass(frozen=True)
class Architecture:
    """One network design.

    Attributes
    ----------
    name : str
        As recipes call it.
    file, function : str
        Where it is built: the file in this folder, and its function of the input's
        side, the number of classes, and what `options` names.
    options : tuple of str
        Fields of a recipe that the function takes by their own names.
    pretrained : bool
        Whether its encoder can start from ImageNet weights; the function then takes
        ``pretrained`` and ``frozen_blocks``.
    explains : bool
        Whether the exported network can tell what each place adds to its diagnosis.
    measures_distance : bool
        Whether the exported network can tell how unlike the training scans a scan is.
    answers_clicks : bool
        Whether it outlines what the user points at, beside the picture.
    segmenter : str
        Of a published pair, which of its networks outlines the lesion.
    """

    name: str
    file: str
    function: str
    options: tuple[str, ...] = ()
    pretrained: bool = False
    explains: bool = False
    measures_distance: bool = False
    answers_clicks: bool = False
    segmenter: str = ""

    @property
    def builder(self) -> Callable[..., keras.Model]:
        """The function that builds it."""
        found: Callable[..., keras.Model] = getattr(
            import_module(f"{_FOLDER}.{self.file}"), self.function
        )
        return found


ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (
        Architecture("lite0", "recognizer", "recognizer", pretrained=True, measures_distance=True),
        Architecture(
            "two_heads",
            "two_heads",
            "two_headed_unet",
            ("encoder", "decoder_width"),
            pretrained=True,
            explains=True,
        ),
        Architecture(
            "clicks", "interactive", "interactive_unet", pretrained=True, answers_clicks=True
        ),
        Architecture("small_cnn", "small_cnn", "small_cnn"),
        Architecture(
            "deeplab", "published", "published_pair", pretrained=True, segmenter="deeplab"
        ),
        Architecture("sk_unet", "published", "published_pair", segmenter="sk_unet"),
        Architecture("unet", "published", "published_pair", segmenter="unet"),
    )
}


def build(config: TaskConfig, *, pretrained: bool = True) -> keras.Model:
    """Build a recipe's network, not yet compiled.

    Parameters
    ----------
    config : TaskConfig
    pretrained : bool
        Start its encoder, where it has one, from ImageNet weights.
    """
    architecture = ARCHITECTURES[config.network]
    chosen = {name: getattr(config, name) for name in architecture.options}
    if architecture.pretrained:
        chosen |= {"pretrained": pretrained, "frozen_blocks": config.frozen_blocks}
    if architecture.segmenter:
        chosen["segmenter"] = architecture.segmenter
    return architecture.builder(size=config.size, n_classes=len(config.classes), **chosen)
