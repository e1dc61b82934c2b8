import shutil
import tomllib

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.models.cards import (
    CHECKSUM,
    MODELS_VARIABLE,
    WEIGHTS_VARIABLE,
    checksum,
    damaged_cards,
    find_model,
    forget_models,
    list_models,
    read_card,
    read_weights,
    weights_folder,
)
from napari_multicancer.core.models.organs import a_scan_of, organs, tasks
from napari_multicancer.core.scan.views import View
from napari_multicancer.training.export.cards import write_card


@pytest.fixture
def copied_weights(tmp_path, monkeypatch):
    folder = tmp_path / "weights"
    shutil.copytree(weights_folder(), folder)
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(folder))
    return folder


@pytest.mark.parametrize("task", ["recognizer", "brain", "breast"])
def test_every_task_has_a_default_whose_file_is_the_one_its_card_describes(task):
    card = find_model(task)
    assert card.is_default
    assert len(read_weights(card)) == card.n_bytes


def test_every_card_says_what_users_must_know():
    for card in list_models():
        assert "research" in card.intended_use
        assert card.licence
        assert card.known_limits
        if card.quantization == "float16" and "joined" not in card.training:
            assert card.parity["largest_probability_gap"] < 0.01
            assert card.parity["mask_agreement"] >= 0.999
        known = {"interactive": ("val", "dice_from_nothing_after_1")}
        split, figure = known.get(card.role, ("test", "accuracy"))
        assert {"value", "low", "high", "n"} <= set(card.metrics[split][figure])


def test_the_shipped_models_weigh_less_than_40_megabytes():
    assert sum(card.path.stat().st_size for card in list_models()) < 40e6


def test_an_altered_model_file_is_refused(copied_weights):
    path = copied_weights / "brain.tflite"
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="sha256 differs"):
        read_weights(find_model("brain"))


def test_a_missing_model_file_is_named(copied_weights):
    (copied_weights / "brain.tflite").unlink()
    with pytest.raises(ModelError, match=r"brain\.tflite is missing"):
        read_weights(find_model("brain"))


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ModelError, match=r"no model 'x' for 'brain'; choose one of: brain"):
        find_model("brain", "x")


def test_an_empty_folder_says_so(tmp_path):
    with pytest.raises(ModelError, match="holds no model for 'brain'"):
        find_model("brain", folder=tmp_path)


@pytest.mark.parametrize("content", ["not toml", 'name = "x"'])
def test_a_broken_card_is_one_sentence(tmp_path, content):
    path = tmp_path / "x.toml"
    path.write_text(content)
    with pytest.raises(ModelError, match="reinstall the package"):
        read_card(path)


def entries(path):
    return tomllib.loads(path.read_text("utf-8"))


def altered_card(folder, line):
    """Change a card as somebody does who may: it is sealed anew."""
    path = folder / "brain.toml"
    write_card(entries(path) | tomllib.loads(line), path)
    return path


def test_a_card_may_ask_for_preprocessing_and_refinement(copied_weights):
    card = read_card(copied_weights / "brain.toml")
    assert (card.preprocessing, card.refinement) == ((), "")
    lines = 'preprocessing = ["median", "crop_to_head"]\nrefinement = "crf"'
    card = read_card(altered_card(copied_weights, lines))
    assert card.preprocessing == ("median", "crop_to_head")
    assert card.refinement == "crf"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('preprocessing = ["median", "polish"]', "the preprocessing 'polish', which.*knows.*sobel"),
        ('preprocessing = "median"', "preprocessing is 'median': input should be a valid tuple"),
        ('refinement = "dream"', r"the refinement 'dream', which.*\(it knows crf\)"),
    ],
)
def test_a_step_nobody_knows_is_named(copied_weights, line, message):
    with pytest.raises(ModelError, match=message):
        read_card(altered_card(copied_weights, line))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("temperature = nan", "temperature is nan: input should be a finite number|not finite"),
        ("temperature = 0.0", "temperature is 0.0: input should be greater than 0"),
        ("thresholds = { mask = -1 }", "mask is -1: input should be greater than or equal to 0"),
        ("thresholds = { confident = 1.5 }", "confident is 1.5: input should be less than"),
        ("thresholds = { certain = 0.5 }", "certain is 0.5: unexpected"),
        ('thresholds = "low"', "thresholds is no table"),
        ('role = "oracle"', "role is 'oracle': input should be 'recognizer', 'organ'"),
        ('organ = "automatic"', "no organ can be called 'automatic'"),
        ('organ = ""', "organ is missing"),
        ('healthy = "fine"', "healthy is not one of the classes"),
        ('classes = ["tumor", "tumor"]', "a class is named twice"),
        ('classes = ["no tumor", "tumor"]', "classes.0 is 'no tumor': string should match"),
        ("columns = { cyst = 'p_cyst' }", "an unknown class"),
        ("columns = { tumor = 'p_no_tumor' }", "two classes have the same column"),
        ('file = "../../brain.tflite"', "not a name of a file beside the card"),
        ('sha256 = "abc"', "sha256 is 'abc': string should match"),
        ("anatomy = { organ = 'brain' }", "anatomy.organ is 'brain'"),
        ("cautions = [{ says = 'Beware.', views = ['oblique'] }]", "cautions.0.views.0 is"),
        ("colour = 'pink'", "colour is 'pink': unexpected"),
    ],
)
def test_a_card_that_makes_no_sense_is_refused_in_a_sentence(tmp_path, line, message):
    """Even where it was sealed so."""
    content = entries(weights_folder() / "brain.toml") | tomllib.loads(line)
    content.pop(CHECKSUM)
    seal = {} if "nan" in line else {CHECKSUM: checksum(content)}
    path = tmp_path / "brain.toml"
    path.write_text(tomli_w.dumps(content | seal), "utf-8")
    with pytest.raises(ModelError, match=message) as raised:
        read_card(path)
    assert "\n" not in str(raised.value)
    assert str(raised.value).endswith("remove the card if it is your own.")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"no_tumor",\n    "tumor"', '"tumor",\n    "no_tumor"'),
        ("temperature = 1.0025", "temperature = 1.0026"),
        ("mask = 0.3", "mask = 0.5"),
        ('licence = "for non-commercial', 'licence = "for commercial'),
        ('value = "12738006"', 'value = "12738007"'),
    ],
)
def test_a_card_that_was_altered_is_refused_whatever_was_altered(copied_weights, old, new):
    path = copied_weights / "brain.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ModelError, match=r"brain\.toml is not as it was written"):
        read_card(path)


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
CONTENT = st.dictionaries(
    st.text(max_size=5),
    st.recursive(LEAVES | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)),
    min_size=1,
    max_size=5,
)


@pytest.mark.slow
@given(CONTENT, st.data())
def test_the_checksum_tells_any_change_but_that_of_the_order(content, data):
    names = data.draw(st.permutations(list(content)))
    assert checksum({name: content[name] for name in names}) == checksum(content)
    changed = data.draw(st.sampled_from(list(content)))
    assert checksum(content | {changed: ["another", content[changed]]}) != checksum(content)
    if changed != CHECKSUM:
        assert checksum({n: v for n, v in content.items() if n != changed}) != checksum(content)


def test_a_missing_card_is_one_sentence(copied_weights):
    (copied_weights / "brain.toml").unlink()
    with pytest.raises(ModelError, match="no default model for 'brain': reinstall the package, or"):
        find_model("brain")


def test_every_shipped_and_measured_card_is_sealed():
    yardsticks = weights_folder().parent / "docs" / "yardsticks"
    assert len(list_models()) == 7
    assert damaged_cards() == damaged_cards(yardsticks) == []
    assert [card.role for card in list_models(yardsticks)] in ([], ["published", "published"])


@pytest.mark.slow
def test_organs_and_tasks_are_those_of_the_cards(copied_weights):
    assert organs() == ("brain", "breast")
    assert tasks() == ("recognizer", "brain", "breast")
    for path in copied_weights.glob("breast*.toml"):
        path.unlink()
    forget_models()
    assert organs() == ("brain",)
    forget_models()


@pytest.mark.slow
def test_ones_own_models_come_on_top_and_in_place_of_those_of_the_same_name(
    copied_weights, tmp_path, monkeypatch
):
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setenv(MODELS_VARIABLE, str(own))
    card = entries(copied_weights / "brain.toml")
    write_card(card | {"version": "9"}, own / "brain.toml")
    write_card(card | {"name": "mine", "default": False}, own / "mine.toml")
    assert find_model("brain").label == "brain 9"
    assert find_model("brain", "mine").path == own / "brain.tflite"
    assert [c.name for c in list_models()].count("brain") == 1
    assert "breast" in organs()


def test_an_organ_reads_as_its_card_says():
    assert a_scan_of("brain") == "a brain MRI"
    assert a_scan_of("breast") == "a breast ultrasound"
    assert a_scan_of("eye_fundus") == "an eye fundus"


def test_what_to_heed_is_said_of_the_views_that_it_applies_to():
    brain, breast = find_model("brain"), find_model("breast")
    assert brain.heed(View.SAGITTAL, is_volume=False).endswith(
        "check answers on this sagittal one."
    )
    assert "these coronal ones, or resample" in brain.heed(View.CORONAL, is_volume=True)
    assert brain.heed(View.AXIAL, is_volume=True) == brain.heed(None, is_volume=True) == ""
    assert breast.heed(View.SAGITTAL, is_volume=True) == ""


def test_changed_cards_are_seen_after_forgetting(copied_weights):
    assert len(list_models()) >= 3
    for path in copied_weights.glob("*.toml"):
        path.unlink()
    forget_models()
    assert list_models() == []
    forget_models()
