"""Snapshots come back as they were, or say why not; old ones go by rule."""

from __future__ import annotations

import errno
import json
import os
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dask.array
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from napari_multicancer.core.errors import OutputError, UnreadableFileError
from napari_multicancer.core.masks.history import USER, Change, records_of
from napari_multicancer.core.masks.record import MaskRecord
from napari_multicancer.io.snapshots import folder as autosave_folder
from napari_multicancer.io.snapshots import snapshot as autosave
from napari_multicancer.io.snapshots.fingerprint import digest, fingerprint
from napari_multicancer.io.snapshots.folder import list_snapshots, new_path, prune, restorable
from napari_multicancer.io.snapshots.snapshot import (
    Note,
    OtherVersionError,
    Snapshot,
    TruncatedError,
    plain_name,
    read_pixels,
    read_snapshot,
    write_snapshot,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MASK = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def save(path: Path, pixels: np.ndarray = MASK, **said: object) -> Snapshot:
    words = {"scan": "s", "scan_name": "a.png", "layer_name": "a lesion", "geometry": {}, **said}
    return write_snapshot(path, pixels, Note(**words))


def saved_days_ago(path: Path, days: float, monkeypatch: pytest.MonkeyPatch, **said: object) -> str:
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return NOW - timedelta(days=days)

    monkeypatch.setattr(autosave, "datetime", Clock)
    return save(new_path(path), **said).path.name


@pytest.mark.slow
@given(
    arrays(st.sampled_from(["u1", "?", "<i2", ">u4", "<i8"]), array_shapes(min_dims=2, max_dims=4))
)
def test_any_mask_comes_back(tmp_path_factory, pixels):
    path = new_path(tmp_path_factory.mktemp("saves"))
    save(path, pixels)
    back = read_pixels(read_snapshot(path))
    np.testing.assert_array_equal(back, pixels)
    assert back.dtype == pixels.dtype
    assert back.flags.writeable


def test_all_that_was_said_comes_back(tmp_path):
    change = Change(USER, "paint", NOW, NOW, 1, 2, 3)
    written = save(
        tmp_path / "folders" / "to be made" / "x.autosave",
        geometry={"scale": [1.0, 2.0, 3.0]},
        record=MaskRecord({"models": ["brain 1"]}, "d", (change,)),
        exported=True,
        replaces="y.autosave",
    )
    assert read_snapshot(written.path) == written
    assert (written.scan, written.shape, written.digest) == ("s", (2, 3, 4), digest(MASK))
    assert written.record == MaskRecord({"models": ["brain 1"]}, "d", (change,))
    assert (written.exported, written.replaces) == (True, "y.autosave")


@pytest.mark.slow
@given(
    st.none() | st.dictionaries(st.text().filter(lambda key: key != "history"), st.text()),
    st.none() | st.text(),
    st.lists(
        st.builds(
            Change,
            st.just(USER),
            st.sampled_from(["paint", "undo"]),
            st.just(NOW),
            st.just(NOW),
            *[st.integers(0, 2**40)] * 3,
        )
    ),
)
def test_any_record_comes_back(tmp_path_factory, provenance, digest, history):
    record = MaskRecord(provenance, digest, tuple(history))
    written = save(new_path(tmp_path_factory.mktemp("saves")), record=record)
    assert read_snapshot(written.path) == written
    assert written.record == record


def test_a_copy_that_an_earlier_version_wrote_comes_back(tmp_path):
    """Its provenance has the history as it was at the beginning, too."""
    stroke = Change(USER, "paint", NOW, NOW, 1, 2, 3)
    packed = zlib.compress(MASK.tobytes(), 1)
    header = {
        "scan": None,
        "scan_name": "a.png",
        "layer_name": "a lesion",
        "saved": "2026-03-01T12:00:00.123456+01:00",
        "shape": [2, 3, 4],
        "dtype": "|u1",
        "digest": digest(MASK),
        "geometry": {"scale": [1.0, 2.0, 3.0]},
        "provenance": {"models": ["brain 1"], "history": []},
        "made_digest": None,
        "history": records_of([stroke]),
        "exported": False,
        "replaces": None,
        "n_bytes": len(packed),
    }
    path = tmp_path / "x.autosave"
    line = json.dumps(header).encode("ascii")
    path.write_bytes(b"napari-multicancer autosave 1\n" + line + b"\n" + packed)
    snapshot = read_snapshot(path)
    assert snapshot.record == MaskRecord({"models": ["brain 1"]}, None, (stroke,))
    assert snapshot.saved.isoformat() == header["saved"]
    np.testing.assert_array_equal(read_pixels(snapshot), MASK)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("/home/jane/scan.dcm", "scan.dcm"),
        ("C:\\Users\\jane\\scan.dcm", "scan.dcm"),
        ("../../etc/passwd", "passwd"),
        ("a\nb\x00\x1b[31mc", "a b [31mc"),
        ("<b>bold</b> scan", "b> scan"),
        ("..", ".."),
        ("", "unnamed"),
        (200 * "x", 120 * "x"),
    ],
)
def test_names_are_plain(tmp_path, name, plain):
    assert plain_name(name) == plain
    snapshot = read_snapshot(save(new_path(tmp_path), scan_name=name, layer_name=name).path)
    assert snapshot.scan_name == plain
    assert snapshot.layer_name.isprintable()
    assert [path.parent for path in tmp_path.rglob("*")] == [tmp_path]


def test_every_truncation_is_told_as_such(tmp_path):
    path = save(tmp_path / "x.autosave").path
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(TruncatedError):
            read_snapshot(path)


def test_damage_anywhere_is_noticed(tmp_path):
    path = save(tmp_path / "x.autosave").path
    whole = bytearray(path.read_bytes())
    start = whole.rindex(b"}\n") + 2
    for place in range(start, len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        with pytest.raises(UnreadableFileError):
            read_pixels(read_snapshot(path))


def test_other_versions_strangers_and_damaged_ones_are_skipped_with_a_reason(tmp_path):
    good = save(tmp_path / "good.autosave")
    whole = good.path.read_bytes()
    (tmp_path / "newer.autosave").write_bytes(whole.replace(b"autosave 1\n", b"autosave 2\n", 1))
    (tmp_path / "short.autosave").write_bytes(whole[:-1])
    (tmp_path / "stranger.autosave").write_bytes(b"<html>" * 99)
    (tmp_path / "bomb.autosave").write_bytes(whole.replace(b"[2, 3, 4]", b"[9999999, 99999, 4]"))
    (tmp_path / "folder.autosave").mkdir()
    snapshots, skipped = list_snapshots(tmp_path)
    assert snapshots == [good]
    assert {one.path.stem: type(one.error) for one in skipped} == {
        "newer": OtherVersionError,
        "short": TruncatedError,
        "stranger": UnreadableFileError,
        "bomb": UnreadableFileError,
        "folder": UnreadableFileError,
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"|u1"', b'"|O"'),
        (b"[2, 3, 4]", b"[-2, -3, 4]"),
        (b"[2, 3, 4]", b"[24]"),
        (b"[2, 3, 4]", b'"abc"'),
        (b'"geometry": {}', b'"geometry": 7'),
        (b'"saved": "', b'"saved": "x'),
        (b'"n_bytes": ', b'"n_bytes": -'),
    ],
)
def test_headers_that_lie_are_damaged(tmp_path, old, new):
    path = save(tmp_path / "x.autosave").path
    whole = path.read_bytes()
    assert old in whole
    path.write_bytes(whole.replace(old, new, 1))
    with pytest.raises(UnreadableFileError, match="damaged"):
        read_snapshot(path)


def test_a_disk_that_fills_up_leaves_the_snapshot_that_was_there(tmp_path, monkeypatch):
    before = save(tmp_path / "x.autosave")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        save(before.path, np.zeros_like(MASK))
    assert read_snapshot(before.path) == before
    assert list(tmp_path.iterdir()) == [before.path]


def test_a_file_in_the_folders_place_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        save(tmp_path / "file" / "x.autosave")


def test_the_newest_comes_first_and_only_what_is_nowhere_else_is_offered(tmp_path, monkeypatch):
    names = {
        "old": saved_days_ago(tmp_path, 3, monkeypatch),
        "new": saved_days_ago(tmp_path, 1, monkeypatch),
        "other scan": saved_days_ago(tmp_path, 0, monkeypatch, scan="t"),
        "in a file": saved_days_ago(tmp_path, 2, monkeypatch, exported=True),
        "grown": saved_days_ago(tmp_path, 5, monkeypatch),
    }
    names["from it"] = saved_days_ago(tmp_path, 2, monkeypatch, replaces=names["grown"])
    listed, _ = list_snapshots(tmp_path)
    assert [one.saved for one in listed] == sorted((one.saved for one in listed), reverse=True)
    offered = [one.path.name for one in restorable(listed, "s")]
    assert offered == [names["new"], names["from it"], names["old"]]


def test_pruning_spares_what_is_nowhere_else_and_what_is_younger_than_30_days(
    tmp_path, monkeypatch
):
    old_work = saved_days_ago(tmp_path, 400, monkeypatch)
    grown = saved_days_ago(tmp_path, 32, monkeypatch)
    kept = [
        old_work,
        saved_days_ago(tmp_path, 40, monkeypatch, scan=None),
        saved_days_ago(tmp_path, 31, monkeypatch, replaces=grown),
        saved_days_ago(tmp_path, 29, monkeypatch, exported=True),
    ]
    gone = [grown, saved_days_ago(tmp_path, 90, monkeypatch, exported=True)]
    left_over = tmp_path / ".x.autosave.0123.part"
    left_over.write_text("")
    os.utime(left_over, (NOW.timestamp() - 90_000,) * 2)
    stranger = tmp_path / "stranger.autosave"
    stranger.write_text("?")
    assert {path.name for path in prune(tmp_path, NOW)} == {*gone, left_over.name}
    assert {path.name for path in tmp_path.iterdir()} == {*kept, stranger.name}
    assert prune(tmp_path / "missing", NOW) == []


def test_a_full_folder_loses_what_is_safe_elsewhere_oldest_first(tmp_path, monkeypatch):
    work = saved_days_ago(tmp_path, 9, monkeypatch)
    safe = [saved_days_ago(tmp_path, days, monkeypatch, exported=True) for days in (3, 5, 1)]
    size = (tmp_path / work).stat().st_size
    monkeypatch.setattr(autosave_folder, "LARGEST", 3 * size)
    assert [path.name for path in prune(tmp_path, NOW)] == [safe[1]]
    monkeypatch.setattr(autosave_folder, "LARGEST", 0)
    assert [path.name for path in prune(tmp_path, NOW)] == [safe[0], safe[2]]
    assert [path.name for path in tmp_path.iterdir()] == [work]


def test_the_folder_can_be_named(tmp_path, monkeypatch):
    monkeypatch.setenv(autosave_folder.VARIABLE, str(tmp_path))
    assert autosave_folder.autosave_folder() == tmp_path
    monkeypatch.delenv(autosave_folder.VARIABLE)
    assert autosave_folder.autosave_folder().parts[-2:] == ("napari-multicancer", "autosave")


def test_a_scan_is_known_by_shape_and_pixels_wherever_they_are_held():
    pixels = np.random.default_rng(0).integers(0, 999, (40, 6, 5), dtype=np.uint16)
    known = fingerprint(pixels, 3)
    assert fingerprint(dask.array.from_array(pixels, chunks=(7, 6, 5)), 3) == known
    assert fingerprint(pixels.astype(">u2"), 3) == known
    assert fingerprint(pixels[:, ::-1], 3) != known
    assert fingerprint(pixels.reshape(40, 5, 6), 3) != known
    changed = pixels.copy()
    changed[-1, -1, -1] ^= 1
    assert fingerprint(changed, 3) != known
    colour = np.zeros((4, 4, 3), np.uint8)
    assert fingerprint(colour, 2) != fingerprint(colour + np.uint8(1), 2)


def test_a_mask_is_known_by_every_pixel():
    assert digest(MASK) == digest(np.asfortranarray(MASK))
    assert digest(MASK) == digest(dask.array.from_array(MASK, chunks=1))
    assert digest(MASK) != digest(MASK.astype(np.uint16))
    assert digest(MASK) != digest(MASK[::-1])
