"""What all formats of masks promise alike."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import numpy as np
import pytest
from npe2 import PluginManifest
from pydicom.data import get_testdata_file

from napari_multicancer import io as io_package
from napari_multicancer.core.errors import OutputError
from napari_multicancer.io import load_scan, save_mask
from napari_multicancer.io.formats import formats, mask_format, mask_format_of, mask_formats
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.row import Format

MASK_FORMATS = pytest.mark.parametrize("kind", mask_formats(), ids=lambda row: row.name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mask.tif", "tiff"),
        ("MASK.TIFF", "tiff"),
        ("mask.nii", "nifti"),
        ("mask.v2.nii.GZ", "nifti"),
        ("mask.dcm", "dicom-seg"),
        ("mask.gz", None),
        ("mask", None),
    ],
)
def test_the_end_of_a_name_tells_the_format(name: str, expected: str | None) -> None:
    row = mask_format_of(Path("folder.tif") / name)
    assert (row and row.name) == expected


def _write(path: Path) -> Path:
    scan = load_scan(Path(get_testdata_file("MR_small.dcm", download=False)))
    return save_mask(path, np.ones(scan.spatial_shape, np.uint8), Ground.of(scan))


@MASK_FORMATS
def test_a_missing_folder_is_named(kind: Format, tmp_path: Path) -> None:
    path = tmp_path / "missing" / f"mask{kind.suffixes[0]}"
    with pytest.raises(OutputError, match=r"missing.mask\S+ cannot be written .*another folder"):
        _write(path)
    assert not path.parent.exists()


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="read-only folders bind neither root nor Windows"
)
@MASK_FORMATS
def test_a_read_only_folder_is_named_and_keeps_its_file(kind: Format, tmp_path: Path) -> None:
    path = _write(tmp_path / f"mask{kind.suffixes[0]}")
    before = path.read_bytes()
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            _write(path)
    finally:
        tmp_path.chmod(0o700)
    assert path.read_bytes() == before


def test_the_manifest_of_napari_names_what_the_table_says() -> None:
    manifest = PluginManifest.from_distribution("napari-multicancer")
    (scans, _) = manifest.contributions.readers
    ours = {f"*{suffix}" for row in formats() if row.in_napari for suffix in row.suffixes}
    assert ours <= set(scans.filename_patterns)
    assert ours == set(scans.filename_patterns[: len(ours)])
    written = {tuple(writer.filename_extensions) for writer in manifest.contributions.writers}
    assert written == {row.suffixes for row in mask_formats()}


@pytest.mark.slow
def test_no_format_is_named_in_code_outside_its_folder_and_the_table() -> None:
    """Sentences for people may name formats; names, imports and words that are compared may not."""
    named, package = [], Path(io_package.__file__).parents[1]
    own = {"dicom", "nifti", "tiff", "formats.py", "__init__.py"}
    libraries = package / "doctor/libraries.py"  # a list of libraries, some of which are called so
    for path in package.rglob("*.py"):
        if path == libraries:
            continue
        if path.is_relative_to(package / "io") and path.relative_to(package / "io").parts[0] in own:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            words = [
                str(getattr(node, field, "")) for field in ("id", "attr", "arg", "name", "module")
            ]
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = [node.value] if " " not in node.value else []
            if re.search("nifti|dicom", " ".join(words), re.IGNORECASE):
                named.append(f"{path.relative_to(package)}: {words}")
    assert named == []


def test_masks_are_saved_only_in_formats_that_can_refer_to_their_scan() -> None:
    scan = load_scan(Path(get_testdata_file("MR_small.dcm", download=False)))
    assert "dicom-seg" in [row.name for row in mask_formats(scan.origin)]
    assert "dicom-seg" not in [row.name for row in mask_formats(None)]
    with pytest.raises(
        OutputError, match="lay the mask on it, or save it as TIFF or NIfTI or NRRD"
    ):
        save_mask("mask.dcm", np.ones((4, 5), np.uint8))
    with pytest.raises(
        ValueError, match="choose one of: 'tiff', 'nifti', 'nrrd', 'mha', 'dicom-seg'"
    ):
        mask_format("png")
