"""The surface of a mask lies around it, in its own voxels, and is bounded."""

from __future__ import annotations

import numpy as np
import pytest

from napari_multicancer.core.errors import CancelledError, MaskError
from napari_multicancer.core.masks import surface
from napari_multicancer.core.masks.surface import NO_STACK, NOTHING_OUTLINED, surface_of


def ball(shape, middle, radius):
    away = [at - mid for at, mid in zip(np.indices(shape), middle, strict=True)]
    return (sum(side**2 for side in away) <= radius**2).astype(np.uint8)


def volume_inside(mesh):
    """By the divergence theorem; negative where triangles face inwards."""
    corners = mesh.vertices[mesh.faces].astype(float)
    return np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6


def test_a_ball_is_surrounded_where_it_lies():
    mask = 3 * ball((30, 40, 50), (12, 20, 33), 9.0)
    mesh = surface_of(mask)
    np.testing.assert_allclose(mesh.vertices.mean(axis=0), (12, 20, 33), atol=0.2)
    assert abs(volume_inside(mesh)) == pytest.approx(mesh.voxels, rel=0.05)
    assert (mesh.voxels, mesh.step) == (np.count_nonzero(mask), 1)


@pytest.mark.parametrize("where", [(0, 0, 0), (2, 3, 4)])
def test_a_voxel_at_the_edge_of_the_volume_has_a_closed_surface(where):
    mask = np.zeros((3, 4, 5), np.uint8)
    mask[where] = 1
    mesh = surface_of(mask)
    assert mesh.vertices.min(axis=0).tolist() == pytest.approx(np.subtract(where, 0.5))
    assert mesh.vertices.max(axis=0).tolist() == pytest.approx(np.add(where, 0.5))
    edges = np.sort(mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()


def test_a_large_lesion_is_looked_at_more_coarsely_and_lies_where_it_did(monkeypatch):
    monkeypatch.setattr(surface, "LARGEST_BOX", 1000)
    mesh = surface_of(ball((40, 40, 40), (20, 20, 20), 15.0))
    assert mesh.step == 4
    assert abs(volume_inside(mesh)) == pytest.approx(mesh.voxels, rel=0.2)
    np.testing.assert_allclose(mesh.vertices.mean(axis=0), (20, 20, 20), atol=2)


def test_what_has_no_surface_is_refused_in_words():
    with pytest.raises(MaskError, match=NO_STACK):
        surface_of(np.ones((4, 4), np.uint8))
    with pytest.raises(MaskError, match=NOTHING_OUTLINED):
        surface_of(np.zeros((3, 4, 4), np.uint8))


def test_it_tells_how_far_it_is_and_can_be_stopped():
    mask, told = ball((6, 9, 9), (3, 4, 4), 2.0), []
    surface_of(mask, progress=lambda *done: told.append(done))
    assert told == [(done, 6) for done in range(1, 7)]
    with pytest.raises(CancelledError):
        surface_of(mask, cancelled=lambda: True)
