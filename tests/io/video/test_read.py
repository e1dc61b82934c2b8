"""Films: grey and in color, with their rate, and those that cannot be read."""

from __future__ import annotations

import pickle
import struct
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.io import load_scan
from napari_multicancer.io.streams import decode, on_demand, replay

av = pytest.importorskip("av")

CODECS = {".avi": "mjpeg", ".mp4": "mpeg4", ".mkv": "mpeg4", ".mpg": "mpeg2video"}


def film(path: Path, is_colored: bool = False, rate: int = 25) -> np.ndarray:
    rows, columns = np.mgrid[:48, :64]
    pictures = np.stack([np.stack([rows + columns + 9 * n] * 3, axis=-1) for n in range(6)])
    pictures = pictures.astype(np.uint8)
    if is_colored:
        pictures[:, 10:30, 10:30, 0] = 250
    with av.open(str(path), "w") as file:
        codec = CODECS[path.suffix]
        stream = file.add_stream(codec, rate=Fraction(rate))
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.bit_rate = 4_000_000
        for one in pictures:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(one, "rgb24")))
        file.mux(stream.encode())
    return pictures


@pytest.mark.parametrize("suffix", CODECS)
def test_a_grey_film_is_grey_with_its_pictures_in_order(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    pictures = film(path)
    scan = load_scan(path)
    assert (scan.axes, scan.pixels.dtype, scan.voxel_size) == ("tyx", np.uint8, None)
    assert np.abs(scan.pixels - pictures[..., 0].astype(float)).mean() < 6
    assert scan.place.time_step == pytest.approx(1 / 25)
    assert scan.notes == ()


@pytest.mark.parametrize("suffix", CODECS)
def test_a_film_in_color_keeps_it(suffix: str, tmp_path: Path) -> None:
    film(tmp_path / f"a{suffix}", is_colored=True)
    scan = load_scan(tmp_path / f"a{suffix}")
    assert (scan.axes, scan.pixels.shape) == ("tyxc", (6, 48, 64, 3))


def _deep_film(path: Path, kind: str, bits: int) -> np.ndarray:
    """Write a film without loss, of random values that take so many bits."""
    values = np.random.default_rng(bits).integers(0, 1 << bits, (4, 48, 64)).astype("<u2")
    with av.open(str(path), "w") as file:
        stream = file.add_stream("ffv1", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = 64, 48, kind
        for one in values:
            frame = av.VideoFrame(64, 48, kind)
            for plane in frame.planes:
                rows = np.zeros((plane.height, plane.line_size // 2), "<u2")
                rows[:, : plane.width] = one[: plane.height, : plane.width]
                plane.update(rows.tobytes())
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return values


@pytest.mark.parametrize("bits", [9, 10, 12, 14, 16])
@pytest.mark.parametrize("suffix", [".avi", ".mkv"])
def test_deep_gray_keeps_its_bits(
    suffix: str, bits: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a{suffix}"
    values = _deep_film(path, f"gray{bits}le", bits)
    scan = load_scan(path)
    assert (scan.axes, scan.pixels.dtype, scan.notes) == ("tyx", np.uint16, ())
    np.testing.assert_array_equal(scan.pixels, values)
    monkeypatch.setattr(replay, "LARGEST_IN_MEMORY", values[0].nbytes)
    long = load_scan(path)
    assert not isinstance(long.pixels, np.ndarray)
    np.testing.assert_array_equal(np.asarray(long.pixels), values)


@pytest.mark.parametrize(("kind", "bits"), [("yuv444p10le", 10), ("gbrp16le", 16)])
def test_deep_colors_are_read_in_8_bits_and_that_is_said(
    kind: str, bits: int, tmp_path: Path
) -> None:
    _deep_film(tmp_path / "a.mkv", kind, bits)
    scan = load_scan(tmp_path / "a.mkv")
    assert scan.pixels.dtype == np.uint8
    assert scan.notes == (f"The film's values have {bits} bits each, and are read in 8.",)


QUARTERS = {0: (1, 0, 0, 1), 1: (0, -1, 1, 0), 2: (-1, 0, 0, -1), 3: (0, 1, -1, 0)}
"""Of an MP4's display matrix, by quarter turns against the clock."""


def _phone_film(path: Path, turns: int, ratio: str) -> np.ndarray:
    """Write a film whose pixels have other sides, and which was taken with a turned phone."""
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:16, :20], picture[40:] = 200, 90
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.bit_rate = 4_000_000
        stream.codec_context.sample_aspect_ratio = Fraction(ratio)
        for _ in range(6):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        file.mux(stream.encode())
    _tell_display(path, QUARTERS[turns])
    return picture[..., 0]


def _tell_display(path: Path, sides: tuple[int, int, int, int]) -> None:
    """Write into an MP4 how its pictures are to be shown."""
    content = bytearray(path.read_bytes())
    a, b, c, d = (side << 16 for side in sides)
    struct.pack_into(">5i", content, content.index(b"tkhd") + 44, a, b, 0, c, d)
    path.write_bytes(content)


@pytest.mark.parametrize("turns", QUARTERS)
def test_a_film_stands_upright_and_in_its_proportions(
    turns: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mp4"
    upright = np.rot90(_phone_film(path, turns, "2"), turns)
    scan = load_scan(path)
    assert scan.pixels.shape == (6, *upright.shape)
    assert np.abs(scan.pixels - upright.astype(float)).mean() < 6
    assert scan.pixel_aspect == pytest.approx(2 if turns % 2 else 0.5)
    monkeypatch.setattr(replay, "LARGEST_IN_MEMORY", 3 * upright.nbytes)
    monkeypatch.setattr(on_demand, "BLOCK_BYTES", 2 * upright.nbytes)
    long = load_scan(path)
    assert not isinstance(long.pixels, np.ndarray)
    np.testing.assert_array_equal(np.asarray(long.pixels), scan.pixels)


@pytest.mark.parametrize(
    ("sides", "shown"),
    [
        ((-1, 0, 0, 1), np.fliplr),
        ((1, 0, 0, -1), np.flipud),
        ((0, 1, 1, 0), np.transpose),
        ((0, -1, -1, 0), lambda picture: np.rot90(picture, 2).T),
    ],
)
def test_a_mirrored_film_is_shown_mirrored(
    sides: tuple[int, int, int, int], shown: Callable[[np.ndarray], np.ndarray], tmp_path: Path
) -> None:
    plain = _phone_film(tmp_path / "a.mp4", 0, "1")
    _tell_display(tmp_path / "a.mp4", sides)
    pixels = load_scan(tmp_path / "a.mp4").pixels
    assert np.abs(pixels[0] - shown(plain).astype(float)).mean() < 6


def _timed_film(path: Path, times: list[int]) -> Path:
    """Write a film whose pictures come at so many hundredths of a second."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("ffv1", rate=100)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "gray"
        for time in times:
            frame = av.VideoFrame.from_ndarray(np.full((48, 64), time, np.uint8), "gray")
            frame.pts, frame.time_base = time, Fraction(1, 100)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def test_pictures_that_come_unevenly_have_their_mean_step_and_say_so(tmp_path: Path) -> None:
    scan = load_scan(_timed_film(tmp_path / "a.mkv", [0, 4, 8, 30, 34, 60]))
    assert scan.place.time_step == pytest.approx(0.12)
    (note,) = scan.notes
    assert "do not follow each other evenly" in note
    even = load_scan(_timed_film(tmp_path / "b.mkv", [0, 5, 10, 15, 20]))
    assert even.place.time_step == pytest.approx(0.05)
    assert even.notes == ()


def test_a_picture_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    pictures = film(tmp_path / "a.avi")
    content = (tmp_path / "a.avi").read_bytes()
    (tmp_path / "a.avi").write_bytes(content[: content.rindex(b"\xff\xd8\xff") + 400])
    scan = load_scan(tmp_path / "a.avi")
    assert len(scan.pixels) == len(pictures) - 1
    assert f"promises {len(pictures)} pictures, and {len(pictures) - 1} could" in scan.notes[0]


def test_a_film_that_ends_before_its_time_says_so(tmp_path: Path) -> None:
    path = _timed_film(tmp_path / "a.mkv", [*range(0, 200, 5)])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    scan = load_scan(path)
    assert 1 < len(scan.pixels) < 30
    assert any(note.startswith("The file promises a film of ") for note in scan.notes)


def test_a_film_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    for suffix in CODECS:
        film(tmp_path / f"a{suffix}")
        renamed = (tmp_path / f"a{suffix}").rename(tmp_path / f"{suffix[1:]}.png")
        assert load_scan(renamed).axes == "tyx"


def test_without_pyav_a_film_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film(tmp_path / "a.avi")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MulticancerError, match=r"needs PyAV: .*pip install .*\[video"):
        load_scan(tmp_path / "a.avi")


def test_films_that_are_damaged_or_too_long_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film(tmp_path / "a.mp4")
    whole = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "noise.avi").write_bytes(b"nothing at all" * 100)
    for name in ("cut.mp4", "noise.avi"):
        with pytest.raises(MulticancerError, match=r"is no film that can be read, or is damaged"):
            load_scan(tmp_path / name)
    (tmp_path / "list.avi").write_text("#EXTM3U\n#EXTINF:1,\na.mp4\n#EXT-X-ENDLIST\n")
    with pytest.raises(MulticancerError, match="is no film"):
        load_scan(tmp_path / "list.avi")
    monkeypatch.setattr(decode, "LARGEST_FILM", 48 * 64 * 3 * 5)
    with pytest.raises(MulticancerError, match="unfolds to more than"):
        load_scan(tmp_path / "a.mp4")


def _long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two pictures be a block, and three too many to be kept."""
    monkeypatch.setattr(replay, "LARGEST_IN_MEMORY", 48 * 64 * 3 * 3)
    monkeypatch.setattr(on_demand, "BLOCK_BYTES", 48 * 64 * 3 * 2)


@pytest.mark.parametrize("is_colored", [False, True])
@pytest.mark.parametrize("suffix", CODECS)
def test_a_long_film_gives_the_same_pictures_in_any_order(
    suffix: str, is_colored: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"a{suffix}"
    film(path, is_colored)
    whole = load_scan(path)
    _long(monkeypatch)
    scan = load_scan(path)
    assert not isinstance(scan.pixels, np.ndarray)
    assert (scan.axes, scan.pixels.shape) == (whole.axes, whole.pixels.shape)
    assert (scan.notes, scan.place.time_step) == (whole.notes, whole.place.time_step)
    for index in (5, 0, 3, 2, 4, 1, 5):
        np.testing.assert_array_equal(scan.plane(index), whole.plane(index))
    np.testing.assert_array_equal(np.asarray(scan.pixels), whole.pixels)
    copied = pickle.loads(pickle.dumps(scan.pixels))
    np.testing.assert_array_equal(np.asarray(copied[1:4, 5:9]), whole.pixels[1:4, 5:9])


def test_where_jumps_give_other_pictures_a_film_is_decoded_from_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.avi"
    film(path)
    whole = load_scan(path)
    _long(monkeypatch)
    scan = load_scan(path)
    begun = []
    beginning = replay.PicturesOnDemand._from

    def other_after_a_jump(self: object, index: int) -> Iterator[np.ndarray]:
        begun.append(index)
        return (one + bool(index) for one in beginning(self, index))

    monkeypatch.setattr(replay.PicturesOnDemand, "_from", other_after_a_jump)
    np.testing.assert_array_equal(scan.plane(5), whole.plane(5))
    np.testing.assert_array_equal(scan.plane(2), whole.plane(2))
    assert begun == [4, 0, 0], "once it has jumped wrong, it does not jump again"


def test_a_long_film_that_is_gone_or_another_one_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mp4"
    film(path)
    _long(monkeypatch)
    scan = load_scan(path)
    film(path, is_colored=True)
    with pytest.raises(MulticancerError, match=r"^a\.mp4 has changed, or is damaged, at picture 1"):
        scan.plane(2)
    path.unlink()
    with pytest.raises(MulticancerError, match=r"^a\.mp4 has changed, .*: open it again"):
        scan.plane(0)


@pytest.mark.slow
def test_of_a_long_film_a_few_pictures_are_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.avi"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuvj420p"
        for n in range(100):
            picture = np.full((240, 320, 3), n, np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        file.mux(stream.encode())
    picture, all_of_it = 320 * 240 * 3, 100 * 320 * 240 * 3
    monkeypatch.setattr(replay, "LARGEST_IN_MEMORY", 2 * picture)
    monkeypatch.setattr(on_demand, "BLOCK_BYTES", 2 * picture)
    load_scan(path)  # so that libraries are loaded
    tracemalloc.start()
    scan = load_scan(path)
    for _, plane in scan.planes():
        assert plane.shape == (240, 320)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < all_of_it / 4
