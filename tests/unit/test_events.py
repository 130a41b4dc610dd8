"""``events/``: one for every function, in the shape its trigger has, and at home in the template."""

import hashlib
from typing import Any

import pytest

from conversations.adapters.sqs import build_deduplication_id
from conversations.domain import jobs
from conversations.entrypoints.callers import get_valid_principal
from tests.builders import MORNING
from tests.events import FOLDER, event
from tests.template import functions, properties, routes

OPEN_TO_ALL = {"health", "get_openapi", "preflight", "webhook"}
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
ROUTES = {(route.kind, route.key): route.folder for route in routes()}


def folder_of(name: str) -> str:
    """Return the function an event is for: ``authorize.socket`` is one of several of ``authorize``."""
    return name.partition(".")[0]


def kind_of(given: dict[str, Any]) -> str:
    if "Records" in given:
        return "queue" if given["Records"][0]["eventSource"] == "aws:sqs" else "stream"
    asked = "authorizer" if given.get("type") == "REQUEST" else ""
    return asked + ("socket" if "connectionId" in given["requestContext"] else "rest")


def named(kind: str) -> list[str]:
    return [name for name in NAMES if kind_of(event(name)) == kind]


def test_every_function_has_an_event_and_every_event_a_function() -> None:
    assert {folder_of(name) for name in NAMES} == functions().keys()


@pytest.mark.parametrize("name", named("rest"))
def test_a_request_goes_to_its_function_by_a_route_of_the_template(name: str) -> None:
    given = event(name)
    context = given["requestContext"]

    assert ROUTES["rest", f"{given['httpMethod']} {given['resource']}"] == folder_of(name)
    assert (context["httpMethod"], context["resourcePath"]) == (given["httpMethod"], given["resource"])
    assert context["stage"] == properties("RestApi")["StageName"]
    assert context["path"] == f"/{context['stage']}{given['path']}"
    assert given["resource"].format(**(given["pathParameters"] or {})) == given["path"]
    assert {key: [value] for key, value in given["headers"].items()} == given["multiValueHeaders"]


@pytest.mark.parametrize("name", named("socket"))
def test_a_frame_goes_to_its_function_by_a_route_of_the_template(name: str) -> None:
    context = event(name)["requestContext"]

    assert ROUTES["socket", context["routeKey"]] == folder_of(name)
    assert context["stage"] == properties("WebSocketApi")["StageName"]
    expected = {"$connect": "CONNECT", "$disconnect": "DISCONNECT"}.get(context["routeKey"], "MESSAGE")
    assert context["eventType"] == expected


@pytest.mark.parametrize("name", [name for name in named("rest") + named("socket") if name not in OPEN_TO_ALL])
def test_a_caller_is_one_the_authorizer_vouches_for(name: str) -> None:
    principal = get_valid_principal(event(name), MORNING)

    assert principal.owner == event(name)["requestContext"]["authorizer"]["principalId"]
    assert principal.anonymous == name.endswith(".visitor")


@pytest.mark.parametrize("name", named("authorizerrest") + named("authorizersocket"))
def test_the_authorizer_is_asked_about_routes_of_the_template(name: str) -> None:
    given = event(name)
    assert "authorizer" not in given["requestContext"]
    _, stage, *rest = given["methodArn"].split("/")

    if kind_of(given) == "authorizersocket":
        assert (stage, rest) == ("ws", ["$connect"])
    else:
        method, *path = rest
        assert stage == "api"
        assert ("rest", f"{method} /{'/'.join(path)}") in ROUTES
        assert (given["httpMethod"], given["path"]) == (method, f"/{'/'.join(path)}")


def test_a_record_of_the_eraser_is_what_is_left_to_erase() -> None:
    (record,) = event("erase")["Records"]

    assert jobs.ErasureJob.model_validate_json(record["body"]).session_id is not None
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
    assert not record["eventSourceARN"].endswith(".fifo")


def test_a_record_of_an_end_is_a_conversation_that_may_have_ended() -> None:
    (record,) = event("expire")["Records"]

    assert jobs.ExpiryCheckJob.model_validate_json(record["body"]).session_id
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
    assert not record["eventSourceARN"].endswith(".fifo")


def test_a_record_of_a_telling_is_what_is_told_after_a_pause() -> None:
    (record,) = event("tell")["Records"]

    telling = jobs.DelayedDeliveryJob.model_validate_json(record["body"])
    assert telling.parts[0].first == telling.first_delayed_id
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
    assert not record["eventSourceARN"].endswith(".fifo")


def test_a_record_of_the_relay_is_one_its_filter_lets_through() -> None:
    (record,) = event("relay")["Records"]

    assert named("stream") == ["relay"]
    assert (record["eventName"], record["dynamodb"]["NewImage"]["sender"]) == ("INSERT", {"S": "user"})
    assert record["dynamodb"]["Keys"].items() <= record["dynamodb"]["NewImage"].items()
    assert record["dynamodb"]["StreamViewType"] == "NEW_IMAGE"


@pytest.mark.parametrize("name", [name for name in named("queue") if folder_of(name) == "reply"])
def test_a_record_is_work_as_the_queue_has_it(name: str) -> None:
    for record in event(name)["Records"]:
        work = jobs.from_json(record["body"])
        assert record["attributes"]["MessageGroupId"] == work.session_id
        assert record["attributes"]["MessageDeduplicationId"] == build_deduplication_id(work)
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
        assert record["eventSource"] == "aws:sqs"
        assert record["eventSourceARN"].endswith(".fifo")
