"""A tint changes no answer of a network whose card says that color is grey."""

import numpy as np
import pytest
from PIL import Image

from napari_multicancer.core.analysis.analyze import analyze
from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.samples import SAMPLES

CURVES = 200
"""In all."""
BREAST = [sample for sample in SAMPLES if sample.organ == "breast" and sample.diagnosis != "normal"]


def tinted(grey: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give each channel a rising curve of the grey, not far from a straight line."""
    nodes = np.linspace(0, 255, 5)
    curves = []
    for _ in range(3):
        bent = np.sort(np.clip(nodes + rng.uniform(-25, 25, 5), 0, 255))
        curves.append(np.interp(np.arange(256), nodes, bent * rng.uniform(0.75, 1.0)))
    return np.stack([curve[grey] for curve in curves], axis=-1).astype(np.uint8)


@pytest.mark.slow
@pytest.mark.parametrize("sample", BREAST, ids=lambda sample: sample.path.stem)
def test_an_answer_does_not_change_when_a_scan_is_tinted(sample):
    if {find_model(task).color for task in ("recognizer", "breast")} != {"grey"}:
        pytest.skip("networks from before the rule of colors see them as they are")
    grey = np.asarray(Image.open(sample.path).convert("L"))
    plain = analyze(Scan(grey, "yx", name="plain"))
    rng = np.random.default_rng(0)
    for number in range(CURVES // len(BREAST)):
        answer = analyze(Scan(tinted(grey, rng), "yxc", name=f"tint {number}"))
        assert answer.organ.label == plain.organ.label
        # The curves change the brightness, too: what is near one half may cross it, never surely.
        if answer.diagnosis.confident or plain.diagnosis.confident:
            assert answer.diagnosis.label == plain.diagnosis.label
        assert answer.diagnosis.probabilities == pytest.approx(
            plain.diagnosis.probabilities, abs=0.2
        )
        assert dice(answer.mask, plain.mask) > 0.8


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_an_answer_does_not_depend_on_how_a_picture_is_kept(mode, tmp_path):
    from napari_multicancer.io.load import load_scan

    grey = Image.open(BREAST[0].path).convert("L")
    grey.save(tmp_path / "grey.png")
    grey.convert(mode).save(tmp_path / "kept.png")
    ours, theirs = (analyze(load_scan(tmp_path / f"{name}.png")) for name in ("grey", "kept"))
    assert ours.organ.probabilities == pytest.approx(theirs.organ.probabilities, abs=1e-4)
    assert ours.diagnosis.probabilities == pytest.approx(theirs.diagnosis.probabilities, abs=1e-4)
    np.testing.assert_array_equal(ours.mask, theirs.mask)
