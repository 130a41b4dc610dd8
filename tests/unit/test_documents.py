"""The OpenAPI and the AsyncAPI document: valid, complete, and what the models say."""

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
def rest() -> Json:
    return openapi.generate()


@cache
def socket() -> Json:
    return asyncapi.generate()


def is_valid(value: object, schema: Json, document: Json) -> bool:
    """Tell whether a value is what a schema of the document says."""
    whole = {**schema, "components": {"schemas": document["components"]["schemas"]}}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).is_valid(value)


def described(operation: Operation[Any]) -> Json:
    """Return what the document says of an operation."""
    found: Json = rest()["paths"][operation.path][operation.method.lower()]
    return found


def answers(operation: Operation[Any]) -> dict[str, Json]:
    """Return the operation's answers by status, with what they refer to."""
    shared: dict[str, Json] = rest()["components"]["responses"]
    found: dict[str, Json] = described(operation)["responses"]
    return {
        status: shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for status, each in found.items()
    }


# ---------------------------------------------------------------------------------------------- both
@pytest.mark.parametrize(
    ("file", "text"),
    [(openapi.FILE, openapi.text), (asyncapi.FILE, asyncapi.text)],
    ids=["OpenAPI", "AsyncAPI"],
)
def test_the_committed_document_is_what_the_models_say(file: Path, text: Any) -> None:  # noqa: ANN401 - a function
    assert file.read_text(encoding="utf-8") == text(), "run `make documents`"


def test_a_document_that_has_drifted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "drifted.json"
    file.write_text("{}\n")
    monkeypatch.setattr("sys.argv", ["tools.api", "--check"])
    monkeypatch.setattr(documents, "ROOT", tmp_path)

    with pytest.raises(SystemExit, match=r"drifted\.json is out of date: run `make documents`"):
        documents.write_all("a document", "tools.api", lambda: {file: '{"openapi": "3.1.0"}\n'})

    assert file.read_text() == "{}\n"


def test_a_document_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "new.json"
    monkeypatch.setattr("sys.argv", ["tools.api"])

    documents.write_all("a document", "tools.api", lambda: {file: "{}\n"})

    assert file.read_text() == "{}\n"


# ---------------------------------------------------------------------------------------------- REST
def test_the_openapi_document_is_valid() -> None:
    OpenAPIV31SpecValidator(rest()).validate()


def test_every_endpoint_of_the_template_is_documented_and_no_other() -> None:
    deployed = {
        (event["Properties"]["Path"], event["Properties"]["Method"].upper(), folder)
        for folder, name in functions().items()
        for event in properties(name).get("Events", {}).values()
        if event["Type"] == "Api" and event["Properties"]["Method"] != "OPTIONS"
    }

    assert {(each.path, each.method, each.name) for each in OPERATIONS} == deployed


def test_what_anyone_may_call_is_what_the_template_opens() -> None:
    opened = {
        folder
        for folder, name in functions().items()
        for event in properties(name).get("Events", {}).values()
        if event["Properties"].get("Auth", {}).get("Authorizer") == "NONE"
    }

    # A webhook's secret is checked by its function.
    assert {each.name for each in OPERATIONS if each.public or each.scripted} | {"preflight"} == opened
    assert {name: described_by_name(name)["security"] for name in opened - {"preflight"}} == {
        "health": [],
        "get_openapi": [],
        "webhook": [{"webhook": []}],
    }


def described_by_name(name: str) -> Json:
    return next(described(each) for each in OPERATIONS if each.name == name)


@each_operation
def test_an_operation_says_what_it_is_for(operation: Operation[Any]) -> None:
    assert described(operation)["summary"]
    assert described(operation)["description"].endswith(".")


@each_operation
def test_the_examples_are_what_the_schemas_say(operation: Operation[Any]) -> None:
    contents = [answer["content"] for answer in answers(operation).values() if "content" in answer]
    contents += [described(operation)["requestBody"]["content"]] if "requestBody" in described(operation) else []

    for content in contents:
        for medium in content.values():
            for example in medium.get("examples", {}).values():
                assert is_valid(example["value"], medium["schema"], rest()), example


@each_operation
def test_the_examples_of_parameters_are_what_the_schemas_say(operation: Operation[Any]) -> None:
    for parameter in described(operation).get("parameters", []):
        for example in parameter.get("examples", {}).values():
            assert is_valid(example["value"], parameter["schema"], rest()), example


@each_operation
def test_every_error_is_a_problem_with_an_example_and_its_headers(operation: Operation[Any]) -> None:
    for status, answer in answers(operation).items():
        if status == "default" or int(status) < 400:
            continue
        (kind,) = answer["content"]
        assert kind == "application/problem+json"
        assert answer["content"][kind]["examples"]
        headers = answer.get("headers", {})
        assert ("Retry-After" in headers) == (status in ("429", "503"))
        assert ("WWW-Authenticate" in headers) == (status == "401")


@each_operation
def test_limited_operations_say_where_the_caller_stands(operation: Operation[Any]) -> None:
    told = {status for status, answer in answers(operation).items() if "RateLimit" in answer.get("headers", {})}

    assert told == (set() if operation.policy is None else set(answers(operation)) - {"401", "500", "503", "default"})


def test_every_row_of_the_table_of_errors_is_documented() -> None:
    shown = {
        example["value"]["error"]
        for answer in rest()["components"]["responses"].values()
        for medium in answer["content"].values()
        for example in medium["examples"].values()
    }

    assert shown == {
        error_type.code for error_type in (problems.STATUSES | {problems.INTERNAL: problems.INTERNAL_STATUS})
    }


def test_every_link_leads_to_an_operation() -> None:
    names = {each.name for each in OPERATIONS}
    links = [link for each in OPERATIONS for link in each.links.values()]

    assert len(links) >= 10
    assert {link.operation for link in links} <= names


def test_every_kind_of_error_has_a_sentence_to_show() -> None:
    assert set(openapi_problems.EXAMPLES) == set(problems.STATUSES)
    assert all(issubclass(kind, ConversationsError) for kind in openapi_problems.EXAMPLES)


# ---------------------------------------------------------------------------------------------- the socket
def test_the_asyncapi_document_is_valid() -> None:
    schema = json.loads((SCHEMAS / "asyncapi-3.0.0.json").read_text())

    faults = [f"{list(error.path)}: {error.message}" for error in Draft7Validator(schema).iter_errors(socket())]

    assert faults == []
    assert yaml.safe_load(asyncapi.text()) == socket(), "nothing is lost in writing it"


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    for reference in references(socket()):
        place: Any = socket()
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place, reference


def references(node: object) -> list[str]:
    if isinstance(node, list):
        return [found for each in node for found in references(each)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if "$ref" in node else []
    return own + [found for each in node.values() for found in references(each)]


def test_every_frame_is_documented_and_every_client_frame_is_a_route() -> None:
    frames = {
        each
        for each in vars(server_frames).values()
        if isinstance(each, type) and issubclass(each, server_frames.ServerFrame)
    }

    assert set(asyncapi.SERVER_FRAMES) == frames - {server_frames.ServerFrame}
    routes = {route for route in properties("WebSocketApi")["Routes"] if not route.startswith("$")}
    assert {operation.type for operation in FRAME_OPERATIONS} == routes, (
        "a route of template.yaml and FRAME_OPERATIONS in contract/client_frames.py must name the same frames"
    )


@pytest.mark.parametrize("frame", [*examples.CLIENT_FRAMES, *examples.SERVER_FRAMES])
def test_the_examples_of_frames_are_what_the_schemas_say(frame: str) -> None:
    for example in (examples.CLIENT_FRAMES | examples.SERVER_FRAMES)[frame]:
        assert is_valid(example, {"$ref": schemas.REFERENCE + frame}, socket()), example
