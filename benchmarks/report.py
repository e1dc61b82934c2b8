"""``docs/performance.md``, written from the JSON of one run; no figure stands here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from benchmarks.rows import Results, Row, number

HEAD = """# What it costs

Written by `python -m benchmarks --report docs/performance.md` from one run of `make bench`.
All contenders of a section took turns in that run, a round each; a figure is the median of the
rounds, beside it are the fastest and the slowest, and a ratio is the median of the ratios within
the rounds. Each contender is a process of its own; its peak is the most memory that was
resident (`VmHWM`).
"""
NOTES = """## How to read it

- **Targets** are those of the project's design and of the bound below.
- **The bound** is the number of multiply-adds of the networks, counted from the shipped files, over
  the rate at which NumPy multiplies two float32 matrices on this machine, with as many threads.
- **LiteRT and OpenVINO** run the shipped files, **ONNX Runtime** their translation by tf2onnx.
  **Keras** and **tf.function** run the same architectures with random weights, since only the
  exported files are shipped. OpenVINO in bfloat16 computes with fewer digits and is no
  like-for-like contender.
- **The bare runtime** of the stacks shows the brain network one square after another: nothing is
  read, recognised, fitted, cut, measured or kept.
- **Where a target is missed.** With two threads the bound halves, but the analysis of one picture
  does not: reading, fitting and measuring are one thread's work, and LiteRT gains little from a
  second thread on layers this small ("the networks alone"). Of a long stack on one thread, what
  stays above the bare network is the recognizer's sample of planes, resizing and cleaning the
  masks; with two threads the lanes hide it.
- **Profiles** are of one thread, so that no two steps overlap.
"""


def report(results: Results) -> str:
    """Write the page.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str
        Markdown.
    """
    parts = [HEAD, *_machine(results), *_targets(results.rows)]
    for section, rows in groupby(results.rows, lambda row: row.section):
        parts += [f"## {section[0].upper()}{section[1:]}\n", _table(rows)]
        parts += [f"{results.later[section]}\n"] if section in results.later else []
    for title, steps in results.profiles.items():
        parts += [f"## Where the time goes: {title}\n", _profile(steps)]
    return "\n".join([*parts, NOTES])


def _machine(results: Results) -> Iterator[str]:
    machine = results.machine
    rounds = "one round" if results.rounds == 1 else f"{results.rounds} rounds"
    yield "## The machine\n"
    yield (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB of memory, "
        f"{machine['system']}, Python {machine['python']}; {rounds}; load before "
        f"the run {machine['load_before']}.\n"
    )
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    yield f"Packages: {packages}.\n"


def _targets(rows: list[Row]) -> Iterator[str]:
    yield "## Targets\n"
    yield "| what | measured | at most | |\n|---|---|---|---|"
    for row in rows:
        if row.target is not None:
            value = f"{number(row.value)} {row.unit}"
            where = f"{row.section}: {row.what}"
            yield f"| {where} | {value} | {number(row.target)} {row.unit} | {row.verdict} |"
    yield ""


def _table(rows: Iterator[Row]) -> str:
    lines = ["| what | median | fastest to slowest | peak memory | |", "|---|---|---|---|---|"]
    for row in rows:
        spread = "" if row.fastest is None else f"{number(row.fastest)} to {number(row.slowest)}"
        peak = "" if row.peak_mb is None else f"{row.peak_mb:.0f} MB"
        value = f"{number(row.value)} {row.unit}".strip()
        lines.append(f"| {row.what} | {value} | {spread} | {peak} | {row.note} |")
    return "\n".join([*lines, ""])


def _profile(steps: dict[str, float]) -> str:
    whole = sum(steps.values())
    lines = ["| step | ms | share |", "|---|---|---|"]
    lines += [f"| {name} | {ms:.2f} | {ms / whole:.0%} |" for name, ms in steps.items()]
    return "\n".join([*lines, f"| all | {whole:.2f} | |", ""])
