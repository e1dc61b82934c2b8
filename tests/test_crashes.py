"""A run in which processes crashed, and nothing else went wrong, is told from one that failed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "pytest.sh"
HOOKS = """
from tests.conftest import (
    pytest_runtest_logreport,
    pytest_sessionfinish,
    pytest_xdist_node_collection_finished,
)
"""
TESTS = """
import os
import time
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range(60))
def test_it(number):
    time.sleep(0.02)
    if number % 20 == 9 and not Path(f"crashed{number}").exists():
        Path(f"crashed{number}").touch()
        os.abort()
    Path(f"ran{number}").touch()
"""

BARE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p xdist.plugin"}
"""Each of many processes would load Qt and napari, by plugins that are not used here."""
CRASH = "worker 'gw0' crashed while running 'tests/test_a.py::test_b'"


@pytest.mark.parametrize(
    ("failures", "status"), [([], 1), ([CRASH], 70), ([CRASH, CRASH], 70), ([CRASH, "assert 0"], 1)]
)
def test_only_crashes_give_their_own_exit_status(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    failures: list[str],
    status: int,
) -> None:
    plugins = request.config.pluginmanager.get_plugins()
    conftest = next(plugin for plugin in plugins if hasattr(plugin, "CRASHED"))
    reports = [SimpleNamespace(longreprtext=text, nodeid="") for text in failures]
    monkeypatch.setattr(conftest, "_failed", reports)
    session = SimpleNamespace(config=object(), exitstatus=1)
    conftest.pytest_sessionfinish(session)
    assert session.exitstatus == status


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the script is one for a shell")
def test_tests_that_waited_for_a_process_that_crashed_run_too(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(HOOKS)
    (tmp_path / "test_many.py").write_text(TESTS)
    done = subprocess.run(
        [SCRIPT, sys.executable, "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=os.environ | BARE | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "run once more" in done.stdout
    assert len(list(tmp_path.glob("crashed*"))) == 3
    assert len(list(tmp_path.glob("ran*"))) == 60
