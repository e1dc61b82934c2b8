"""From the click on the panel's button to the painted mask, warm; run under a display.

``scripts/with_display.sh python -m benchmarks.viewer ROUNDS`` prints seconds, a line a round.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

from benchmarks.rows import Row, in_ms
from benchmarks.timing import Timing
from benchmarks.with_display import rows_of
from napari_multicancer.samples import FOLDER

SECTION = "in the viewer"
SAMPLE = "brain_tumor.jpg"
WHAT = "click to painted mask"


def measure(rounds: int) -> Iterator[Row]:
    """Measure in a process with a display."""
    return rows_of("benchmarks.viewer", rounds, SECTION, WHAT, _rows)


def _rows(parts: dict[str, list[float]]) -> Iterator[Row]:
    yield in_ms(SECTION, WHAT, Timing(tuple(parts["painted"])))
    yield in_ms(SECTION, "of that, the analysis itself", Timing(tuple(parts["analysed"])))


def main() -> None:
    import napari
    from napari.layers import Image
    from qtpy.QtCore import QEventLoop

    from napari_multicancer.io import load_scan
    from napari_multicancer.widgets.common.answers import answer_of
    from napari_multicancer.widgets.common.layers import layer_data

    viewer = napari.Viewer()
    _, panel = viewer.window.add_plugin_dock_widget("napari-multicancer", "Multi-Cancer")
    viewer.add_layer(Image.create(*layer_data(load_scan(FOLDER / SAMPLE))))
    parts: dict[str, list[float]] = {"painted": [], "analysed": []}
    for number in range(int(sys.argv[1]) + 1):
        loop = QEventLoop()
        panel.finished.connect(loop.quit)
        start = time.perf_counter()
        panel.ui.button.click()
        loop.exec_() if hasattr(loop, "exec_") else loop.exec()
        viewer.screenshot(flash=False)  # comes back when the canvas is drawn
        if number:
            parts["painted"].append(time.perf_counter() - start)
            parts["analysed"].append(answer_of(viewer.layers[0]).seconds)
    print(json.dumps(parts), flush=True)
    viewer.close()


if __name__ == "__main__":
    main()
