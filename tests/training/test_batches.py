"""How often a picture comes up in training."""

from dataclasses import replace

import numpy as np
import pandas as pd

from napari_multicancer.training.batches import sampling_weights
from napari_multicancer.training.config import find_recipe


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
