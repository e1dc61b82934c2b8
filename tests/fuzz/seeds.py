"""Small sound files of every kind, from which the damaged ones are made."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import nibabel
import numpy as np
import pydicom.data
import pytest
import tifffile
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from napari_multicancer.samples import SAMPLES
from tests.shared_folder import real_files_folder

Files = dict[str, bytes]
"""A case: the files of one folder by their names; one file for the readers of single files."""

LARGEST_SEED = 120_000
"""Bytes; a larger file takes its time and shows nothing that a smaller one does not."""

RAMP = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (24, 1))
STACK = np.stack([RAMP.astype(np.uint16) * (n + 1) for n in range(4)])
COLOUR = np.stack([RAMP, RAMP // 2, 255 - RAMP], axis=-1)


def seeds(reader: str) -> list[Files]:
    """Make or find the sound files for one of `READERS`."""
    return [files for files in READERS[reader]() if sum(map(len, files.values())) <= LARGEST_SEED]


def _dicom() -> Iterator[Files]:
    shipped = Path(pydicom.data.__file__).with_name("data") / "test_files"
    shipped = shipped if shipped.is_dir() else Path(pydicom.data.__file__).parent / "test_files"
    for path in [*sorted(shipped.glob("*.dcm")), *_real_files("dicom/*.dcm")]:
        yield {"scan.dcm": path.read_bytes()}
    for elements in ({}, {"NumberOfFrames": 4, "FrameTime": 40}, {"NumberOfFrames": 4}):
        yield {"scan.dcm": _dicom_bytes(STACK if elements else STACK[0], **elements)}


def _nifti() -> Iterator[Files]:
    colours = np.zeros((17, 18, 5), [(name, "u1") for name in "RGB"])
    volume = np.arange(17 * 18 * 5, dtype=np.int16).reshape(17, 18, 5)
    for pixels in (volume, volume.astype(np.float64), np.stack([volume] * 3, -1), colours):
        for kind in (nibabel.Nifti1Image, nibabel.Nifti2Image):
            image = kind(pixels, np.diag([1.0, 2.0, 3.0, 1.0]))
            if pixels is volume:
                image.header.set_slope_inter(2, -5)
            content = image.to_bytes()
            yield {"scan.nii": content}
            yield {"scan.nii.gz": gzip.compress(content)}
    for path in _real_files("nifti/*.nii*"):
        yield {"scan.nii.gz" if path.suffix == ".gz" else "scan.nii": path.read_bytes()}


def _tiff() -> Iterator[Files]:
    for pixels, options in (
        (RAMP, {}),
        (STACK, {"photometric": "minisblack"}),
        (STACK, {"photometric": "minisblack", "bigtiff": True, "byteorder": ">"}),
        (STACK, {"imagej": True, "resolution": (4, 2), "metadata": {"unit": "mm", "spacing": 3}}),
        (STACK, {"ome": True, "metadata": {"axes": "ZYX", "PhysicalSizeX": 0.5}}),
        (np.stack([COLOUR] * 3), {"photometric": "rgb", "compression": "zlib"}),
        (np.moveaxis(COLOUR, -1, 0), {"photometric": "rgb", "planarconfig": "separate"}),
        (np.tile(STACK[0], (3, 3)), {"tile": (16, 16), "compression": "zlib", "predictor": True}),
        (STACK.astype(np.float32), {"photometric": "minisblack", "compression": "lzw"}),
        (COLOUR, {"photometric": "rgb", "compression": "jpeg"}),
        (RAMP, {"photometric": "palette", "colormap": np.zeros((3, 256), np.uint16)}),
        (RAMP > 100, {"photometric": "miniswhite", "compression": "packbits"}),
    ):
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, pixels, **options)
        yield {"scan.tif": buffer.getvalue()}
    for compression in ("tiff_lzw", "jpeg", "tiff_ccitt", "tiff_deflate"):
        mode = "1" if compression == "tiff_ccitt" else "RGB"
        yield {"scan.tif": _picture("TIFF", mode, compression=compression)}


def _pictures() -> Iterator[Files]:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield {"scan.png": _picture("PNG", mode)}
    for mode in ("L", "RGB", "CMYK"):
        yield {"scan.jpg": _picture("JPEG", mode, progressive=mode == "L")}
    for mode in ("1", "L", "P", "RGB"):
        yield {"scan.bmp": _picture("BMP", mode)}
    for lossless in (False, True):
        yield {"scan.webp": _picture("WEBP", "RGBA", lossless=lossless)}
    frames = [Image.fromarray(RAMP), Image.fromarray(255 - RAMP)]
    for suffix in ("webp", "png", "gif"):
        buffer = io.BytesIO()
        frames[0].save(buffer, suffix, save_all=True, append_images=frames[1:])
        yield {f"scan.{suffix}": buffer.getvalue()}
    for sample in SAMPLES:
        if sample.path.suffix != ".tif":
            yield {f"scan{sample.path.suffix}": sample.path.read_bytes()}


def _series() -> Iterator[Files]:
    slices = {f"IM{n}": _slice(n, 3.0 * n) for n in range(4)}
    yield slices
    yield {f"{n}.dcm": _slice(n, 3.0 * (n % 2)) for n in range(4)}
    yield {f"{n}.dcm": _slice(n, 3.0 * n, PhotometricInterpretation="MONOCHROME1") for n in (1, 2)}
    directory = _dataset(None)
    directory.DirectoryRecordSequence = []
    for name in slices:
        record = Dataset()
        record.DirectoryRecordType, record.ReferencedFileID = "IMAGE", [name]
        directory.DirectoryRecordSequence.append(record)
    yield {"DICOMDIR": _stored(directory), **slices}


VOXELS = np.arange(18 * 20 * 5, dtype=np.int16).reshape(18, 20, 5)
_NRRD = """NRRD0005
type: short
dimension: 3
space: left-posterior-superior
sizes: 18 20 5
space directions: (1,0,0) (0,2,0) (0,0,3)
kinds: domain domain domain
endian: little
encoding: {}
space origin: (1,2,3)
"""
_META = """ObjectType = Image
NDims = 3
BinaryData = True
BinaryDataByteOrderMSB = False
CompressedData = {}
TransformMatrix = 1 0 0 0 1 0 0 0 1
Offset = 1 2 3
ElementSpacing = 1 2 3
DimSize = 18 20 5
ElementNumberOfChannels = 1
ElementType = MET_SHORT
ElementDataFile = """


def _nrrd() -> Iterator[Files]:
    voxels = VOXELS.tobytes("F")
    yield {"scan.nrrd": _NRRD.format("raw").encode() + b"\n" + voxels}
    yield {"scan.nrrd": _NRRD.format("gzip").encode() + b"\n" + gzip.compress(voxels)}
    text = " ".join(map(str, VOXELS.ravel("F"))).encode()
    yield {"scan.nrrd": _NRRD.format("ascii").encode() + b"\n" + text}
    beside = _NRRD.format("raw") + "byte skip: 0\nline skip: 0\ndata file: {}\n"
    yield {"scan.nhdr": beside.format("a.raw").encode(), "a.raw": voxels}
    planes = {f"{n}.raw": VOXELS[:, :, n].tobytes("F") for n in range(5)}
    yield {"scan.nhdr": beside.format("%d.raw 0 4 1").encode(), **planes}
    yield {"scan.nhdr": (beside.format("LIST") + "\n".join(planes)).encode(), **planes}


def _metaimage() -> Iterator[Files]:
    voxels = VOXELS.tobytes("F")
    yield {"scan.mha": _META.format(False).encode() + b"LOCAL\n" + voxels}
    yield {"scan.mha": _META.format(True).encode() + b"LOCAL\n" + zlib.compress(voxels)}
    yield {"scan.mhd": _META.format(False).encode() + b"a.raw\n", "a.raw": voxels}
    planes = {f"{n}.raw": VOXELS[:, :, n].tobytes("F") for n in range(5)}
    yield {"scan.mhd": _META.format(False).encode() + b"%d.raw 0 4 1\n", **planes}


def _mgh() -> Iterator[Files]:
    for dtype in (np.uint8, np.int16, np.float32):
        content = nibabel.MGHImage(VOXELS.astype(dtype), np.diag([1.0, 2, 3, 1])).to_bytes()
        yield {"scan.mgh": content}
        yield {"scan.mgz": gzip.compress(content)}


def _minc() -> Iterator[Files]:
    for path in sorted(Path(nibabel.__file__).with_name("tests").glob("data/*tiny*.mnc")):
        yield {"scan.mnc": path.read_bytes()}


def _archives() -> Iterator[Files]:
    inside = nibabel.Nifti1Image(VOXELS, np.eye(4)).to_bytes()
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        for names in (("a.nii",), ("folder/a.nii", "notes.txt")):
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", method) as archive:
                for name in names:
                    archive.writestr(name, inside if name.endswith("nii") else b"notes")
            yield {"scan.zip": buffer.getvalue()}


def _films() -> Iterator[Files]:
    av = pytest.importorskip("av")
    for suffix, codec in (("avi", "mjpeg"), ("mp4", "mpeg4"), ("mkv", "mpeg4")):
        buffer = io.BytesIO()
        with av.open(buffer, "w", format="matroska" if suffix == "mkv" else suffix) as film:
            stream = film.add_stream(codec, rate=25)
            stream.width, stream.height = 64, 48
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for n in range(4):
                picture = np.full((48, 64, 3), 40 * n, np.uint8)
                film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
            film.mux(stream.encode())
        yield {f"scan.{suffix}": buffer.getvalue()}


def _gif() -> Iterator[Files]:
    frames = [Image.fromarray(RAMP), Image.fromarray(255 - RAMP), Image.fromarray(RAMP // 2)]
    for several in (frames, frames[:1]):
        buffer = io.BytesIO()
        more = {"save_all": True, "append_images": several[1:]} if len(several) > 1 else {}
        several[0].save(buffer, "GIF", transparency=0, duration=40, **more)
        yield {"scan.gif": buffer.getvalue()}


def _slice(number: int, z: float, **elements: object) -> bytes:
    place = {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "ImagePositionPatient": [0, 0, z]}
    place |= {"InstanceNumber": number, "SOPInstanceUID": f"1.2.{number}"}
    return _dicom_bytes(STACK[0], SeriesInstanceUID="1.2.3", **place, **elements)


def _dicom_bytes(pixels: np.ndarray, **elements: object) -> bytes:
    dataset = _dataset(pixels)
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return _stored(dataset)


def _dataset(pixels: np.ndarray | None) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MRImageStorage, "1.2.3.4"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    if pixels is not None:
        dataset.Rows, dataset.Columns = pixels.shape[-2:]
        dataset.PixelSpacing, dataset.SliceThickness = [0.5, 0.25], 3
        dataset.WindowCenter, dataset.WindowWidth = 100, 200
        dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
        dataset.SamplesPerPixel, dataset.PixelRepresentation = 1, 0
        dataset.BitsAllocated = dataset.BitsStored = 16
        dataset.HighBit, dataset.PhotometricInterpretation = 15, "MONOCHROME2"
        dataset.PixelData = pixels.astype("<u2").tobytes()
    return dataset


def _stored(dataset: Dataset) -> bytes:
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _picture(kind: str, mode: str, **options: object) -> bytes:
    image = Image.fromarray(STACK[3]) if mode == "I;16" else Image.fromarray(COLOUR).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _real_files(pattern: str) -> list[Path]:
    """Find real files beside the training folder, where there is one."""
    return sorted(real_files_folder().glob(pattern))


READERS: dict[str, Callable[[], Iterator[Files]]] = {
    "dicom": _dicom,
    "nifti": _nifti,
    "tiff": _tiff,
    "picture": _pictures,
    "series": _series,
    "nrrd": _nrrd,
    "metaimage": _metaimage,
    "mgh": _mgh,
    "minc": _minc,
    "zip": _archives,
    "film": _films,
    "gif": _gif,
}
