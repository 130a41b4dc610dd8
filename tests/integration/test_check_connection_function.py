"""The function that says why a visitor's handshake is refused."""

import json
from typing import Any

from conversations.bootstrap.stores import rate_limiter
from conversations.domain import limits, timestamps
from tests import events
from tests.builders import a_bot
from tests.integration.responses import parse_problem
from tests.integration.running import Functions, run_functions


def check(functions: Functions, **query: str) -> dict[str, Any]:
    return functions.invoke("check_connection", events.rest("check_connection", query=query))


def test_visitor_who_can_connect_gets_an_empty_response(functions: Functions) -> None:
    functions.publish(a_bot("default"))

    for query in ({}, {"bot_id": "default"}):
        response = check(functions, **query)
        assert (response["statusCode"], response["body"]) == (204, "")
    assert functions.aws.list_items("LimitsTable") == []


def test_bots_that_visitors_cannot_use_are_named(functions: Functions) -> None:
    functions.publish(a_bot("default", access="users"))
    functions.publish(a_bot("shop"))

    parse_problem(check(functions), 403, "forbidden")
    parse_problem(check(functions, bot_id="shop"), 403, "forbidden")
    parse_problem(check(functions, bot_id="-"), 400, "invalid_request")
    with run_functions(functions.aws, VisitorBots="shop,missing") as listed:
        assert check(listed, bot_id="shop")["statusCode"] == 204
        parse_problem(check(listed, bot_id="missing"), 404, "not_found")
        parse_problem(check(listed, bot_id="other"), 403, "forbidden")


def test_too_many_connections_are_reported_with_the_time_to_wait(functions: Functions) -> None:
    functions.publish(a_bot("default"))
    with run_functions(functions.aws, AnonymousConnectLimit="2") as limited:
        address = events.rest("check_connection")["requestContext"]["identity"]["sourceIp"]
        for _ in range(2):
            assert check(limited)["statusCode"] == 204
            rate_limiter().acquire(limits.connect_policy(2), address, timestamps.now())

        response = check(limited)

    assert (response["statusCode"], json.loads(response["body"])["error"]) == (429, "rate_limited")
    assert int(response["multiValueHeaders"]["Retry-After"][0]) in range(1, 62)
