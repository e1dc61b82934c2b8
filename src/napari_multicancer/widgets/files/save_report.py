"""Ask where to, and write a report there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from napari.layers import Labels
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_multicancer.core.scan.scan import ORIGIN
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.axes_words import describe
from napari_multicancer.widgets.common.layers import known_of, reading_of, whole_scan
from napari_multicancer.widgets.common.lesions import image_under, told_of
from napari_multicancer.widgets.common.measuring import measure_layer
from napari_multicancer.widgets.common.notify import say, tell
from napari_multicancer.widgets.files.save_mask import suggested_path


def ask_and_report(parent: QWidget, labels: Labels) -> Path | None:
    """Write a report where the user says; None where that was nowhere or failed."""
    suggested = suggested_path(labels).with_suffix(".html")
    chosen, _ = QFileDialog.getSaveFileName(
        parent, tr("Save report"), str(suggested), tr("Page (*.html)")
    )
    if not chosen:
        return None
    path = Path(chosen)
    path = path if path.suffix.lower() in (".html", ".htm") else path.with_name(f"{path.name}.html")
    try:
        beside = report(path, labels)
    except Exception as error:  # noqa: BLE001  shown to the user and logged
        tell(error, tr("reporting on {name}", name=labels.name))
        return None
    say(tr("Saved {path} and {name}", path=path, name=beside.name))
    return path


def report(path: Path, labels: Labels) -> Path:
    """Write a report on a mask and the scan below it, and give the JSON beside it.

    Parameters
    ----------
    path : Path
        The HTML file.
    labels : Labels

    Raises
    ------
    OutputError
        A file cannot be written; one that is there stays as it is.
    MaskError
        The mask cannot be measured.
    """
    from napari_multicancer.report.content import report_content
    from napari_multicancer.report.page import write_report
    from napari_multicancer.report.picture import caution, outlined

    image = image_under(labels)
    measured = measure_layer(labels, image)
    if image is None:
        content = report_content(labels.name, "", told_of(labels), measured)
        return write_report(path, content, None)
    scan = whole_scan(image)
    description = describe(scan, reading_of(image))
    mask = np.asarray(labels.data)
    heed = caution(scan, mask, known_of(image).get(ORIGIN))
    content = report_content(image.name, description, told_of(labels), measured, heed)
    return write_report(path, content, outlined(scan, mask))
