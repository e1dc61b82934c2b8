import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.models.cards import find_model, read_card
from napari_multicancer.training.evaluate.cases import kinds
from napari_multicancer.training.evaluate.evaluate import evaluate
from napari_multicancer.training.evaluate.figures import summarize
from napari_multicancer.training.evaluate.sheet import COLUMNS, PREDICTED, TRUTH, choose_cases
from napari_multicancer.training.export import cards as model_cards
from napari_multicancer.training.recipe import find_recipe

BREAST = find_recipe("breast")


def _case(group, truth, answer, **more):
    probabilities = {f"p_{name}": 0.1 for name in BREAST.classes} | {f"p_{answer}": 0.8}
    case = {"source": "BUSI", "group": group, "kind": "", "confident": True}
    case |= {"truth": truth, "answer": answer, "diagnosis": truth}
    pixels = {"picture_pixels": 1000.0, "mask_pixels": 0.0, "lesion_pixels": 0.0}
    overlap = {"overlap_pixels": 0.0, "dice": 1.0, "iou": 1.0, "smoothed_pixel_dice": 1.0}
    return case | probabilities | pixels | overlap | {"hausdorff_95": np.nan} | more


def _lesion(group, dice, lesion=100.0, mask=100.0, **more):
    overlap = dice * (lesion + mask) / 2
    sizes = {"lesion_pixels": lesion, "mask_pixels": mask, "overlap_pixels": overlap}
    return _case(group, "benign", "benign", dice=dice, **sizes) | more


def _summary(*cases):
    return summarize(pd.DataFrame(cases), BREAST)


def test_figures_of_the_diagnosis_counted_by_hand():
    figures = _summary(
        _case("a", "malignant", "malignant"),
        _case("b", "malignant", "benign"),
        _case("c", "benign", "malignant"),
        _case("d", "benign", "benign"),
        _case("e", "normal", "normal"),
        _case("f", "normal", "normal", confident=False),
    )
    told = {name: figure for name, figure in figures.items() if isinstance(figure, dict)}
    value = {name: figure["value"] for name, figure in told.items() if "value" in figure}
    assert value["accuracy"] == pytest.approx(4 / 6, abs=1e-4)
    assert value["balanced_accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert value["sensitivity_malignant"] == 0.5
    assert value["specificity_malignant"] == 0.75
    assert value["auc_malignant"] == pytest.approx((3 + 0.5 + 0 + 1.5) / 8, abs=1e-4)
    assert value["confident_share"] == pytest.approx(5 / 6, abs=1e-4)
    assert value["confident_accuracy"] == pytest.approx(3 / 5, abs=1e-4)
    assert value["expected_calibration_error"] == pytest.approx(0.8 - 4 / 6, abs=1e-4)
    right, wrong = 0.2**2 + 2 * 0.1**2, 0.9**2 + 0.8**2 + 0.1**2
    assert value["brier_score"] == pytest.approx((4 * right + 2 * wrong) / 6, abs=1e-4)
    assert figures["by_class"]["malignant"]["accuracy"]["value"] == 0.5
    assert figures["by_class"]["normal"]["auc"]["value"] == 1.0


def test_dice_is_told_per_scan_per_patient_and_pooled():
    figures = _summary(
        _lesion("a", 0.9, lesion=300.0, mask=300.0),
        _lesion("a", 0.5),
        _lesion("b", 0.1),
        _case("b", "normal", "normal", mask_pixels=100.0, dice=0.0),
    )
    assert figures["dice"]["value"] == 0.5
    assert figures["dice"]["n"] == 3
    assert figures["dice_per_patient"]["value"] == pytest.approx((0.7 + 0.1) / 2)
    assert figures["dice_per_patient"]["n"] == 2
    pooled = (2 * (270 + 50) / 800, 2 * 10 / 300)
    assert figures["pooled_dice_per_patient"]["value"] == pytest.approx(np.mean(pooled), abs=1e-4)
    assert figures["false_masks"] == {"value": 1.0, "n": 1}


def test_missed_lesions_are_left_out_of_the_hausdorff_distance_and_counted():
    found = [_lesion(name, 0.9, hausdorff_95=d) for name, d in (("a", 3.0), ("b", 5.0))]
    figures = _summary(*found, _lesion("c", 0.0, mask=0.0))
    assert (figures["hausdorff_95"]["value"], figures["hausdorff_95"]["n"]) == (4.0, 2)
    assert figures["missed_lesions"]["value"] == pytest.approx(1 / 3, abs=1e-4)


def test_a_lesion_that_nobody_outlined_counts_for_the_diagnosis_alone():
    unknown = _case("c", "malignant", "malignant", lesion_pixels=np.nan, dice=np.nan)
    figures = _summary(_lesion("a", 0.8), _lesion("b", 0.6), unknown)
    assert figures["dice"] == {"value": 0.7, "low": 0.6, "high": 0.8, "n": 2}
    assert figures["accuracy"]["n"] == 3
    assert "false_masks" not in figures


def test_a_scan_whose_diagnosis_nobody_told_counts_for_the_outline_alone():
    figures = _summary(_lesion("a", 0.5, truth=""), _lesion("b", 0.9))
    assert figures["dice"] == {"value": 0.7, "low": 0.5, "high": 0.9, "n": 2}
    assert figures["accuracy"]["n"] == figures["brier_score"]["n"] == 1
    assert figures["accuracy"]["value"] == 1


def test_lesions_are_sorted_by_the_share_of_the_picture_they_fill():
    figures = _summary(
        _lesion("a", 0.1, lesion=9.0),
        _lesion("b", 0.2, lesion=10.0),
        _lesion("c", 0.3, lesion=29.0),
        _lesion("d", 0.4, lesion=100.0),
        _case("e", "normal", "normal"),
    )
    by_size = {name: part["dice"] for name, part in figures["by_size"].items()}
    assert {name: figure["value"] for name, figure in by_size.items()} == {
        "under 1 %": 0.1,
        "1 to 3 %": 0.25,
        "over 10 %": 0.4,
    }


def test_one_patient_alone_has_no_interval():
    figures = _summary(_lesion("a", 0.8), _lesion("a", 0.6))
    assert figures["dice"] == {"value": 0.7, "n": 2}


def test_a_folder_is_a_kind_where_patients_share_it_and_it_says_something_new():
    def row(source, group, diagnosis, original, organ="brain"):
        values = (source, group, diagnosis, original, organ)
        return dict(zip(("source", "group", "diagnosis", "original", "organ"), values, strict=True))

    rows = [
        row("Figshare", "1", "tumor", "figshare/glioma/1.mat"),
        row("Figshare", "2", "tumor", "figshare/glioma/2.mat"),
        row("Figshare", "3", "tumor", "figshare/pituitary/3.mat"),
        row("Figshare", "4", "tumor", "figshare/pituitary/4.mat"),
        row("LGG", "p", "tumor", "lgg/patient_p/1.tif"),
        row("LGG", "q", "tumor", "lgg/patient_q/1.tif"),
        row("BUSI", "1", "benign", "busi/benign/1.png", "breast"),
        row("BUSI", "2", "benign", "busi/benign/2.png", "breast"),
        row("BUS-BRA", "1", "benign", "busbra/Images/1.png", "breast"),
        row("BUS-BRA", "2", "benign", "busbra/Images/2.png", "breast"),
        row("other", "ct_chest", "", "x/y.png", "other"),
    ]
    table = pd.DataFrame(rows)
    assert kinds(table) == [
        *["Figshare glioma"] * 2,
        *["Figshare pituitary"] * 2,
        *[""] * 6,
        "other ct_chest",
    ]
    assert kinds(table.drop(columns="original"))[:-1] == [""] * 10


def test_contrasts_are_the_kinds_of_a_source_that_has_several():
    rows = pd.DataFrame(
        {"organ": "brain", "source": ["A", "A", "B"], "contrast": ["T1", "T2", "T1"]}
        | {"group": ["a", "b", "c"], "diagnosis": "tumor"}
    )
    assert kinds(rows) == ["A T1", "A T2", ""]


def test_the_sheet_ranks_by_dice_and_shows_no_patient_twice_in_a_row():
    cases = [_lesion(f"g{index // 2}", index / 20) for index in range(20)]
    cases += [_case("n", "normal", "normal", mask_pixels=pixels) for pixels in (50.0, 51.0)]
    best, median, worst, false_masks = choose_cases(pd.DataFrame(cases), True).values()
    assert best["dice"].tolist() == [0.95, 0.85, 0.75, 0.65, 0.55]
    assert worst["dice"].tolist() == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert all(abs(median["dice"] - 0.475) <= 0.25)
    assert false_masks["mask_pixels"].tolist() == [51.0]


def test_of_lesions_missed_alike_the_largest_comes_first():
    cases = [_lesion(str(size), 0.0, lesion=size, mask=0.0) for size in (10.0, 400.0, 90.0)]
    worst = choose_cases(pd.DataFrame(cases), True)["Worst by Dice"]
    assert worst["lesion_pixels"].tolist() == [400.0, 90.0, 10.0]


@pytest.fixture(scope="module")
def evaluated(training_data, tmp_path_factory):
    out = tmp_path_factory.mktemp("evaluated") / "evaluation"
    chosen = [find_model("breast"), find_model("recognizer")]
    seen = []
    metrics = evaluate(chosen, training_data, "val", out, lambda *done: seen.append(done))
    return chosen, out, metrics, seen


def test_an_evaluation_writes_figures_tables_and_pictures(evaluated):
    chosen, out, metrics, seen = evaluated
    assert seen[-1] == (18, 18)
    assert json.loads((out / "metrics.json").read_text("utf-8")) == metrics
    summary = pd.read_csv(out / "summary.csv")
    assert summary["model"].tolist() == ["breast", "recognizer"]
    assert summary["dice"][0] == metrics["breast"]["dice"]["value"]
    assert f"| {chosen[0].label} (default) | validation | 8 |" in (out / "summary.md").read_text(
        "utf-8"
    )
    for card in chosen:
        assert metrics[card.name]["megabytes"] == pytest.approx(card.path.stat().st_size / 1e6, 0.1)
        assert metrics[card.name]["milliseconds"] > 0
        with Image.open(out / f"{card.name}_reliability.png") as diagram:
            diagram.verify()
    with Image.open(out / "breast_cases.png") as sheet:
        assert sheet.width % COLUMNS == 0
        colours = {colour for _, colour in sheet.getcolors(1 << 24)}
    assert {TRUTH, PREDICTED} <= colours
    cases = pd.read_csv(out / "breast_cases.csv")
    assert len(cases) == 8
    lesions = cases[cases["lesion_pixels"] > 0]
    assert lesions["dice"].to_numpy() == pytest.approx(2 * lesions["iou"] / (1 + lesions["iou"]))
    assert (lesions["smoothed_pixel_dice"] > lesions["dice"]).all()
    assert metrics["breast"]["dice"]["value"] == pytest.approx(lesions["dice"].mean(), abs=1e-4)


def test_a_file_in_the_place_of_the_folder_is_one_sentence(training_folder, tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match="choose another folder"):
        evaluate([find_model("breast")], training_folder, "val", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_the_figures_go_into_a_card_and_come_back(evaluated, tmp_path):
    chosen, out, metrics, _ = evaluated
    shutil.copy(chosen[0].path.with_suffix(".toml"), tmp_path)
    card = replace(chosen[0], path=tmp_path / "breast.tflite")
    model_cards.add_metrics(card, "val", metrics["breast"], out)
    with Image.open(tmp_path / "breast_reliability.png") as diagram:
        diagram.verify()
    assert read_card(tmp_path / "breast.toml").metrics["val"] == metrics["breast"]


def test_a_scan_that_is_answered_though_unfamiliar_is_not_refused():
    def case(truth, answer, refused, confident):
        probabilities = {f"p_{name}": 0.1 for name in ("brain", "breast", "other")} | {
            f"p_{answer}": 0.8
        }
        said = {"truth": truth, "answer": answer, "refused": refused, "confident": confident}
        return {"source": "a", "group": "", "kind": "", "organ": truth} | said | probabilities

    figures = summarize(
        pd.DataFrame(
            [
                case("brain", "brain", False, True),
                case("brain", "brain", False, False),  # unfamiliar
                case("breast", "other", True, True),
                case("breast", "brain", True, False),  # not clear
                case("other", "brain", False, False),  # unfamiliar
                case("other", "other", True, True),
                case("other", "breast", False, True),
            ]
        ),
        find_recipe("recognizer"),
    )
    value = {name: figures[name]["value"] for name in figures if "refused" in name}
    assert value == {"refused_other": 0.3333, "refused_in_scope": 0.5}
    assert figures["unsure_other"]["value"] == 0.6667
    assert figures["unsure_in_scope"]["value"] == 0.75
