"""What a batch tells to be a mask is told in the window, too, and is laid over its scan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from napari.layers import Image, Labels
from PIL import Image as Picture

from napari_multicancer.widgets.common.lesions import image_under
from napari_multicancer.widgets.files.likely_masks import watch_for_masks
from napari_multicancer.widgets.files.open_scans import add_scans, opener_of

from ..conftest import speckle

GRAY = speckle(40, 48)
LESION = np.zeros((40, 48), np.uint8)
LESION[10:25, 15:40] = 1


def _save(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".tif":
        tifffile.imwrite(path, pixels, photometric="minisblack")
    else:
        Picture.fromarray(pixels).save(path)
    return path


@pytest.fixture
def scan_file(tmp_path: Path) -> Path:
    return _save(tmp_path / "case7.png", GRAY)


@pytest.fixture
def opened(viewer, panel, qtbot):
    """Open a file by one way or the other, wait until it was looked at, and choose its image."""

    def open_one(path: Path, way: str = "Open scan...") -> Image:
        before = list(viewer.layers)
        if way == "Open scan...":
            with qtbot.waitSignal(opener_of(viewer).opened):
                opener_of(viewer).open([path])
        else:
            viewer.open(path, plugin="napari")
        (image,) = [layer for layer in viewer.layers if layer not in before]
        watch_for_masks(viewer)._queue.wait(60)
        qtbot.let_threads_end()
        panel.ui.layer.choose(image)
        return image

    return open_one


OURS, NAPARIS = "Open scan...", "File > Open"
CALLED = "is called a mask and holds 2 different values alone"


@pytest.mark.parametrize(
    ("name", "pixels", "reason", "way"),
    [
        ("case7_mask.tif", LESION, CALLED, OURS),
        ("case7-seg.png", LESION * 255, CALLED, NAPARIS),
        ("masks/case7.png", LESION * 255, CALLED, OURS),
        ("case7.png", LESION * 255, "holds but a few flat values, as a mask does", NAPARIS),
        ("case7_mask.png", GRAY[::-1], "is called the mask of case7.png and has its size", OURS),
    ],
)
def test_what_is_like_a_mask_is_told_in_the_panel(
    opened, panel, told, scan_file, tmp_path, name, pixels, reason, way
):
    opened(scan_file)
    path = _save(scan_file.parent / name if "/" not in name else tmp_path / name, pixels)
    if name == scan_file.name:
        path = path.rename(tmp_path / "other.png")
        _save(scan_file, GRAY)
    opened(path, way)
    notice = panel.ui.likely_mask
    assert notice.text.text() == f"{path.name} {reason}; it has the size of case7."
    assert not notice.isHidden()
    assert not notice.yes.isHidden()


def test_one_click_lays_the_mask_over_its_scan_as_labels(viewer, panel, opened, scan_file, qtbot):
    scan = opened(scan_file)
    opened(_save(scan_file.with_name("case8.png"), GRAY[:, ::-1]))
    mask = opened(_save(scan_file.with_name("case7_mask.png"), LESION * 255))
    panel.ui.likely_mask.yes.click()
    qtbot.waitUntil(lambda: mask not in viewer.layers)
    (labels,) = [layer for layer in viewer.layers if isinstance(layer, Labels)]
    np.testing.assert_array_equal(labels.data, LESION)
    assert labels.name == "case7_mask"
    assert image_under(labels, viewer.layers) is not mask
    assert viewer.layers.index(labels) > viewer.layers.index(scan)
    assert scan.visible
    assert viewer.layers.selection.active is labels
    assert panel.ui.likely_mask.isHidden()


def test_a_mask_in_a_scan_of_several_planes_gets_its_place(viewer, panel, opened, tmp_path, qtbot):
    stack = np.stack([GRAY, GRAY[::-1], GRAY[:, ::-1], GRAY // 2, 255 - GRAY])
    metadata = {"spacing": 5.0, "unit": "mm"}
    resolution = {"resolution": (0.5, 0.5), "resolutionunit": "NONE"}
    path = tmp_path / "volume.tif"
    tifffile.imwrite(path, stack, imagej=True, metadata=metadata, **resolution)
    scan = opened(path)
    opened(_save(tmp_path / "volume_mask.tif", np.stack([LESION * n for n in (0, 1, 2, 1, 0)])))
    panel.ui.likely_mask.yes.click()
    qtbot.waitUntil(lambda: any(isinstance(layer, Labels) for layer in viewer.layers))
    labels = viewer.layers[-1]
    assert image_under(labels, viewer.layers) is scan
    np.testing.assert_array_equal(labels.scale, scan.scale)
    assert np.unique(labels.data).tolist() == [0, 1, 2]


def test_without_its_scan_a_mask_waits_for_it(viewer, panel, opened, scan_file):
    mask = opened(_save(scan_file.with_name("case7_mask.png"), LESION * 255))
    notice = panel.ui.likely_mask
    assert notice.text.text().endswith(
        "holds 2 different values alone: open its scan, and it can be laid over that as labels."
    )
    assert notice.yes.isHidden()
    opened(_save(scan_file.with_name("small.png"), GRAY[:20]))
    panel.ui.layer.choose(mask)
    assert notice.yes.isHidden()
    opened(scan_file)
    panel.ui.layer.choose(mask)
    assert notice.text.text().endswith("; it has the size of case7.")
    assert not notice.yes.isHidden()


def test_it_is_no_mask_ends_it(viewer, panel, opened, scan_file):
    opened(scan_file)
    mask = opened(_save(scan_file.with_name("case7_mask.png"), LESION * 255))
    panel.ui.likely_mask.no.click()
    assert panel.ui.likely_mask.isHidden()
    assert mask in viewer.layers


def test_scans_and_what_is_computed_from_them_are_not_called_masks(viewer, panel, opened, tmp_path):
    opened(_save(tmp_path / "unmasked.png", GRAY))
    assert panel.ui.likely_mask.isHidden()
    computed = viewer.add_image(LESION, name="a mask")
    panel.ui.layer.choose(computed)
    assert panel.ui.likely_mask.isHidden()


def test_a_mask_opened_together_with_its_scan_is_told(viewer, panel, scan_file, qtbot):
    mask = _save(scan_file.with_name("case7_mask.png"), LESION * 255)
    images = add_scans(viewer, [scan_file, mask])
    watch_for_masks(viewer)._queue.wait(60)
    qtbot.let_threads_end()
    panel.ui.layer.choose(images[-1])
    assert not panel.ui.likely_mask.yes.isHidden()
