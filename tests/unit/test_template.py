"""``template.yaml``: what is deployed, and what it may do."""

import importlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from conversations.engines.basic.host import MAX_TURN_SECONDS
from tests.template import (
    CONNECTIONS,
    EXAMPLE_NAMES,
    PATHS_FOR_PAGES,
    ROOT,
    Deployment,
    Grant,
    Route,
    functions,
    grants,
    properties,
    resources,
    routes,
    template,
)

TABLES = resources("AWS::DynamoDB::Table")
DURABLE = {"SessionsTable", "MessageHistoryTable", "BotDataTable"}

# ------------------------------------------------------------------------------------------------ functions, routes


def test_every_function_has_its_folder_and_every_folder_its_function() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}

    assert functions().keys() == folders


@pytest.mark.parametrize("folder", sorted(functions()))
def test_every_handler_is_there(folder: str) -> None:
    handler: str = properties(functions()[folder])["Handler"]
    module, _, name = handler.rpartition(".")

    assert module == f"{folder}.app"
    assert callable(getattr(importlib.import_module(module), name))


def test_the_routes_are_those_of_the_contract() -> None:
    assert routes() == {
        Route("rest", "POST /conversations/start", "start_conversation"),
        Route("rest", "POST /conversations/{conversation_id}/messages", "send_message"),
        Route("rest", "GET /conversations/{conversation_id}/history", "get_history"),
        Route("rest", "GET /conversations", "list_conversations"),
        Route("rest", "GET /conversations/{conversation_id}", "get_conversation"),
        Route("rest", "PATCH /conversations/{conversation_id}", "update_conversation"),
        Route("rest", "DELETE /conversations/{conversation_id}", "delete_conversation"),
        Route("rest", "POST /conversations/claim", "claim_conversation"),
        Route("rest", "GET /bots", "list_bots"),
        Route("rest", "POST /tickets", "create_ticket"),
        Route("rest", "GET /me/export", "export_me"),
        Route("rest", "DELETE /me", "delete_me"),
        Route("rest", "GET /health", "health"),
        Route("rest", "GET /openapi.json", "get_openapi"),
        Route("rest", "POST /{bot_id}/webhook/{name}", "webhook"),
        *(Route("rest", f"OPTIONS {path}", "preflight") for path in PATHS_FOR_PAGES),
        Route("socket", "$connect", "connect"),
        Route("socket", "message", "message"),
        Route("socket", "resume", "resume"),
        Route("socket", "ping", "ping"),
        Route("socket", "$default", "default"),
        Route("socket", "$disconnect", "disconnect"),
    }


def test_no_place_of_a_path_has_two_variables() -> None:
    """API Gateway refuses them: "A sibling of this resource already has a variable path part"."""
    names: dict[str, set[str]] = {}
    for route in routes():
        parts = route.key.partition(" ")[2].split("/")
        for place, part in enumerate(parts):
            if part.startswith("{"):
                names.setdefault("/".join(parts[:place]), set()).add(part)

    assert names
    assert not [place for place, found in names.items() if len(found) > 1]


def test_pages_of_other_origins_may_ask_about_every_path_but_the_webhooks() -> None:
    asked = {route.key.partition(" ")[2] for route in routes() if route.kind == "rest" and route.folder != "preflight"}

    assert asked - {"/{bot_id}/webhook/{name}"} == set(PATHS_FOR_PAGES)


def test_a_webhook_has_longer_than_its_script_and_api_gateway_longer_still() -> None:
    # 29 seconds is API Gateway's quota of an integration's timeout.
    assert MAX_TURN_SECONDS < properties("WebhookFunction")["Timeout"] <= 29
    assert properties("WebhookFunction")["Layers"] == [{"Ref": "BasicLayer"}]


def test_the_addresses_end_as_the_seed_writes_them() -> None:
    assert properties("RestApi")["StageName"] == "api"
    assert properties("WebSocketApi")["StageName"] == "ws"
    assert properties("WebSocketApi")["RouteSelectionExpression"] == "$request.body.type"


def test_the_rest_api_stands_above_the_socket_so_that_sam_finds_it() -> None:
    names = list(template()["Resources"])

    assert names.index("RestApi") < names.index("WebSocketApi")


def test_everything_but_what_anyone_may_ask_needs_a_token_and_a_plan() -> None:
    auth = properties("RestApi")["Auth"]
    assert (auth["DefaultAuthorizer"], auth["ApiKeyRequired"]) == ("Caller", True)
    open_to_all = {
        name
        for name in functions().values()
        for event in properties(name).get("Events", {}).values()
        if event["Type"] == "Api" and "Auth" in event["Properties"]
    }

    # A webhook's secret is checked by its function.
    assert open_to_all == {"HealthFunction", "GetOpenapiFunction", "PreflightFunction", "WebhookFunction"}


def test_every_handshake_is_asked_about() -> None:
    auth = properties("WebSocketApi")["Auth"]

    assert auth["AuthType"] == "CUSTOM"
    assert auth["AuthArn"] == {"Fn::GetAtt": ["AuthorizeFunction", "Arn"]}
    # One that is always there: a visitor brings no credential, and without its source the authorizer is not asked.
    assert auth["IdentitySource"] == ["route.request.header.Host"]


# ------------------------------------------------------------------------------------------------- least privilege


def of(actions: str, resource: str) -> set[Grant]:
    """Return grants on one resource, the actions by their short names."""
    queues = dict.fromkeys(resources("AWS::SQS::Queue"), "sqs")
    service = {**queues, CONNECTIONS: "execute-api", "BotsBucket/*": "s3"}.get(resource, "dynamodb")
    return {(f"{service}:{action}", resource) for action in actions.split()}


COUNTED = of("PutItem UpdateItem", "LimitsTable")
"""DynamoDBRateLimiter.admit: Update of the log, Put of the first one."""

ERASED = (
    of("GetItem UpdateItem BatchWriteItem", "SessionsTable")
    | of("Query BatchWriteItem", "MessageHistoryTable")
    | of("Query BatchWriteItem", "VisitorMessagesTable")
    | of("SendMessage", "ErasuresQueue")
)
"""DynamoDBConversationStore.get and mark_deleted; DynamoDBEraser; SqsErasureQueue."""

FORGOTTEN = (
    ERASED
    | of("Query", "SessionsTable/index")
    | of("Query DeleteItem", "ConnectionsTable")
    | of("BatchWriteItem", "LimitsTable")
    | of("Query BatchWriteItem", "BotDataTable")
    | of("ManageConnections", CONNECTIONS)
)
"""The same for everything of a user, whose sockets are closed."""

NEEDED: dict[str, set[Grant]] = {
    # DynamoDBBotCatalogue.get; DynamoDBConversationStore.create: Put of the row, Update of the counters, Put of the first message.
    "start_conversation": COUNTED
    | of("GetItem", "BotsTable")
    | of("PutItem UpdateItem", "SessionsTable")
    | of("PutItem", "MessageHistoryTable")
    | of("SendMessage", "RepliesQueue"),
    # DynamoDBBotCatalogue.get; DynamoDBMessageStore.append: a read at first, then Update of the row, Puts of message and marker.
    "send_message": COUNTED
    | of("GetItem", "BotsTable")
    | of("GetItem UpdateItem", "SessionsTable")
    | of("PutItem", "MessageHistoryTable")
    | of("SendMessage", "RepliesQueue"),
    # DynamoDBConversationStore.get; DynamoDBMessageStore.page.
    "get_history": COUNTED | of("GetItem", "SessionsTable") | of("Query", "MessageHistoryTable"),
    # DynamoDBConversationStore.list_of over the indexes, and count_of.
    "list_conversations": COUNTED | of("Query", "SessionsTable/index") | of("GetItem", "SessionsTable"),
    "get_conversation": of("GetItem", "SessionsTable"),
    "update_conversation": of("GetItem UpdateItem", "SessionsTable"),
    "delete_conversation": ERASED,
    # DynamoDBClaimStore; DynamoDBConnectionStore.of and remove for the visitor's sockets.
    "claim_conversation": of("GetItem UpdateItem", "SessionsTable")
    | of("Query BatchWriteItem", "VisitorMessagesTable")
    | of("PutItem BatchWriteItem", "MessageHistoryTable")
    | of("Query DeleteItem", "ConnectionsTable")
    | of("ManageConnections", CONNECTIONS),
    # DynamoDBBotCatalogue.all.
    "list_bots": of("GetItem", "BotsTable"),
    # DynamoDBTicketStore.issue.
    "create_ticket": of("PutItem", "TicketsTable"),
    "export_me": of("GetItem", "SessionsTable")
    | of("Query", "SessionsTable/index")
    | of("Query", "MessageHistoryTable")
    # DynamoDBMemoryStore.of.
    | of("Query", "BotDataTable"),
    "delete_me": FORGOTTEN,
    "erase": FORGOTTEN,
    "health": set(),
    "get_openapi": set(),
    "preflight": set(),
    # DynamoDBConversationStore.granted; DynamoDBTicketStore.burn.
    "authorize": of("GetItem", "SessionsTable") | of("DeleteItem", "TicketsTable"),
    # DynamoDBBotCatalogue.get; newest_active, get and create; DynamoDBConnectionStore.add; the welcome; a frame of that name.
    "connect": COUNTED
    | of("GetItem", "BotsTable")
    | of("Query", "SessionsTable/index")
    | of("GetItem PutItem UpdateItem", "SessionsTable")
    | of("PutItem", "ConnectionsTable")
    | of("SendMessage", "RepliesQueue")
    | of("SendMessage", "ExpiriesQueue")
    | of("ManageConnections", CONNECTIONS),
    # DynamoDBConnectionStore.get for the socket's own conversation; DynamoDBMessageStore.append; the acknowledgement.
    "message": COUNTED
    | of("GetItem", "BotsTable")
    | of("GetItem", "ConnectionsTable")
    | of("GetItem UpdateItem", "SessionsTable")
    | of("PutItem", "MessageHistoryTable")
    | of("PutItem", "VisitorMessagesTable")
    | of("SendMessage", "RepliesQueue")
    | of("ManageConnections", CONNECTIONS),
    # DynamoDBConversationStore.get; DynamoDBMessageStore.page; what was missed.
    "resume": COUNTED
    | of("GetItem", "SessionsTable")
    | of("Query", "MessageHistoryTable")
    | of("Query", "VisitorMessagesTable")
    | of("ManageConnections", CONNECTIONS),
    "ping": of("ManageConnections", CONNECTIONS),
    "default": of("ManageConnections", CONNECTIONS),
    # DynamoDBConnectionStore.remove; a frame of that name.
    "disconnect": of("DeleteItem", "ConnectionsTable") | of("ManageConnections", CONNECTIONS),
    # DynamoDBTurnStore: load by BatchGetItem, commit and give_up by Update and Put; DynamoDBConversationStore.grant;
    # DynamoDBMessageStore.page; DynamoDBConnectionStore: of, get (is a new socket still there?) and remove; DynamoDBBotCatalogue.get;
    # work that steps back, is postponed or put aside.
    "reply": of("BatchGetItem GetItem PutItem UpdateItem", "SessionsTable")
    | of("BatchGetItem PutItem Query", "MessageHistoryTable")
    | of("BatchGetItem PutItem Query", "VisitorMessagesTable")
    | of("SendMessage ChangeMessageVisibility", "RepliesQueue")
    | of("SendMessage", "RepliesDeadLetters")
    | of("Query GetItem DeleteItem", "ConnectionsTable")
    | of("GetItem", "BotsTable")
    # S3Programs; DynamoDBTableStore and DynamoDBMemoryStore; what is told later.
    | of("GetObject", "BotsBucket/*")
    | of("GetItem PutItem UpdateItem DeleteItem Query", "BotDataTable")
    | of("SendMessage", "TellingsQueue")
    | of("ManageConnections", CONNECTIONS),
    # DynamoDBBotCatalogue.with_secret; S3Programs; DynamoDBTableStore, DynamoDBMemoryStore, DynamoDBWebhookStore and its journal.
    "webhook": COUNTED
    | of("GetItem", "BotsTable")
    | of("GetObject", "BotsBucket/*")
    | of("GetItem PutItem UpdateItem DeleteItem Query", "BotDataTable"),
    # DynamoDBTurnStore.load; DynamoDBMessageStore.page; DynamoDBConnectionStore.of and remove; what is told later still.
    "tell": of("BatchGetItem", "SessionsTable")
    | of("Query", "MessageHistoryTable")
    | of("Query", "VisitorMessagesTable")
    | of("Query DeleteItem", "ConnectionsTable")
    | of("SendMessage", "TellingsQueue")
    | of("ManageConnections", CONNECTIONS),
    # DynamoDBTurnStore.unanswered; SqsTurnQueue.
    "relay": of("BatchGetItem", "SessionsTable") | of("SendMessage", "RepliesQueue"),
    # DynamoDBConversationStore.get; DynamoDBConnectionStore.of and remove; the next look.
    "expire": of("GetItem", "SessionsTable")
    | of("Query DeleteItem", "ConnectionsTable")
    | of("SendMessage", "ExpiriesQueue")
    | of("ManageConnections", CONNECTIONS),
}


@pytest.mark.parametrize("folder", sorted(functions()))
def test_a_function_may_do_what_its_adapters_ask_for_and_nothing_else(folder: str) -> None:
    granted = grants(folder)

    assert not NEEDED[folder] - granted, "it will be denied"
    assert not granted - NEEDED[folder], "it never asks for this"


def _statements() -> Iterator[dict[str, Any]]:
    for name in functions().values():
        for policy in properties(name).get("Policies", []):
            yield policy["Statement"]


def test_no_function_may_do_everything_or_to_everything() -> None:
    for statement in _statements():
        assert not [action for action in statement["Action"] if "*" in action]
        for resource in statement["Resource"]:
            assert resource != "*"
            wildcards = re.findall(r"[^/]*\*[^/]*", resource.get("Fn::Sub", ""))
            # All indexes of one table, or every method and socket of the one socket API.
            assert wildcards in ([], ["*"], ["*", "*"])


def test_no_function_has_a_policy_by_name() -> None:
    for name in functions().values():
        assert all(isinstance(policy, dict) for policy in properties(name).get("Policies", []))
        assert "Role" not in properties(name)


# ----------------------------------------------------------------------------------------------------------- data


def test_every_table_whose_items_end_deletes_them() -> None:
    ending = {name for name in TABLES if properties(name).get("TimeToLiveSpecification")}

    assert ending == TABLES.keys() - {"BotsTable"}
    for name in ending:
        assert properties(name)["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_what_people_said_survives_mistakes() -> None:
    assert template()["Parameters"]["DeletionProtection"]["Default"] == "true"
    for name in DURABLE:
        assert properties(name)["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert properties(name)["DeletionProtectionEnabled"] == {"Fn::If": ["Protected", True, False]}
        assert Deployment({}).resolve(properties(name)["DeletionProtectionEnabled"]) is True
        assert TABLES[name]["DeletionPolicy"] == TABLES[name]["UpdateReplacePolicy"] == "Retain"


def test_only_what_people_said_is_kept_when_the_stack_goes() -> None:
    for name in TABLES.keys() - DURABLE:
        assert TABLES[name]["DeletionPolicy"] == TABLES[name]["UpdateReplacePolicy"] == "Delete"


def test_nothing_is_paid_for_while_nobody_talks() -> None:
    assert {properties(name)["BillingMode"] for name in TABLES} == {"PAY_PER_REQUEST"}


# ---------------------------------------------------------------------------------------------------------- queue


def test_the_queue_keeps_the_order_of_each_conversation_and_loses_nothing() -> None:
    queue, dead_letters = properties("RepliesQueue"), properties("RepliesDeadLetters")

    assert queue["FifoQueue"] is dead_letters["FifoQueue"] is True
    assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["RepliesDeadLetters", "Arn"]}
    assert dead_letters["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


def test_no_work_is_handed_out_while_it_is_worked_on() -> None:
    assert properties("RepliesQueue")["VisibilityTimeout"] > properties("ReplyFunction")["Timeout"]


def test_a_failure_takes_its_own_record_and_no_other() -> None:
    (source,) = properties("ReplyFunction")["Events"].values()

    assert source["Properties"]["Queue"] == {"Fn::GetAtt": ["RepliesQueue", "Arn"]}
    assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_somebody_is_told_of_dead_letters_and_of_a_queue_that_stands() -> None:
    alarms = resources("AWS::CloudWatch::Alarm").values()
    values = [alarm["Properties"]["Dimensions"][0]["Value"] for alarm in alarms]
    watched = {value["Fn::GetAtt"][0] if "Fn::GetAtt" in value else value["Ref"] for value in values}

    assert watched == {"RepliesQueue", "RepliesDeadLetters", "RelayFunction"}


def test_the_relay_sees_every_message_a_user_or_visitor_stores_and_nothing_else_wakes_it() -> None:
    sources = [event["Properties"] for event in properties("RelayFunction")["Events"].values()]

    assert {source["Stream"]["Fn::GetAtt"][0] for source in sources} == {"MessageHistoryTable", "VisitorMessagesTable"}
    for source in sources:
        assert properties(source["Stream"]["Fn::GetAtt"][0])["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
        assert source["StartingPosition"] == "TRIM_HORIZON"
        # Within a minute, with the time of a cold start and of a retry.
        assert source["MaximumBatchingWindowInSeconds"] <= 30
        assert source["BatchSize"] <= 100
        (pattern,) = source["FilterCriteria"]["Filters"]
        assert json.loads(pattern["Pattern"]) == {
            "eventName": ["INSERT"],
            "dynamodb": {"NewImage": {"sender": {"S": ["user"]}}},
        }


# ----------------------------------------------------------------------------------------------------------- logs


def test_every_log_ends() -> None:
    for name in resources("AWS::Logs::LogGroup"):
        assert properties(name)["RetentionInDays"] == {"Ref": "LogRetentionInDays"}


def test_every_function_logs_to_a_group_of_ours() -> None:
    assert template()["Globals"]["Function"]["LoggingConfig"]["LogGroup"] == {"Ref": "FunctionLogs"}
    assert not [name for name in functions().values() if "LoggingConfig" in properties(name)]


@pytest.mark.parametrize(
    ("api", "setting", "group"),
    [("RestApi", "AccessLogSetting", "RestAccessLogs"), ("WebSocketApi", "AccessLogSettings", "WebSocketAccessLogs")],
)
def test_access_is_logged_without_ids_tokens_and_names(api: str, setting: str, group: str) -> None:
    access_log = properties(api)[setting]

    assert access_log["DestinationArn"] == {"Fn::GetAtt": [group, "Arn"]}
    variables = set(re.findall(r"\$context\.([\w.]+)", access_log["Format"]))
    assert json.loads(access_log["Format"]).keys() >= {"requestId", "status"}
    assert variables <= {
        "requestId",
        "httpMethod",
        "resourcePath",
        "status",
        "responseLatency",
        "responseLength",
        "connectionId",
        "routeKey",
        "eventType",
    }


# ----------------------------------------------------------------------------------------------- gateway responses


WORDS = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    413: "payload_too_large",
    429: "rate_limited",
    500: "internal",
    503: "unavailable",
}

GATEWAY_RESPONSES: dict[str, Any] = properties("RestApi")["GatewayResponses"]


@pytest.mark.parametrize("name", sorted(GATEWAY_RESPONSES))
def test_whatever_the_gateway_says_is_a_problem_in_the_contracts_words(name: str) -> None:
    response = GATEWAY_RESPONSES[name]
    body = json.loads(response["ResponseTemplates"]["application/json"])
    headers = response["ResponseParameters"]["Headers"]
    status = response["StatusCode"]

    assert body.keys() == {"type", "title", "status", "detail", "error"}
    assert (body["type"], body["status"], body["error"]) == ("about:blank", status, WORDS[status])
    assert headers["Content-Type"] == "'application/problem+json'"
    assert ("WWW-Authenticate" in headers) == (status == 401)
    assert ("Retry-After" in headers) == (status in (429, 503))


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("UNAUTHORIZED", 401),
        ("ACCESS_DENIED", 401),
        ("INVALID_API_KEY", 403),
        ("MISSING_AUTHENTICATION_TOKEN", 404),
        ("RESOURCE_NOT_FOUND", 404),
        ("REQUEST_TOO_LARGE", 413),
        ("THROTTLED", 429),
        ("QUOTA_EXCEEDED", 429),
        ("AUTHORIZER_FAILURE", 503),
        ("INTEGRATION_FAILURE", 503),
        ("INTEGRATION_TIMEOUT", 503),
        ("DEFAULT_4XX", 400),
        ("DEFAULT_5XX", 500),
    ],
)
def test_what_the_gateway_refuses_has_the_contracts_status(name: str, status: int) -> None:
    assert GATEWAY_RESPONSES[name]["StatusCode"] == status


# ------------------------------------------------------------------------------------------------------ usage plan


@pytest.mark.parametrize("plan", ["FreePlan", "PartnerPlan"])
def test_the_seeds_three_endpoints_are_throttled_in_the_seeds_proportions(plan: str) -> None:
    (stage,) = properties(plan)["ApiStages"]
    rates = {path: each["RateLimit"] for path, each in stage["Throttle"].items()}
    known = {f"{path}/{method}" for method, path in (route.key.split() for route in routes() if route.kind == "rest")}

    assert rates.keys() <= known
    assert rates["/conversations/{conversation_id}/messages/POST"] / rates["/conversations/GET"] == 60 / 30
    ratio = rates["/conversations/{conversation_id}/history/GET"] / rates["/conversations/GET"]
    assert ratio == pytest.approx(100 / 30, rel=0.01)


@pytest.mark.parametrize("tier", ["Free", "Partner"])
def test_the_authorizer_knows_the_key_of_each_plan(tier: str) -> None:
    variables = properties("AuthorizeFunction")["Environment"]["Variables"]
    text, filled_in = properties(f"{tier}Key")["Value"]["Fn::Sub"]

    assert text == f"{tier.lower()}-${{Uuid}}"
    assert filled_in == {"Uuid": variables["PLAN_KEY_SUFFIX"]}
    assert properties(f"{tier}PlanKey")["UsagePlanId"] == {"Ref": f"{tier}Plan"}
    assert properties(f"{tier}Plan")["Quota"]["Period"] == "MONTH"
    assert properties("RestApi")["ApiKeySourceType"] == "AUTHORIZER"


# ----------------------------------------------------------------------------------------------------- environment


def test_sockets_are_written_to_through_api_gateway_or_through_a_local_one() -> None:
    there = Deployment(EXAMPLE_NAMES).environment("message")["WEBSOCKET_ENDPOINT"]
    here = Deployment(EXAMPLE_NAMES, {"ExecuteApiUrl": "http://localhost:4566/_aws/execute-api"}).environment("message")

    assert there == "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/ws"
    assert here["WEBSOCKET_ENDPOINT"] == "http://localhost:4566/_aws/execute-api/a1b2c3d4e5/ws"


def test_the_issuer_is_the_stacks_own_or_the_one_that_is_named() -> None:
    own = Deployment(EXAMPLE_NAMES).environment("authorize")
    named = Deployment(EXAMPLE_NAMES, {"OidcIssuer": "https://id.example", "OidcAudience": "app"}).environment(
        "authorize"
    )

    assert own["OIDC_ISSUER"] == "https://cognito-idp.eu-central-1.amazonaws.com/UserPool"
    assert own["OIDC_JWKS_URL"] == f"{own['OIDC_ISSUER']}/.well-known/jwks.json"
    assert own["OIDC_AUDIENCE"] == "UserPoolClient"
    assert (named["OIDC_ISSUER"], named["OIDC_AUDIENCE"], named["OIDC_JWKS_URL"]) == ("https://id.example", "app", "")
    assert own["PLAN_KEY_SUFFIX"] == "01234567-89ab-cdef-0123-456789abcdef"
