"""What each picture shows: the program used step by step, and looked at after each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Labels, Surface
from qtpy.QtCore import Qt

from napari_multicancer.samples import SAMPLES
from scripts.guide_pictures.program import Program
from scripts.guide_pictures.strip import Frame

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
PREVIEWED_MS = 1500
BRUSH = 22


def first_mask(program: Program) -> Iterator[Frame]:
    """A scan, one click, its answer, a correction by one more click, saving."""
    program.open_sample("breast_benign")
    yield Frame("Open a scan, press the button", program.look(program.panel.ui.button))
    labels = program.analyze()
    yield Frame("Read the answer; its mask lies over the scan", program.look())
    correct = program.tab("Correct")
    program.press(correct.ui.click)
    horn = _right_end(labels)
    yield Frame("Correct it: click what is too much or missing", program.look(horn))
    program.click(horn)
    program.wait_until(lambda: not correct.is_working)
    yield Frame("The network follows the click; save the mask", program.look(program.panel.ui.save))


def correcting(program: Program) -> Iterator[Frame]:
    """A tool for the whole outline, the brush, undo, and the sizes."""
    program.open_sample("breast_malignant")
    labels = program.analyze()
    correct = program.tab("Correct")
    grow = correct.ui.buttons["grow"]
    program.press(grow)
    program.wait_until(lambda: not correct.is_working)
    yield Frame("Tools change the whole outline", program.look(grow))
    row, column = _right_end(labels)
    labels.brush_size = BRUSH
    end = (row - 30, column + 30)
    program.drag((row, column), end)
    yield Frame("napari's own brush paints", program.look(end))
    program.key(Qt.Key.Key_Z, CONTROL)
    yield Frame("Ctrl+Z takes back one step after the other", program.look())
    program.tab("Measure")
    yield Frame("Measure follows every change", program.look())


def scans(program: Program) -> Iterator[Frame]:
    """A list of scans: proposals, one scan after the other, what is done."""
    folder = Path("study") / "scans"
    folder.mkdir(parents=True)
    for sample in SAMPLES:
        shutil.copy(sample.path, folder)
    program.open_sample("breast_normal")
    page = program.tab("Scans")
    page.person.work_as("Ada")
    page.ui.folder.set_folder(folder)
    yield Frame("Name a folder of scans", program.look(page.ui.button))
    program.press(page.ui.button)
    program.wait_until(lambda: not page.proposals.job.is_running)
    program.wait(PREVIEWED_MS)
    yield Frame("The models propose an outline for each", program.look())
    _go_on(program, page)
    yield Frame("N opens the first that is not done", program.look())
    _go_on(program, page)
    yield Frame("N again: it is done, the next one opens", program.look(page.ui.decisions.next))


def volumes(program: Program) -> Iterator[Frame]:
    """A stack: its answer plane by plane, a correction, and what follows from it elsewhere."""
    program.open_sample("brain_tumor_stack")
    labels = program.analyze()
    yield Frame("A stack is analyzed plane by plane", program.look())
    correct = program.tab("Correct")
    program.press(correct.ui.click)
    place = _lower_end(labels, int(program.viewer.dims.current_step[0]))
    program.click(place)
    program.wait_until(lambda: not correct.is_working)
    yield Frame("Correct one plane by a click", program.look(place))
    program.key(Qt.Key.Key_P, SHIFT)
    program.wait_until(lambda: not correct.is_working)
    yield Frame("Shift+P carries it through the planes", program.look())
    program.key(Qt.Key.Key_J, SHIFT)
    yield Frame("Shift+J goes to the next doubtful plane", program.look())


def sections(program: Program) -> Iterator[Frame]:
    """A volume across its planes, and its lesion as a surface."""
    program.open_sample("brain_tumor_stack")
    labels = program.analyze()
    row = program.panel.volumes
    program.press(row.sections)
    program.wait(PREVIEWED_MS)
    program.viewer.reset_view()
    place = _middle(labels, int(program.viewer.dims.current_step[0]))
    program.click(place)
    program.wait(PREVIEWED_MS)
    yield Frame("Other sections cross the planes", program.look())
    program.press(row.surface)
    program.wait_until(lambda: any(isinstance(layer, Surface) for layer in program.viewer.layers))
    program.viewer.reset_view()
    program.wait(PREVIEWED_MS)
    yield Frame("Lesion in 3-D is its surface", program.look())


def believing(program: Program) -> Iterator[Frame]:
    """An answer, what spoke for it, and how sure its outline is."""
    program.open_sample("brain_tumor_stack")
    labels = program.analyze()
    yield Frame("How sure is the answer?", program.look())
    labels.visible = False
    why = program.tab("Why")
    asked = ("What spoke for it?", "Where is a lesion probable?", "Where is its outline unsure?")
    for caption, button in zip(asked, why.buttons.values(), strict=True):
        program.press(button)
        program.wait_until(lambda: why.stop.isHidden())
        yield Frame(caption, program.look(button))
        program.press(button)


def preparing(program: Program) -> Iterator[Frame]:
    """The published pipeline's steps, before and after."""
    program.open_sample("breast_malignant")
    ui = program.tab("Prepare").ui
    ui.step.setCurrentIndex(ui.step.findData("speckle"))
    program.wait(PREVIEWED_MS)
    yield Frame("See a step before and after", program.look(ui.step))
    program.press(ui.add)
    program.wait_until(ui.analyze.isEnabled)
    yield Frame("Add it as a layer, and analyze that", program.look(ui.analyze))


def _go_on(program: Program, page: Any) -> None:
    """Press N, and wait until the scan is open and the next one read."""
    session = page.session
    before = session.scan
    program.key(Qt.Key.Key_N)
    program.wait_until(lambda: session.scan is not None and session.scan is not before)
    reader = session.reader
    program.wait_until(lambda: not (reader.is_reading or reader.is_reading_ahead))
    program.move_aside()
    program.wait(PREVIEWED_MS)


def _right_end(labels: Labels) -> tuple[float, float]:
    """Find a place just inside the right end of a picture's mask."""
    rows, columns = np.nonzero(labels.data)
    end = columns.argmax()
    return float(rows[end]), float(columns[end]) - 6


def _middle(labels: Labels, plane: int) -> tuple[float, float]:
    """Find the middle of a stack's mask on a plane."""
    rows, columns = np.nonzero(labels.data[plane])
    return float(rows.mean()), float(columns.mean())


def _lower_end(labels: Labels, plane: int) -> tuple[float, float]:
    """Find a place just inside the lower end of a stack's mask on a plane."""
    rows, columns = np.nonzero(labels.data[plane])
    end = rows.argmax()
    return float(rows[end]) - 4, float(columns[end])
