"""docs/robustness.md: what the fuzzer has tried and found."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from napari_multicancer.io.files import (
    ALWAYS_DECODED,
    LARGEST_PLANE_AT_ONCE,
    LARGEST_UNPACKED,
    MOST_EXPANSION,
)

from .child import BYTES, OPENED, REFUSED, SECONDS
from .seeds import READERS

FIXED = Path(__file__).with_name("fixed.md")
"""One line for each finding that was mended."""

HEAD = f"""# Robustness of the readers

`python -m tests.fuzz.fuzz_readers --report docs/robustness.md` writes this page
from the figures in tests/fuzz/results; `--reader NAME --seconds S --seed N` adds
to them. The damaged files are made from small sound ones: bytes flipped, cut,
spliced or overwritten, and DICOM elements, NIfTI fields, TIFF tags and PNG chunks
changed while the structure around them stays sound. One process opens file after
file, reads all planes, and may take {SECONDS:.0f} s of processor time a file and
{BYTES // 2**30} GiB of memory. Anything but a scan or one clear sentence is a finding.

## Limits

- A plane that is decoded at once has at most {LARGEST_PLANE_AT_ONCE // 10**6} million pixels.
- Pixels of up to {ALWAYS_DECODED // 2**20} MiB are always decoded. Above that, a header that
  promises more than {MOST_EXPANSION} times the size of its file is refused, as no DEFLATE
  stream holds so much, and so is what is compressed and would unfold to more than
  {LARGEST_UNPACKED // 2**30} GiB (`io.files`). Pixels that are stored as they are, and the
  planes of a TIFF that are read one at a time, have no limit but this.
- A deflated DICOM file is inflated no further than 16 MiB and the pixels that its header promises.
- A NIfTI file has at most 1,000 extensions of its header, which end where its voxels begin.
- All this is asked of the header, before there is room for pixels.
"""

TABLE = """
## Runs

| reader | files | minutes | of processor | opened | refused | findings | slowest | memory | seeds |
|---|---|---|---|---|---|---|---|---|---|
"""

LEGEND = """
Minutes: by the clock, on a machine that did other work too. Of processor: what the reader
itself used; - where a run did not count it. Slowest: a file's processor time. Memory: the
most that the process held, its libraries with it. Seeds: a case's number and seed stand for
the same files as long as tests/fuzz is the same.
`series` is a folder of DICOM slices, with or without a DICOMDIR.
"""

FIELDS_TABLE = """
## One field at a time

`--fields` gives one field of a header another value, or takes its line out, and leaves all else as
it is. What opens is compared with the sound file, by its values in whichever order: fields that say
what the stored bytes mean (type, byte order, scaling, colors) may rightly give others; no field may
make voxels up, or leave some out, without a note. Where a reader has several lines, the last one
is of it as it is now.

| reader | run | files | opened | refused | findings | slowest | other values, no note, by field |
|---|---|---|---|---|---|---|---|
"""


def write_report(path: Path, results: Path) -> None:
    """Write the page from the figures that the runs have left.

    Parameters
    ----------
    path : Path
        The page; replaced.
    results : Path
        Folder of ``READER-SEED.json``.
    """
    runs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    fields: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for file in sorted(results.glob("*.json")):
        run = json.loads(file.read_text("utf-8"))
        (fields if run.get("changed") else runs)[run["reader"]].append(run)
    rows = "".join(_row(reader, runs[reader]) for reader in READERS if runs[reader])
    text = HEAD + TABLE + rows + LEGEND + _too_short(runs) + _still_open(runs)
    one_each = "".join(
        _fields_row(run)
        for reader in READERS
        for run in sorted(fields[reader], key=lambda run: str(run["started"]))
    )
    text += FIELDS_TABLE + one_each + _still_open(fields, "--fields ")
    path.write_text(text + "\n" + FIXED.read_text("utf-8"), "utf-8")


def _too_short(runs: dict[str, list[dict[str, Any]]]) -> str:
    """Name the readers that have not had the hour that each should have."""
    short = [
        name for name in READERS if runs[name] and sum(run["seconds"] for run in runs[name]) < 3600
    ]
    return f"\nLess than an hour so far: {', '.join(short)}.\n" if short else ""


def _row(reader: str, runs: list[dict[str, Any]]) -> str:
    kinds: dict[str, int] = defaultdict(int)
    for run in runs:
        for kind, number in run["kinds"].items():
            kinds[kind] += number
    cases = sum(kinds.values())
    cells = (
        reader,
        f"{cases:,}",
        f"{sum(run['seconds'] for run in runs) / 60:.0f}",
        _processor_minutes(runs),
        f"{kinds[OPENED]:,}",
        f"{kinds[REFUSED]:,}",
        f"{cases - kinds[OPENED] - kinds[REFUSED]:,}",
        f"{max(run['slowest'] for run in runs):.2f} s",
        f"{max(run['peak'] for run in runs) / 10**6:.0f} MB",
        ", ".join(str(run["seed"]) for run in runs),
    )
    return f"| {' | '.join(cells)} |\n"


def _fields_row(run: dict[str, Any]) -> str:
    kinds = defaultdict(int, run["kinds"])
    altered = ", ".join(
        f"{name} {number} of {run['changed'][name]}"
        for name, number in sorted(run["altered"].items(), key=lambda item: -item[1])
    )
    cells = (
        run["reader"],
        run["started"][:16].replace("T", " "),
        f"{run['cases']:,}",
        f"{kinds[OPENED]:,}",
        f"{kinds[REFUSED]:,}",
        f"{run['cases'] - kinds[OPENED] - kinds[REFUSED]:,}",
        f"{run['slowest']:.2f} s",
        altered or "none",
    )
    return f"| {' | '.join(cells)} |\n"


def _processor_minutes(runs: list[dict[str, Any]]) -> str:
    counted = [run["processor_seconds"] for run in runs if "processor_seconds" in run]
    return f"{sum(counted) / 60:.1f}" if counted else "-"


def _still_open(runs: dict[str, list[dict[str, Any]]], mode: str = "") -> str:
    """Name the findings of the runs in the table, by the command that repeats them."""
    lines = [
        f"- `--reader {reader} {mode}--seed {run['seed']} --first {finding['case']} --cases 1`, "
        f"{finding['times']} times: {finding['words'].strip().splitlines()[-1]}\n"
        for reader, several in runs.items()
        for run in several
        for finding in run["findings"].values()
    ]
    return "\nFindings of these runs:\n\n" + "".join(lines) if lines else ""
