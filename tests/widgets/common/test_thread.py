"""Work goes to a thread and its outcome comes back, unless nobody wants it any more."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest
from qtpy.QtCore import QCoreApplication, QEvent, QThread, QThreadPool
from qtpy.QtGui import QImage

from napari_multicancer.core.errors import CancelledError
from napari_multicancer.widgets.common.thread import BackgroundJob, WorkQueue, threads

PATIENCE_MS = 60_000


@pytest.fixture
def job(qtbot):
    return BackgroundJob()


def steps(gate: threading.Event, seen: list[int]):
    """Make work that takes a step each time it is not stopped, until it is told to end."""

    def work(report, cancelled):
        while not gate.is_set():
            if cancelled():
                raise CancelledError("Stopped.")
            seen.append(len(seen))
            report(len(seen), 0)
        return seen

    return work


def test_what_work_gives_or_why_it_fails_comes_back(qtbot, job):
    with qtbot.waitSignal(job.returned, timeout=PATIENCE_MS) as returned:
        job.start(lambda report, cancelled: threading.current_thread())
    assert returned.args[0] is not threading.current_thread()
    assert not job.is_running
    with qtbot.waitSignal(job.failed, timeout=PATIENCE_MS) as failed:
        job.start(lambda report, cancelled: 1 / 0)
    assert isinstance(failed.args[0], ZeroDivisionError)


def test_paused_work_waits_and_goes_on(qtbot, job):
    gate, seen = threading.Event(), []
    job.start(steps(gate, seen))
    qtbot.waitUntil(lambda: len(seen) > 0, timeout=PATIENCE_MS)
    job.pause()
    assert job.is_paused
    assert job.is_running
    job.go_on()
    assert not job.is_paused
    before = len(seen)
    qtbot.waitUntil(lambda: len(seen) > before, timeout=PATIENCE_MS)
    with qtbot.waitSignal(job.returned, timeout=PATIENCE_MS):
        gate.set()


@pytest.mark.parametrize("paused", [False, True])
def test_stopped_work_says_when_it_has_come_to_it(qtbot, job, paused):
    job.start(steps(threading.Event(), []))
    if paused:
        job.pause()
    with qtbot.waitSignal(job.failed, timeout=PATIENCE_MS) as failed:
        job.stop()
        assert job.is_stopping
    assert isinstance(failed.args[0], CancelledError)
    assert not job.is_running


def test_nobody_hears_of_work_that_was_dropped(qtbot, job):
    gate, heard = threading.Event(), []
    job.returned.connect(heard.append)
    job.failed.connect(heard.append)
    job.start(steps(gate, []))
    with qtbot.waitSignal(job.returned, timeout=PATIENCE_MS):
        job.start(lambda report, cancelled: "second")
    gate.set()
    assert heard == ["second"]


def test_qt_turns_a_large_picture_while_much_work_is_under_way(qtbot):
    gate, jobs = threading.Event(), [BackgroundJob() for _ in range(QThread.idealThreadCount() + 2)]
    seen = [[] for _ in jobs]
    for job, steps_seen in zip(jobs, seen, strict=True):
        job.start(steps(gate, steps_seen))
    qtbot.waitUntil(lambda: all(seen), timeout=PATIENCE_MS)
    assert QThreadPool.globalInstance().activeThreadCount() == 0
    picture = QImage(2000, 2000, QImage.Format.Format_Grayscale8)
    picture.fill(7)
    colors = picture.convertToFormat(QImage.Format.Format_RGB32)
    assert colors.pixelColor(1999, 1999).red() == 7
    gate.set()
    threads().wait()


def test_a_job_that_is_destroyed_drops_its_work(qtbot, job):
    gate, seen = threading.Event(), []
    job.start(steps(gate, seen))
    qtbot.waitUntil(lambda: len(seen) > 0, timeout=PATIENCE_MS)
    job.deleteLater()
    QCoreApplication.sendPostedEvents(job, QEvent.Type.DeferredDelete)
    threads().wait()
    assert not gate.is_set()


def test_the_end_of_the_program_ends_paused_work_too(qtbot, job):
    job.start(steps(threading.Event(), []))
    job.pause()
    QCoreApplication.instance().aboutToQuit.emit()
    threads().wait()


def test_a_queue_does_all_in_order_and_tells_the_window(qtbot):
    queue, told = WorkQueue("test"), []

    def tell(result, error):
        told.append((result, type(error), threading.current_thread() is threading.main_thread()))

    for number in (1, 0, 2):
        queue.add(lambda number=number: 4 // number, tell)
    queue.wait(PATIENCE_MS / 1000)
    assert told == []
    qtbot.waitUntil(lambda: len(told) == 3, timeout=PATIENCE_MS)
    assert told == [(4, type(None), True), (None, ZeroDivisionError, True), (2, type(None), True)]


def test_what_fails_unheard_is_logged(qtbot, caplog):
    queue = WorkQueue("test")
    queue.add(lambda: 1 / 0)
    qtbot.waitUntil(lambda: "ZeroDivisionError" in caplog.text, timeout=PATIENCE_MS)


COLLECTED = """
import gc
from qtpy.QtWidgets import QApplication, QWidget
from napari_multicancer.widgets.common import thread

app, shared = QApplication([]), thread.threads()


def collecting():
    gc.collect()  # what the job makes from now on is younger than the job itself
    return shared


thread.threads = collecting
window = QWidget()
window.job, window.itself = thread.BackgroundJob(window), window
gc.freeze()
gc.unfreeze()  # the youngest come first now, and are emptied first
del window
assert gc.collect()
"""


def test_a_job_that_python_collects_with_its_window_does_not_end_the_process():
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    assert subprocess.run([sys.executable, "-c", COLLECTED], env=env, check=False).returncode == 0
