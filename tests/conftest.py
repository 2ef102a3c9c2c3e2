"""Fixtures that tests of more than one room share."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inkdigits.machine import LEAN_KERAS
from inkdigits.reading import FieldPlace, SumCheck, Template

# As where the train extra alone is installed: dozens of tests start processes that load Keras.
os.environ.setdefault(LEAN_KERAS, "1")
# Ray starts its workers at a niceness of 15: beside other tests on all cores they would hardly run at all.
os.environ.setdefault("RAY_worker_niceness", "0")

MakeModel = Callable[..., Path]
MakePdf = Callable[..., bytes]
RunPython = Callable[..., tuple[str, str]]


@pytest.fixture(scope="session")
def run_python() -> RunPython:
    """A runner of Python code in a process of its own, which has to end well: code, arguments -> (stdout, stderr).

    arguments: what the code finds in sys.argv. folder: where it runs. environment: variables beside this process's.
    exit_code: how else it has to end; a signal is less than 0.
    """

    def run(
        code: str,
        *arguments: object,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        exit_code: int = 0,
    ) -> tuple[str, str]:
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            cwd=folder,
            env=os.environ | (environment or {}),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == exit_code, done.stderr
        return done.stdout, done.stderr

    return run


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


@pytest.fixture(scope="session")
def make_pdf() -> MakePdf:
    """A maker of PDFs, letter size: a page for each content stream, with Helvetica as /H.

    box: of all pages. count: how many pages the file says it has. entries: more of each page's dictionary.
    resources: more of its resources. more: further objects, the first of which is number 4. trailer: more of that.
    """

    def make(
        contents: Sequence[bytes] = (b"",),
        box: bytes = b"0 0 612 792",
        count: int | None = None,
        entries: bytes = b"",
        resources: bytes = b"",
        more: Sequence[bytes] = (),
        trailer: bytes = b"",
    ) -> bytes:
        first = 4 + len(more)
        kids = b" ".join(b"%d 0 R" % (first + 2 * index) for index in range(len(contents)))
        pages = len(contents) if count is None else count
        font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
        objects = [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids),
            font,
            *more,
        ]
        for content in contents:
            resource = b"/Resources<</Font<</H 3 0 R>>%s>>" % resources
            where = b"/Parent 2 0 R/MediaBox[%s]/Contents %d 0 R" % (box, len(objects) + 2)
            objects.append(b"<</Type/Page%s%s%s>>" % (where, resource, entries))
            objects.append(pdf_stream(content))
        file = bytearray(b"%PDF-1.7\n")
        places = []
        for number, body in enumerate(objects, start=1):
            places.append(len(file))
            file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        size = len(objects) + 1
        end = (size, table, size, trailer, len(file))
        file += (
            b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n"
            % end
        )
        return bytes(file)

    return make


def pdf_stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), entries, data)


@pytest.fixture(scope="session")
def pdf_table() -> Callable[[Sequence[Sequence[str]]], bytes]:
    """A maker of content streams: one ruled table with these texts in its cells, large and printed."""

    def make(texts: Sequence[Sequence[str]]) -> bytes:
        parts = [b"1.2 w"]
        for row, line in enumerate(texts):
            for column, text in enumerate(line):
                left, bottom = 90 + 70 * column, 600 - 50 * row
                parts.append(b"%d %d 70 50 re S" % (left, bottom))
                parts.append(b"BT /H 28 Tf %d %d Td (%s) Tj ET" % (left + 18, bottom + 15, text.encode()))
        return b"\n".join(parts)

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
