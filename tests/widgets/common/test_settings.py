"""What is set in napari's preferences is heeded, and nonsense there does no harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest
from napari.settings import get_plugin_settings
from npe2 import PluginManifest

from napari_multicancer.core.models.cards import list_models
from napari_multicancer.core.models.runtime import (
    MAX_THREADS,
    THREADS_VARIABLE,
    load_model,
    n_threads,
)
from napari_multicancer.io.snapshots.folder import VARIABLE, list_snapshots
from napari_multicancer.io.snapshots.snapshot import read_pixels
from napari_multicancer.widgets.analyse.layout import PanelLayout
from napari_multicancer.widgets.autosave.autosave import watch_viewer
from napari_multicancer.widgets.common.hint import Hint
from napari_multicancer.widgets.common.model_choice import ModelChoice
from napari_multicancer.widgets.common.settings import (
    PLUGIN,
    Preferences,
    copies_folder,
    heed_threads,
    lesion_color,
    preferences,
)

from ..conftest import add_sample


@pytest.fixture(autouse=True)
def registered(plugin_settings, npe2pm):
    if PLUGIN not in npe2pm:
        npe2pm.register(PluginManifest.from_distribution(PLUGIN))


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setattr(os, "environ", {**os.environ})
    os.environ.pop(VARIABLE, None)
    os.environ.pop(THREADS_VARIABLE, None)


def test_the_panel_opens_with_the_organ_that_is_set(viewer, qtbot):
    from qtpy.QtWidgets import QWidget

    get_plugin_settings(PLUGIN).analysis.organ = "breast"
    holder = QWidget()
    qtbot.addWidget(holder)
    assert PanelLayout(viewer, holder).organ.currentData() == "breast"


def test_organ_and_models_are_heeded_at_once_by_a_panel_that_is_open(panel):
    analysis = get_plugin_settings(PLUGIN).analysis
    best = panel.ui.models.chosen
    analysis.organ, analysis.models = "brain", "brain=brain_deeplab"
    assert panel.organ.currentData() == "brain"
    assert panel.ui.models.chosen == {**best, "brain": "brain_deeplab"}
    analysis.organ, analysis.models = "automatic", ""
    assert (panel.organ.currentData(), panel.ui.models.chosen) == ("automatic", best)


def test_models_are_kept_as_default_by_a_button(qtbot, panel):
    models, analysis = panel.ui.models, get_plugin_settings(PLUGIN).analysis
    assert not models.keep.isEnabled()
    breast = models._combos["breast"]
    breast.setCurrentIndex(breast.findData("breast_sk_unet"))
    models.keep.click()
    assert analysis.models == "breast=breast_sk_unet"
    assert not models.keep.isEnabled()
    another = ModelChoice()
    qtbot.addWidget(another)
    assert another.chosen == models.chosen
    breast.setCurrentIndex(0)
    models.keep.click()
    assert analysis.models == ""


def test_a_model_that_does_not_exist_is_told_and_the_best_is_asked(panel, told):
    best = panel.ui.models.chosen
    get_plugin_settings(PLUGIN).analysis.models = "liver=x, brain=brain_deeplab"
    (sentence,) = told
    assert "There is no model liver=x" in sentence
    assert panel.ui.models.chosen == {**best, "brain": "brain_deeplab"}


def test_a_hint_that_was_put_away_does_not_come_back_until_it_is_wanted(qtbot):
    hint, again = Hint("mask", "The brush is ready."), Hint("mask", "The brush is ready.")
    other = Hint("volume", "Each plane alone.")
    for one in (hint, again, other):
        qtbot.addWidget(one)
        one.offer()
    assert hint.isVisible()
    hint.seen.click()
    again.offer()
    assert not hint.isVisible()
    assert not again.isVisible()
    assert other.isVisible()
    other.offer(False)
    assert not other.isVisible()
    get_plugin_settings(PLUGIN).analysis.hints_seen = ""
    again.offer()
    assert again.isVisible()


def test_the_first_mask_comes_with_a_hint(viewer, panel, analyse):
    hint = panel.ui.findings.first_mask
    assert hint.isHidden()
    analyse(add_sample(viewer, "breast_malignant.png"))
    assert not hint.isHidden()
    hint.seen.click()
    analyse(add_sample(viewer, "breast_benign.png"))
    assert hint.isHidden()


def test_a_new_lesion_has_the_colour_and_opacity_that_are_set(viewer, analyse):
    masks = get_plugin_settings(PLUGIN).masks
    masks.color, masks.opacity = "lime", 0.25
    labels = analyse(add_sample(viewer, "breast_malignant.png"))
    np.testing.assert_allclose(labels.get_color(1), (0, 1, 0, 1))
    assert labels.opacity == 0.25


def test_a_colour_that_is_none_is_told_and_replaced(told):
    get_plugin_settings(PLUGIN).masks.color = "ultrasound"
    np.testing.assert_allclose(lesion_color(), (1, 0.36, 0.48, 1), atol=0.01)
    assert told == ["'ultrasound' is no colour: choose another one in napari's preferences."]


def test_threads_and_folder_are_heeded_unless_the_environment_says_so(tmp_path):
    settings = get_plugin_settings(PLUGIN)
    settings.analysis.threads, settings.masks.autosave_folder = 3, str(tmp_path)
    heed_threads()
    assert (n_threads(), copies_folder()) == (3, tmp_path)
    os.environ[THREADS_VARIABLE] = "1"
    os.environ[VARIABLE] = str(tmp_path / "other")
    assert (n_threads(), copies_folder()) == (1, tmp_path / "other")


def test_a_model_runs_on_as_many_threads_as_are_set_now():
    heed_threads()
    settings = get_plugin_settings(PLUGIN)
    card = list_models()[0]
    settings.analysis.threads = 3
    assert n_threads() == 3
    on_three = load_model(card)
    assert load_model(card) is on_three
    settings.analysis.threads = 1
    assert load_model(card) is not on_three
    settings.analysis.threads = 0
    assert n_threads() == min(MAX_THREADS, os.cpu_count())


def test_the_preferences_are_those_of_the_manifest():
    assert preferences() == Preferences()
    sections = PluginManifest.from_distribution(PLUGIN).contributions.configurations
    names = [name for section in sections.values() for name in section.properties]
    assert names == [field.name for field in fields(Preferences)]


def test_corrections_are_kept_in_the_folder_that_is_set(viewer, tmp_path):
    folder = tmp_path / "mine"
    get_plugin_settings(PLUGIN).masks.autosave_folder = str(folder)
    viewer.window.add_plugin_dock_widget(PLUGIN, "Multi-Cancer")
    labels = viewer.add_labels(np.zeros((20, 30), np.uint8))
    labels.data_setitem((np.array([5]), np.array([6])), 1)
    watch_viewer(viewer).flush()
    (kept,) = list_snapshots(folder)[0]
    np.testing.assert_array_equal(read_pixels(kept), labels.data)


SET = """
from napari.settings import get_plugin_settings
settings = get_plugin_settings("napari-multicancer")
settings.analysis.organ, settings.analysis.threads = "breast", 3
settings.analysis.models = "brain=brain_deeplab"
settings.analysis.hints_seen = "mask, volume"
settings.masks.color, settings.masks.opacity = "lime", 0.25
settings.masks.autosave_folder = "mine"
"""
SHOW = """
import json
from napari.settings import get_plugin_settings
settings = get_plugin_settings("napari-multicancer")
print(json.dumps([settings.analysis.model_dump(), settings.masks.model_dump()]))
"""


def in_a_process_of_its_own(code, config):
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NAPARI_CONFIG": str(config)},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


def test_all_settings_outlast_the_program(tmp_path):
    config = tmp_path / "settings.yaml"
    in_a_process_of_its_own(SET, config)
    analysis, masks = json.loads(in_a_process_of_its_own(SHOW, config))
    assert analysis == {
        "organ": "breast",
        "models": "brain=brain_deeplab",
        "threads": 3,
        "hints_seen": "mask, volume",
    }
    assert masks == {"color": "lime", "opacity": 0.25, "autosave_folder": "mine"}


def test_another_folder_takes_the_next_copies_at_once(viewer, tmp_path):
    masks = get_plugin_settings(PLUGIN).masks
    watched = watch_viewer(viewer)
    labels = viewer.add_labels(np.zeros((20, 30), np.uint8))
    for row, name in ((5, "first"), (6, "second")):
        masks.autosave_folder = str(tmp_path / name)
        labels.data_setitem((np.array([row]), np.array([6])), 1)
        watched.flush()
        (kept,) = list_snapshots(tmp_path / name)[0]
        np.testing.assert_array_equal(read_pixels(kept), labels.data)
        assert watched.paths() == {kept.path}


def test_the_environment_is_left_alone():
    before = {**os.environ}
    get_plugin_settings(PLUGIN).analysis.threads = 3
    heed_threads()
    n_threads()
    assert before == os.environ
