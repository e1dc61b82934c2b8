"""The same functions from a terminal."""

from napari_multicancer.cli.commands import app

__all__ = ["app"]
