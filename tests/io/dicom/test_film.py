"""Films within DICOM: whichever stream, with their rate, gray where they have no colors."""

from __future__ import annotations

import io
import pickle
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UltrasoundMultiFrameImageStorage, generate_uid

from napari_multicancer.batch.results import read_rows
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.io import load_mask, load_scan
from napari_multicancer.io.streams import on_demand, replay

av = pytest.importorskip("av")

MPEG2, H264, HEVC = (f"1.2.840.10008.1.2.4.{n}" for n in (100, 102, 107))
STREAMS = [
    ("mpeg2video", "mpeg2video", MPEG2),
    ("mpeg2video", "mpeg", MPEG2),
    ("mpeg2video", "mpegts", f"{MPEG2}.1"),
    ("libx264", "h264", H264),
    ("libx264", "mpegts", H264),
    ("libx264", "mp4", "1.2.840.10008.1.2.4.106.1"),
    ("libx265", "hevc", HEVC),
]
N, HEIGHT, WIDTH = 6, 48, 64


def pictures(is_colored: bool = False) -> np.ndarray:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    made = np.stack([np.stack([rows + columns + 9 * n] * 3, axis=-1) for n in range(N)])
    made = made.astype(np.uint8)
    if is_colored:
        made[:, 10:30, 10:30, 0] = 250
    return made


def stream(codec: str, container: str, is_colored: bool = False) -> bytes:
    try:
        av.Codec(codec, "w")
    except ValueError:
        pytest.skip(f"this PyAV has no {codec}")
    written = io.BytesIO()
    with av.open(written, "w", format=container) as file:
        film = file.add_stream(codec, rate=Fraction(25))
        film.width, film.height, film.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        film.bit_rate = 4_000_000
        for one in pictures(is_colored):
            file.mux(film.encode(av.VideoFrame.from_ndarray(one, "rgb24")))
        file.mux(film.encode())
    return written.getvalue()


def dicom(path: Path, film: bytes, syntax: str = MPEG2, **elements: object) -> Path:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID = UltrasoundMultiFrameImageStorage
    dataset.file_meta.MediaStorageSOPClassUID = UltrasoundMultiFrameImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.Modality, dataset.NumberOfFrames = "US", N
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = HEIGHT, WIDTH, 3
    dataset.PhotometricInterpretation, dataset.PlanarConfiguration = "YBR_PARTIAL_420", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelRepresentation = 0
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.PixelData = encapsulate([film], fragments_per_frame=3, has_bot=False)
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize(("codec", "container", "syntax"), STREAMS)
def test_a_film_is_read_whatever_holds_its_stream(
    tmp_path: Path, codec: str, container: str, syntax: str
) -> None:
    path = dicom(tmp_path / "a.dcm", stream(codec, container), syntax, CineRate=20)
    scan = load_scan(path)
    assert (scan.axes, scan.pixels.shape) == ("tyx", (N, HEIGHT, WIDTH))
    assert np.abs(scan.pixels - pictures()[..., 0].astype(float)).mean() < 6
    assert scan.place.time_step == pytest.approx(1 / 20)
    assert scan.notes == ()


def test_colors_stay(tmp_path: Path) -> None:
    scan = load_scan(dicom(tmp_path / "a.dcm", stream("mpeg2video", "mpeg2video", True)))
    assert (scan.axes, scan.pixels.shape) == ("tyxc", (N, HEIGHT, WIDTH, 3))


@pytest.mark.parametrize(
    ("elements", "step"),
    [
        ({"FrameTime": "50"}, 0.05),
        ({"FrameTime": "50", "CineRate": 99}, 0.05),
        ({"FrameTimeVector": [0, 40, 40, 41, 40, 40]}, 0.04),
        ({"RecommendedDisplayFrameRate": 10}, 0.1),
        ({"CineRate": 0}, 0.04),
        ({}, 0.04),
    ],
)
def test_the_time_of_a_frame_is_the_headers_or_else_the_films(
    tmp_path: Path, elements: dict[str, object], step: float
) -> None:
    path = dicom(tmp_path / "a.dcm", stream("mpeg2video", "mpegts"), **elements)
    assert load_scan(path).place.time_step == pytest.approx(step)


def test_without_pyav_a_film_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dicom(tmp_path / "a.dcm", stream("mpeg2video", "mpegts"))
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MulticancerError, match=r"a\.dcm holds a film, which needs PyAV: .*\[video"):
        load_scan(path)


def test_a_film_that_does_not_fit_its_header_is_refused_or_told(tmp_path: Path) -> None:
    film = stream("mpeg2video", "mpegts")
    with pytest.raises(MulticancerError, match="promises pictures of 50 x 64 pixels, and its film"):
        load_scan(dicom(tmp_path / "a.dcm", film, Rows=50))
    scan = load_scan(dicom(tmp_path / "b.dcm", film, NumberOfFrames=9))
    assert scan.notes == ("The file promises 9 pictures, and 6 could be read.",)
    scan = load_scan(dicom(tmp_path / "d.dcm", film, NumberOfFrames=4))
    assert scan.notes == ("The file promises 4 frames, and holds 6.",)
    for damaged in (b"#EXTM3U\n#EXTINF:1,\na.mp4\n", bytes(2000), film[:150]):
        with pytest.raises(MulticancerError, match="is no film that can be read, or is damaged"):
            load_scan(dicom(tmp_path / "c.dcm", damaged))


@pytest.mark.slow
def test_a_mask_of_a_cine_lies_on_its_frames(tmp_path: Path) -> None:
    region = Dataset()
    region.RegionSpatialFormat = 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = 0.02
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = WIDTH - 1, HEIGHT - 1
    path = dicom(
        tmp_path / "a.dcm",
        stream("mpeg2video", "mpegts"),
        FrameTime="50",
        SequenceOfUltrasoundRegions=[region],
    )
    for name in ("tiff", "nifti", "nrrd"):
        out = tmp_path / name
        run_batch([path], out, BatchOptions(organ="breast", mask_format=name))
        (row,) = read_rows(out / "results.csv")
        assert row["error"] == ""
        mask = load_mask(out / row["mask"])
        assert mask.labels.shape == (N, HEIGHT, WIDTH)
        np.testing.assert_allclose(mask.spacing, load_scan(path).voxel_size)


@pytest.mark.parametrize("is_colored", [False, True])
def test_of_a_long_film_pictures_are_looked_up_again(
    is_colored: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dicom(tmp_path / "a.dcm", stream("mpeg2video", "mpegts", is_colored))
    whole = load_scan(path)
    monkeypatch.setattr(replay, "LARGEST_IN_MEMORY", 3 * HEIGHT * WIDTH * 3)
    monkeypatch.setattr(on_demand, "BLOCK_BYTES", HEIGHT * WIDTH * 3)
    scan = load_scan(path)
    assert not isinstance(scan.pixels, np.ndarray)
    assert (scan.axes, scan.notes, scan.place.time_step) == (
        (whole.axes, whole.notes, whole.place.time_step)
    )
    for index in (5, 0, 3, 4, 1):
        np.testing.assert_array_equal(scan.plane(index), whole.plane(index))
    np.testing.assert_array_equal(
        np.asarray(pickle.loads(pickle.dumps(scan.pixels))), np.asarray(whole.pixels)
    )
