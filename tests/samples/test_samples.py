from __future__ import annotations

import numpy as np
import pytest

from napari_multicancer.io import load_scan
from napari_multicancer.samples import FOLDER, SAMPLES

MAY_BE_SHIPPED = ("Figshare", "BUSI", "BUS-BRA", "Brain-Tumor-Progression", "MNI152")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)
def test_a_sample_opens_and_says_whose_it_is(sample) -> None:
    scan = load_scan(sample.path)
    scan.check()
    assert scan.voxel_size is None
    assert all(np.ptp(plane) > 100 for _, plane in scan.planes())
    assert sample.source.startswith(MAY_BE_SHIPPED)
    assert sample.licence.startswith(("CC BY ", "BSD"))
    assert sample.attribution
    assert sample.file in (FOLDER / "ATTRIBUTION.md").read_text("utf-8")


def test_there_is_a_sample_of_every_answer() -> None:
    assert {(sample.organ, sample.diagnosis) for sample in SAMPLES} == {
        ("brain", "tumor"),
        ("brain", "no_tumor"),
        ("breast", "benign"),
        ("breast", "malignant"),
        ("breast", "normal"),
    }
    assert any(load_scan(sample.path).is_stack for sample in SAMPLES)


def test_the_samples_are_small_and_all_listed() -> None:
    files = [path for path in FOLDER.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2_000_000
    pictures = {path.name for path in files} - {"__init__.py", "ATTRIBUTION.md"}
    assert pictures == {sample.file for sample in SAMPLES}
