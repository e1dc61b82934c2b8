"""Lists say what each scan is, and a batch heeds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_multicancer.batch.lists import Listed, read_list
from napari_multicancer.batch.results import ResultsTable, Row, read_rows
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.batch.worklist import FileJob, find_files, plan_jobs
from napari_multicancer.core.errors import CancelledError, UnreadableFileError
from napari_multicancer.samples import SAMPLES

BREAST = next(sample.path for sample in SAMPLES if sample.organ == "breast")


def _list(folder: Path, text: str) -> Path:
    path = folder / "scans.txt"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def _rows(out: Path) -> list[tuple[str, str, str]]:
    rows = read_rows(out / "results.csv")
    return [(Path(row["path"]).name, row["organ"], row["organ_by_hand"]) for row in rows]


def test_an_organ_stands_behind_the_last_tab_of_a_line(tmp_path: Path) -> None:
    text = "# ours\na.png\tbrain\r\nb\tc.png\t Breast \n\nd.png\ne.png\t\nf.png\tautomatic\n"
    lines = list(read_list(_list(tmp_path, text)))
    assert [(Path(one.source).name, one.organ) for one in lines] == [
        ("a.png", "brain"),
        ("b\tc.png", "breast"),
        ("d.png", ""),
        ("e.png", ""),
        ("f.png", "automatic"),
    ]


@pytest.mark.parametrize("said", ["brian", "other", "brain, breast", "recognizer"])
def test_what_is_no_organ_is_refused_with_its_line_before_anything_is_done(
    tmp_path: Path, said: str
) -> None:
    lines = read_list(_list(tmp_path, f"a.png\tbrain\n\n# b\nc.png\t{said}\n"))
    with pytest.raises(UnreadableFileError) as refused:
        next(lines)
    assert str(refused.value) == (
        f"Line 4 of {tmp_path / 'scans.txt'} has {said!r} behind its last tab, which is no organ: "
        "write one of automatic, brain, breast there."
    )


def test_the_organ_of_a_line_goes_to_all_files_that_it_means(tmp_path: Path) -> None:
    for name in ("brains/a.png", "brains/b.png", "c.png", "d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    path = _list(tmp_path, "brains\tbrain\n[c].png\tbreast\nd.png\nbrains/a.png\tbreast\n")
    jobs = list(plan_jobs(find_files([path])))
    assert [(Path(job.path).name, job.organ) for job in jobs] == [
        ("a.png", "brain"),
        ("b.png", "brain"),
        ("c.png", "breast"),
        ("d.png", ""),
    ]


@pytest.mark.slow
def test_the_organ_of_a_line_counts_before_that_of_the_batch(tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(BREAST.read_bytes())
    path = _list(tmp_path, f"{BREAST}\tautomatic\n{other}\n")
    run_batch(find_files([path]), tmp_path / "out", BatchOptions(organ="brain"))
    assert _rows(tmp_path / "out") == [
        (BREAST.name, "breast", "false"),
        ("other.png", "brain", "true"),
    ]


def _as_asked(job: FileJob) -> Row:
    organ = job.organ or "breast"
    by_hand = str(bool(job.organ)).lower()
    ok = {"path": str(job.path), "status": "ok", "error": "", "mask": job.mask, "planes": "1"}
    return ok | {"organ": organ, "organ_by_hand": by_hand}


def _run(out: Path, *entries: Path | Listed, resume: bool = True, organ: str = "automatic") -> int:
    options = BatchOptions(resume=resume, organ=organ)
    return run_batch(entries, out, options, work=_as_asked).skipped


def test_going_on_does_files_again_of_which_another_organ_is_asked(tmp_path: Path) -> None:
    a, b, c = (tmp_path / name for name in ("a.png", "b.png", "c.png"))
    out = tmp_path / "out"
    assert _run(out, a, Listed(b, "brain"), c, resume=False) == 0
    assert _run(out, a, Listed(b, "brain"), c) == 3
    assert _run(out, Listed(a, "brain"), b, c) == 1
    assert sorted(_rows(out)) == [
        ("a.png", "brain", "true"),
        ("b.png", "breast", "false"),
        ("c.png", "breast", "false"),
    ]
    assert len({row["mask"] for row in read_rows(out / "results.csv")}) == 3


def test_a_table_that_does_not_say_who_named_the_organ_is_left_alone(tmp_path: Path) -> None:
    old = {"path": str(tmp_path / "a.png"), "status": "ok", "organ": "breast", "planes": "1"}
    (tmp_path / "out").mkdir()
    with ResultsTable(tmp_path / "out/results.csv", [old]):
        pass
    assert _run(tmp_path / "out", Listed(tmp_path / "a.png", "brain")) == 1


def test_a_row_stays_until_there_is_a_new_one(tmp_path: Path) -> None:
    a, b = tmp_path / "a.png", tmp_path / "b.png"
    out, done = tmp_path / "out", []
    _run(out, a, b, resume=False)
    with pytest.raises(CancelledError):
        run_batch(
            [Listed(a, "brain"), Listed(b, "brain")],
            out,
            BatchOptions(resume=True),
            work=_as_asked,
            on_row=done.append,
            cancelled=lambda: bool(done),
        )
    assert _rows(out) == [("b.png", "breast", "false"), ("a.png", "brain", "true")]
