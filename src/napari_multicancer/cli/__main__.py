"""Run the terminal's commands: ``python -m napari_multicancer.cli``."""

from napari_multicancer.cli import app

app()
