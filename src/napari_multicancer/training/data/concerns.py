"""What may spoil a training though nothing is wrong with any file: told before it begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from napari_multicancer.training.recipe import OTHER, TaskConfig


def concerns(splits: Mapping[str, pd.DataFrame], config: TaskConfig) -> list[str]:
    """Name what a network could learn by mistake, or what the recipe cannot mean.

    Parameters
    ----------
    splits : mapping of str to DataFrame
        By split, the manifest's rows that are used.
    config : TaskConfig

    Returns
    -------
    list of str
        Sentences; empty where all is well.
    """
    rows = pd.concat(splits.values())
    return [
        *_one_class(splits["train"], config),
        *_one_picture(rows),
        *_no_contrast(rows),
        *_names_nothing(rows, config),
    ]


def _one_class(train: pd.DataFrame, config: TaskConfig) -> Iterator[str]:
    """A source of one class is told by its look, not by what it shows."""
    told = train[(train[config.label] != "") & (train["organ"] != OTHER)]
    if not config.has_lesions:
        return
    classes = told.groupby("source")[config.label].agg(["nunique", "first"])
    if len(classes) > 1:
        for source, first in classes.loc[classes["nunique"] == 1, "first"].items():
            yield (
                f"All training pictures of {source} are {first}: the network may take the look "
                "of that source for the finding; add others of its kind, or leave it out and see."
            )


def _one_picture(rows: pd.DataFrame) -> Iterator[str]:
    pictures = rows.groupby("source")["image"].agg(["size", "first"])
    for source, image in pictures.loc[pictures["size"] == 1, "first"].items():
        yield f"{source} has a single picture, {image}: nothing can be said of that source."


def _no_contrast(rows: pd.DataFrame) -> Iterator[str]:
    """Within a source, some pictures name their contrast and others do not."""
    if "contrast" not in rows:
        return
    for source, some in rows.groupby("source"):
        unnamed = some.loc[some["contrast"] == "", "image"]
        if 0 < len(unnamed) < len(some):
            yield (
                f"{len(unnamed)} of {len(some)} pictures of {source} name no contrast, such as "
                f"{unnamed.iloc[0]}: they count as a contrast of their own."
            )


def _names_nothing(rows: pd.DataFrame, config: TaskConfig) -> Iterator[str]:
    """What the recipe stresses, caps or chooses must be there, or it is a slip of the pen."""
    sources = set(rows["source"])
    for field in ("caps", "sources"):
        for name in sorted(set(getattr(config, field)) - sources):
            yield f"The recipe's {field} name {name!r}, of which there is no picture: check it."
    known = sources | set(rows.loc[rows["organ"] == OTHER, "group"])
    known |= set(rows["source"] + " " + rows[config.label])
    if "contrast" in rows:
        known |= set(rows["source"] + " " + rows["contrast"])
    if "original" in rows:
        known |= {part for path in rows["original"] for part in path.split("/")[:-1]}
    for name in sorted(set(config.emphasis) - known):
        yield f"The recipe's emphasis names {name!r}, which no picture is: check the name."
