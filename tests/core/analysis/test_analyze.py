import shutil
import threading
import tomllib
from dataclasses import replace

import numpy as np
import pytest

from napari_multicancer.core.analysis import analyze as analysis
from napari_multicancer.core.analysis.analyze import analyze, most_suspicious, outline
from napari_multicancer.core.analysis.answer import EMPTY, UNLIKE, Prediction
from napari_multicancer.core.errors import CancelledError, ModelError, UnsupportedScanError
from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.core.models.cards import WEIGHTS_VARIABLE, find_model, weights_folder
from napari_multicancer.core.models.runtime import load_model
from napari_multicancer.core.planes.head import crop_to_head
from napari_multicancer.core.planes.letterbox import Letterbox
from napari_multicancer.core.scan.place import UNPLACED
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.samples import SAMPLES
from napari_multicancer.training.export.cards import write_card

BY_NAME = {sample.name: sample for sample in SAMPLES}


def noise(shape=(64, 64), dtype=np.uint8):
    return np.random.default_rng(0).integers(0, 255, shape).astype(dtype)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_shipped_samples_are_recognised_diagnosed_and_outlined(sample):
    scan = load_scan(sample.path)
    answer = analyze(scan)
    assert answer.organ.label == sample.organ
    assert answer.diagnosis.label == sample.diagnosis
    assert answer.mask.shape == answer.probability.shape == scan.spatial_shape
    assert answer.mask.dtype == np.uint8
    assert answer.probability.dtype == np.float32
    is_healthy = sample.diagnosis in ("normal", "no_tumor")
    assert (answer.lesion is None) == is_healthy
    assert answer.mask.any() == (not is_healthy)
    for prediction in (answer.organ, answer.diagnosis):
        assert sum(prediction.probabilities.values()) == pytest.approx(1)
    assert len(answer.models) == 2
    assert len(answer.planes) == scan.n_planes


def grey_tumor():
    return load_scan(next(s for s in SAMPLES if s.diagnosis == "tumor").path).plane(0)


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.astype(np.uint16) * 200,
        lambda p: p.astype(">i2") - 1000,
        lambda p: p.astype(np.float64) / 255,
        lambda p: np.dstack([p] * 3),
        lambda p: np.dstack([p] * 3 + [np.full_like(p, 255)]),
        lambda p: np.asfortranarray(p),
    ],
    ids=["uint16", "negative big-endian", "float", "rgb", "rgba", "fortran"],
)
def test_the_same_picture_in_another_form_gets_the_same_answer(change):
    grey = grey_tumor()
    expected = analyze(Scan(grey, "yx"), organ="brain")
    pixels = change(grey)
    found = analyze(Scan(pixels, "yx" if pixels.ndim == 2 else "yxc"), organ="brain")
    assert found.diagnosis.label == expected.diagnosis.label
    assert np.mean(found.mask != expected.mask) < 0.002


@pytest.mark.slow
def test_a_stack_gets_a_mask_and_a_diagnosis_a_plane():
    grey = grey_tumor()
    stack = np.stack([np.zeros_like(grey), grey, grey, np.zeros_like(grey)])
    answer = analyze(Scan(stack, "zyx"), organ="brain")
    single = analyze(Scan(grey, "yx"), organ="brain")
    assert answer.mask.shape == stack.shape
    assert [plane.skipped for plane in answer.planes] == [EMPTY, "", "", EMPTY]
    assert [plane.diagnosis is None for plane in answer.planes] == [True, False, False, True]
    assert (answer.empty_planes, answer.unlike_planes) == (2, 0)
    assert not answer.mask[0].any()
    assert not answer.mask[3].any()
    assert answer.mask[1].sum() == pytest.approx(single.mask.sum(), rel=0.1)


def test_a_scan_of_neither_organ_gets_a_reason_and_no_mask():
    picture = np.zeros((300, 400, 3), np.uint8)
    picture[..., 0] = np.linspace(0, 255, 400)
    picture[100:200, 50:300, 1] = 255
    answer = analyze(Scan(picture, "yxc"))
    assert answer.organ.label == "other" or not answer.organ.confident
    assert answer.mask is answer.diagnosis is answer.probability is None
    assert "by hand" in answer.note
    assert answer.refused


def test_the_user_can_overrule_the_recognizer():
    answer = analyze(Scan(noise(), "yx"), organ="breast")
    assert answer.organ_chosen
    assert answer.organ.label == "breast"
    assert tuple(answer.organ.probabilities) == find_model("recognizer").classes
    assert answer.mask is not None
    with pytest.raises(
        ModelError, match="no organ 'liver'; choose one of: automatic, brain, breast"
    ):
        analyze(Scan(noise(), "yx"), organ="liver")


def test_only_what_is_wanted_is_given():
    scan = Scan(grey_tumor(), "yx")
    assert analyze(scan, organ="brain", steps=("classify",)).mask is None
    assert analyze(scan, organ="brain", steps=("segment",)).diagnosis is None


@pytest.mark.parametrize("value", [0, 7, np.nan, np.inf])
def test_a_scan_that_shows_nothing_is_refused(value):
    pixels = np.full((64, 64), value, np.float32)
    with pytest.raises(UnsupportedScanError, match="same value everywhere"):
        analyze(Scan(pixels, "yx", name="flat"))


def test_nan_borders_do_no_harm():
    grey = grey_tumor().astype(np.float32)
    expected = analyze(Scan(grey, "yx"), organ="brain").mask
    grey[:3], grey[:, -3:] = np.nan, np.inf
    found = analyze(Scan(grey, "yx"), organ="brain").mask
    assert np.mean(found != expected) < 0.01


@pytest.mark.slow
def test_progress_counts_to_the_end_and_cancel_stops_at_once():
    stack = noise((6, 64, 64))
    seen = []
    analyze(Scan(stack, "zyx"), organ="brain", progress=lambda *p: seen.append(p))
    assert seen == [(i, 6) for i in range(1, 7)]
    calls = []
    with pytest.raises(CancelledError):
        analyze(
            Scan(stack, "zyx"),
            organ="brain",
            progress=lambda *p: calls.append(p),
            cancelled=lambda: len(calls) == 2,
        )
    assert len(calls) == 2


@pytest.mark.slow
def test_several_threads_may_analyse_at_once():
    scan = Scan(grey_tumor(), "yx")
    expected = analyze(scan).mask
    found = []
    threads = [threading.Thread(target=lambda: found.append(analyze(scan))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for answer in found:
        np.testing.assert_array_equal(answer.mask, expected)


def test_an_unknown_model_is_named():
    with pytest.raises(ModelError, match="no model 'x' for 'brain'"):
        analyze(Scan(noise(), "yx"), organ="brain", models={"brain": "x"})


def test_a_winner_below_the_threshold_is_not_confident():
    assert not Prediction({"a": 0.6, "b": 0.4}, 0.7).confident
    assert Prediction({"a": 0.7, "b": 0.3}, 0.7).confident
    assert not Prediction({"a": 0.7, "b": 0.3}, 0.7, familiar=False).confident
    assert Prediction({"a": 0.2, "b": 0.8}).label == "b"


def test_a_stack_answers_by_its_most_suspicious_run_of_planes():
    planes = np.array([[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.4, 0.6]])
    np.testing.assert_allclose(most_suspicious(planes), [1.1 / 3, 1.9 / 3])
    np.testing.assert_allclose(most_suspicious(planes[:1]), planes[0])


def test_the_cards_rules_cut_the_mask():
    box = Letterbox.fit(224, 224, 224)
    lesion = np.zeros((224, 224), np.float32)
    lesion[10:20, 10:20] = 0.55
    lesion[50:90, 50:90] = 0.8
    card = replace(
        find_model("brain"), mask_threshold=0.5, smallest_lesion=0, no_lesion_threshold=0.9
    )
    assert outline(lesion, 0.2, box, card).sum() == 1700
    assert outline(lesion, 0.9, box, card).sum() == 0
    assert outline(lesion, 0.2, box, replace(card, mask_threshold=0.6)).sum() == 1600
    assert outline(lesion, 0.2, box, replace(card, smallest_lesion=200)).sum() == 1600


@pytest.fixture
def analyze_with(tmp_path, monkeypatch):
    """Give `analyze` for the brain, after lines were added to the model's card."""
    shipped = weights_folder()

    def run(scan, lines=""):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        shutil.copytree(shipped, folder)
        card = folder / "brain.toml"
        details = tomllib.loads(card.read_text("utf-8")) | tomllib.loads(lines)
        write_card(details, card)
        monkeypatch.setenv(WEIGHTS_VARIABLE, str(folder))
        return analyze(scan, organ="brain")

    return run


def large_tumor():
    """A plane whose tumor is large and clearly outlined."""
    return load_scan(BY_NAME["Brain tumor, nine planes"].path).plane(1)


@pytest.mark.slow
def test_a_card_may_crop_to_the_head(analyze_with):
    grey = np.minimum(large_tumor(), 150)  # so that scan and crop have one window
    scan = Scan(np.pad(grey, ((0, 300), (40, 0))), "yx")
    head = crop_to_head(scan.plane(0).astype(np.float32))
    cropped = analyze_with(scan, 'preprocessing = ["crop_to_head"]')
    alone = analyze_with(Scan(scan.plane(0)[head.slices], "yx"))
    assert cropped.mask.shape == scan.spatial_shape
    assert cropped.mask.any()
    assert dice(alone.mask, cropped.mask[head.slices]) > 0.97
    outside = np.ones(scan.spatial_shape, bool)
    outside[head.slices] = False
    assert not cropped.probability[outside].any()


@pytest.mark.slow
def test_a_card_may_ask_for_the_crf(analyze_with):
    scan = Scan(large_tumor(), "yx")
    plain = analyze_with(scan)
    refined = analyze_with(scan, 'refinement = "crf"')
    assert dice(plain.mask, refined.mask) > 0.6
    assert np.any(refined.probability != plain.probability)
    assert refined.diagnosis == plain.diagnosis


@pytest.mark.slow
def test_a_plane_that_shows_nothing_stays_unanswered_whatever_the_preprocessing(analyze_with):
    grey = grey_tumor()
    stack = np.stack([np.zeros_like(grey), grey])
    answer = analyze_with(Scan(stack, "zyx"), 'preprocessing = ["crop_to_head", "sobel"]')
    assert [plane.diagnosis is None for plane in answer.planes] == [True, False]


@pytest.mark.parametrize(("distances", "familiar"), [([0.5], True), ([1.3], False)])
def test_an_unfamiliar_scan_gets_its_answer_but_never_a_sure_one(monkeypatch, distances, familiar):
    recognizer = replace(find_model("recognizer"), unfamiliar_distance=1.2)

    class FakeRecognizer:
        card = recognizer

        def __call__(self, square):
            return {"organ": np.array([9.0, 0, 0]), "distance": np.float32(distances[0])}

    def load(card, **how):
        return FakeRecognizer() if card.task == "recognizer" else load_model(card)

    monkeypatch.setattr(analysis, "load_model", load)
    answer = analyze(Scan(grey_tumor(), "yx"))
    assert answer.organ.confident == familiar
    assert answer.organ.label == "brain"
    assert answer.mask.any()
    assert answer.diagnosis.label == "tumor"
    assert answer.diagnosis.confident == familiar
    assert ("check this answer with care" in answer.note) == (not familiar)
    assert not answer.refused


@pytest.fixture
def recognizer_says(monkeypatch):
    """Put a recognizer in place that tells planes by their brightest pixel."""

    def put(logits_by_brightness):
        class FakeRecognizer:
            card = replace(find_model("recognizer"), temperature=1.0)

            def __call__(self, square):
                asked.append(round(float(square.max())))
                logits = logits_by_brightness[asked[-1]]
                return {"organ": np.array(logits, np.float32), "distance": np.float32(0)}

        def load(card, **how):
            return FakeRecognizer() if card.task == "recognizer" else load_model(card)

        asked = []
        monkeypatch.setattr(analysis, "load_model", load)
        return asked

    return put


BRAIN, SURELY_OTHER, PERHAPS_OTHER = [9, 0, 0], [0, 0, 9], [0, 0, 1]


def stack_of(brightness):
    """Make planes of one pattern, told apart by how bright they are."""
    pattern = np.zeros((64, 64), np.float32)
    pattern[16:48, 16:48] = 1
    return Scan(np.stack([pattern * value for value in brightness]), "zyx")


@pytest.mark.slow
def test_planes_that_surely_show_neither_organ_are_skipped_and_counted(recognizer_says):
    recognizer_says({255: BRAIN, 128: SURELY_OTHER, 64: PERHAPS_OTHER})
    answer = analyze(stack_of([128, 255, 255, 64, 255, 0, 255]))
    assert answer.organ.label == "brain"
    assert [p.skipped for p in answer.planes] == [UNLIKE, "", "", "", "", EMPTY, ""]
    assert (answer.empty_planes, answer.unlike_planes) == (1, 1)
    assert [p.diagnosis is None for p in answer.planes] == [bool(p.skipped) for p in answer.planes]
    assert not answer.mask[0].any()
    assert not answer.probability[0].any()


def test_the_users_choice_of_organ_skips_empty_planes_only(recognizer_says):
    asked = recognizer_says({255: BRAIN, 128: SURELY_OTHER})
    answer = analyze(stack_of([128, 255, 0]), organ="brain")
    assert [p.skipped for p in answer.planes] == ["", "", EMPTY]
    assert asked == []


@pytest.mark.slow
def test_a_long_stack_costs_few_questions_to_the_recognizer(recognizer_says):
    asked = recognizer_says({255: BRAIN, 128: SURELY_OTHER})
    answer = analyze(stack_of([255] * 40 + [128] * 5), steps=("classify",))
    assert answer.unlike_planes == 5
    skipped_of_the_sample, next_neighbours = 2, 1
    assert len(asked) == analysis.RECOGNISED_PLANES + 5 - skipped_of_the_sample + next_neighbours


@pytest.mark.slow
def test_a_stack_of_mostly_empty_planes_is_judged_by_those_that_are_not():
    grey = grey_tumor()
    stack = np.zeros((40, *grey.shape), grey.dtype)
    stack[[1, 4, 5]] = grey
    answer = analyze(Scan(stack, "zyx"))
    assert answer.organ.label == "brain"
    assert answer.empty_planes == 37
    assert answer.diagnosis.label == "tumor"


def lesion_on_one_plane(monkeypatch, axes, side):
    """Analyse three planes of which the middle one alone shows a lesion of side x side pixels."""
    card = replace(
        find_model("brain"), temperature=1.0, no_lesion_threshold=0.9, mask_threshold=0.5,
        smallest_lesion=20, refinement="", preprocessing=(),
    )  # fmt: skip

    class FakeBrain:
        def __call__(self, square):
            lesion = np.full(square.shape[:2], -9.0, np.float32)
            if square[0, 0, 0] == 255:
                lesion[20 : 20 + side, 20 : 20 + side] = 9
            return {"diagnosis": np.zeros(2), "lesion": lesion}

    fake = FakeBrain()
    fake.card = card
    monkeypatch.setattr(analysis, "load_model", lambda card, **how: fake)
    stack = noise((3, card.input_size, card.input_size))
    stack[:, 0, 0] = [0, 255, 0]
    return analyze(Scan(stack, axes), organ="brain")


@pytest.mark.parametrize(
    ("axes", "side", "pixels"), [("zyx", 8, 0), ("zyx", 9, 81), ("tyx", 8, 64)]
)
def test_a_speck_on_one_plane_of_a_volume_is_dropped(monkeypatch, axes, side, pixels):
    answer = lesion_on_one_plane(monkeypatch, axes, side)
    assert answer.mask.sum() == pixels
    assert [plane.lesion_pixels for plane in answer.planes] == [0, pixels, 0]
    assert (answer.lesion is None) == (pixels == 0)


def test_a_picture_of_pixels_twice_as_high_as_wide_gets_the_same_answer():
    whole = load_scan(next(s for s in SAMPLES if s.diagnosis == "malignant").path)
    squeezed = Scan(whole.plane(0)[::2], "yx", place=UNPLACED.stretched(2.0))
    expected, found = analyze(whole), analyze(squeezed)
    assert (found.organ.label, found.diagnosis.label) == ("breast", "malignant")
    assert found.mask.shape == squeezed.pixels.shape
    assert dice(found.mask, expected.mask[::2]) > 0.9
