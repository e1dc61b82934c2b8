"""Each scan is looked at again as it was left."""

from __future__ import annotations

from pathlib import Path

from tests.project.scans import answer, picture, results, volume


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
