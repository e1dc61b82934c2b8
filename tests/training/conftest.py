"""A small training folder, drawn from the shipped samples."""

import csv
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from napari_multicancer.samples import SAMPLES
from napari_multicancer.training.data.samples import COLUMNS


def _ellipse(height, width):
    rows, columns = np.mgrid[:height, :width]
    inside = ((rows / height - 0.5) / 0.2) ** 2 + ((columns / width - 0.4) / 0.15) ** 2 < 1
    return Image.fromarray((inside * 255).astype(np.uint8)).convert("1")


@pytest.fixture
def training_folder(training_data, tmp_path):
    """The folder of `training_data`, to be changed."""
    return shutil.copytree(training_data, tmp_path / "data")


@pytest.fixture(scope="session")
def training_data(tmp_path_factory):
    """Eight breast scans a split and one brain and one other, with masks and a manifest."""
    folder = tmp_path_factory.mktemp("training") / "data"
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    rows = []

    def add(picture, organ, diagnosis, split):
        number = len(rows)
        image, mask = f"images/{number}.png", ""
        picture.save(folder / image)
        if organ != "other":
            mask = f"masks/{number}.png"
            drawn = _ellipse(picture.height, picture.width)
            if diagnosis in ("normal", "no_tumor"):
                drawn = Image.new("1", picture.size)
            drawn.save(folder / mask)
        source = {"breast": "BUSI", "brain": "Figshare", "other": "other"}[organ]
        values = (image, mask, organ, source, diagnosis, f"g{number}", split)
        rows.append(dict(zip(COLUMNS, values, strict=True)))

    pictures = {
        sample.diagnosis: Image.open(sample.path).convert("L").resize((120, 90))
        for sample in SAMPLES
        if sample.path.suffix != ".tif"
    }
    for split in ("train", "val"):
        for index in range(8):
            diagnosis = ("normal", "benign", "malignant")[index % 3]
            add(pictures[diagnosis].rotate(5 * index), "breast", diagnosis, split)
        add(pictures["tumor"], "brain", "tumor", split)
        add(Image.effect_noise((90, 90), 80), "other", "", split)
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.fixture
def shallow(monkeypatch):
    """Encoders of all their kinds of block, none of them repeated: half of the layers."""
    from napari_multicancer.training.networks import efficientnet_lite

    stages = [replace(stage, repeats=1) for stage in efficientnet_lite._STAGES]
    monkeypatch.setattr(efficientnet_lite, "_STAGES", stages)
