import numpy as np
import pytest

from napari_multicancer import load_scan
from napari_multicancer.core.analysis.analyze import analyze
from napari_multicancer.core.analysis.explanation import entropy, explain
from napari_multicancer.core.errors import CancelledError, ModelError
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.runtime import load_model
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.samples import SAMPLES

TUMOR = load_scan(next(one.path for one in SAMPLES if one.file == "brain_tumor.jpg"))


def test_entropy_of_probabilities_known_by_heart():
    np.testing.assert_allclose(
        entropy(np.array([0, 0.5, 1, 0.25], np.float32)), [0, 1, 0, 0.811278], atol=1e-6
    )


def test_maps_lie_on_the_scans_own_pixels():
    explanation = explain(TUMOR, "brain")
    for one in (explanation.activation, explanation.probability, explanation.uncertainty):
        assert one.shape == TUMOR.spatial_shape
        assert one.dtype == np.float32
    assert explanation.label == "tumor"
    assert explanation.activation.min() == 0
    assert 0 <= explanation.uncertainty.min() <= explanation.uncertainty.max() <= 1


def test_what_speaks_for_a_tumor_lies_on_it():
    analysis = analyze(TUMOR, organ="brain")
    activation = explain(TUMOR, "brain").activation
    lesion = analysis.mask > 0
    assert activation[lesion].mean() > 3 * activation[~lesion].mean()


def test_the_probability_of_several_views_agrees_with_the_mask():
    analysis = analyze(TUMOR, organ="brain")
    explanation = explain(TUMOR, "brain")
    threshold = find_model("brain").mask_threshold
    both = (explanation.probability >= threshold) & (analysis.mask > 0)
    assert both.sum() > 0.8 * analysis.mask.sum()


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
