from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from napari_multicancer import __version__
from napari_multicancer.batch.output_folder import only_run_in
from napari_multicancer.batch.results import COLUMNS, NOTES, ORGAN_BY_HAND
from napari_multicancer.cli import commands as cli
from napari_multicancer.cli.stopping import stopped_by_signals
from napari_multicancer.core.models.cards import (
    MODELS_VARIABLE,
    WEIGHTS_VARIABLE,
    forget_models,
    weights_folder,
)
from napari_multicancer.core.models.runtime import unload_models
from napari_multicancer.samples import SAMPLES
from napari_multicancer.training.export.cards import write_card

BRAIN, STACK = SAMPLES[0].path, SAMPLES[-1].path
RESEARCH_USE = "For research use only, not for diagnosis."


class _Answer:
    """What a command left behind: exit code, standard output, standard error."""

    def __init__(self, *arguments: object) -> None:
        result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
        self.code = result.exit_code
        self.output = result.stdout
        self.error = result.stderr


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make sure that no window opens."""
    monkeypatch.setattr(cli, "_has_display", lambda: False)


def _rows(out: Path) -> list[dict[str, str]]:
    with (out / "results.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _text_as_png(folder: Path) -> Path:
    path = folder / "text.png"
    path.write_text("this is no picture")
    return path


def test_analyze_ends_with_0_when_all_went_well(tmp_path: Path) -> None:
    answer = _Answer("analyze", BRAIN, "--out", tmp_path)
    assert answer.code == 0
    assert answer.output == ""
    assert RESEARCH_USE in answer.error
    assert [row["status"] for row in _rows(tmp_path)] == ["ok"]
    assert (tmp_path / "masks/brain_tumor_mask.tif").is_file()


@pytest.fixture
def knows_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Models to which hardly any scan is familiar."""
    folder = tmp_path / "models"
    shutil.copytree(weights_folder(), folder)
    card = tomllib.loads((folder / "recognizer.toml").read_text("utf-8"))
    card["thresholds"]["unfamiliar_distance"] = 0.01
    write_card(card, folder / "recognizer.toml")
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(folder))
    forget_models()
    yield
    forget_models()
    unload_models()


@pytest.mark.slow
def test_analyze_says_what_to_heed_of_an_answer(tmp_path: Path, knows_little: None) -> None:
    answer = _Answer("analyze", BRAIN, "--out", tmp_path / "out")
    assert "brain_tumor.jpg: Unlike the scans that the models learnt from" in answer.error
    rows = _rows(tmp_path / "out")
    assert list(rows[0]) == [*COLUMNS, ORGAN_BY_HAND, NOTES]
    assert "Unlike the scans" in " ".join(row[NOTES] for row in rows)


@pytest.mark.slow
def test_analyze_writes_masks_in_the_format_that_is_asked_for(tmp_path: Path) -> None:
    assert _Answer("analyze", BRAIN, "--out", tmp_path, "--format", "nifti").code == 0
    assert [row["mask"] for row in _rows(tmp_path)] == ["masks/brain_tumor_mask.nii.gz"]
    assert [path.name for path in (tmp_path / "masks").iterdir()] == ["brain_tumor_mask.nii.gz"]


def test_analyze_ends_with_3_when_some_file_failed(tmp_path: Path) -> None:
    answer = _Answer("analyze", BRAIN, _text_as_png(tmp_path), "--out", tmp_path / "out")
    assert answer.code == 3
    assert "text.png is no picture that can be opened" in answer.error
    assert "Traceback" not in answer.error
    assert sorted(row["status"] for row in _rows(tmp_path / "out")) == ["failed", "ok"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--workers", "2", "--scheduler", "tcp://x:1"], "not both"),
        (["--workers", "0"], "--workers"),
        (["--model", "brain"], "TASK=NAME"),
        (["--model", "liver=x"], "no task 'liver'"),
        (["--model", "brain=x"], "no model 'x' for 'brain'"),
        (["--format", "png"], "'tiff', 'nifti', 'nrrd', 'mha', 'dicom-seg'"),
        (["--no-such-option"], "No such option"),
    ],
)
def test_analyze_ends_with_2_when_the_command_is_wrong(
    options: list[str], reason: str, tmp_path: Path
) -> None:
    answer = _Answer("analyze", BRAIN, "--out", tmp_path / "out", *options)
    assert answer.code == 2
    # Typer frames its messages and breaks them to the terminal's width.
    plain = re.sub(r"[\s│]+", " ", re.sub(r"\x1b\[[\d;]*m", "", answer.error))
    assert reason in plain
    assert not (tmp_path / "out").exists()


def test_analyze_says_in_one_line_that_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file in the way")
    answer = _Answer("analyze", BRAIN, "--out", tmp_path / "out")
    assert answer.code == 2
    assert len(answer.error.splitlines()) == 1
    assert "cannot be written" in answer.error


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_no_name_commands_the_terminal_or_forges_a_line(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[2Ja\n1 analysed\u202e.png"
    path.write_text("this is no picture")
    answer = _Answer("analyze", path, "--out", tmp_path / "out")
    assert r"\x1b[2Ja\n1 analysed\u202e.png is no picture" in answer.error
    assert all(letter.isprintable() for letter in answer.error.replace("\n", ""))
    assert len(answer.error.splitlines()) == 2
    wrong = _Answer("analyze", path, "--out", tmp_path / "out", "--\x1b[2J")
    assert wrong.code == 2
    assert "\x1b[2J" not in wrong.error


@pytest.mark.slow
def test_analyze_does_not_touch_another_runs_results(tmp_path: Path) -> None:
    assert _Answer("analyze", BRAIN, "--out", tmp_path).code == 0
    before = (tmp_path / "results.csv").read_bytes()
    answer = _Answer("analyze", STACK, "--out", tmp_path)
    assert answer.code == 2
    assert "--resume" in answer.error
    assert (tmp_path / "results.csv").read_bytes() == before
    resumed = _Answer("analyze", BRAIN, STACK, "--out", tmp_path, "--resume")
    assert resumed.code == 0
    assert "1 analysed, 0 failed, 1 done before" in resumed.error
    assert len(_rows(tmp_path)) == 2


def test_analyze_searches_folders(tmp_path: Path) -> None:
    (tmp_path / "in/deep").mkdir(parents=True)
    answer = _Answer("analyze", tmp_path / "in", "--out", tmp_path / "out")
    assert answer.code == 2
    assert "--recursive" in answer.error
    (tmp_path / "in/deep/a.jpg").write_bytes(BRAIN.read_bytes())
    answer = _Answer("analyze", tmp_path / "in", "--out", tmp_path / "in/out", "--recursive")
    assert answer.code == 0
    again = _Answer(
        "analyze", tmp_path / "in", "--out", tmp_path / "in/out", "--recursive", "--resume"
    )
    assert again.code == 0
    assert len(_rows(tmp_path / "in/out")) == 1


def test_analyze_takes_a_list_of_files(tmp_path: Path) -> None:
    (tmp_path / "scans.txt").write_text(f"# two scans\n{BRAIN}\nmissing/*.png\n")
    answer = _Answer("analyze", tmp_path / "scans.txt", "--out", tmp_path / "out")
    assert answer.code == 3
    assert "1 analysed, 1 failed, 0 done before" in answer.error
    assert f"There is no file {tmp_path}/missing/*.png: check its name." in answer.error


def test_analyze_says_in_one_line_that_another_run_is_at_work(tmp_path: Path) -> None:
    with only_run_in(tmp_path):
        answer = _Answer("analyze", BRAIN, "--out", tmp_path, "--resume")
    assert answer.code == 2
    assert answer.error.startswith("Another run (process ")
    assert len(answer.error.splitlines()) == 1


def _heed_signals() -> None:
    """Undo what a shell, or nohup, does to the processes that it starts in the background."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_DFL)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals to send")
@pytest.mark.parametrize(("name", "workers"), [("SIGINT", 1), ("SIGTERM", 2), ("SIGHUP", 1)])
def test_signals_end_with_130_and_keep_the_rows(name: str, workers: int, tmp_path: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    for number in range(60):
        (scans / f"{number}.tif").write_bytes(STACK.read_bytes())
    command = [sys.executable, "-m", "napari_multicancer.cli", "analyze", str(scans)]
    process = subprocess.Popen(
        [*command, "--out", str(out), "--workers", str(workers)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_heed_signals,
    )
    try:
        while not (out / "results.csv").is_file() or not _rows(out):
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        os.kill(process.pid, getattr(signal, name))
        error = process.communicate()[1]  # which its workers hold open, too, as long as they live
    finally:
        process.kill()
    assert process.returncode == 130
    assert error.endswith("Stopped; what was done is kept.\n")
    assert "Traceback" not in error
    assert 0 < len(_rows(out)) < 60
    assert not [path for path in (out / "masks").iterdir() if path.suffix == ".part"]


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with stopped_by_signals():
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.slow
def test_demo_shows_the_answers_and_writes_everything(tmp_path: Path, no_display: None) -> None:
    for _ in range(2):  # once more over what is there
        answer = _Answer("demo", "--out", tmp_path)
        assert answer.code == 0
    for sample in SAMPLES:
        assert sample.name.split(",")[0] in answer.output
        assert (tmp_path / f"masks/{Path(sample.file).stem}_mask.tif").is_file()
    assert RESEARCH_USE in answer.error
    assert len(_rows(tmp_path)) == len(SAMPLES)
    with Image.open(tmp_path / "overview.png") as sheet:
        assert sheet.width > 600


@pytest.mark.slow
def test_demo_opens_a_window_where_there_is_a_display(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple] = []
    monkeypatch.setattr(cli, "_open_window", lambda *given: opened.append(given))
    monkeypatch.setattr(cli, "_has_display", lambda: False)
    picture = tmp_path / "window.png"
    assert _Answer("demo", "--out", tmp_path, "--screenshot", picture).code == 0
    assert opened.pop() == ([sample.path for sample in SAMPLES[::-1]], picture)
    assert _Answer("demo", "--out", tmp_path).code == 0
    assert not opened
    monkeypatch.setattr(cli, "_has_display", lambda: True)
    assert _Answer("demo", "--out", tmp_path).code == 0
    assert opened.pop()[1] is None


def test_open_hands_its_scans_to_napari(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[tuple] = []
    monkeypatch.setattr(
        "napari_multicancer.widgets.window.open_window",
        lambda paths, screenshot: opened.append((paths, screenshot)),
    )
    assert _Answer("open", BRAIN, STACK).code == 0
    assert opened == [([BRAIN, STACK], None)]
    answer = _Answer("open", BRAIN, tmp_path / "missing.png")
    assert answer.code == 2
    assert "There is no file" in answer.error
    assert len(opened) == 1


def test_a_missing_qt_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "napari_multicancer.widgets.window", None)
    answer = _Answer("open", BRAIN)
    assert answer.code == 2
    assert "napari-multicancer[pyqt6]" in answer.error
    assert len(answer.error.splitlines()) == 1


def test_models_are_listed_with_their_licence() -> None:
    answer = _Answer("models")
    assert answer.code == 0
    for task in ("recognizer", "brain", "breast"):
        assert task in answer.output


def test_a_damaged_card_is_said_below_the_models_that_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kidney.toml").write_text("no card")
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path))
    answer = _Answer("models", "--cards", tmp_path)
    assert answer.code == 3
    assert "brain" in answer.output
    sentence = f"The model card {tmp_path / 'kidney.toml'} cannot be read: reinstall the package"
    assert answer.error.count(sentence) == 1
    assert _Answer("analyze", BRAIN, "--out", tmp_path / "out").code == 0


def test_no_traceback_reaches_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    def surprise() -> None:
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr("napari_multicancer.core.models.cards.list_models", surprise)
    answer = _Answer("models")
    assert answer.code == 1
    assert "deep inside" not in answer.error + answer.output
    assert str(cli.log_file()) in answer.error


def test_the_version_is_the_packages() -> None:
    assert _Answer("--version").output == f"{__version__}\n"
    assert _Answer("--help").code == 0
    assert _Answer().code in (0, 2), "Typer's own choice for a bare call"


@pytest.mark.slow
def test_a_batch_needs_neither_napari_nor_tensorflow(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from napari_multicancer.cli.commands import app\n"
        f"app(['analyze', {str(BRAIN)!r}, '--out', {str(tmp_path)!r}], standalone_mode=False)\n"
        "loaded = {'napari', 'qtpy', 'tensorflow', 'keras', 'dask', 'skimage'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_a_full_disk_under_the_output_is_said() -> None:
    command = [sys.executable, "-m", "napari_multicancer.cli", "models"]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (
        ended.stderr == "There is no space left where the output goes: free some, then run again.\n"
    )
    assert ended.returncode == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows closes pipes in another way")
def test_who_reads_no_further_hears_nothing_more() -> None:
    command = [sys.executable, "-m", "napari_multicancer.cli", "analyze", "--help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
