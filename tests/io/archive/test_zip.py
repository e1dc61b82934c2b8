"""Zip archives: their scans are listed and read, and nothing leads out of them or stays behind."""

from __future__ import annotations

import io
import shutil
import stat
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from napari_multicancer.batch.worklist import find_files
from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.io import load_scan
from napari_multicancer.io.archive import read
from napari_multicancer.io.folders import list_series
from napari_multicancer.io.streams import replay

MR = Path(get_testdata_file("MR_small.dcm", download=False))


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))


def picture(level: int) -> bytes:
    content = io.BytesIO()
    Image.fromarray(np.full((20, 30), level, np.uint8)).save(content, "png")
    return content.getvalue()


def pack(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_the_only_scan_is_the_archives_and_nothing_stays_behind(tmp_path: Path) -> None:
    junk = {"__MACOSX/._a.dcm": b"x", ".DS_Store": b"x", "read me.txt": b"x"}
    path = pack(tmp_path / "a.zip", {"study/a": MR.read_bytes(), **junk})
    scan = load_scan(path)
    np.testing.assert_array_equal(scan.pixels, load_scan(MR).pixels)
    assert (scan.name, scan.source) == ("a", str(path))
    assert list((tmp_path / "temporary").iterdir()) == []


def test_several_scans_are_listed_and_chosen_by_number(tmp_path: Path) -> None:
    files = {"b/one.dcm": MR.read_bytes(), "a.png": picture(5), "c/b.png": picture(7)}
    path = pack(tmp_path / "a.zip", files)
    with pytest.raises(MulticancerError, match=r"holds 3 scans: choose one of them by a\.zip#1 to"):
        load_scan(path)
    names = [f"a.zip#{n}" for n in (1, 2, 3)]
    assert [one.path.name for one in list_series(tmp_path)] == names
    assert [Path(one).name for one in find_files([path])] == names
    assert [Path(one).name for one in find_files([tmp_path])] == names
    assert load_scan(tmp_path / "a.zip#1").pixels.shape == (64, 64)
    assert [int(load_scan(tmp_path / f"a.zip#{n}").pixels[0, 0]) for n in (2, 3)] == [5, 7]
    with pytest.raises(MulticancerError, match=r"no series a\.zip#9"):
        load_scan(tmp_path / "a.zip#9")


def _film(pictures: int) -> bytes:
    content = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (pictures, 40, 40), np.uint8)
    first, *others = map(Image.fromarray, noise)
    first.save(content, "gif", save_all=True, append_images=others)
    return content.getvalue()


def test_a_long_film_is_read_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "LARGEST_IN_MEMORY", 40 * 40 * 6)
    monkeypatch.setattr(read, "LARGEST_LONG", 40 * 40 * 8)
    (tmp_path / "a.gif").write_bytes(_film(8))
    beside = load_scan(tmp_path / "a.gif")
    assert not isinstance(beside.pixels, np.ndarray)
    scan = load_scan(pack(tmp_path / "a.zip", {"a.gif": _film(8)}))
    np.testing.assert_array_equal(scan.pixels, np.asarray(beside.pixels))
    pack(tmp_path / "b.zip", {"a.gif": _film(9)})
    told = r"^b\.zip holds 0 MiB of pictures in one scan, more than 0 MiB: unpack it first\.$"
    with pytest.raises(MulticancerError, match=told):
        load_scan(tmp_path / "b.zip")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_damaged_archive_hides_no_other_scan_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\3\4 nothing")
    shutil.copy(MR, tmp_path / "b.dcm")
    assert sorted(Path(one).name for one in find_files([tmp_path])) == ["a.zip", "b.dcm"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../a.png", r"names a file outside of it \(\.\./a\.png\)"),
        ("/etc/a.png", "names a file outside"),
        ("b/../../a.png", "names a file outside"),
        ("c:a.png", "names a file outside"),
        ("c:\\a.png", "names a file outside"),
        ("\\etc\\a.png", "names a file outside"),
        ("b\\..\\..\\a.png", "names a file outside"),
        ("x" * 256 + ".png", "too long a name"),
    ],
)
def test_a_name_that_leads_outside_is_refused(name: str, reason: str, tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"b.png": picture(1), name: picture(2)})
    with pytest.raises(MulticancerError, match=reason) as refused:
        load_scan(path)
    assert str(refused.value).endswith(".")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.zip", "temporary"]


def test_backslashes_part_folders_as_old_programs_write_them(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"one\\b.png": picture(1), "two\\b.png": picture(2)})
    scans = [load_scan(tmp_path / f"a.zip#{number}") for number in (1, 2)]
    assert [int(scan.pixels[0, 0]) for scan in scans] == [1, 2]
    load_scan(pack(path, {"one\\b.png": picture(1)}))


def test_links_archives_passwords_and_doubles_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    inner = pack(tmp_path / "inner.zip", {"a.png": picture(1)}).read_bytes()
    pack(tmp_path / "nested.zip", {"b.dat": inner})
    locked = bytearray(inner)
    for magic, at in [(b"PK\3\4", 6), (b"PK\1\2", 8)]:
        locked[locked.index(magic) + at] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.writestr("a.png", picture(1))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.png", picture(2))
    for name, reason in [
        ("link", "holds a link"),
        ("nested", "holds another archive"),
        ("locked", "is locked by a password"),
        ("twice", "twice"),
    ]:
        with pytest.raises(MulticancerError, match=reason):
            load_scan(tmp_path / f"{name}.zip")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_bombs_cut_and_empty_archives_are_refused(tmp_path: Path) -> None:
    whole = pack(tmp_path / "a.zip", {"a.png": picture(1)}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-30])
    damaged = bytearray(whole)
    damaged[45] ^= 255
    (tmp_path / "damaged.zip").write_bytes(damaged)
    pack(tmp_path / "empty.zip", {})
    bomb = bytearray(whole)
    at = bomb.index(b"PK\1\2") + 24
    bomb[at : at + 4] = (2**31).to_bytes(4, "little")
    (tmp_path / "bomb.zip").write_bytes(bomb)
    for name, reason in [
        ("cut", "is no zip archive, or is damaged"),
        ("damaged", "is no zip archive, or is damaged"),
        ("empty", "There are no scans in empty.zip"),
        ("bomb", "more than its"),
    ]:
        with pytest.raises(MulticancerError, match=reason):
            load_scan(tmp_path / f"{name}.zip")


def test_an_archive_that_is_called_a_scan_is_listed_and_opens(tmp_path: Path) -> None:
    pack(tmp_path / "one.dcm", {"a.dcm": MR.read_bytes()})
    pack(tmp_path / "two.png", {"a.dcm": MR.read_bytes(), "b.png": picture(7)})
    names = ["one.dcm", "two.png#1", "two.png#2"]
    assert [Path(one).name for one in find_files([tmp_path])] == names
    assert [Path(one).name for one in find_files([tmp_path / "one.dcm"])] == names[:1]
    assert [Path(one).name for one in find_files([tmp_path / "two.png"])] == names[1:]
    shapes = [load_scan(one).pixels.shape for one in find_files([tmp_path])]
    assert shapes == [(64, 64), (64, 64), (20, 30)]


def test_what_is_packed_as_an_archive_and_holds_no_scan_is_passed_over(tmp_path: Path) -> None:
    pack(tmp_path / "letter.docx", {"word/document.xml": b"<w/>"})
    pack(tmp_path / "talk.pptx", {"table.xlsx": b"PK\3\4"})
    pack(tmp_path / "pack.bundle", {"a.dcm": MR.read_bytes()})
    pack(tmp_path / "empty.zip", {"read me.txt": b"x"})
    pack(tmp_path / "IM0001", {"read me.txt": b"x"})
    found = [Path(one).name for one in find_files([tmp_path])]
    assert found == ["IM0001", "empty.zip", "pack.bundle"]
    assert list(find_files([tmp_path / "letter.docx"])) == [tmp_path / "letter.docx"]
