"""Join shipped networks of one organ into one file that answers with their weighted mean.

    python experiments/join.py TASK FOLDER OUT VERSION PART [PART ...]

A PART is CARD.toml,DIAGNOSIS,LESION[,mirrored]: a network, its shares of the diagnosis and of the
outline, and whether it sees the mirror image. The first one's square is the joined one's. Large
kernels are kept in 8 bits where several networks have to fit into the file. Temperature and
thresholds are chosen on the validation split, as `export` does; OUT gets the file, its card,
which tells the last part's training, and what that part can be trained on from, by the task's name.
"""

from __future__ import annotations

import shutil
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from scipy.special import softmax

from napari_multicancer.core.models.cards import read_card
from napari_multicancer.core.models.record import ModelCard
from napari_multicancer.training.data.samples import Samples, load_samples, read_manifest, select
from napari_multicancer.training.export.cards import write_card
from napari_multicancer.training.export.export import calibrated_card
from napari_multicancer.training.export.joined import JoinedPart, join
from napari_multicancer.training.export.litert import without_names, write_model
from napari_multicancer.training.export.mixed_bits import shrink_large_kernels
from napari_multicancer.training.fit.judge import score
from napari_multicancer.training.recipe import find_recipe
from napari_multicancer.training.start import ENDING

MOST_PER_SOURCE = 250
"""Validation scans of a source that are looked at, as when recipes are judged."""
PARITY_EVERY = 35
"""Each so manieth scan is shown to the files as they were, too."""

Outputs = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Asked:
    """A part as the command names it."""

    card: ModelCard
    entries: dict[str, Any]
    diagnosis: float
    lesion: float
    mirrored: bool

    @classmethod
    def read(cls, text: str) -> Asked:
        """Read CARD.toml,DIAGNOSIS,LESION[,mirrored]."""
        name, diagnosis, lesion, *more = text.split(",")
        entries = tomllib.loads(Path(name).read_text("utf-8"))
        return cls(read_card(Path(name)), entries, float(diagnosis), float(lesion), bool(more))

    @property
    def words(self) -> str:
        """Name, version and shares."""
        mirror = ", mirrored" if self.mirrored else ""
        name = f"{self.card.name} {self.card.version}{mirror}"
        return f"{name}: {self.diagnosis:g} of the diagnosis, {self.lesion:g} of the outline"

    def part(self, content: bytes) -> JoinedPart:
        """Give what is joined."""
        return JoinedPart(
            content, self.card.temperature, self.diagnosis, self.lesion, self.mirrored
        )


def answers(content: bytes, images: NDArray[np.uint8]) -> Outputs:
    """Ask a file about letterboxed pictures, shape (n, size, size, 3)."""
    run = Interpreter(model_content=content, num_threads=2).get_signature_runner()
    told = [run(image=image[None].astype(np.float32)) for image in images]
    return {name: np.concatenate([one[name] for one in told]) for name in ("diagnosis", "lesion")}


def parity(
    joined: Outputs, asked: Sequence[Asked], samples: Callable[[int], Samples]
) -> dict[str, Any]:
    """Compare the joined file with the mean of the files that it was made of."""
    scores = np.zeros_like(joined["diagnosis"])
    for part in asked:
        images = samples(part.card.input_size).images
        told = answers(part.card.path.read_bytes(), images[:, :, ::-1] if part.mirrored else images)
        scores += part.diagnosis * told["diagnosis"] / part.card.temperature
    gap = np.abs(softmax(scores, axis=1) - softmax(joined["diagnosis"], axis=1)).max()
    return {"scans": len(scores), "largest_probability_gap": round(float(gap), 4)}


def smaller(content: bytes, several: bool) -> bytes:
    """Keep large kernels in 8 bits where several networks share a file."""
    return without_names(shrink_large_kernels(content)) if several else content


def main(task: str, data: Path, out: Path, version: str, parts: Sequence[str]) -> None:
    """Write the joined file and its card."""
    asked = [Asked.read(text) for text in parts]
    first, last = asked[0], asked[-1]
    several = len({part.card.sha256 for part in asked}) > 1
    contents = [
        smaller(part.card.path.read_bytes(), several and part.entries["quantization"] == "float16")
        for part in asked
    ]
    content = without_names(
        join([part.part(its) for part, its in zip(asked, contents, strict=True)])
    )
    config = replace(
        find_recipe(task), size=first.card.input_size, color=first.card.color, refinement=""
    )
    rows = select(read_manifest(data), replace(config, most_per_source=MOST_PER_SOURCE), "val")
    samples = load_samples(data, rows, config)
    outputs = answers(content, samples.images)
    path = out / f"{task}.tflite"
    sha256 = write_model(content, path)
    known = {entry["source"] for entry in last.entries["training"]["data"] if entry["train"]}
    card = calibrated_card(config, samples, outputs, path, sha256, version, known)
    compared = parity(
        {name: values[::PARITY_EVERY] for name, values in outputs.items()},
        asked,
        lambda size: load_samples(data, rows.iloc[::PARITY_EVERY], replace(config, size=size)),
    )
    entries = {k: v for k, v in last.entries.items() if k not in ("metrics", "left_out")} | {
        "name": task,
        "version": version,
        "default": True,
        "file": path.name,
        "sha256": sha256,
        "bytes": len(content),
        "quantization": "mixed" if several else last.entries["quantization"],
        "parameters": sum({part.card.name: part.entries["parameters"] for part in asked}.values()),
        "architecture": "weighted mean of several answers in one file: "
        + "; ".join(
            f"{part.entries['architecture']}, at {part.card.input_size} pixels"
            + (", on the mirror image" if part.mirrored else "")
            for part in asked
        ),
        "input_size": card.input_size,
        "temperature": round(card.temperature, 4),
        "thresholds": {
            "confident": card.confident_threshold,
            "mask": card.mask_threshold,
            "no_lesion": card.no_lesion_threshold,
            "smallest_lesion": card.smallest_lesion,
        },
        "training": last.entries["training"] | {"joined": [part.words for part in asked]},
        "parity": compared,
        "validation": {k: round(v, 4) for k, v in score(outputs, samples, config).items()},
    }
    write_card(entries, path.with_suffix(".toml"))
    start = last.card.path.with_name(f"{last.card.name}{ENDING}")
    if start.is_file():
        shutil.copyfile(start, out / f"{task}{ENDING}")
    print(f"{path}: {len(content) / 1e6:.1f} MB, temperature {card.temperature:.3f}")
    print(entries["thresholds"], compared, entries["validation"])


if __name__ == "__main__":
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], sys.argv[5:])
