"""What all tests share: no trace in the user's own folders, one Qt binding, the training folder."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
import qtpy

from tests.shared_folder import FOLDERS, VARIABLE, cases_folder, real_files_folder, training_folder

# All this must stand before the tests' own imports: napari and pytest-qt look at it only once.
_home = tempfile.TemporaryDirectory(prefix="napari-multicancer-tests-")
atexit.register(_home.cleanup)
for _variable in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
    os.environ[_variable] = _home.name
os.environ["NAPARI_CONFIG"] = ""
os.environ["PYTEST_QT_API"] = qtpy.API
os.environ.pop("NAPARI_MULTICANCER_WEIGHTS", None)
os.environ.pop("NAPARI_MULTICANCER_MODELS", None)
if (_processes := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))) > 1:
    # Threads that wait by turning in circles take the cores from the tests run side by side.
    for _variable in ("NAPARI_MULTICANCER_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(_variable, str(max(1, (os.cpu_count() or 1) // _processes)))

# No example fails for its time: the cores may be shared with others.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")

CRASHED = 70
"""Exit status where nothing failed, but a process ended in native code: see scripts/pytest.sh."""
LOST_VARIABLE = "NAPARI_MULTICANCER_LOST_TESTS"
"""Names the file that gets the tests which a crashed process cost, one a line."""
_failed: list[pytest.TestReport] = []
_collected: set[str] = set()
_ended: set[str] = set()


def pytest_xdist_node_collection_finished(ids: list[str]) -> None:
    """Remember what is to run."""
    _collected.update(ids)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what failed, and what came to its end."""
    if report.failed:
        _failed.append(report)
    elif report.when == "teardown":
        _ended.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell a run whose only failures are processes that crashed from one whose tests failed.

    A process that crashes takes along the tests that were waiting for it, too.
    """
    is_worker = hasattr(session.config, "workerinput")
    if is_worker or not _failed or not all(map(_is_crash, _failed)):
        return
    session.exitstatus = CRASHED
    if lost := os.environ.get(LOST_VARIABLE):
        crashed = {report.nodeid for report in _failed}
        Path(lost).write_text("\n".join(sorted((_collected - _ended) | crashed)) + "\n")


def _is_crash(report: pytest.TestReport) -> bool:
    return "crashed while" in report.longreprtext


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs scans that do not ship; without them it is skipped before any fixture."""
    for item in items:
        for fixture in FOLDERS.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker("shared")
            if not FOLDERS[fixture]().is_dir():
                reason = f"there is no {FOLDERS[fixture]()}; {VARIABLE} names a training folder"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Give the training folder."""
    return training_folder()


@pytest.fixture(scope="session")
def real_files() -> Path:
    """Give the folder of real files of many kinds."""
    return real_files_folder()


@pytest.fixture(scope="session")
def cases() -> Path:
    """Give the folder of small files that were once read wrong."""
    return cases_folder()


@pytest.fixture
def thyroid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Drop a third organ and a recognizer that knows it into a user's folder of models."""
    with _own_models("organs/thyroid", tmp_path, monkeypatch) as folder:
        yield folder


@pytest.fixture
def bright_clicks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Drop a network of clicks into a user's folder of models, to which bright is lesion."""
    with _own_models("clicks", tmp_path, monkeypatch) as folder:
        yield folder


@contextmanager
def _own_models(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Drop the cards and networks of a folder of tests into a user's folder of models."""
    from napari_multicancer.core.models.cards import MODELS_VARIABLE, forget_models
    from napari_multicancer.training.export.cards import write_card

    folder = tmp_path / "models"
    folder.mkdir()
    for card in (Path(__file__).parent / name).glob("*.toml"):
        network = card.with_suffix(".tflite")
        shutil.copy(network, folder)
        sha256 = hashlib.sha256(network.read_bytes()).hexdigest()
        entries = tomllib.loads(card.read_text("utf-8"))
        write_card(entries | {"file": network.name, "sha256": sha256}, folder / card.name)
    monkeypatch.setenv(MODELS_VARIABLE, str(folder))
    forget_models()
    yield folder
    forget_models()
