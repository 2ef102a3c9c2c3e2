from pathlib import Path

import numpy as np
import pytest

from inkdigits import load_mnist
from inkdigits.errors import ModelError
from inkdigits.reading import LineModel, ModelFacts
from inkdigits.synthesis import GlyphSources, shards
from inkdigits.synthesis.glyphs import MnistGlyphs
from inkdigits.training import line_fields
from inkdigits.training.line_fields import LABELS, join_fields, make_line_fields


@pytest.fixture
def fields(tmp_path, monkeypatch):
    """128 fields, written with MNIST digits and drawn strokes alone."""
    (images, labels), _ = load_mnist()
    sources = GlyphSources(mnist=MnistGlyphs(images[:2000], labels[:2000]))
    monkeypatch.setattr(line_fields, "load_writers", lambda *_, **__: sources)
    monkeypatch.setattr(shards, "_BLOCKS_IN_SHARD", 1)
    return make_line_fields(tmp_path / "fields", 128, 1, Path("fonts"), mnist_images=2000)


def test_fields_are_strips_with_texts_that_their_columns_can_spell(fields):
    assert 100 < len(fields) <= 128
    for index in range(len(fields)):
        strip, text = fields.strip(index), fields.texts[index]
        assert strip.shape == (fields.widths[index], 32)
        assert strip.any()
        assert 0 < len(text) < fields.widths[index] // 2
        codes = fields.codes[index]
        assert "".join(LABELS[code] for code in codes if code >= 0) == text
    assert "~" in set(fields.texts)


@pytest.mark.training
def test_the_net_has_the_parameters_that_the_card_names():
    from inkdigits.training.line_net import build_line_net

    assert build_line_net(deep=False).count_params() == 743_667
    net = build_line_net()
    assert net.count_params() == 1_113_459
    assert np.asarray(net(np.zeros((2, 32, 48, 1), np.float32))).shape == (2, 24, 19)


def test_fields_are_joined_in_order(fields):
    twice = join_fields([fields, fields])
    assert len(twice) == 2 * len(fields)
    for index in (0, len(fields) - 1):
        for place in (index, index + len(fields)):
            assert np.array_equal(twice.strip(place), fields.strip(index))
            assert twice.texts[place] == fields.texts[index]


@pytest.mark.training
def test_a_net_that_grows_first_answers_as_it_did():
    from inkdigits.training.line_net import _copy_weights, build_line_net

    start, grown = build_line_net(deep=False), build_line_net()
    _copy_weights(start, grown)
    strips = np.random.default_rng(1).random((2, 32, 64, 1), np.float32)
    np.testing.assert_allclose(grown(strips), start(strips), atol=1e-6)


@pytest.mark.training
@pytest.mark.parametrize("varied", [False, True])
def test_a_batch_holds_each_strip_once(fields, varied, monkeypatch):
    from inkdigits.training import line_net

    placed = []
    vary = line_net._varied
    monkeypatch.setattr(line_net, "_varied", lambda *given: placed.append(vary(*given)) or placed[-1])
    chosen = np.argsort(fields.widths)[:8]
    batch = line_net._strips(fields, chosen, np.random.default_rng(1), varied)
    assert batch.shape[:2] == (8, 32)
    assert batch.shape[2] % 16 == 0
    strips = placed if varied else [fields.strip(index) for index in chosen]
    ink = np.array([strip.sum(dtype=np.int64) for strip in strips])
    # All are stretched together, by up to 15%.
    assert batch.sum(axis=(1, 2, 3), dtype=np.int64) / ink == pytest.approx(1, abs=0.2)


@pytest.mark.training
def test_strips_are_varied_each_in_its_own_way(fields):
    from inkdigits.training.line_net import _varied

    strip = fields.strip(int(np.argmax(fields.widths)))
    varied = [_varied(strip, np.random.default_rng(seed)) for seed in range(30)]
    assert all(each.shape == strip.shape and each.dtype == np.uint8 for each in varied)
    assert len({each.tobytes() for each in varied}) == 30
    shares = [each.sum(dtype=np.int64) / strip.sum(dtype=np.int64) for each in varied]
    assert np.mean(shares) == pytest.approx(1, abs=0.2)


@pytest.mark.training
def test_a_steady_rate_rises_and_stays(fields, monkeypatch):
    from inkdigits.training import line_net

    class Rates:
        def __init__(self):
            self.seen = []
            self.learning_rate = self

        def build(self, variables):
            pass

        def assign(self, rate):
            self.seen.append(rate)

    def rates(**options):
        optimizer = Rates()
        monkeypatch.setattr(line_net, "_Muon", lambda *_, **__: optimizer)
        line_net.train_line_net(fields, presentations=600, seed=1, **options)
        return optimizer.seen

    monkeypatch.setattr(line_net, "_WARMUP_STEPS", 4)
    monkeypatch.setattr(line_net, "_make_step", lambda *_: lambda *_: 1.0)
    steady = rates(steady_rate=1e-3)
    assert steady[:5] == pytest.approx([2.5e-4, 5e-4, 7.5e-4, 1e-3, 1e-3])
    assert set(steady[4:]) == {1e-3}
    assert all(np.diff(rates()[4:]) < 0)


def test_a_steady_round_averages_all_but_its_beginning():
    from inkdigits.training.line_net import _Average

    class Variable:
        value = 0.0

        def numpy(self):
            return np.full(2, self.value)

    means = {}
    for steady in (True, False):
        variable = Variable()
        average = _Average([variable], steady=steady)
        for step in range(10):
            variable.value = float(step)
            average.add(5 * step, step / 10)
        means[steady] = average.weights[0][0]
    assert means[True] == pytest.approx(np.mean(range(2, 10)))
    assert 6 < means[False] < 9


@pytest.mark.training
def test_a_trained_net_is_exported_in_8_bits_or_refused(fields, tmp_path):
    from inkdigits.training import line_export
    from inkdigits.training.line_net import train_line_net

    model = train_line_net(fields, presentations=200, seed=1)
    strips = [np.ascontiguousarray(fields.strip(index).T) for index in range(24)]
    facts = ModelFacts("line", "line", "0", 32, 0, LABELS)
    path = tmp_path / "line.onnx"
    # Ranges set on paper without ink hold none of what ink does to the layers.
    blank = [np.zeros_like(strip) for strip in strips]
    scores = [np.asarray(model(strip[None, :, :, None] / np.float32(255)))[0] for strip in strips]
    own = [line_export._spell(score.argmax(axis=-1), LABELS) for score in scores]
    with pytest.raises(ModelError, match="8 bits are too few"):
        line_export.export_line_onnx(model, path, facts, list(zip(strips, own, strict=True)), blank)
    assert not path.exists()

    texts = [str(fields.texts[index]) for index in range(24)]
    line_export.export_line_onnx(model, path, facts, list(zip(strips, texts, strict=True)), strips)
    assert path.stat().st_size < 1_300_000
    lattices = LineModel(path).lattices(strips)
    for lattice, strip in zip(lattices, strips, strict=True):
        assert abs(len(lattice.probabilities) - strip.shape[1] / 2) <= 1.5
        np.testing.assert_allclose(lattice.probabilities.sum(axis=1), 1, rtol=1e-5)
