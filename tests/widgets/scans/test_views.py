"""Each scan is looked at again as it was left."""

from __future__ import annotations

from pathlib import Path

from tests.project.scans import answer, picture, results, volume

from .lists import mask_in, proposed


def test_the_brush_and_the_look_that_the_user_chose_go_on_to_the_next_scan(
    viewer, open_list, choose, tmp_path: Path
):
    open_list(proposed(tmp_path, 3))
    choose(0)
    ours = mask_in(viewer).brush_size
    choose(1)
    assert mask_in(viewer).brush_size == ours, "chosen for each scan, until the user chooses"
    mask_in(viewer).brush_size, mask_in(viewer).contour = 17, 2
    mask_in(viewer).opacity = 0.25
    for row in (2, 0):
        choose(row)
        mask = mask_in(viewer)
        assert (mask.brush_size, mask.contour, mask.opacity) == (17, 2, 0.25)
        assert mask.mode == "paint"


def test_how_a_scan_was_looked_at_is_no_other_lists(viewer, open_list, choose, tmp_path: Path):
    open_list(proposed(tmp_path / "one", 1))
    choose(0)
    viewer.layers[0].contrast_limits = (30, 90)
    open_list(proposed(tmp_path / "other", 1))
    choose(0)
    assert tuple(viewer.layers[0].contrast_limits) == (0, 255)
    open_list(tmp_path / "one/list")
    choose(0)
    assert tuple(viewer.layers[0].contrast_limits) == (30, 90)


def test_plane_contrast_and_gamma_are_as_they_were_left(viewer, open_list, choose, tmp_path: Path):
    paths = [volume(tmp_path / "scans/scan1.nii.gz"), picture(tmp_path / "scans/scan2.png")]
    results(tmp_path / "list", *(answer(path) for path in paths))
    open_list(tmp_path / "list")
    choose(0)
    viewer.dims.set_current_step(0, 4)
    viewer.layers[0].contrast_limits, viewer.layers[0].gamma = (100, 600), 0.7
    choose(1)
    assert (viewer.dims.ndim, viewer.layers[0].gamma) == (2, 1)
    viewer.layers[0].contrast_limits = (30, 90)
    choose(0)
    assert viewer.dims.current_step[0] == 4
    assert (tuple(viewer.layers[0].contrast_limits), viewer.layers[0].gamma) == ((100, 600), 0.7)
    choose(1)
    assert tuple(viewer.layers[0].contrast_limits) == (30, 90)
