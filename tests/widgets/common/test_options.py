"""A form is made from what is told of options, and gives them back as the user has set them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from qtpy.QtWidgets import QCheckBox, QFormLayout, QLabel, QWidget

from napari_multicancer.core.options import option
from napari_multicancer.widgets.common.options import FieldWords, OptionsForm


class _Spice(StrEnum):
    SALT = "salt"
    PEPPER = "white pepper"


@dataclass(frozen=True)
class _Soup:
    spices: frozenset[_Spice] = option(frozenset({_Spice.SALT}), "What is in it.")
    hot: bool = option(True, "Not cold.")
    cook: str = option("", "Whose.")
    liters: float = option(0.5, "How much.", minimum=0, maximum=2)
    plates: Annotated[int, {"max": 12}] = 4
    pot: str = option("iron", "Where in.")


FIELDS = {
    "spices": FieldWords("&Spices"),
    "hot": FieldWords("&Hot"),
    "cook": FieldWords("&Cook", choices=(("Nobody", ""), ("Ada's", "Ada"))),
    "liters": FieldWords("&Liters", "So much"),
    "plates": FieldWords("&Plates"),
}


def test_what_is_shown_can_be_set_and_the_rest_stays(qapp):
    form = OptionsForm(_Soup(pot="clay"), FIELDS)
    assert form.value == _Soup(pot="clay")
    salt, pepper = form.widget("spices").boxes
    assert (salt.text(), pepper.text()) == ("Salt", "White pepper")
    salt.setChecked(False)
    pepper.setChecked(True)
    form.field("hot").value = False
    form.field("cook").value = "Ada"
    form.field("liters").value = 2
    form.field("plates").value = 3
    assert form.value == _Soup(frozenset({_Spice.PEPPER}), False, "Ada", 2.0, 3, "clay")


def test_limits_and_words_are_those_that_are_told(qapp):
    form = OptionsForm(_Soup(), FIELDS)
    liters, plates = form.widget("liters"), form.widget("plates")
    assert (liters.minimum(), liters.maximum(), plates.maximum()) == (0, 2, 12)
    assert liters.toolTip() == "So much"
    assert form.label("cook") == "&Cook"


def test_each_field_is_laid_out_with_its_words_once(qapp):
    page = QWidget()
    rows = QFormLayout(page)
    OptionsForm(_Soup(), FIELDS).add_to(rows)
    said = [one.text() for kind in (QLabel, QCheckBox) for one in page.findChildren(kind)]
    wanted = ["&Spices", "&Hot", "&Cook", "&Liters", "&Plates", "Salt", "White pepper"]
    assert sorted(filter(None, said)) == sorted(wanted)
