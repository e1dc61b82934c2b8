import keras
import numpy as np
import pytest
from keras import layers
from scipy.ndimage import correlate

from napari_multicancer.core.errors import DataError
from napari_multicancer.training.fit.losses import DiceCrossEntropy
from napari_multicancer.training.networks.catalog import build
from napari_multicancer.training.networks.deeplab import RATES, atrous_pyramid, deeplab
from napari_multicancer.training.networks.efficientnet_lite import efficientnet_lite
from napari_multicancer.training.networks.sk_unet import selective_kernel, sk_unet
from napari_multicancer.training.networks.small_cnn import small_cnn
from napari_multicancer.training.recipe import CLICK, find_recipe, networks


def randomize(model, seed=0):
    """Give every weight a value, so that no term can vanish unseen."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.uniform(0.1, 0.9, w.shape) for w in model.get_weights()])
    return model


def count(*shapes):
    return sum(int(np.prod(shape)) for shape in shapes)


def test_the_small_cnn_has_the_published_layers():
    model = small_cnn(150, 2, output="organ")
    by_hand = count(
        *[(3, 3, 3, 32), (32,), (3, 3, 32, 64), (64,), (3, 3, 64, 128), (128,)],
        *[(3, 3, 128, 128), (128,), (7 * 7 * 128, 512), (512,), (512, 2), (2,)],
    )
    assert model.count_params() == by_hand
    assert not any(isinstance(layer, layers.Resizing) for layer in model.layers)


def test_the_small_cnn_sees_other_sizes_shrunk_to_its_own():
    model = small_cnn(224, 3, output="diagnosis")
    assert model.get_layer("cnn_resize").output.shape == (None, 150, 150, 3)
    assert model.output["diagnosis"].shape == (None, 3)


def test_a_selective_kernel_block_does_what_its_equation_says():
    image = keras.Input((9, 9, 1))
    model = randomize(keras.Model(image, selective_kernel(image, 4, "sk")))
    x = np.random.default_rng(1).uniform(-1, 1, (9, 9)).astype(np.float32)

    def weights(name):
        return [np.asarray(w) for w in model.get_layer(name).get_weights()]

    def branch(name, dilation):
        (kernel,) = weights(f"sk_{name}_conv")
        gamma, beta, mean, variance = weights(f"sk_{name}_bn")
        spread = np.zeros((2 * dilation + 1, 2 * dilation + 1, 4))
        spread[::dilation, ::dilation] = kernel[:, :, 0]
        maps = np.stack([correlate(x, spread[..., c], mode="constant") for c in range(4)], -1)
        return np.maximum(gamma * (maps - mean) / np.sqrt(variance + 1e-3) + beta, 0)

    wide, plain = branch("wide", 2), branch("plain", 1)
    (squeeze, squeeze_bias), (restore, restore_bias) = (
        weights("sk_compress"),
        weights("sk_attention"),
    )
    assert squeeze.shape == (4, 2)
    hidden = np.maximum((wide + plain).mean((0, 1)) @ squeeze + squeeze_bias, 0)
    a = 1 / (1 + np.exp(-(hidden @ restore + restore_bias)))
    expected = a * wide + (1 - a) * plain
    np.testing.assert_allclose(model(x[None, :, :, None])[0], expected, rtol=1e-4, atol=1e-5)


def test_sk_unet_has_four_levels_that_double_from_sixteen_filters():
    image = keras.Input((64, 64, 3))
    model = keras.Model(image, sk_unet(image))
    widths = [model.get_layer(f"down{level}_plain_conv").filters for level in range(4)]
    assert widths == [16, 32, 64, 128]
    assert model.get_layer("bottom_wide_conv").dilation_rate == (2, 2)
    assert model.output.shape == (None, 64, 64, 1)


def test_the_dilated_encoder_says_between_its_strides_what_the_strided_one_says_on_them():
    image = np.random.default_rng(2).uniform(0, 255, (1, 96, 96, 3)).astype(np.float32)
    strided = np.asarray(efficientnet_lite(96)(image)[-1])
    dilated = np.asarray(efficientnet_lite(96, output_stride=16)(image)[-1])
    assert dilated.shape[1:3] == (6, 6)
    np.testing.assert_allclose(dilated[:, 1::2, 1::2], strided, atol=1e-3)


def test_the_pyramid_sees_at_every_rate_and_the_whole_image():
    features = keras.Input((6, 6, 8))
    model = keras.Model(features, atrous_pyramid(features, 4))
    for rate in RATES:
        assert model.get_layer(f"pyramid_rate{rate}_conv").dilation_rate == (rate, rate)
    assert model.get_layer("pyramid").output.shape == (None, 6, 6, 4 * (len(RATES) + 2))
    x = np.random.default_rng(3).uniform(0, 1, (1, 6, 6, 8)).astype(np.float32)
    spread = keras.Model(features, model.get_layer("pyramid_image_spread").output)(x)
    assert np.ptp(np.asarray(spread), axis=(1, 2)).max() == 0


def test_deeplab_comes_back_to_the_size_of_its_picture():
    assert deeplab(64, pretrained=False).output["lesion"].shape == (None, 64, 64, 1)


@pytest.mark.parametrize(
    ("task", "network"),
    [(task, name) for task, names in networks().items() for name in names if task != CLICK],
)
def test_every_recipe_builds_its_network(task, network):
    config = find_recipe(task, network)
    model = build(config, pretrained=False)
    assert model.output[config.label].shape == (None, len(config.classes))
    assert ("lesion" in model.output) == config.has_lesions
    assert model.count_params() < 10_000_000


def test_a_recipe_knows_whether_its_network_starts_from_pretrained_weights():
    assert find_recipe("brain").start == find_recipe("brain", "deeplab").start == "ImageNet"
    assert find_recipe("breast", "unet").start == "random weights"


def test_the_two_published_networks_share_the_picture_alone():
    model = build(find_recipe("breast", "sk_unet"), pretrained=False)
    images = np.random.default_rng(4).uniform(0, 255, (1, 224, 224, 3)).astype(np.float32)
    before = model.predict_on_batch(images)
    dense = model.get_layer("cnn_dense")
    dense.set_weights([w + 1 for w in dense.get_weights()])
    after = model.predict_on_batch(images)
    assert np.array_equal(before["lesion"], after["lesion"])
    assert not np.array_equal(before["diagnosis"], after["diagnosis"])


def test_an_unknown_network_is_named_with_those_there_are():
    with pytest.raises(DataError, match=r"no network 'resnet'.*two_heads, sk_unet, unet"):
        find_recipe("breast", "resnet")


def test_dice_loss_alone_is_one_minus_dice_of_each_image():
    truth = np.zeros((1, 4, 4, 1), np.float32)
    truth[0, :2] = 1
    half = np.zeros_like(truth)  # probability one half everywhere
    # overlap 8 * 0.5, sums 8 and 16 * 0.5; smoothing 1
    expected = 1 - (2 * 4 + 1) / (8 + 8 + 1)
    assert float(DiceCrossEntropy(0.0)(truth, half)) == pytest.approx(expected, abs=1e-6)


def test_the_focal_tversky_loss_minds_missed_pixels_more_than_pixels_too_many():
    truth = np.zeros((1, 4, 4, 1), np.float32)
    truth[0, :2] = 1
    half = np.zeros_like(truth)  # probability one half everywhere: 4 hit, 4 missed, 4 too many
    loss = DiceCrossEntropy(0.0, "focal_tversky")
    wrong = 0.7 * 4 + 0.3 * 4
    expected = (wrong / (4 + wrong + 1)) ** 0.75
    assert float(loss(truth, half)) == pytest.approx(expected, abs=1e-6)

    none, all_ = np.full_like(truth, -30.0), np.full_like(truth, 30.0)
    assert float(loss(truth, none)) > float(loss(truth, all_))
