"""Fixtures that tests of more than one room share."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inkdigits.reading import FieldPlace, SumCheck, Template

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


FORM_SIZE = (600, 800)
FORM_BOXES = {
    "amount": (330, 120, 560, 180),
    "grade": (500, 200, 560, 260),
    "first": (330, 420, 445, 480),
    "second": (330, 480, 445, 540),
    "sum": (330, 540, 445, 600),
}
FORM_CELLS = tuple((210 + 50 * index, 300, 260 + 50 * index, 356) for index in range(7))


@pytest.fixture
def blank_form() -> NDArray[np.uint8]:
    """A printed form, uint8 (800, 600): two boxes, a comb of seven, a column of three, and words."""
    page = np.full(FORM_SIZE[::-1], 245, np.uint8)

    def say(text: str, x: int, y: int, size: float = 0.6) -> None:
        cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_DUPLEX, size, 40, 1, cv2.LINE_AA)

    say("Town Hall of Milbury", 40, 50, 1.0)
    say("Payments and grades, sheet 7", 40, 84)
    for name, left, top in (("Amount in full", 40, 158), ("Grade", 40, 238), ("Number", 40, 334)):
        say(name, left, top)
    for place, name in enumerate(("Morning", "Evening", "Together")):
        say(name, 120, 458 + 60 * place)
    say("Please write with a dark pen. Do not fold this sheet.", 40, 680, 0.5)
    say("Return it by the end of the week to desk 14.", 40, 720, 0.5)
    for left, top, right, bottom in (*FORM_BOXES.values(), *FORM_CELLS):
        cv2.rectangle(page, (left, top), (right, bottom), 60, 2)
    return page


@pytest.fixture
def form_template(blank_form: NDArray[np.uint8]) -> Template:
    """The template of ``blank_form``, with the picture in it."""
    places = [
        FieldPlace("amount", FORM_BOXES["amount"], "number", decimal_mark=".", maximum=1000),
        FieldPlace("grade", FORM_BOXES["grade"], "digit"),
        FieldPlace("number", (210, 300, 560, 356), "number", cells=FORM_CELLS, pattern="[0-9]{7}"),
        *(FieldPlace(name, FORM_BOXES[name], "number") for name in ("first", "second", "sum")),
    ]
    picture = io.BytesIO()
    Image.fromarray(blank_form).save(picture, "PNG")
    return Template(FORM_SIZE, tuple(places), (SumCheck("sum", ("first", "second")),), picture.getvalue())


@pytest.fixture
def filled_form(blank_form: NDArray[np.uint8]) -> Callable[..., NDArray[np.uint8]]:
    """A maker of filled copies: the text of each field of ``form_template`` by its name; "number" is the comb's."""

    def fill(**texts: str) -> NDArray[np.uint8]:
        page = blank_form.copy()
        for name, text in texts.items():
            pieces = zip(text, FORM_CELLS, strict=True) if name == "number" else [(text, FORM_BOXES[name])]
            for piece, (left, _, _, bottom) in pieces:
                place = (left + 14, bottom - 14)
                cv2.putText(page, piece, place, cv2.FONT_HERSHEY_SIMPLEX, 1.2, 30, 3, cv2.LINE_AA)
        return page

    return fill
