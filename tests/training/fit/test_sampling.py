"""How often a scan comes up: no source, kind or patient rules."""

from dataclasses import replace

import numpy as np
import pandas as pd

from napari_multicancer.training.fit.sampling import sampling_weights
from napari_multicancer.training.recipe import find_recipe

BRAIN = replace(find_recipe("brain"), emphasis={})


def rows(*kinds: tuple[str, str, str, str, int]) -> pd.DataFrame:
    """Rows of a manifest: source, diagnosis, contrast, group and how many."""
    names = ("source", "diagnosis", "contrast", "group")
    table = [dict(zip(names, kind[:4], strict=True)) for kind in kinds for _ in range(kind[4])]
    return pd.DataFrame(table).assign(organ="brain", original="")


def shares(table: pd.DataFrame, recipe, column: str) -> dict[str, float]:
    weights = pd.Series(sampling_weights(table, recipe))
    return weights.groupby(table[column]).sum().to_dict()


def test_a_patient_of_many_planes_weighs_by_their_square_root():
    table = rows(("A", "tumor", "", "p", 100), ("A", "tumor", "", "q", 4))
    found = shares(table, BRAIN, "group")
    assert np.isclose(found["p"] / found["q"], 5)


def test_a_large_source_weighs_by_its_square_root():
    table = pd.concat(
        [rows(*((source, "tumor", "", f"{source}{i}", 1) for i in range(n))) for source, n in SIZES]
    ).reset_index(drop=True)
    found = shares(table, BRAIN, "source")
    assert np.isclose(found["large"] / found["small"], 3)


SIZES = (("large", 90), ("small", 10))


def test_each_contrast_of_a_source_is_a_kind():
    table = rows(
        ("A", "tumor", "T1", "p", 1), *(("A", "tumor", "T2", f"q{i}", 1) for i in range(4))
    )
    found = shares(table, BRAIN, "contrast")
    assert np.isclose(found["T2"] / found["T1"], 2)


def test_no_source_exceeds_its_cap_and_the_others_keep_their_proportions():
    table = rows(
        *(("composed", "tumor", "", f"c{i}", 1) for i in range(64)),
        *(("A", "tumor", "", f"a{i}", 1) for i in range(4)),
        ("B", "tumor", "", "b", 1),
    )
    found = shares(table, replace(BRAIN, caps={"composed": 0.2}), "source")
    assert np.isclose(found["composed"], 0.2)
    assert np.isclose(found["A"] / found["B"], 2)


def test_a_class_or_contrast_of_a_source_may_be_stressed():
    table = rows(("A", "tumor", "T1", "p", 1), ("A", "no_tumor", "T1", "q", 1))
    found = shares(table, replace(BRAIN, emphasis={"A no_tumor": 3.0}), "diagnosis")
    assert np.isclose(found["no_tumor"], 0.75)


def test_a_scan_without_a_diagnosis_is_a_kind_of_its_own():
    table = rows(("A", "", "", "p", 1), ("A", "tumor", "", "q", 1))
    np.testing.assert_allclose(sampling_weights(table, BRAIN), 0.5)
