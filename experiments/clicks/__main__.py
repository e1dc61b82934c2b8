"""How far a user gets with one click, with three, with five: by each way of correcting.

    python -m experiments.clicks --data FOLDER --most-per-source 15 --csv clicks.csv

Simulated users correct lesions of the validation split, from the shipped networks' masks and
from nothing (`--starts`). `--methods` and `--robots` choose; each pair that fits is run, robots
that are not steady with `--seeds` seeds. Every click is a row of the CSV. The tables go to the
standard output in Markdown; `--tables A.csv B.csv` prints those of earlier runs instead. `--card
weights/click.toml` writes what robot B reached with the network into its card.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from experiments.clicks.card import write_figures
from experiments.clicks.episodes import STARTS, Row, play
from experiments.clicks.lesions import lesions
from experiments.clicks.methods import METHODS
from experiments.clicks.robots import ROBOTS, STEADY
from experiments.clicks.tables import EPISODE, episodes, goals_table, outlines_table

DATA = "NAPARI_MULTICANCER_DATA"
PART, PATH = "part", ["start", "robot", "method"]


def main() -> None:
    """Run what was asked for, and print its tables."""
    given = _arguments()
    if not given.tables:
        _run(given)
    tables = given.tables or [given.csv]
    rows = pd.concat([pd.read_csv(path, dtype={"group": str}) for path in tables])
    print(report(rows))
    if given.card:
        write_figures(episodes(rows), given.card)


def report(rows: pd.DataFrame) -> str:
    """Write all tables of some rows of clicks.

    Parameters
    ----------
    rows : DataFrame
        As `episodes.play` gives them.

    Returns
    -------
    str
        Markdown.
    """
    found = episodes(rows).sort_values(["start", "organ", "robot", "method", "part"])
    timed = rows.merge(found[[*EPISODE, "part"]], on=list(EPISODE))
    parts = [
        "## Trained on and left out\n",
        outlines_table(found, [PART, *PATH]),
        "## Clicks to a goal, and time\n",
        goals_table(found, timed, [PART, *PATH]),
        "## Source by source\n",
        outlines_table(found.sort_values(["organ", "source"], kind="stable"), ["source", *PATH]),
        "## By the lesion's size\n",
        outlines_table(found, ["organ", "size", *PATH]),
    ]
    return "\n".join(parts)


def _run(given: argparse.Namespace) -> None:
    """Write the CSV as it grows, so that a run that is stopped is not lost."""
    with given.csv.open("w", newline="", encoding="utf-8") as file:
        writer = None
        for row in _rows(given):
            if writer is None:
                writer = csv.DictWriter(file, list(row))
                writer.writeheader()
            writer.writerow(row)
            file.flush()
    if writer is None:
        sys.exit("No lesion or no run fits: name other sources, or robots that fit the methods.")


def _rows(given: argparse.Namespace) -> Iterator[Row]:
    for lesion in lesions(given.data, given.most_per_source, given.sources):
        print(lesion.source, lesion.image, file=sys.stderr, flush=True)
        for name, who, seed in _runs(given.methods, given.robots, given.seeds):
            for start in given.starts:
                yield from play(lesion, start, name, METHODS[name], who, seed)


def _runs(
    methods: Sequence[str], robots: Sequence[str], seeds: int
) -> Iterator[tuple[str, str, int]]:
    for name in methods:
        for who in robots:
            if who in METHODS[name].robots:
                for seed in range(1 if who in STEADY else seeds):
                    yield name, who, seed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m experiments.clicks", description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get(DATA), help=f"else {DATA}")
    parser.add_argument("--most-per-source", type=int, default=15, metavar="N")
    parser.add_argument("--sources", nargs="+", default=(), help="all where none is named")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--robots", nargs="+", choices=ROBOTS, default=list(ROBOTS))
    parser.add_argument("--starts", nargs="+", choices=STARTS, default=list(STARTS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--csv", type=Path, default=Path("clicks.csv"), help="a row a click")
    parser.add_argument("--tables", type=Path, nargs="+", metavar="CSV", help="of earlier runs")
    parser.add_argument("--card", type=Path, help="write the network's figures into its card")
    given = parser.parse_args()
    if given.data is None and not given.tables:
        parser.error(f"name a training folder by --data or {DATA}")
    return given


if __name__ == "__main__":
    main()
