"""Long films of every kind: memory while one is opened and analyzed, and the time reading adds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.child import Child
from benchmarks.rows import Row, missing
from napari_multicancer.samples import FOLDER

SECTION = "films"
LONG = 500
HEIGHT, WIDTH = 472, 560
TARGET_MEMORY, TARGET_TIME = 600.0, 1.5


def opening(path: str) -> Callable[[], object]:
    """Open a film and look at its last picture; a maker for `child`."""
    from napari_multicancer.io import load_scan

    return lambda: load_scan(Path(path)).plane(LONG - 1)


def analysis(path: str) -> Callable[[], object]:
    """Open and analyze a film; a maker for `child`."""
    from napari_multicancer.core.analysis.analyze import analyze
    from napari_multicancer.io import load_scan

    return lambda: analyze(load_scan(Path(path)), organ="breast")


def in_memory() -> Callable[[], object]:
    """Analyze the same pictures, all of which lie in memory; a maker for `child`."""
    from napari_multicancer.core.analysis.analyze import analyze
    from napari_multicancer.core.scan.scan import Scan

    scan = Scan(np.stack(list(pictures())), "tyx")
    return lambda: analyze(scan, organ="breast")


def pictures() -> Iterator[NDArray[np.uint8]]:
    """Move a shipped picture to and fro, as a hand does that holds a probe."""
    from napari_multicancer.io import load_scan

    still = load_scan(FOLDER / "breast_benign.png").plane(0)[:HEIGHT, :WIDTH]
    for number in range(LONG):
        moved = np.roll(still, round(20 * np.sin(number / 20)), axis=1)
        moved[0, number] = 255  # so that no picture is like the one before, which a GIF leaves out
        yield moved


def measure(folder: Path) -> Iterator[Row]:
    """Measure an animated GIF, a cine in DICOM and an AVI, and the same pictures in memory."""
    child = Child("benchmarks.films:in_memory")
    kept, memory = child.run(), child.end()
    what = f"{LONG} pictures of {HEIGHT} x {WIDTH} in memory: analysis"
    yield Row(SECTION, what, kept, "s", peak_mb=memory["peak_mb"])
    for name, write in FILMS.items():
        if name == "AVI" and find_spec("av") is None:
            yield missing(SECTION, name, "PyAV is not installed")
            continue
        path = write(folder)
        yield from _film(name, path, kept)
        path.unlink()


def _film(name: str, path: Path, kept: float) -> Iterator[Row]:
    child = Child("benchmarks.films:opening", path=str(path))
    seconds, memory = child.run(), child.end()
    what = f"{name}: opened, and its last picture shown"
    yield Row(SECTION, what, seconds, "s", peak_mb=memory["peak_mb"])
    child = Child("benchmarks.films:analysis", path=str(path))
    seconds, memory = child.run(), child.end()
    above, mask = memory["peak_mb"] - memory["start_mb"], LONG * HEIGHT * WIDTH / 1e6
    note = f"{TARGET_MEMORY:.0f} MB and the mask's {mask:.0f} MB"
    what = f"{name}: memory above the start"
    target = TARGET_MEMORY + mask
    yield Row(SECTION, what, above, "MB", target=target, peak_mb=memory["peak_mb"], note=note)
    what = f"{name}: opened and analyzed, against the same pictures in memory"
    yield Row(SECTION, what, seconds / kept, "x", target=TARGET_TIME)


def _gif(folder: Path) -> Path:
    from PIL import Image

    first, *others = (Image.fromarray(one) for one in pictures())
    first.save(folder / "film.gif", save_all=True, append_images=others, duration=40)
    return folder / "film.gif"


def _cine(folder: Path) -> Path:
    """Write an ultrasound cine in JPEG."""
    from PIL import Image
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.uid import JPEGBaseline8Bit, UltrasoundMultiFrameImageStorage, generate_uid

    frames = []
    for picture in pictures():
        written = BytesIO()
        Image.fromarray(picture).save(written, "JPEG", quality=90)
        frames.append(written.getvalue())
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.SOPClassUID = UltrasoundMultiFrameImageStorage
    dataset.file_meta.MediaStorageSOPClassUID = UltrasoundMultiFrameImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.Modality, dataset.NumberOfFrames, dataset.FrameTime = "US", LONG, "40"
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = HEIGHT, WIDTH, 1
    dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(folder / "film.dcm", enforce_file_format=True)
    return folder / "film.dcm"


def _avi(folder: Path) -> Path:
    import av

    path = folder / "film.avi"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        for picture in pictures():
            frame = av.VideoFrame.from_ndarray(np.stack([picture] * 3, -1), "rgb24")
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return path


FILMS: dict[str, Callable[[Path], Path]] = {
    "animated GIF": _gif,
    "DICOM cine": _cine,
    "AVI": _avi,
}
