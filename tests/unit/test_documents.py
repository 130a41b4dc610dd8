"""The OpenAPI and the AsyncAPI document: valid, complete, and what the models generate."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from conversations.contract import problems, server_frames
from conversations.contract.client_frames import FRAME_OPERATIONS
from conversations.contract.operation import Operation
from conversations.contract.operations import OPERATIONS
from conversations.domain.errors import ConversationsError
from tests.template import functions, properties
from tools import documents
from tools.api import asyncapi, examples, openapi, openapi_problems, schemas

SCHEMAS = Path(__file__).parent.parent / "schemas"

type Json = dict[str, Any]

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


@cache
def get_openapi() -> Json:
    return openapi.generate()


@cache
def get_asyncapi() -> Json:
    return asyncapi.generate()


def is_valid(value: object, schema: Json, document: Json) -> bool:
    """Return whether a value matches a schema of the document."""
    complete_schema = {**schema, "components": {"schemas": document["components"]["schemas"]}}
    return Draft202012Validator(complete_schema, format_checker=Draft202012Validator.FORMAT_CHECKER).is_valid(value)


def get_description(operation: Operation[Any]) -> Json:
    """Return the documentation of an operation."""
    description: Json = get_openapi()["paths"][operation.path][operation.method.lower()]
    return description


def list_responses(operation: Operation[Any]) -> dict[str, Json]:
    """Return the operation's responses by status, with references resolved."""
    shared: dict[str, Json] = get_openapi()["components"]["responses"]
    documented: dict[str, Json] = get_description(operation)["responses"]
    return {
        status: shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
        for status, response in documented.items()
    }


# ---------------------------------------------------------------------------------------------- both
@pytest.mark.parametrize(
    ("file", "text"),
    [(openapi.FILE, openapi.text), (asyncapi.FILE, asyncapi.text)],
    ids=["OpenAPI", "AsyncAPI"],
)
def test_committed_document_is_up_to_date(file: Path, text: Any) -> None:  # noqa: ANN401 - a function
    assert file.read_text(encoding="utf-8") == text(), "run `make documents`"


def test_outdated_document_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "drifted.json"
    file.write_text("{}\n")
    monkeypatch.setattr("sys.argv", ["tools.api", "--check"])
    monkeypatch.setattr(documents, "ROOT", tmp_path)

    with pytest.raises(SystemExit, match=r"drifted\.json is out of date: run `make documents`"):
        documents.write_all("a document", "tools.api", lambda: {file: '{"openapi": "3.1.0"}\n'})

    assert file.read_text() == "{}\n"


def test_new_document_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "new.json"
    monkeypatch.setattr("sys.argv", ["tools.api"])

    documents.write_all("a document", "tools.api", lambda: {file: "{}\n"})

    assert file.read_text() == "{}\n"


# ---------------------------------------------------------------------------------------------- REST
def test_openapi_document_is_valid() -> None:
    OpenAPIV31SpecValidator(get_openapi()).validate()


def test_documented_endpoints_are_those_of_the_template() -> None:
    deployed = {
        (event["Properties"]["Path"], event["Properties"]["Method"].upper(), folder)
        for folder, name in functions().items()
        for event in properties(name).get("Events", {}).values()
        if event["Type"] == "Api" and event["Properties"]["Method"] != "OPTIONS"
    }

    assert {(operation.path, operation.method, operation.name) for operation in OPERATIONS} == deployed


def test_public_operations_are_those_of_the_template() -> None:
    opened = {
        folder
        for folder, name in functions().items()
        for event in properties(name).get("Events", {}).values()
        if event["Properties"].get("Auth", {}).get("Authorizer") == "NONE"
    }

    # A webhook's secret is checked by its function.
    assert {operation.name for operation in OPERATIONS if operation.public or operation.scripted} | {
        "preflight"
    } == opened
    assert {name: get_description_by_name(name)["security"] for name in opened - {"preflight"}} == {
        "health": [],
        "get_openapi": [],
        "webhook": [{"webhook": []}],
    }


def get_description_by_name(name: str) -> Json:
    return next(get_description(operation) for operation in OPERATIONS if operation.name == name)


@each_operation
def test_operation_has_summary_and_description(operation: Operation[Any]) -> None:
    assert get_description(operation)["summary"]
    assert get_description(operation)["description"].endswith(".")


@each_operation
def test_examples_of_bodies_match_their_schemas(operation: Operation[Any]) -> None:
    contents = [response["content"] for response in list_responses(operation).values() if "content" in response]
    contents += (
        [get_description(operation)["requestBody"]["content"]] if "requestBody" in get_description(operation) else []
    )

    for content in contents:
        for medium in content.values():
            for example in medium.get("examples", {}).values():
                assert is_valid(example["value"], medium["schema"], get_openapi()), example


@each_operation
def test_examples_of_parameters_match_their_schemas(operation: Operation[Any]) -> None:
    for parameter in get_description(operation).get("parameters", []):
        for example in parameter.get("examples", {}).values():
            assert is_valid(example["value"], parameter["schema"], get_openapi()), example


@each_operation
def test_error_responses_are_problems_with_example_and_headers(operation: Operation[Any]) -> None:
    for status, response in list_responses(operation).items():
        if status == "default" or int(status) < 400:
            continue
        (media_type,) = response["content"]
        assert media_type == "application/problem+json"
        assert response["content"][media_type]["examples"]
        headers = response.get("headers", {})
        assert ("Retry-After" in headers) == (status in ("429", "503"))
        assert ("WWW-Authenticate" in headers) == (status == "401")


@each_operation
def test_rate_limited_operations_document_the_headers(operation: Operation[Any]) -> None:
    limited = {
        status for status, response in list_responses(operation).items() if "RateLimit" in response.get("headers", {})
    }

    assert limited == (
        set() if operation.policy is None else set(list_responses(operation)) - {"401", "500", "503", "default"}
    )


def test_every_error_code_is_documented() -> None:
    shown = {
        example["value"]["error"]
        for response in get_openapi()["components"]["responses"].values()
        for medium in response["content"].values()
        for example in medium["examples"].values()
    }

    assert shown == {
        error_type.code for error_type in (problems.STATUSES | {problems.INTERNAL: problems.INTERNAL_STATUS})
    }


def test_every_link_names_an_operation() -> None:
    names = {operation.name for operation in OPERATIONS}
    links = [link for operation in OPERATIONS for link in operation.links.values()]

    assert len(links) >= 10
    assert {link.operation for link in links} <= names


def test_every_error_type_has_an_example() -> None:
    assert set(openapi_problems.EXAMPLES) == set(problems.STATUSES)
    assert all(issubclass(error_type, ConversationsError) for error_type in openapi_problems.EXAMPLES)


# -------------------------------------------------------------------------------------------- WebSocket
def test_asyncapi_document_is_valid() -> None:
    schema = json.loads((SCHEMAS / "asyncapi-3.0.0.json").read_text())

    faults = [f"{list(error.path)}: {error.message}" for error in Draft7Validator(schema).iter_errors(get_asyncapi())]

    assert faults == []
    assert yaml.safe_load(asyncapi.text()) == get_asyncapi(), "the text is the complete document"


def test_every_reference_of_the_asyncapi_document_resolves() -> None:
    for reference in list_references(get_asyncapi()):
        node: Any = get_asyncapi()
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        assert node, reference


def list_references(node: object) -> list[str]:
    if isinstance(node, list):
        return [reference for item in node for reference in list_references(item)]
    if not isinstance(node, dict):
        return []
    references = [node["$ref"]] if "$ref" in node else []
    return references + [reference for value in node.values() for reference in list_references(value)]


def test_frames_are_those_of_the_code_and_of_the_routes() -> None:
    frames = {
        frame
        for frame in vars(server_frames).values()
        if isinstance(frame, type) and issubclass(frame, server_frames.ServerFrame)
    }

    assert set(asyncapi.SERVER_FRAMES) == frames - {server_frames.ServerFrame}
    routes = {route for route in properties("WebSocketApi")["Routes"] if not route.startswith("$")}
    assert {operation.type for operation in FRAME_OPERATIONS} == routes, (
        "a route of template.yaml and FRAME_OPERATIONS in contract/client_frames.py must name the same frames"
    )


@pytest.mark.parametrize("frame", [*examples.CLIENT_FRAMES, *examples.SERVER_FRAMES])
def test_examples_of_frames_match_their_schemas(frame: str) -> None:
    for example in (examples.CLIENT_FRAMES | examples.SERVER_FRAMES)[frame]:
        assert is_valid(example, {"$ref": schemas.REFERENCE + frame}, get_asyncapi()), example
