import numpy as np
import pytest

from napari_multicancer.core.planes.filters import DENOISERS, EDGE_DETECTORS, denoise, edges


def disk(shape=(96, 96), inside=180.0, outside=60.0):
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    within = (rows - 48) ** 2 + (columns - 44) ** 2 < 26**2
    return np.where(within, inside, outside).astype(np.float32)


def rms(plane):
    return float(np.sqrt(np.mean(plane**2)))


def noisy(kind):
    rng = np.random.default_rng(1)
    clean = disk()
    if kind == "speckle":
        return clean, np.clip(clean * rng.gamma(30, 1 / 30, clean.shape), 0, 255).astype("f4")
    if kind == "impulses":
        hit = rng.random(clean.shape) < 0.04
        return clean, np.where(hit, rng.choice([0, 255], clean.shape), clean).astype("f4")
    return clean, np.clip(clean + rng.normal(0, 15, clean.shape), 0, 255).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("median", "impulses"),
        ("non_local_means", "white"),
        ("total_variation", "white"),
        ("speckle", "speckle"),
    ],
)
def test_each_denoiser_halves_the_noise_it_is_made_for_and_keeps_the_edge(method, kind):
    clean, plane = noisy(kind)
    smooth = denoise(plane, method)
    assert rms(smooth - clean) < 0.5 * rms(plane - clean)
    assert smooth[48, 20:40].mean() - smooth[48, :14].mean() > 100


@pytest.mark.parametrize("method", DENOISERS)
@pytest.mark.parametrize("channels", [None, 3])
@pytest.mark.parametrize("value", [0, 77, 255])
def test_a_constant_plane_stays_as_it_is(method, channels, value):
    plane = np.full((20, 30, channels) if channels else (20, 30), value, np.float32)
    np.testing.assert_allclose(denoise(plane, method), plane, atol=1e-3)


@pytest.mark.parametrize(
    ("act", "method"),
    [(denoise, method) for method in DENOISERS] + [(edges, method) for method in EDGE_DETECTORS],
)
@pytest.mark.parametrize("shape", [(40, 31), (40, 31, 3), (3, 3), (1, 1)])
def test_shape_dtype_and_range_are_kept_and_the_input_is_not_touched(act, method, shape):
    plane = np.random.default_rng(2).uniform(0, 255, shape).astype(np.float32)
    before = plane.copy()
    filtered = act(plane, method)
    assert (filtered.shape, filtered.dtype) == (shape, np.float32)
    assert filtered.min() >= 0
    assert filtered.max() <= 255
    np.testing.assert_array_equal(plane, before)


@pytest.mark.parametrize("method", ["median", "speckle"])
def test_channels_do_not_mix(method):
    plane = np.zeros((40, 40, 3), np.float32)
    plane[..., 1] = noisy("white")[1][:40, :40]
    filtered = denoise(plane, method)
    assert not filtered[..., [0, 2]].any()
    np.testing.assert_allclose(filtered[..., 1], denoise(plane[..., 1], method), atol=1e-3)


def test_the_median_is_that_of_nine_pixels():
    plane = np.arange(25, dtype=np.float32).reshape(5, 5)
    plane[2, 2] = 200
    assert denoise(plane, "median")[2, 2] == 13


def test_lees_filter_follows_its_equations():
    plane = np.random.default_rng(3).gamma(20, 5, (15, 15)).astype(np.float32)
    plane[7, 7] = 250
    plane = np.minimum(plane, 255)
    padded = np.pad(plane.astype(float), 3, mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (7, 7))
    mean, variance = windows.mean(axis=(2, 3)), windows.var(axis=(2, 3))
    speckle = np.median(variance / mean**2)
    signal = np.maximum((variance - speckle * mean**2) / (1 + speckle), 0)
    gain = signal / (signal + speckle * mean**2)
    smooth = denoise(plane, "speckle")
    np.testing.assert_allclose(smooth, mean + gain * (plane - mean), atol=1e-3)
    assert mean[7, 7] < smooth[7, 7] < 250


def test_sobel_gives_a_black_to_white_step_full_brightness():
    plane = np.zeros((20, 20), np.float32)
    plane[:, 10:] = 255
    drawn = edges(plane, "sobel")
    np.testing.assert_allclose(drawn[2:-2, 9:11], 255, rtol=1e-4)
    assert not drawn[:, :9].any()
    assert not drawn[:, 11:].any()
    half = edges(plane / 2, "sobel")
    np.testing.assert_allclose(half[2:-2, 9:11], 127.5, rtol=1e-4)


def test_canny_draws_one_thin_closed_line_around_a_disk():
    drawn = edges(disk(), "canny")
    assert set(np.unique(drawn)) == {0, 255}
    rows, columns = np.nonzero(drawn)
    radius = np.hypot(rows - 48, columns - 44)
    assert np.abs(radius - 26).max() <= 1.5
    assert 0.8 * 2 * np.pi * 26 < len(rows) < 1.3 * 2 * np.pi * 26


@pytest.mark.parametrize("method", EDGE_DETECTORS)
def test_edges_are_drawn_channel_by_channel(method):
    plane = np.zeros((96, 96, 3), np.float32)
    plane[..., 1] = disk()
    drawn = edges(plane, method)
    assert not drawn[..., [0, 2]].any()
    np.testing.assert_array_equal(drawn[..., 1], edges(disk(), method))


@pytest.mark.parametrize("act", [denoise, edges])
def test_an_unknown_method_is_named(act):
    with pytest.raises(ValueError, match="'wavelet' is unknown; choose one of"):
        act(disk(), "wavelet")
