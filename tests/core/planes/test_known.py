from __future__ import annotations

import subprocess
import sys

from napari_multicancer.core.planes import filters, known, prepare


def test_every_step_that_a_card_may_ask_for_can_be_done() -> None:
    assert set(known.STEPS) == {*prepare.CROPS, *filters.DENOISERS, *filters.EDGE_DETECTORS}


def test_cards_are_read_without_importing_what_they_ask_for() -> None:
    code = (
        "import sys; from napari_multicancer.core.models.cards import list_models; "
        "assert list_models(); print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert not {"scipy", "skimage", "ai_edge_litert"} & set(loaded)
