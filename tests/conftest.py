"""Fixtures that tests of more than one room share."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

MakeModel = Callable[..., Path]


@pytest.fixture
def make_linear_model(tmp_path: Path) -> MakeModel:
    """A maker of tiny ONNX classifiers: fixed random weights, a softmax, and our facts in the metadata."""

    def make(
        name: str = "linear.onnx", labels: tuple[str, ...] = tuple("0123456789"), last: str = "Softmax"
    ) -> Path:
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        from inkdigits.reading.model_facts import ModelFacts

        weights = np.random.default_rng(7).normal(0, 0.1, (784, len(labels))).astype(np.float32)
        graph = helper.make_graph(
            [
                helper.make_node("Flatten", ["images"], ["pixels"]),
                helper.make_node("MatMul", ["pixels", "weights"], ["logits"]),
                helper.make_node(last, ["logits"], ["probabilities"]),
            ],
            "linear",
            [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 28, 28, 1])],
            [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", len(labels)])],
            [numpy_helper.from_array(weights, "weights")],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        facts = ModelFacts("classifier", "linear", "1", labels=labels)
        helper.set_model_props(model, facts.to_metadata())
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, path)
        return path

    return make
