"""Fixtures that tests of more than one room share."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

MakeModel = Callable[..., Path]


@pytest.fixture
def make_linear_model(tmp_path: Path) -> MakeModel:
    """A maker of tiny ONNX classifiers: fixed random weights, a softmax, and our facts in the metadata.

    shape: of the input, as the file declares it. outputs: how many, where not one a label.
    facts: what the metadata say otherwise than the model does.
    """

    def make(
        name: str = "linear.onnx",
        labels: tuple[str, ...] = tuple("0123456789"),
        last: str = "Softmax",
        shape: tuple[str | int, ...] = ("N", 28, 28, 1),
        outputs: int | None = None,
        **facts: object,
    ) -> Path:
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        from inkdigits.reading.model_facts import ModelFacts

        count = len(labels) if outputs is None else outputs
        weights = np.random.default_rng(7).normal(0, 0.1, (784, count)).astype(np.float32)
        graph = helper.make_graph(
            [
                helper.make_node("Flatten", ["images"], ["pixels"]),
                helper.make_node("MatMul", ["pixels", "weights"], ["logits"]),
                helper.make_node(last, ["logits"], ["probabilities"]),
            ],
            "linear",
            [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [shape[0], count])],
            [numpy_helper.from_array(weights, "weights")],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        told = replace(ModelFacts("classifier", "linear", "1", labels=labels), **facts)
        helper.set_model_props(model, told.to_metadata())
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, path)
        return path

    return make
