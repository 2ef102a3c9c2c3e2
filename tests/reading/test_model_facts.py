import json
from dataclasses import asdict

import numpy as np
import pytest

from inkdigits.errors import ModelError
from inkdigits.reading.model_facts import METADATA_KEY, ModelFacts

FACTS = ModelFacts(
    "line",
    "wide",
    "1",
    32,
    0,
    ("a", "b"),
    mean=0.1,
    scale=0.3,
    temperature=1.5,
    confidence={"date": (0.5, 0.1, -1.0)},
)


def test_metadata_round_trip():
    assert ModelFacts.from_metadata(FACTS.to_metadata(), "a.onnx") == FACTS


def test_a_file_without_facts_is_refused():
    with pytest.raises(ModelError, match=r"^a\.onnx is an ONNX file without inkdigits metadata"):
        ModelFacts.from_metadata({}, "a.onnx")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"kind": "line"}', json.dumps({**asdict(FACTS), "labels": 3})]
)
def test_malformed_facts_are_refused(text):
    with pytest.raises(ModelError, match=r"^a\.onnx has malformed inkdigits metadata") as caught:
        ModelFacts.from_metadata({METADATA_KEY: text}, "a.onnx")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("scale", 0.0, "a scale of 0.0; expected a finite number above 0"),
        ("scale", -1.0, "a scale of -1.0"),
        ("scale", float("nan"), "a scale of nan"),
        ("temperature", 0.0, "a temperature of 0.0"),
        ("temperature", float("inf"), "a temperature of inf"),
        ("mean", float("nan"), "a mean of nan"),
        ("input_height", 0, "images of 0 x 0 pixels"),
        ("input_height", float("inf"), "malformed"),
        ("input_width", -1, "images of 32 x -1 pixels"),
        ("labels", [], "0 labels; expected at least 2"),
        ("labels", ["a"], "1 labels"),
        ("confidence", {"date": [-1, 0, 0]}, "a confidence of .* for date"),
        ("confidence", {"date": [1, 0, float("nan")]}, "a confidence of .* for date"),
        ("confidence", {"date": [1]}, "malformed"),
        ("confidence", [3], "malformed"),
    ],
)
def test_facts_that_no_model_can_have_are_refused(name, value, message):
    text = json.dumps({**asdict(FACTS), name: value})
    with pytest.raises(ModelError, match=message) as caught:
        ModelFacts.from_metadata({METADATA_KEY: text}, "a.onnx")
    assert str(caught.value).startswith("a.onnx has ")
    assert "\n" not in str(caught.value)


def test_pixels_are_scaled_to_0_to_1_less_the_mean_over_the_scale():
    images = np.array([[[0, 51], [102, 255]]], np.uint8)
    plain = ModelFacts("classifier", "plain", "1").to_inputs(images)
    assert (plain.shape, plain.dtype) == ((1, 2, 2, 1), np.float32)
    np.testing.assert_allclose(plain.ravel(), [0, 0.2, 0.4, 1], rtol=1e-6)
    scaled = ModelFacts("classifier", "scaled", "1", mean=0.2, scale=0.5).to_inputs(images)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled.ravel(), [-0.4, 0, 0.4, 1.6], rtol=1e-6, atol=1e-7)


def test_no_images_are_no_inputs():
    assert ModelFacts("classifier", "plain", "1").to_inputs(np.empty((0, 28, 28), np.uint8)).shape == (
        0,
        28,
        28,
        1,
    )


def test_files_from_before_there_was_a_confidence_are_taken():
    known = asdict(FACTS)
    del known["confidence"]
    facts = ModelFacts.from_metadata({METADATA_KEY: json.dumps(known)}, "a.onnx")
    assert facts.confidence == {}
    assert facts.to_confidence("date", 0.8, 0.5) == pytest.approx(0.4)
