"""Our reader becomes napari's for the medical formats where the user wants that, and only then."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest
from napari.settings import get_plugin_settings, get_settings
from npe2 import PluginManifest

from napari_multicancer.widgets.analyse import reader_offer
from napari_multicancer.widgets.analyse.reader_offer import ReaderOffer
from napari_multicancer.widgets.common.settings import PLUGIN
from napari_multicancer.widgets.files.default_reader import become_default, open_patterns


@pytest.fixture(autouse=True)
def registered(plugin_settings, npe2pm, monkeypatch):
    for name in (PLUGIN, "napari"):
        if name not in npe2pm:
            npe2pm.register(PluginManifest.from_distribution(name))
    monkeypatch.setattr(get_settings().plugins, "extension2reader", {})
    monkeypatch.setattr(reader_offer, "UNSEEN", ())


@pytest.fixture
def offer(qtbot) -> ReaderOffer:
    widget = ReaderOffer()
    qtbot.addWidget(widget)
    return widget


def test_no_answer_is_asked_for_twice(offer):
    offer.ask()
    assert not offer.isHidden()
    offer.no.click()
    assert offer.isHidden()
    assert get_plugin_settings(PLUGIN).files.offer_reader is False
    offer.ask()
    assert offer.isHidden()
    assert get_settings().plugins.extension2reader == {}


def test_yes_leaves_what_the_user_has_chosen_before(offer):
    get_settings().plugins.extension2reader = {"*.nii": "another-plugin"}
    assert "*.nii" not in open_patterns()
    offer.ask()
    offer.yes.click()
    chosen = get_settings().plugins.extension2reader
    assert chosen["*.nii"] == "another-plugin"
    assert chosen["*.dcm"] == chosen["*.DCM"] == chosen["*_mask.tif"] == PLUGIN
    assert open_patterns() == []
    offer.ask()
    assert offer.isHidden()


def test_napari_asks_no_more_by_which_reader_to_open(viewer, tmp_path):
    path = tmp_path / "HEAD.NII"
    nibabel.save(nibabel.Nifti1Image(np.ones((9, 8, 7), np.int16), np.eye(4)), tmp_path / "a.nii")
    (tmp_path / "a.nii").rename(path)
    assert become_default()
    viewer.window._qt_viewer._qt_open([str(path)], stack=False)
    assert viewer.layers[0].source.reader_plugin == PLUGIN


def test_where_nobody_sits_before_the_window_nothing_is_asked(offer):
    offer.silence()
    offer.ask()
    assert offer.isHidden()


def test_a_window_that_nobody_sees_asks_nothing(viewer, panel, tmp_path):
    nibabel.save(nibabel.Nifti1Image(np.ones((9, 8, 7), np.int16), np.eye(4)), tmp_path / "a.nii")
    viewer.open(tmp_path / "a.nii", plugin=PLUGIN)
    assert panel.ui.reader_offer.isHidden()
