"""The OpenAPI document: whole, true, and kept to by whatever comes and goes (schemathesis)."""

import json
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from serving import base64_of, drawn, png
from starlette.testclient import TestClient

from inkdigits.web.app import create_app

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]


OPERATIONS = [
    "POST /v1/fields",
    "POST /v1/pages",
    "POST /v1/exports",
    "POST /v1/templates",
    "POST /v1/corrections",
    "GET /v1/corrections",
    "GET /v1/corrections/archive",
    "GET /v1/review",
    "GET /v1/review/{name}",
    "GET /v1/models",
    "GET /v1/health",
    "GET /v1/ready",
    "GET /v1/settings",
    "GET /metrics",
]
EXAMPLES = {"POST /v1/exports": 6, "POST /v1/corrections": 12}  # whole pages take long to make up


@pytest.fixture(scope="module")
def operations(address: str) -> dict[str, Any]:
    schema = schemathesis.openapi.from_url(f"{address}/v1/openapi.json")
    found = [result.ok() for result in schema.get_all_operations()]
    return {operation.label: operation for operation in found}


def test_every_operation_is_tried(operations: dict[str, Any]) -> None:
    assert sorted(operations) == sorted(OPERATIONS)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fits", "does-not"])
@pytest.mark.parametrize("label", OPERATIONS)
def test_no_server_error_and_no_undocumented_answer(
    operations: dict[str, Any], label: str, mode: GenerationMode
) -> None:
    if mode == GenerationMode.NEGATIVE and label.startswith("GET"):
        return  # there is nothing in such a request that could be wrong

    @settings(
        max_examples=EXAMPLES.get(label, 40),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operations[label].as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app().openapi()


def test_every_operation_has_a_summary_an_answer_and_its_problems(document: dict[str, Any]) -> None:
    operations = [operation for about in document["paths"].values() for operation in about.values()]
    assert len(operations) == 14
    for operation in operations:
        assert operation["summary"]
        assert operation["description"]
        answers = operation["responses"]
        assert {"200", "201"} & set(answers)
        assert {"401", "421", "429"} <= set(answers)
        if "requestBody" in operation:
            assert {"400", "408", "413", "415", "422", "503"} <= set(answers)
            assert operation["requestBody"]["content"]["application/json"]["example"]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    names = {part.split('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]}
    assert names <= set(document["components"]["schemas"])
    assert "#/$defs/" not in text


def test_the_examples_are_answered(server: TestClient, document: dict[str, Any]) -> None:
    for path, about in document["paths"].items():
        example = (
            about.get("post", {})
            .get("requestBody", {})
            .get("content", {})
            .get("application/json", {})
            .get("example")
        )
        if example is not None:
            answer = server.post(path, json=example)
            assert answer.status_code == (409 if path == "/v1/corrections" else 200), answer.text


@pytest.mark.parametrize("path", ["/v1/models", "/v1/settings", "/v1/health", "/v1/ready"])
def test_answers_are_as_described(server: TestClient, document: dict[str, Any], path: str) -> None:
    check(document, path, "get", server.get(path).json())


def test_readings_are_as_described(server: TestClient, document: dict[str, Any]) -> None:
    pictures = [base64_of(png(drawn(text))) for text in ("12", "", "7")]
    answer = server.post("/v1/fields", json={"images": pictures, "include": ["seen"]}).json()
    check(document, "/v1/fields", "post", answer)
    answer = server.post("/v1/pages", json={"document": pictures[0], "include": ["picture"]}).json()
    check(document, "/v1/pages", "post", answer)


def check(document: dict[str, Any], path: str, method: str, answer: dict[str, Any]) -> None:
    described = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**described, "components": document["components"]}).validate(answer)
