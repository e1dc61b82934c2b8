"""Bring model cards up to date with what is known of their task, and seal them.

    python scripts/seal_cards.py [CARD.toml ...]

Without arguments: the shipped cards and those of the yardsticks. What an organ is
called, its anatomy, its columns and its cautions are taken from
`training/export/tasks.toml`; figures, thresholds and training stay as they are.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from napari_multicancer.core.models.cards import read_card
from napari_multicancer.training.export.cards import with_task, write_card

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDERS = (REPOSITORY / "weights", REPOSITORY / "docs" / "yardsticks")


def main(paths: list[Path]) -> None:
    for path in paths or [path for folder in FOLDERS for path in sorted(folder.glob("*.toml"))]:
        write_card(with_task(tomllib.loads(path.read_text("utf-8"))), path)
        print(f"{path} is sealed: {read_card(path).label}")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
