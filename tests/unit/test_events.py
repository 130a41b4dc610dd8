"""``events/``: at least one event per function, valid for its trigger and consistent with the template."""

import hashlib
import json
from typing import Any

import pytest

from conversations.adapters.dynamodb.schema.automations import CHANGES
from conversations.adapters.dynamodb.schema.schedules import SCHEDULES
from conversations.adapters.sqs import build_deduplication_id
from conversations.domain import jobs
from conversations.domain.automations import ScheduledJob, parse_job
from conversations.domain.received_mail import MAILS_PREFIX, parse_notification
from conversations.entrypoints.callers import get_valid_principal
from tests.builders import MORNING
from tests.events import FOLDER, event
from tests.template import event_source_mappings, functions, properties, routes

PUBLIC = {"check_connection", "get_file", "health", "get_openapi", "webhook"}
NAMES = sorted(path.stem for path in FOLDER.glob("*/*.json"))
ROUTES = {(route.kind, route.key): route.function for route in routes()}


def function_of_event(name: str) -> str:
    """Return the name of the function: ``authorizer`` for the event ``authorizer.websocket``."""
    return name.partition(".")[0]


def get_trigger(payload: dict[str, Any]) -> str:
    if "Records" in payload:
        return "queue" if payload["Records"][0]["eventSource"] == "aws:sqs" else "stream"
    api = "websocket" if "connectionId" in payload["requestContext"] else "rest"
    return f"authorizer of {api}" if payload.get("type") == "REQUEST" else api


def list_names(*triggers: str) -> list[str]:
    return [name for name in NAMES if get_trigger(event(name)) in triggers]


def test_events_match_functions() -> None:
    assert {function_of_event(name) for name in NAMES} == functions().keys()


@pytest.mark.parametrize("name", list_names("rest"))
def test_request_matches_route_of_its_function(name: str) -> None:
    payload = event(name)
    context = payload["requestContext"]

    assert ROUTES["rest", f"{payload['httpMethod']} {payload['resource']}"] == function_of_event(name)
    assert (context["httpMethod"], context["resourcePath"]) == (payload["httpMethod"], payload["resource"])
    assert context["stage"] == properties("RestApi")["StageName"]
    path = payload["resource"].format(**(payload["pathParameters"] or {}))
    if name.endswith(".base_path"):
        # With a custom domain, the base path of the API mapping replaces the stage.
        assert context["path"] == payload["path"] == f"/v1{path}"
    else:
        assert (context["path"], payload["path"]) == (f"/{context['stage']}{path}", path)
    assert {key: [value] for key, value in payload["headers"].items()} == payload["multiValueHeaders"]


@pytest.mark.parametrize("name", list_names("websocket"))
def test_websocket_event_matches_route_of_its_function(name: str) -> None:
    context = event(name)["requestContext"]

    assert ROUTES["socket", context["routeKey"]] == function_of_event(name)
    assert context["stage"] == properties("WebSocketApi")["StageName"]
    expected = {"$connect": "CONNECT", "$disconnect": "DISCONNECT"}.get(context["routeKey"], "MESSAGE")
    assert context["eventType"] == expected


@pytest.mark.parametrize("name", [name for name in list_names("rest", "websocket") if name not in PUBLIC])
def test_caller_is_principal_of_the_authorizer(name: str) -> None:
    principal = get_valid_principal(event(name), MORNING)

    assert principal.owner == event(name)["requestContext"]["authorizer"]["principalId"]
    assert principal.anonymous == name.endswith(".visitor")


@pytest.mark.parametrize("name", list_names("authorizer of rest", "authorizer of websocket"))
def test_authorizer_event_matches_route(name: str) -> None:
    payload = event(name)
    assert "authorizer" not in payload["requestContext"]
    _, stage, *rest = payload["methodArn"].split("/")

    if get_trigger(payload) == "authorizer of websocket":
        assert (stage, rest) == ("ws", ["$connect"])
    else:
        method, *path = rest
        assert stage == "api"
        assert ("rest", f"{method} /{'/'.join(path)}") in ROUTES
        assert (payload["httpMethod"], payload["path"]) == (method, f"/{'/'.join(path)}")


def test_erase_data_event_is_erasure_job() -> None:
    (record,) = event("erase_data")["Records"]

    assert jobs.ErasureJob.model_validate_json(record["body"]).conversation_id is not None
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
    assert not record["eventSourceARN"].endswith(".fifo")


def test_expire_visitors_event_is_expiry_check() -> None:
    (record,) = event("expire_visitors")["Records"]

    assert jobs.ExpiryCheckJob.model_validate_json(record["body"]).conversation_id
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
    assert not record["eventSourceARN"].endswith(".fifo")


def test_receive_mail_event_is_notification_of_a_stored_mail() -> None:
    (record,) = event("receive_mail")["Records"]

    notification = parse_notification(record["body"])
    action = json.loads(record["body"])["receipt"]["action"]
    assert action["objectKey"] == f"{MAILS_PREFIX}{notification.mail.id}"
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
    assert not record["eventSourceARN"].endswith(".fifo")


def test_deliver_delayed_event_is_delivery_job() -> None:
    (record,) = event("deliver_delayed")["Records"]

    job = jobs.DelayedDeliveryJob.model_validate_json(record["body"])
    assert job.parts[0].first == job.first_delayed_id
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
    assert not record["eventSourceARN"].endswith(".fifo")


def test_check_outbox_event_is_check_of_the_relayed_message() -> None:
    (record,) = event("check_outbox")["Records"]
    (stored,) = event("relay_outbox")["Records"]

    keys = stored["dynamodb"]["Keys"]
    assert jobs.OutboxCheckJob.model_validate_json(record["body"]).messages == (
        (keys["session_id"]["S"], keys["id"]["S"]),
    )
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
    assert not record["eventSourceARN"].endswith(".fifo")


def test_relay_outbox_event_passes_the_event_filter() -> None:
    (record,) = event("relay_outbox")["Records"]

    assert list_names("stream") == ["create_schedules", "relay_changes", "relay_outbox"]
    assert (record["eventName"], record["dynamodb"]["NewImage"]["sender"]) == ("INSERT", {"S": "user"})
    assert record["dynamodb"]["Keys"].items() <= record["dynamodb"]["NewImage"].items()
    assert record["dynamodb"]["StreamViewType"] == "NEW_IMAGE"


@pytest.mark.parametrize(("function", "begin"), [("relay_changes", CHANGES), ("create_schedules", SCHEDULES)])
def test_events_of_the_stream_of_bot_data_pass_the_event_filter(function: str, begin: str) -> None:
    (record,) = event(function)["Records"]

    (source,) = event_source_mappings(function)
    pattern = json.loads(source["FilterCriteria"]["Filters"][0]["Pattern"])
    assert record["eventName"] in pattern["eventName"]
    assert record["dynamodb"]["Keys"]["bot_table"]["S"].startswith(
        pattern["dynamodb"]["Keys"]["bot_table"]["S"][0]["prefix"]
    )
    assert pattern["dynamodb"]["Keys"]["bot_table"]["S"][0]["prefix"] == begin


def test_run_automation_event_is_a_due_time_of_the_fifo_queue() -> None:
    (record,) = event("run_automation")["Records"]

    assert isinstance(parse_job(record["body"]), ScheduledJob)
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
    assert record["eventSourceARN"].endswith(".fifo")


@pytest.mark.parametrize("name", [name for name in list_names("queue") if function_of_event(name) == "run_turn"])
def test_run_turn_event_is_job_of_the_fifo_queue(name: str) -> None:
    for record in event(name)["Records"]:
        job = jobs.from_json(record["body"])
        assert record["attributes"]["MessageGroupId"] == job.conversation_id
        assert record["attributes"]["MessageDeduplicationId"] == build_deduplication_id(job)
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()
        assert record["eventSource"] == "aws:sqs"
        assert record["eventSourceARN"].endswith(".fifo")
