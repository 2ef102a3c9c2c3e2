from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import ModelError
from inkdigits.reading.line_model import LineModel
from inkdigits.reading.model_facts import ModelFacts

LABELS = tuple("012")


def save_line_model(path: Path, *, labels: tuple[str, ...] = LABELS, score: float = 1.0) -> Path:
    """Write a model of four scores a column, each the column's mean times a weight."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = np.array([[score, 2, 3, 4]], np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["strips"], ["columns"], axes=[1], keepdims=0),
            helper.make_node("MatMul", ["columns", "weights"], ["products"]),
            helper.make_node("Add", ["products", "weights"], ["scores"]),
        ],
        "columns",
        [helper.make_tensor_value_info("strips", TensorProto.FLOAT, ("N", 32, "W", 1))],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ("N", "W", 4))],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    facts = ModelFacts("line", "columns", "1", input_height=32, input_width=0, labels=labels)
    helper.set_model_props(model, facts.to_metadata())
    onnx.save(model, path)
    return path


def test_a_strip_of_any_width_gives_a_lattice(tmp_path: Path) -> None:
    model = LineModel(save_line_model(tmp_path / "a.onnx"))
    strips = [np.full((32, width), 9, np.uint8) for width in (40, 7, 300)]
    lattices = model.lattices(strips)
    assert [lattice.symbols for lattice in lattices] == ["012"] * 3
    for strip, lattice in zip(strips, lattices, strict=True):
        assert 0 <= len(lattice.probabilities) - strip.shape[1] <= 1
        np.testing.assert_allclose(lattice.probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": tuple("01")}, r"gives \(1, 32, 4\) for one strip; expected \(1, T, 3\)"),
        ({"labels": tuple("0123")}, r"expected \(1, T, 5\)"),
        ({"labels": ("0", "1", "10")}, "labels of several characters"),
        ({"score": np.inf}, "scores that are not finite"),
    ],
)
def test_a_model_that_its_facts_do_not_fit_is_one_clear_line(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    path = save_line_model(tmp_path / "a.onnx", **options)
    with pytest.raises(ModelError, match=message) as caught:
        LineModel(path)
    assert str(caught.value).startswith(f"{path} ")
    assert "\n" not in str(caught.value)
