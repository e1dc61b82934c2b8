"""The networks, their losses and their export; the tests that import Keras stand together here."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from scipy.ndimage import gaussian_filter

from napari_multicancer.training.export.litert import check_parity, to_litert
from napari_multicancer.training.export.mixed_bits import shrink_large_kernels
from napari_multicancer.training.fit.losses import DiceCrossEntropy
from napari_multicancer.training.networks.activation import with_activation
from napari_multicancer.training.networks.catalog import build
from napari_multicancer.training.networks.efficientnet_lite import efficientnet_lite
from napari_multicancer.training.networks.familiarity import (
    RIDGE,
    familiarity,
    features,
    predict_in_batches,
)
from napari_multicancer.training.networks.pretrained import imagenet_weights
from napari_multicancer.training.networks.recognizer import recognizer
from napari_multicancer.training.networks.two_heads import two_headed_unet
from napari_multicancer.training.recipe import find_recipe

BN_EPSILON = 1e-3


@pytest.mark.parametrize("variant", ["lite0", "lite2"])
def test_the_encoder_names_a_cat_with_its_imagenet_weights(variant):
    from skimage import data, transform

    weights = imagenet_weights(variant)
    cat = transform.resize(data.chelsea()[:300, 75:375], (224, 224), preserve_range=True)
    encoder = efficientnet_lite(224, variant)
    deepest = np.asarray(encoder(cat[None].astype(np.float32))[-1])
    head = deepest @ weights["_conv_head.weight"][:, :, 0, 0].T
    deviation = np.sqrt(weights["_bn1.running_var"] + BN_EPSILON)
    head = (head - weights["_bn1.running_mean"]) / deviation
    head = head * weights["_bn1.weight"] + weights["_bn1.bias"]
    pooled = np.clip(head, 0, 6).mean(axis=(1, 2))
    logits = pooled @ weights["_fc.weight"].T + weights["_fc.bias"]
    tabby_tiger_persian_siamese_egyptian = range(281, 286)
    assert logits.argmax() in tabby_tiger_persian_siamese_egyptian


def test_the_taps_stand_at_every_stride():
    encoder = efficientnet_lite(96, pretrained=False)
    shapes = [tuple(output.shape[1:]) for output in encoder.outputs]
    assert shapes == [(48, 48, 16), (24, 24, 24), (12, 12, 40), (6, 6, 112), (3, 3, 320)]
    larger = efficientnet_lite(96, "lite2", pretrained=False)
    shapes = [tuple(output.shape[1:]) for output in larger.outputs]
    assert shapes == [(48, 48, 16), (24, 24, 24), (12, 12, 48), (6, 6, 120), (3, 3, 352)]


def test_both_networks_give_logits_of_the_documented_shapes():
    picture = np.zeros((2, 64, 64, 3), np.float32)
    outputs = two_headed_unet(64, 3, pretrained=False)(picture)
    assert outputs["diagnosis"].shape == (2, 3)
    assert outputs["lesion"].shape == (2, 64, 64, 1)
    assert recognizer(64, 3, pretrained=False)(picture)["organ"].shape == (2, 3)


def test_a_narrower_decoder_has_fewer_weights_and_the_same_encoder():
    usual, narrow = (
        two_headed_unet(64, 3, pretrained=False, decoder_width=width) for width in (1.0, 0.5)
    )
    assert narrow.count_params() < usual.count_params()
    assert narrow.get_layer("decode0a_conv").output.shape[-1] == 64
    assert narrow.get_layer("pool").output.shape == usual.get_layer("pool").output.shape


def test_the_loss_of_a_case_counted_by_hand():
    truth = np.zeros((1, 2, 2, 1), np.float32)
    truth[0, 0] = 1
    logits = np.zeros((1, 2, 2, 1), np.float32)
    loss = float(DiceCrossEntropy()(truth, logits))
    assert loss == pytest.approx((1 - (2 * 1 + 1) / (2 + 2 + 1)) + np.log(2), abs=1e-5)


def test_a_perfect_mask_costs_nothing_and_a_false_one_much():
    truth = np.zeros((2, 8, 8, 1), np.float32)
    truth[0, 2:5, 2:5] = 1
    perfect = np.where(truth > 0, 30.0, -30.0).astype(np.float32)
    assert float(DiceCrossEntropy()(truth, perfect)) == pytest.approx(0, abs=1e-4)
    assert float(DiceCrossEntropy()(truth, -perfect)) > 10


@pytest.fixture(scope="module")
def exported():
    """A network of organs, and its file in half precision."""
    keras.utils.set_random_seed(0)  # of the heads, which are not pretrained
    model = two_headed_unet(64, 3, pretrained=True)
    return model, to_litert(model)


def test_an_exported_network_says_what_its_original_says(exported):
    model, content = exported
    config = replace(find_recipe("breast"), size=64)
    images = np.random.default_rng(0).integers(0, 255, (3, 64, 64, 3), np.uint8)
    parity = check_parity(model, content, images, config)
    assert parity.scans == 3
    assert parity.largest_probability_gap < 0.01
    assert parity.mask_agreement > 0.99
    assert len(content) < 2.3 * model.count_params()


def test_what_the_places_add_is_the_diagnosis(exported):
    model, _ = exported
    image = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3)).astype(np.float32)
    explained = {name: np.asarray(said) for name, said in with_activation(model)(image).items()}
    kernel, bias = model.get_layer("diagnosis").get_weights()
    placeless = keras.Model(model.input, model.get_layer("diagnosis").input)
    presence = np.asarray(placeless(image))[:, -1:]

    added = explained["activation"].mean((1, 2))
    assert explained["activation"].shape == (2, 4, 4, 3)
    np.testing.assert_allclose(
        added + bias + presence * kernel[-1], explained["diagnosis"], atol=1e-4
    )


def test_parity_notices_another_network(exported):
    model, content = exported
    config = replace(find_recipe("breast"), size=64)
    images = np.random.default_rng(0).integers(0, 255, (3, 64, 64, 3), np.uint8)
    other = keras.models.clone_model(model)
    other.set_weights(model.get_weights())
    other.get_layer("diagnosis").bias.assign([5.0, 0.0, 0.0])
    assert not check_parity(other, content, images, config).holds()


def test_eight_bits_keep_a_quarter_of_the_size_and_nearly_the_answer():
    keras.utils.set_random_seed(0)
    config = replace(find_recipe("breast", "sk_unet"), size=64)
    model = build(config, pretrained=False)
    images = np.random.default_rng(0).integers(0, 255, (3, 64, 64, 3), np.uint8)
    content = to_litert(model, quantization=config.quantization)
    assert len(content) < 1.25 * model.count_params()
    assert 0 < check_parity(model, content, images, config).largest_probability_gap < 0.05


def test_large_kernels_in_eight_bits_make_a_smaller_file_that_says_nearly_the_same(exported):
    model, whole = exported
    config = replace(find_recipe("breast"), size=64, quantization="mixed")
    images = np.random.default_rng(0).integers(0, 255, (3, 64, 64, 3), np.uint8)
    mixed = shrink_large_kernels(whole)
    assert len(mixed) < 0.7 * len(whole)
    types = {d["dtype"] for d in Interpreter(model_content=mixed).get_tensor_details()}
    assert {np.int8, np.float16} <= types
    assert 0 < check_parity(model, mixed, images, config).largest_probability_gap < 0.05


def test_frozen_blocks_keep_their_weights_and_the_rest_learns():
    model = two_headed_unet(64, 3, pretrained=False, frozen_blocks=3)
    learning = {layer.name for layer in model.layers if layer.trainable and layer.weights}
    assert not any(name.startswith(("stem", "block0_", "block1_", "block2_")) for name in learning)
    assert {"block3_expand_conv", "block10_project_bn", "diagnosis", "lesion_half"} <= learning


def patterns(sigma, count, seed):
    """Grey random patterns of one coarseness, of any contrast and brightness."""
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.standard_normal((count, 64, 64)), (0, sigma, sigma)) * sigma
    contrast, brightness = rng.uniform(20, 90, (2, count, 1, 1))
    grey = np.clip(smooth * contrast * 3 + brightness * 1.5, 0, 255)
    return np.repeat(grey[..., None], 3, axis=-1).astype(np.uint8)


@pytest.fixture(scope="module")
def known():
    """Two kinds of known picture, coarse and fine, their labels, extractor and distance."""
    images = np.concatenate([patterns(4.0, 60, seed=5), patterns(1.0, 60, seed=6)])
    extractor, labels = features(64), np.repeat([0, 1], 60)
    return extractor, images, labels, familiarity(extractor, images, labels)


def test_the_distance_is_mahalanobis_distance_to_the_nearest_class(known):
    extractor, images, labels, distance = known
    seen = extractor.predict_on_batch(images.astype(np.float32)).astype(np.float64)
    means = [seen[labels == label].mean(0) for label in (0, 1)]
    within = seen - np.stack(means)[labels]
    covariance = within.T @ within / len(seen)
    covariance += RIDGE * np.trace(covariance) / 224 * np.eye(224)
    new = patterns(2.0, 3, seed=7)
    gaps = extractor.predict_on_batch(new.astype(np.float32))[:, None] - np.stack(means)
    by_hand = np.einsum("ncf,fg,ncg->nc", gaps, np.linalg.inv(covariance), gaps)
    expected = np.sqrt(by_hand.min(axis=1) / 224)
    np.testing.assert_allclose(predict_in_batches(distance, new), expected, rtol=1e-3)


def test_an_export_may_carry_the_distance_beside_the_classes(known):
    _, images, _, distance = known
    content = to_litert(recognizer(64, 3, pretrained=False), distance)
    run = Interpreter(model_content=content).get_signature_runner()
    for image in images[::20]:
        outputs = run(image=image[None].astype(np.float32))
        assert outputs["organ"].shape == (1, 3)
        expected = predict_in_batches(distance, image[None])
        np.testing.assert_allclose(outputs["distance"], expected, rtol=0.02)
