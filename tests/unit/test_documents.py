"""What ``tools.api`` generates: valid, complete, and equal to the committed files."""

import dataclasses
import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from conversations.contract import problems, server_frames
from conversations.contract.client_frames import FRAME_OPERATIONS
from conversations.contract.operation import Operation
from conversations.contract.registry import OPERATIONS
from conversations.domain.errors import ConversationsError
from tests.template import functions, properties
from tools import documents
from tools.api import asyncapi, events, examples, openapi, openapi_problems, schemas, tables
from tools.api.__main__ import generate

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
    """Return whether a value is valid by a schema of the document."""
    complete = {**schema, "components": {"schemas": document["components"]["schemas"]}}
    return Draft202012Validator(complete, format_checker=Draft202012Validator.FORMAT_CHECKER).is_valid(value)


def get_description(operation: Operation[Any]) -> Json:
    """Return an operation of the document."""
    description: Json = rest()["paths"][operation.path][operation.method.lower()]
    return description


def get_responses(operation: Operation[Any]) -> dict[str, Json]:
    """Return the operation's responses by status, with references resolved."""
    shared: dict[str, Json] = rest()["components"]["responses"]
    responses: dict[str, Json] = get_description(operation)["responses"]
    return {
        status: shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
        for status, response in responses.items()
    }


# ---------------------------------------------------------------------------------------------- both
def test_committed_files_are_up_to_date() -> None:
    for file, text in generate().items():
        assert file.read_text(encoding="utf-8") == text, f"{file.relative_to(documents.ROOT)}: run `make documents`"


def test_events_are_those_of_the_operations() -> None:
    files = {path.stem for path in (events.FOLDER / "rest").glob("*.json")}

    assert files == {"get_history.base_path", *(operation.name for operation in OPERATIONS)}, (
        "delete the events of no operation"
    )


@pytest.mark.parametrize("part", ["operations", "client_frames", "server_frames", "errors", "limits", "limit_headers"])
def test_api_page_has_generated_part(part: str) -> None:
    assert f"<!-- generated: {part} -->" in tables.API_PAGE.read_text(encoding="utf-8")


def test_unknown_generated_part_is_named(tmp_path: Path) -> None:
    file = tmp_path / "api.md"
    file.write_text("<!-- generated: colours -->\n<!-- end -->\n")

    with pytest.raises(SystemExit, match="unknown part colours"):
        tables.build_page(file)


def test_missing_example_names_the_file() -> None:
    operation = dataclasses.replace(next(each for each in OPERATIONS if each.name == "send_message"), name="shout")

    for get_example in (examples.get_request, examples.get_response):
        with pytest.raises(SystemExit, match=r"shout has no example: add one to \w+ in tools/api/examples\.py"):
            get_example(operation)


def test_check_names_outdated_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "outdated.json"
    file.write_text("{}\n")
    monkeypatch.setattr("sys.argv", ["tools.api", "--check"])
    monkeypatch.setattr(documents, "ROOT", tmp_path)

    with pytest.raises(SystemExit, match=r"outdated\.json is out of date: run `make documents`"):
        documents.write_all("a document", "tools.api", lambda: {file: '{"openapi": "3.1.0"}\n'})

    assert file.read_text() == "{}\n"


def test_document_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "new.json"
    monkeypatch.setattr("sys.argv", ["tools.api"])

    documents.write_all("a document", "tools.api", lambda: {file: "{}\n"})

    assert file.read_text() == "{}\n"


# ---------------------------------------------------------------------------------------------- REST
def test_openapi_document_is_valid() -> None:
    OpenAPIV31SpecValidator(rest()).validate()


def test_operations_are_the_endpoints_of_the_template() -> None:
    deployed = {
        (event["Properties"]["Path"], event["Properties"]["Method"].upper(), folder)
        for folder, name in functions().items()
        for event in properties(name).get("Events", {}).values()
        if event["Type"] == "Api" and event["Properties"]["Method"] != "HEAD"
    }

    assert {(each.path, each.method, each.name) for each in OPERATIONS} == deployed


def test_public_operations_are_those_without_authorizer() -> None:
    without_authorizer = {
        folder
        for folder, name in functions().items()
        for event in properties(name).get("Events", {}).values()
        if event["Properties"].get("Auth", {}).get("Authorizer") == "NONE"
    }

    # A webhook's secret is checked by its function.
    assert {each.name for each in OPERATIONS if each.public or each.scripted} == without_authorizer
    assert {name: get_description_by_name(name)["security"] for name in without_authorizer} == {
        "health": [],
        "get_openapi": [],
        "check_connection": [],
        "get_file": [],
        "webhook": [{"webhook": []}],
    }


def get_description_by_name(name: str) -> Json:
    return next(get_description(each) for each in OPERATIONS if each.name == name)


@each_operation
def test_operation_has_summary_and_description(operation: Operation[Any]) -> None:
    assert get_description(operation)["summary"]
    assert get_description(operation)["description"].endswith(".")


def test_server_is_absolute() -> None:
    """Generators write it into their clients, which have no page that it could be relative to."""
    (server,) = rest()["servers"]

    assert urlsplit(server["url"]).scheme == "http"
    assert urlsplit(server["url"]).netloc


def test_bodies_have_no_defaults() -> None:
    """openapi-typescript requires each field that has one, also where the API does not."""
    properties_of_bodies = [
        (name, field, schema)
        for name, model in rest()["components"]["schemas"].items()
        for field, schema in model.get("properties", {}).items()
    ]

    assert [f"{name}.{field}" for name, field, schema in properties_of_bodies if "default" in schema] == []
    limit = get_description_by_name("get_history")["parameters"][1]
    assert (limit["name"], limit["schema"]["default"]) == ("limit", 50), "parameters may have one"


@each_operation
def test_errors_have_a_plain_reference(operation: Operation[Any]) -> None:
    """openapi-python-client leaves out responses whose schemas it cannot merge."""
    for status, answer in get_responses(operation).items():
        if status != "default" and int(status) >= 400:
            for medium in answer["content"].values():
                assert set(medium["schema"]) == {"$ref"}


@each_operation
def test_examples_are_valid(operation: Operation[Any]) -> None:
    contents = [answer["content"] for answer in get_responses(operation).values() if "content" in answer]
    contents += (
        [get_description(operation)["requestBody"]["content"]] if "requestBody" in get_description(operation) else []
    )

    for content in contents:
        for medium in content.values():
            for example in medium.get("examples", {}).values():
                # Streams of events have no schema.
                assert is_valid(example["value"], medium.get("schema", {}), rest()), (
                    f"correct it in tools/api/examples.py: {example}"
                )


@each_operation
def test_examples_of_parameters_are_valid(operation: Operation[Any]) -> None:
    for parameter in get_description(operation).get("parameters", []):
        for example in parameter.get("examples", {}).values():
            assert is_valid(example["value"], parameter["schema"], rest()), (
                f"correct it in tools/api/examples.py: {example}"
            )


@each_operation
def test_errors_are_problems_with_examples_and_headers(operation: Operation[Any]) -> None:
    for status, answer in get_responses(operation).items():
        if status == "default" or int(status) < 400:
            continue
        own_shape = ["application/json"] if operation.error_body else []
        assert list(answer["content"]) == [*own_shape, "application/problem+json"]
        assert all(medium["examples"] for medium in answer["content"].values())
        headers = answer.get("headers", {})
        assert ("Retry-After" in headers) == (status in ("429", "503"))
        assert ("WWW-Authenticate" in headers) == (status == "401")


@each_operation
def test_limited_operations_report_usage(operation: Operation[Any]) -> None:
    limited = {
        status for status, answer in get_responses(operation).items() if "RateLimit" in answer.get("headers", {})
    }

    assert limited == (
        set() if operation.policy is None else set(get_responses(operation)) - {"401", "500", "503", "default"}
    )


def test_all_error_codes_are_documented() -> None:
    documented = {
        example["value"]["error"]
        for answer in rest()["components"]["responses"].values()
        for example in answer["content"]["application/problem+json"]["examples"].values()
    }

    assert documented == {
        error_type.code for error_type in (problems.STATUSES | {problems.INTERNAL: problems.INTERNAL_STATUS})
    }


def test_links_lead_to_operations() -> None:
    names = {each.name for each in OPERATIONS}
    links = [link for each in OPERATIONS for link in each.links.values()]

    assert len(links) >= 10
    assert {link.operation for link in links} <= names


def test_error_types_have_examples() -> None:
    assert set(openapi_problems.EXAMPLES) == set(problems.STATUSES)
    assert all(issubclass(kind, ConversationsError) for kind in openapi_problems.EXAMPLES)


# ---------------------------------------------------------------------------------------------- the socket
def test_asyncapi_document_is_valid() -> None:
    schema = json.loads((SCHEMAS / "asyncapi-3.0.0.json").read_text())

    errors = [f"{list(error.path)}: {error.message}" for error in Draft7Validator(schema).iter_errors(socket())]

    assert errors == []
    assert yaml.safe_load(asyncapi.text()) == socket(), "the file contains the complete document"


def test_asyncapi_references_resolve() -> None:
    for reference in references(socket()):
        node: Any = socket()
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        assert node is not None, reference


def references(node: object) -> list[str]:
    if isinstance(node, list):
        return [reference for child in node for reference in references(child)]
    if not isinstance(node, dict):
        return []
    references_here = [node["$ref"]] if "$ref" in node else []
    return references_here + [reference for child in node.values() for reference in references(child)]


def test_frames_are_documented_and_client_frames_are_routes() -> None:
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
def test_examples_of_frames_are_valid(frame: str) -> None:
    for example in (examples.CLIENT_FRAMES | examples.SERVER_FRAMES)[frame]:
        assert is_valid(example, {"$ref": schemas.REFERENCE + frame}, socket()), (
            f"correct it in tools/api/examples.py: {example}"
        )
