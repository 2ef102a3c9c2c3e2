"""POST /v1/templates."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from serving import base64_of, drawn, png, problem
from starlette.testclient import TestClient

from inkdigits.reading import Template, template_to_json
from inkdigits.reading.template_file import template_from_dict

PATH = "/v1/templates"


def test_a_proposed_template_reads_its_form(
    server: TestClient, blank_form: NDArray[np.uint8], filled_form: Callable[..., NDArray[np.uint8]]
) -> None:
    proposed = server.post(PATH, json={"picture": base64_of(png(blank_form))}).json()["template"]
    template = template_from_dict(proposed, None)
    assert template.size == (600, 800)
    assert len(template.fields) >= 5
    asked = {"document": base64_of(png(filled_form(grade="7"))), "template": proposed}
    answer = server.post("/v1/pages", json=asked).json()
    assert "7" in {field["text"] for field in answer["pages"][0]["fields"]}


@pytest.mark.parametrize("propose", [True, False])
def test_a_form_without_boxes_is_a_template_to_draw_on(server: TestClient, propose: bool) -> None:
    asked = {"picture": base64_of(png(drawn("12", (400, 300)))), "propose": propose}
    template = server.post(PATH, json=asked).json()["template"]
    assert (template["size"], template["fields"]) == ([400, 300], [])
    assert template["blank"].startswith("data:image/png;base64,")


def test_the_first_page_of_a_pdf_is_a_blank_form(server: TestClient, make_pdf: Callable[..., bytes]) -> None:
    template = server.post(PATH, json={"picture": base64_of(make_pdf([b""]))}).json()["template"]
    assert template["size"] == [1855, 2400]


def test_a_template_is_made_whole(server: TestClient, form_template: Template) -> None:
    given = json.loads(template_to_json(form_template))
    given["fields"][2]["cells"] = 7
    del given["fields"][1]["kind"]
    whole = server.post(PATH, json={"template": given}).json()["template"]
    assert len(whole["fields"][2]["cells"]) == 7
    assert whole["fields"][1]["kind"] == "auto"
    assert whole["blank"] == given["blank"]


def test_a_faulty_template_names_the_place(server: TestClient, form_template: Template) -> None:
    given = json.loads(template_to_json(form_template))
    given["fields"][3]["box"][2] = 9000
    assert "fields[3].box" in problem(server.post(PATH, json={"template": given}), 422)["detail"]


@pytest.mark.parametrize(
    "asked",
    [{}, {"picture": "aGVsbG8="}, {"picture": ""}, {"picture": "aGVsbG8=", "template": {}}, {"template": {}}],
)
def test_what_cannot_be_meant(server: TestClient, asked: dict[str, Any]) -> None:
    problem(server.post(PATH, json=asked), 422)


def test_a_template_that_is_no_file_of_the_servers(server: TestClient, form_template: Template) -> None:
    given = {**json.loads(template_to_json(form_template)), "blank": "../../etc/passwd"}
    assert "root:" not in server.post(PATH, json={"template": given}).text
