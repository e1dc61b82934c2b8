"""How often a picture comes up in training."""

from dataclasses import replace

import numpy as np
import pandas as pd

from napari_multicancer.core.letterbox import Letterbox
from napari_multicancer.training.batches import AugmentedBatches
from napari_multicancer.training.config import find_recipe
from napari_multicancer.training.datasets import Samples
from napari_multicancer.training.sampling import sampling_weights


def test_a_stressed_folder_of_a_stressed_source_counts_twice() -> None:
    rows = pd.DataFrame(
        {
            "organ": "brain",
            "group": "",
            "diagnosis": "tumor",
            "source": ["A", "A", "B", "B"],
            "original": ["a/glioma/1.jpg", "a/other/glioma.jpg", "b/glioma/2.jpg", ""],
        }
    )
    recipe = replace(find_recipe("brain"), emphasis={"A": 2.0, "glioma": 3.0})

    weights = sampling_weights(rows, recipe)

    np.testing.assert_allclose(weights, np.array([6, 2, 3, 1]) / 12)


def test_a_picture_takes_on_the_intensities_of_another_but_keeps_its_shapes() -> None:
    columns = np.repeat(np.arange(64, dtype=np.uint8)[None, :, None], 64, axis=0)
    dark, bright = np.repeat(columns, 3, axis=-1), np.repeat(columns + 150, 3, axis=-1)
    samples = Samples(
        images=np.stack([dark, bright]),
        masks=np.zeros((2, 64, 64), np.uint8),
        has_mask=np.ones(2, bool),
        labels=np.zeros(2, np.int64),
        boxes=[Letterbox.fit(64, 64, 64)] * 2,
        rows=pd.DataFrame(
            {"organ": "breast", "source": "A", "group": ["a", "b"], "diagnosis": "benign"}
        ),
    )
    recipe = replace(
        find_recipe("breast"),
        batch_size=2,
        intensity_strength=0.0,
        grey_probability=0.0,
        mix_probability=1.0,
    )

    def changed(recipe) -> float:
        """Share of pictures that are as bright as the other one."""
        found = []
        for epoch in range(10):
            batches = AugmentedBatches(samples, recipe, epoch)
            inputs, *_ = batches[0]
            images = inputs["image"]
            drawn = samples.images[batches._order]
            found += [
                (ours.max() > 100) != (theirs.max() > 100)
                for ours, theirs in zip(images, drawn, strict=True)
            ]
        return float(np.mean(found))

    assert changed(replace(recipe, mix_probability=0.0)) == 0
    assert 0.2 < changed(recipe) < 0.8
