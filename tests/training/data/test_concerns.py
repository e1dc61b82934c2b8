"""What may spoil a training is said before it begins, and sound data give no word."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from napari_multicancer.training.data.concerns import concerns
from napari_multicancer.training.data.samples import TRAINED_ON
from napari_multicancer.training.recipe import find_recipe

BRAIN = replace(find_recipe("brain"), emphasis={})
RECOGNIZER = find_recipe("recognizer")


def splits(*rows: tuple[str, str, str]) -> dict[str, pd.DataFrame]:
    """Give both splits pictures of these sources, diagnoses and contrasts."""
    table = pd.DataFrame(
        [
            {
                "image": f"images/{number}.png",
                "organ": "brain",
                "source": source,
                "diagnosis": diagnosis,
                "contrast": contrast,
                "group": f"patient {number}",
                "original": f"glioma/{number}.png",
            }
            for number, (source, diagnosis, contrast) in enumerate(rows)
        ]
    )
    return dict.fromkeys(TRAINED_ON, table)


SOUND = (("A", "tumor", "T1"), ("A", "no_tumor", "T2"), ("B", "tumor", ""), ("B", "no_tumor", ""))


def test_sound_data_give_no_word() -> None:
    recipe = replace(BRAIN, emphasis={"A": 2, "A tumor": 2, "A T2": 2, "glioma": 2}, caps={"B": 1})
    assert concerns(splits(*SOUND), recipe) == []


def test_a_source_of_one_class_is_named_with_its_class() -> None:
    (said,) = concerns(splits(*SOUND, ("C", "tumor", ""), ("C", "tumor", "")), BRAIN)
    assert said.startswith("All training pictures of C are tumor: ")


def test_a_recognizer_knows_organs_by_their_sources() -> None:
    rows = splits(("A", "tumor", ""), ("B", "no_tumor", ""))
    recipe = replace(RECOGNIZER, emphasis={})
    assert concerns({key: one.assign(organ="brain") for key, one in rows.items()}, recipe) == []


def test_a_diagnosis_that_nobody_told_makes_no_second_class() -> None:
    (said,) = concerns(splits(*SOUND, ("C", "tumor", ""), ("C", "", "")), BRAIN)
    assert "of C are tumor" in said


def test_a_source_of_one_picture_is_named_with_it() -> None:
    given = splits(*SOUND)
    given["val"] = pd.concat([given["val"], splits(("C", "tumor", ""))["val"]])
    (said,) = concerns(given, BRAIN)
    assert said == "C has a single picture, images/0.png: nothing can be said of that source."


def test_pictures_without_a_contrast_among_others_are_counted() -> None:
    (said,) = concerns(splits(*SOUND, ("A", "tumor", "")), BRAIN)
    assert said.startswith("2 of 6 pictures of A name no contrast, such as images/4.png")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"caps": {"D": 0.1}}, "The recipe's caps name 'D', of which there is no picture"),
        ({"sources": ("A", "D")}, "The recipe's sources name 'D'"),
        ({"emphasis": {"A T3": 2.0}}, "The recipe's emphasis names 'A T3', which no picture is"),
    ],
)
def test_what_the_recipe_names_must_be_there(change: dict[str, object], says: str) -> None:
    (said,) = concerns(splits(*SOUND), replace(BRAIN, **change))
    assert said.startswith(says)
