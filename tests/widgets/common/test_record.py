"""What is known of a layer stands once, is seen in its metadata, and goes with its duplicates."""

from __future__ import annotations

import gc
from copy import deepcopy
from weakref import ref

import numpy as np
import pytest
from napari.layers import Image, Labels, Layer

from napari_multicancer.core.masks.record import MaskRecord
from napari_multicancer.widgets.common import record as module
from napari_multicancer.widgets.common.record import image_of, masks_for, record_of


@pytest.fixture
def image() -> Image:
    return Image(np.zeros((4, 5), np.uint8))


@pytest.fixture
def labels(image: Image) -> Labels:
    labels = Labels(np.zeros((4, 5), np.uint8), name="lesion")
    made = MaskRecord.of({"source": "a.png"}, module.digest(labels.data))
    record_of(labels).hand_over(image, made)
    return labels


def duplicate(labels: Labels) -> Labels:
    """Copy a layer as napari's "Duplicate layer" does."""
    data, keywords, kind = labels.as_layer_data_tuple()
    return Layer.create(deepcopy(data), keywords, kind)


def test_a_layer_has_one_record(labels):
    assert record_of(labels) is record_of(labels)


def test_the_record_goes_with_its_layer():
    layer = Labels(np.zeros((4, 5), np.uint8))
    record, gone = record_of(layer), ref(layer)
    del layer
    gc.collect()
    assert gone() is None
    with pytest.raises(ReferenceError):
        record.labels  # noqa: B018  asking for it is what fails


def test_the_metadata_show_the_record_to_others(labels):
    record_of(labels).add_change("paint", 5, 1)
    kept = labels.metadata["napari_multicancer"]
    assert MaskRecord.from_json(kept) == record_of(labels).mask
    assert kept["history"][-1]["added"] == 5


def test_metadata_that_somebody_clears_lose_nothing(labels):
    record_of(labels).add_change("paint", 5)
    labels.metadata = {"mine": 1}
    assert [one.added for one in record_of(labels).mask.history] == [5]
    record_of(labels).add_change("erase", 0, 5)
    assert labels.metadata["mine"] == 1
    assert len(labels.metadata["napari_multicancer"]["history"]) == 2


def test_a_duplicate_begins_with_what_was_known_and_goes_its_own_way(labels, image):
    record_of(labels).add_change("paint", 5)
    copy = duplicate(labels)
    record_of(copy).add_change("erase", 0, 3)
    assert [one.tool for one in record_of(copy).mask.history] == ["paint", "erase"]
    assert [one.tool for one in record_of(labels).mask.history] == ["paint"]
    assert image_of(copy) is None
    assert masks_for(image) == [labels]


def test_a_mask_is_the_users_own_once_painted_renamed_or_given_other_data(labels, image):
    record = record_of(labels)
    assert not record.is_changed
    labels.name = "mine"
    assert record.is_changed
    record.hand_over(image, record.mask)
    assert not record.is_changed
    labels.data_setitem((np.array([1]), np.array([1])), 1)
    assert record.is_changed
    assert record.first.sum() == 0
    labels.undo()
    assert record.is_changed
    record.hand_over(image, record.mask)
    labels.data = np.ones((4, 5), np.uint8)
    assert record.is_changed


def test_a_mask_drawn_by_hand_says_so_in_its_file():
    labels = Labels(np.zeros((4, 5), np.uint8), name="drawn")
    record_of(labels).add_change("paint", 5)
    told = record_of(labels).told()
    assert told["edited_by_hand"]
    assert told["source"] == "drawn"
    assert [one["tool"] for one in told["history"]] == ["paint"]
    assert told["geometry"]["scale"] == [1, 1]


@pytest.mark.parametrize("nonsense", [None, 7, "x", {"history": 7}, {"provenance": [1]}])
def test_nonsense_in_the_metadata_is_no_record(nonsense):
    labels = Labels(np.zeros((4, 5), np.uint8), metadata={"napari_multicancer": nonsense})
    assert record_of(labels).mask == MaskRecord()
    assert not image_of(None)
