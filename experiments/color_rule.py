"""What the rule of colors changes in networks that were trained without it (validation split).

    python experiments/color_rule.py FOLDER TASK COLOR [MOST]

The shipped network of TASK answers each validation scan twice: with colors as they are, and by the
rule COLOR ("grey" or "contrasts"). Of each source at most MOST scans (150 unless told) are asked.
Figures are those of `evaluate`, source by source, with 95 % intervals; planes that show nothing are
left out, and counted.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from other_card import other_card
from rich.console import Console
from rich.table import Table

from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.figures import figure_text, main_figure
from napari_multicancer.core.models.left_out import source_score
from napari_multicancer.training.data.samples import read_manifest, select
from napari_multicancer.training.evaluate.evaluate import examine
from napari_multicancer.training.evaluate.figures import summarize
from napari_multicancer.training.recipe import find_recipe

FIGURES = (
    "accuracy",
    "refused_in_scope",
    "refused_other",
    "dice",
    "false_masks",
    "balanced_accuracy",
    "auc_malignant",
    "auc_tumor",
    "confident_accuracy",
)


def main(data: Path, task: str, color: str, most: int = 150) -> None:
    """Ask twice, and print both answers' figures side by side."""
    recipe = replace(find_recipe(task), most_per_source=most)
    rows = select(read_manifest(data), recipe, "val")
    tables = {"as they are": examine(find_model(task), data, rows)}
    with other_card(task, color=color) as card:
        tables[color] = examine(card, data, rows)
    shown = Table("source", "colors", "scans", *FIGURES, "score")
    for source in sorted(rows["source"].unique()):
        for colors, table in tables.items():
            figures = summarize(table[table["source"] == source], recipe)
            cells = [figure_text(main_figure(figures, name)) for name in FIGURES]
            score = f"{source_score(figures):.3f}" if recipe.has_lesions else ""
            shown.add_row(source, colors, str(figures["scans"]), *cells, score)
    console = Console(width=240)
    console.print(shown)
    console.print(f"{len(rows) - len(tables[color])} planes show nothing.")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], *map(int, sys.argv[4:5]))
