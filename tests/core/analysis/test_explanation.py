import dask.array
import numpy as np
import pytest

from napari_multicancer import load_scan
from napari_multicancer.core.analysis import explanation
from napari_multicancer.core.analysis.analyze import RECOGNISED_PLANES, analyze
from napari_multicancer.core.analysis.explanation import entropy, explain
from napari_multicancer.core.errors import CancelledError, ModelError
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.runtime import load_model
from napari_multicancer.core.planes import reduction
from napari_multicancer.core.planes.reduction import average
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.samples import SAMPLES

TUMOR = load_scan(next(one.path for one in SAMPLES if one.file == "brain_tumor.jpg"))


def test_entropy_of_probabilities_known_by_heart():
    np.testing.assert_allclose(
        entropy(np.array([0, 0.5, 1, 0.25], np.float32)), [0, 1, 0, 0.811278], atol=1e-6
    )


@pytest.mark.slow
def test_maps_lie_on_the_scans_own_pixels():
    explanation = explain(TUMOR, "brain")
    for one in (explanation.activation, explanation.probability, explanation.uncertainty):
        assert one.shape == TUMOR.spatial_shape
        assert one.dtype == np.float32
    assert explanation.label == "tumor"
    assert explanation.activation.min() == 0
    assert 0 <= explanation.uncertainty.min() <= explanation.uncertainty.max() <= 1


@pytest.mark.slow
def test_what_speaks_for_a_tumor_lies_on_it():
    analysis = analyze(TUMOR, organ="brain")
    activation = explain(TUMOR, "brain").activation
    lesion = analysis.mask > 0
    assert activation[lesion].mean() > 3 * activation[~lesion].mean()


@pytest.mark.slow
def test_the_probability_of_several_views_agrees_with_the_mask():
    analysis = analyze(TUMOR, organ="brain")
    explanation = explain(TUMOR, "brain")
    threshold = find_model("brain").mask_threshold
    both = (explanation.probability >= threshold) & (analysis.mask > 0)
    assert both.sum() > 0.8 * analysis.mask.sum()


@pytest.mark.slow
def test_only_the_planes_asked_for_are_looked_at():
    stack = Scan(np.stack([TUMOR.pixels] * 3), "z" + TUMOR.axes)
    seen = []
    explanation = explain(
        stack, "brain", "tumor", [1], progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(1, 1)]
    assert not explanation.activation[[0, 2]].any()
    assert explanation.activation[1].any()


def test_an_unknown_class_is_named():
    with pytest.raises(ModelError, match="knows no 'malignant', only no_tumor, tumor"):
        explain(TUMOR, "brain", "malignant")


def test_it_stops_when_asked_to():
    with pytest.raises(CancelledError):
        explain(TUMOR, "brain", cancelled=lambda: True)


def test_a_model_that_cannot_tell_says_so(monkeypatch):
    model = type(load_model(find_model("brain")))
    ask = model.__call__
    monkeypatch.setattr(
        model,
        "__call__",
        lambda self, square: {
            name: value for name, value in ask(self, square).items() if name != "activation"
        },
    )
    with pytest.raises(ModelError, match="does not tell what a place adds"):
        explain(TUMOR, "brain")


def stack_of_tumors(n_planes=4):
    """Make a stack of which the first plane shows nothing."""
    planes = np.stack([TUMOR.plane(0)] * n_planes)
    planes[0] = 0
    return planes


@pytest.mark.slow
@pytest.mark.parametrize("label", [None, "no_tumor"])
def test_the_maps_of_a_long_stack_are_those_of_a_short_one_made_where_looked_at(monkeypatch, label):
    scan = Scan(stack_of_tumors(3), "zyx")
    short = explain(scan, "brain", label)
    monkeypatch.setattr(explanation, "LARGEST_MAPS", 0)
    long = explain(scan, "brain", label)
    assert (long.label, long.strongest) == (short.label, short.strongest)
    for name in ("activation", "probability", "uncertainty"):
        lazy, whole = getattr(long, name), getattr(short, name)
        assert isinstance(whole, np.ndarray)
        assert lazy.chunks[0] == (1,) * 3
        assert lazy.dtype == np.float32
        np.testing.assert_array_equal(lazy, whole)
        np.testing.assert_array_equal(lazy[2, 5:9, ::3], whole[2, 5:9, ::3])
        assert not whole[0].any()


@pytest.mark.slow
@pytest.mark.parametrize("label", ["tumor", "no_tumor"])
def test_no_pixel_adds_more_than_the_strongest_place(label):
    found = explain(TUMOR, "brain", label)
    assert 0.5 * found.strongest <= found.activation.max() <= found.strongest


@pytest.mark.slow
def test_a_stack_on_disk_is_read_once_besides_the_sample():
    read = []

    def plane(block_info=None):
        read.append(block_info[None]["chunk-location"][0])
        return TUMOR.plane(0)[None]

    height, width = TUMOR.spatial_shape
    pixels = dask.array.map_blocks(
        plane, chunks=((1,) * 20, (height,), (width,)), dtype=np.uint8, meta=np.empty((0, 0, 0))
    )
    explain(Scan(pixels, "zyx"), "brain", planes=[3, 4, 17])
    assert len(read) == RECOGNISED_PLANES + 3


@pytest.mark.slow
def test_a_huge_picture_is_explained_as_the_picture_half_as_large(monkeypatch):
    grey = TUMOR.plane(0)
    small = explain(Scan(average(grey, 2), "yx"), "brain")
    monkeypatch.setattr(reduction, "LARGEST_WHOLE", grey.size - 1)
    monkeypatch.setattr(reduction, "REDUCED_TO", grey.size // 4)
    huge = explain(Scan(grey, "yx"), "brain")
    assert huge.label == small.label
    for name in ("activation", "probability", "uncertainty"):
        large = np.asarray(getattr(huge, name))
        assert large.shape == grey.shape
        np.testing.assert_array_equal(large[::2, ::2], getattr(small, name))
