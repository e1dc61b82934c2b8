"""Print docs/models.md: the cards of the shipped models and those of the yardsticks.

python -m scripts.models_page > docs/models.md
"""

from __future__ import annotations

import sys

from napari_multicancer.core.models.cards import list_models, weights_folder
from scripts.models_page.page import YARDSTICKS, models_page

sys.stdout.write(models_page(list_models(weights_folder()) + list_models(YARDSTICKS)))
