"""Long animations: each picture as it is shown, and no more of them in memory than are needed."""

from __future__ import annotations

import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.io import load_scan
from napari_multicancer.io.streams import on_demand, replay
from napari_multicancer.io.upright import ORIENTATION

N, HEIGHT, WIDTH = 13, 40, 48
PICTURE = HEIGHT * WIDTH * 3
BACKGROUND = np.tile(np.arange(0, 240, 5, dtype=np.uint8), (HEIGHT, 1))


def _frames(is_colored: bool) -> list[Image.Image]:
    """Draw a spot that wanders over what stays, with holes that show what is below."""
    made = []
    for n in range(N):
        picture = np.stack([BACKGROUND] * 3 + [np.full_like(BACKGROUND, 255)], -1)
        picture[n : n + 9, 2 * n : 2 * n + 9, :3] = (250, 20, 9) if is_colored else 250
        picture[20:24, n : n + 20, 3] = 0 if n else 255
        made.append(Image.fromarray(picture))
    return made


def _save(path: Path, is_colored: bool, **options: object) -> Path:
    frames = _frames(is_colored)
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=40, **options)
    return path


KINDS = {
    "kept.gif": {"disposal": 1},
    "cleared.gif": {"disposal": 2},
    "restored.gif": {"disposal": 3},
    "mixed.gif": {"disposal": [1, 2, 3, 0] * 3 + [1]},
    "over.png": {"blend": 1, "disposal": 0},
    "cleared.png": {"blend": 1, "disposal": 1},
    "restored.png": {"blend": 1, "disposal": 2},
    "still.png": {"default_image": True},
    "plain.webp": {"lossless": True},
}


def _as_shown(path: Path) -> np.ndarray:
    """Decode all pictures in their order by Pillow alone."""
    with Image.open(path) as image:
        first = int(getattr(image, "default_image", False))
        shown = [np.asarray(one.convert("RGB")) for one in ImageSequence.Iterator(image)]
    return np.stack(shown[first:])


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let three pictures be a block, two of which are kept, and five too many to be kept."""
    monkeypatch.setattr(replay, "LARGEST_IN_MEMORY", 4 * PICTURE)
    monkeypatch.setattr(on_demand, "BLOCK_BYTES", 3 * PICTURE)
    monkeypatch.setattr(on_demand, "BLOCKS_KEPT", 2)


@pytest.mark.parametrize("is_colored", [False, True])
@pytest.mark.parametrize("name", KINDS)
def test_a_long_animation_gives_each_picture_as_it_is_shown_in_any_order(
    name: str, is_colored: bool, tmp_path: Path, long: None
) -> None:
    path = _save(tmp_path / name, is_colored, **KINDS[name])
    expected = _as_shown(path)
    scan = load_scan(path)
    assert not isinstance(scan.pixels, np.ndarray)
    assert scan.pixels.dtype == np.uint8
    for index in (len(expected) - 1, 0, 7, 6, 5, 1, 11, 2):
        assert np.array_equal(_in_color(scan.plane(index)), expected[index]), index
    np.testing.assert_array_equal(_in_color(np.asarray(scan.pixels), 3), expected)
    copied = pickle.loads(pickle.dumps(scan.pixels))
    np.testing.assert_array_equal(_in_color(np.asarray(copied[3:8]), 3), expected[3:8])


def _in_color(pixels: np.ndarray, gray_ndim: int = 2) -> np.ndarray:
    return np.stack([pixels] * 3, -1) if pixels.ndim == gray_ndim else pixels


@pytest.mark.parametrize("name", KINDS)
def test_long_and_short_animations_are_the_same_scan(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = _save(tmp_path / name, True, **KINDS[name])
    short = load_scan(path)
    request.getfixturevalue("long")
    long = load_scan(path)
    assert isinstance(short.pixels, np.ndarray)
    assert (short.axes, short.notes) == (long.axes, long.notes)
    assert short.pixels.dtype == long.pixels.dtype
    np.testing.assert_array_equal(np.asarray(long.pixels), short.pixels)


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
@pytest.mark.parametrize(
    ("durations", "step"), [([40] * N, 0.04), ([200, *[50] * (N - 1)], 0.05), ([0] * N, 1.0)]
)
def test_the_time_from_picture_to_picture_is_kept(
    durations: list[int], step: float, suffix: str, tmp_path: Path
) -> None:
    frames = _frames(True)
    path = tmp_path / f"scan.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations)
    assert load_scan(path).place.time_step == pytest.approx(step)


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_a_long_animation_stands_upright_as_exif_says(
    kind: str, tmp_path: Path, long: None
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    options = {"lossless": True} if kind == "webp" else {}
    path = _save(tmp_path / f"scan.{kind}", True, exif=exif, **options)
    scan = load_scan(path)
    assert not isinstance(scan.pixels, np.ndarray)
    np.testing.assert_array_equal(scan.plane(5), np.rot90(_as_shown(path)[5], -1))


def test_a_step_back_in_a_long_animation_does_not_begin_anew(
    tmp_path: Path, long: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = load_scan(_save(tmp_path / "scan.gif", False, disposal=1))
    begun: list[int] = []
    beginning = replay.PicturesOnDemand._from

    def counted(self: replay.PicturesOnDemand, index: int) -> object:
        begun.append(index)
        return beginning(self, index)

    monkeypatch.setattr(replay.PicturesOnDemand, "_from", counted)
    for index in (12, 11, 10, 9):
        scan.plane(index)
    assert begun == [0]


def test_a_long_animation_that_is_gone_or_another_one_says_so(tmp_path: Path, long: None) -> None:
    path = _save(tmp_path / "scan.gif", False, disposal=1)
    scan = load_scan(path)
    _save(path, True, disposal=1)
    with pytest.raises(MulticancerError, match=r"^scan\.gif has changed, or is damaged, at pic"):
        scan.plane(2)
    path.unlink()
    with pytest.raises(MulticancerError, match=r"^scan\.gif has changed, .*: open it again"):
        scan.plane(0)


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_an_animation_that_is_cut_short_is_refused_in_a_sentence(
    suffix: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    whole = _save(tmp_path / f"whole.{suffix}", True).read_bytes()
    for size in ("short", "long"):
        if size == "long":
            request.getfixturevalue("long")
        for kept in (0.5, 0.8, 0.97):
            path = tmp_path / f"cut.{suffix}"
            path.write_bytes(whole[: int(len(whole) * kept)])
            with pytest.raises(MulticancerError, match=r"cut\.\w+ .*: export or copy it again"):
                load_scan(path)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_of_a_long_animation_a_few_pictures_are_in_memory(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    side, n = 200, 80
    still = np.zeros((side, side), np.uint8)
    still[90:110, :20] = 200
    frames = [Image.fromarray(np.roll(still, 2 * k, axis=1)) for k in range(n)]
    path = tmp_path / f"scan.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    del frames
    monkeypatch.setattr(replay, "LARGEST_IN_MEMORY", 2 * side * side * 3)
    monkeypatch.setattr(on_demand, "BLOCK_BYTES", 2 * side * side * 3)
    load_scan(path).plane(0)  # so that libraries are loaded
    tracemalloc.start()
    scan = load_scan(path)
    for _, plane in scan.planes():
        assert plane.shape[:2] == (side, side)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < n * side * side * 3 / 4
