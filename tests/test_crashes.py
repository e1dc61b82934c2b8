"""A run in which processes crashed, and nothing else went wrong, is told from one that failed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

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
    reports = [SimpleNamespace(longreprtext=text) for text in failures]
    monkeypatch.setattr(conftest, "_failed", reports)
    session = SimpleNamespace(config=object(), exitstatus=1)
    conftest.pytest_sessionfinish(session)
    assert session.exitstatus == status
