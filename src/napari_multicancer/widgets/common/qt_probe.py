"""Loads Qt and opens a window in a process of its own, as Qt ends one that has no display.

``python -m napari_multicancer.widgets.common.qt_probe`` prints a line of JSON when Qt is
loaded, and another when a window could be opened; `doctor` reads them.
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Print what loads and what opens."""
    import qtpy
    from qtpy.QtWidgets import QApplication, QWidget

    _tell(binding=f"{qtpy.API_NAME} {qtpy.PYQT_VERSION or qtpy.PYSIDE_VERSION}", qt=qtpy.QT_VERSION)
    import napari.viewer  # noqa: F401

    application = QApplication(sys.argv[:1])
    window = QWidget()
    window.show()
    application.processEvents()
    _tell(platform=application.platformName())


def _tell(**what: str | None) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
