"""Print docs/models.md: the cards of the shipped models and those of the yardsticks.

python -m scripts.models_page > docs/models.md
"""

from __future__ import annotations

import sys

from napari_multicancer.core.models.cards import read_card, weights_folder
from scripts.models_page.page import YARDSTICKS, models_page

cards = [
    read_card(path)
    for folder in (weights_folder(), YARDSTICKS)
    for path in sorted(folder.glob("*.toml"))
]
sys.stdout.write(models_page(cards))
