"""``template.yaml``: the deployed resources and their permissions."""

import importlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from conversations.adapters.dynamodb.journal_lease import LEASE_MARGIN_SECONDS
from conversations.config import ConnectSettings, IdentitySettings, ScheduleSettings, Settings
from conversations.contract.client_frames import FRAME_OPERATIONS
from conversations.contract.registry import OPERATIONS
from conversations.domain import turn_time
from conversations.domain.limits import WINDOW
from conversations.domain.received_mail import MAILS_PREFIX
from conversations.domain.sent_file import LINK_LIFETIME
from conversations.domain.upload import SEND_LIFETIME
from conversations.entrypoints import queue
from conversations.services.fan_out import OPENING_SECONDS
from tests.template import (
    EXAMPLE_NAMES,
    NO_TELEPHONES,
    POLLER_ACTIONS,
    ROOT,
    Deployment,
    Route,
    event_source_mappings,
    functions,
    grants,
    handler_module,
    list_resources,
    poller_grants,
    properties,
    resources,
    routes,
    template,
)

TABLES = resources("AWS::DynamoDB::Table")
_ENTRY_POINTS = list((ROOT / "functions").rglob("app.py"))
DURABLE = {"SessionsTable", "MessageHistoryTable", "BotDataTable"}

# ------------------------------------------------------------------------------------------------ functions, routes


def test_functions_match_folders() -> None:
    modules = {".".join(path.relative_to(ROOT / "functions").with_suffix("").parts) for path in _ENTRY_POINTS}

    assert {handler_module(name) for name in functions()} == modules, (
        "each folder in functions/ needs a function in template.yaml, and the reverse"
    )


@pytest.mark.parametrize("function", sorted(functions()))
def test_handler_exists(function: str) -> None:
    module, _, name = properties(functions()[function])["Handler"].rpartition(".")

    assert callable(getattr(importlib.import_module(module), name))


def test_routes_match_the_contract() -> None:
    expected = {
        *(Route("rest", f"{operation.method} {operation.path}", operation.name) for operation in OPERATIONS),
        *(Route("rest", f"HEAD {each.path}", each.name) for each in OPERATIONS if each.method == "GET"),
        Route("socket", "$connect", "connect"),
        *(Route("socket", operation.type, operation.type) for operation in FRAME_OPERATIONS),
        Route("socket", "$default", "default"),
        Route("socket", "$disconnect", "disconnect"),
    }
    different = sorted(f"{route.key} to {route.function}" for route in routes() ^ expected)

    assert different == [], (
        f"add or remove in template.yaml, contract/operations.py or contract/client_frames.py: {', '.join(different)}"
    )


def test_path_position_has_at_most_one_variable() -> None:
    """API Gateway refuses them: "A sibling of this resource already has a variable path part"."""
    names: dict[str, set[str]] = {}
    for route in routes():
        parts = route.key.partition(" ")[2].split("/")
        for position, part in enumerate(parts):
            if part.startswith("{"):
                names.setdefault("/".join(parts[:position]), set()).add(part)

    assert names
    assert not [prefix for prefix, variables in names.items() if len(variables) > 1]


def test_browsers_may_call_all_paths_except_webhooks() -> None:
    paths = properties("RestApi")["DefinitionBody"]["paths"]

    assert set(paths) == {operation.path for operation in OPERATIONS if not operation.scripted}, (
        "template.yaml: list the paths of the REST API, except webhooks, in DefinitionBody of RestApi"
    )
    assert all(item == {"options": paths["/conversations"]["options"]} for item in paths.values())


def test_parts_of_a_turn_fit_into_the_time_of_its_function() -> None:
    timeout = properties("RunTurnFunction")["Timeout"]
    # Before the script: its conversation is loaded, and a dead connection takes one try.
    announcing = turn_time.ANNOUNCE_CONNECT_SECONDS + turn_time.ANNOUNCE_READ_SECONDS
    after = turn_time.STORE_SECONDS + turn_time.DELIVER_SECONDS + queue.LAST_SECONDS

    assert announcing + turn_time.MAX_SCRIPT_SECONDS + after <= timeout
    assert turn_time.get_script_seconds(timeout - queue.LAST_SECONDS - announcing) == turn_time.MAX_SCRIPT_SECONDS
    assert properties("RepliesQueue")["VisibilityTimeout"] >= timeout
    waiting = properties("RunWaitingTurnsFunction")["Timeout"]
    assert waiting >= turn_time.MAX_TURN_SECONDS + queue.LAST_SECONDS
    before_answer = announcing + turn_time.MAX_SCRIPT_SECONDS
    assert turn_time.get_answer_seconds(waiting - queue.LAST_SECONDS - before_answer) == turn_time.MAX_ANSWER_SECONDS
    assert properties("DeliverDelayedFunction")["Timeout"] >= turn_time.DELIVER_SECONDS + queue.LAST_SECONDS


def test_connection_that_opens_is_not_removed_while_its_function_may_run() -> None:
    timeout = properties("ConnectFunction").get("Timeout", template()["Globals"]["Function"]["Timeout"])

    assert timeout < OPENING_SECONDS


def test_parts_of_a_webhook_fit_into_the_time_of_its_function() -> None:
    timeout = properties("WebhookFunction")["Timeout"]

    # 29 seconds is API Gateway's quota for the integration timeout.
    assert turn_time.MAX_SCRIPT_SECONDS + turn_time.STORE_SECONDS < timeout <= 29
    assert properties("WebhookFunction")["Layers"] == [{"Ref": "BasicLayer"}]


def test_urls_end_as_in_the_contract() -> None:
    assert properties("RestApi")["StageName"] == "api"
    assert properties("WebSocketApi")["StageName"] == "ws"
    assert properties("WebSocketApi")["RouteSelectionExpression"] == "$request.body.type"


def test_rest_api_is_above_websocket_api_for_sam_local() -> None:
    names = list(template()["Resources"])

    assert names.index("RestApi") < names.index("WebSocketApi")


def test_only_public_endpoints_need_no_token_and_plan() -> None:
    auth = properties("RestApi")["Auth"]
    assert (auth["DefaultAuthorizer"], auth["ApiKeyRequired"]) == ("Caller", True)
    public = {
        name
        for name in functions().values()
        for event in properties(name).get("Events", {}).values()
        if event["Type"] == "Api" and "Auth" in event["Properties"]
    }

    # The webhook function checks the secret itself.
    assert public == {
        "HealthFunction",
        "GetOpenapiFunction",
        "GetFileFunction",
        "CheckConnectionFunction",
        "WebhookFunction",
    }


def test_every_handshake_is_authorized() -> None:
    auth = properties("WebSocketApi")["Auth"]

    assert auth["AuthType"] == "CUSTOM"
    assert auth["AuthArn"] == {"Fn::GetAtt": ["AuthorizerFunction", "Arn"]}
    # Visitors send no credential, and the authorizer is not called if an identity source is missing.
    assert auth["IdentitySource"] == []


# ------------------------------------------------------------------------------------------------- least privilege
# tests/integration/permissions.py checks each grant against the requests of the functions, in both directions.


def _statements() -> Iterator[dict[str, Any]]:
    for name in functions().values():
        for policy in properties(name).get("Policies", []):
            yield policy["Statement"]


def test_policies_have_no_wildcards() -> None:
    for statement in _statements():
        assert not [action for action in statement["Action"] if "*" in action]
        for resource in statement.get("Resource", ()):
            assert resource != "*"
            # A profile calls models in other regions.
            arn = str(resource.get("Fn::Sub", "")).replace(":bedrock:*::", ":bedrock:")
            wildcards = re.findall(r"[^/]*\*[^/]*", arn)
            # All indexes of a table or objects of a bucket; all methods and connections of the WebSocket API.
            assert wildcards in ([], ["*"], ["*", "*"])


@pytest.mark.parametrize("function", sorted(functions()))
def test_boundary_allows_what_the_functions_may_do(function: str) -> None:
    boundary = properties("FunctionsBoundary")["PolicyDocument"]["Statement"]
    for policy in properties(functions()[function]).get("Policies", []):
        for action in policy["Statement"]["Action"]:
            patterns = {action, f"{action.partition(':')[0]}:*"}
            allowed = [
                item
                for statement in boundary
                if patterns & {*statement["Action"]}
                for item in list_resources(statement)
            ]
            missing = [each for each in list_resources(policy["Statement"]) if _widen(each) not in allowed]
            assert not missing, f"FunctionsBoundary in template.yaml: allow {action} on {missing}"


def test_functions_publish_to_telephones_only_and_only_with_a_sender() -> None:
    (excluded,) = {str(statement["NotResource"]) for statement in _statements() if "NotResource" in statement}
    assert excluded == str(NO_TELEPHONES)
    names = {"AWS::Partition": "aws"}

    assert [Deployment(names).resolve(each) for each in NO_TELEPHONES] == ["*"]
    assert [Deployment(names, {"SmsFrom": "SHOP"}).resolve(each) for each in NO_TELEPHONES] == ["arn:aws:sns:*:*:*"]


@pytest.mark.parametrize(
    ("sender", "is_valid"),
    [
        ("", True),
        ("SHOP", True),
        ("Shop24", True),
        ("+15550100", True),
        ("12345", True),
        ("AB", False),
        ("ABCDEFGHIJKL", False),
        ("123", False),
        ("My Shop", False),
        ("+1 555 0100", False),
        ("a+1", False),
    ],
)
def test_sender_of_text_messages_is_an_id_or_a_number(sender: str, *, is_valid: bool) -> None:
    pattern = template()["Parameters"]["SmsFrom"]["AllowedPattern"]

    assert (re.fullmatch(pattern, sender) is not None) == is_valid


def _widen(resource: Any) -> Any:  # noqa: ANN401 - any resource of a policy
    """Return all objects of a bucket for those of a folder."""
    text = resource.get("Fn::Sub") if isinstance(resource, dict) else None
    return {"Fn::Sub": text.partition("/!")[0] + "/*"} if isinstance(text, str) and ".Arn}/!" in text else resource


def test_functions_use_no_managed_policies() -> None:
    for name in functions().values():
        assert all(isinstance(policy, dict) for policy in properties(name).get("Policies", []))
        assert "Role" not in properties(name)


def test_event_sources_are_mappings_of_their_own() -> None:
    """For an event source in ``Events``, SAM adds a managed policy for all queues or streams of the account."""
    kinds = {event["Type"] for name in functions().values() for event in properties(name).get("Events", {}).values()}

    assert kinds == {"Api"}


@pytest.mark.parametrize("function", sorted(functions()))
def test_lambda_may_read_exactly_the_event_sources_of_the_function(function: str) -> None:
    reading = frozenset[str]().union(*POLLER_ACTIONS.values())

    assert poller_grants(function) <= grants(function)
    assert {grant for grant in grants(function) if grant[0] in reading} <= poller_grants(function)


# ----------------------------------------------------------------------------------------------------------- data


def test_tables_with_expiring_items_have_time_to_live() -> None:
    expiring = {name for name in TABLES if properties(name).get("TimeToLiveSpecification")}

    assert expiring == TABLES.keys() - {"BotsTable"}, (
        "give a table of template.yaml a TimeToLiveSpecification, or name it here if its items never expire"
    )
    for name in expiring:
        assert properties(name)["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_durable_tables_are_protected_and_backed_up() -> None:
    assert template()["Parameters"]["DeletionProtection"]["Default"] == "true"
    for name in DURABLE:
        assert properties(name)["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert properties(name)["DeletionProtectionEnabled"] == {"Fn::If": ["Protected", True, False]}
        assert Deployment({}).resolve(properties(name)["DeletionProtectionEnabled"]) is True
        assert TABLES[name]["DeletionPolicy"] == TABLES[name]["UpdateReplacePolicy"] == "Retain"


def test_bots_are_backed_up() -> None:
    assert properties("BotsTable")["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties("BotsBucket")["VersioningConfiguration"] == {"Status": "Enabled"}


def test_bucket_is_retained_as_it_cannot_be_deleted_while_it_has_objects() -> None:
    for name in ("BotsBucket", "DriveBucket"):
        bucket = template()["Resources"][name]
        assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"


def test_drive_is_private_encrypted_and_keeps_nothing_that_is_erased() -> None:
    bucket = properties("DriveBucket")

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert "BucketEncryption" in bucket
    assert "VersioningConfiguration" not in bucket
    parts, sent_files, uploads, mails = bucket["LifecycleConfiguration"]["Rules"]
    assert parts["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert (sent_files["Prefix"], sent_files["ExpirationInDays"]) == ("!sent/", LINK_LIFETIME.days)
    assert (uploads["Prefix"], uploads["ExpirationInDays"]) == ("!new/", SEND_LIFETIME.days)
    # A job waits for 14 days at most, and its dead letter again (SQS).
    assert mails["Prefix"] == MAILS_PREFIX
    assert mails["ExpirationInDays"] > 2 * 14


def test_pages_may_read_from_the_drive_and_send_forms_to_it() -> None:
    (rule,) = properties("DriveBucket")["CorsConfiguration"]["CorsRules"]

    assert (rule["AllowedMethods"], rule["AllowedOrigins"]) == (["GET", "POST"], ["*"])


@pytest.mark.parametrize("policy", ["BotsBucketPolicy", "DriveBucketPolicy"])
def test_bucket_refuses_requests_without_tls(policy: str) -> None:
    statement, *others = properties(policy)["PolicyDocument"]["Statement"]

    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert len(others) == (policy == "DriveBucketPolicy"), "Amazon SES stores mails"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_account_wide_role_is_optional() -> None:
    for name in ("ApiGatewayAccount", "ApiGatewayLogsRole"):
        assert template()["Resources"][name]["Condition"] == "SetsLogsRole"
    assert Deployment({}).is_true("SetsLogsRole")
    assert not Deployment({}, {"SetsApiGatewayLogsRole": "false"}).is_true("SetsLogsRole")


def test_other_tables_are_deleted_with_the_stack() -> None:
    for name in TABLES.keys() - DURABLE:
        assert TABLES[name]["DeletionPolicy"] == TABLES[name]["UpdateReplacePolicy"] == "Delete"


def test_tables_are_billed_per_request() -> None:
    assert {properties(name)["BillingMode"] for name in TABLES} == {"PAY_PER_REQUEST"}


# ---------------------------------------------------------------------------------------------------------- queue


TURN_QUEUES = {"RepliesQueue": "RunTurnFunction", "WaitingTurnsQueue": "RunWaitingTurnsFunction"}
"""The queues of turns, and their functions."""


@pytest.mark.parametrize(
    ("name", "target"), [("RepliesQueue", "RepliesDeadLetters"), ("WaitingTurnsQueue", "WaitingTurnsDeadLetters")]
)
def test_turns_queue_orders_each_conversation_and_has_dead_letter_queue(name: str, target: str) -> None:
    queue, dead_letters = properties(name), properties(target)

    assert queue["FifoQueue"] is dead_letters["FifoQueue"] is True
    assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [target, "Arn"]}
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 1_000  # SQS's maximum


def test_jobs_and_dead_letters_are_kept_as_long_as_possible() -> None:
    assert {name: properties(name)["MessageRetentionPeriod"] for name in resources("AWS::SQS::Queue")} == dict.fromkeys(
        resources("AWS::SQS::Queue"),
        1_209_600,  # SQS's maximum
    )


@pytest.mark.parametrize(("name", "function"), TURN_QUEUES.items())
def test_visibility_timeout_is_longer_than_function_timeout(name: str, function: str) -> None:
    assert properties(name)["VisibilityTimeout"] > properties(function)["Timeout"]


def test_lease_of_a_crashed_turn_ends_before_its_job_is_delivered_again() -> None:
    seconds_before_it_starts = 5

    for name, function in TURN_QUEUES.items():
        time_left = properties(function)["Timeout"] - queue.LAST_SECONDS
        lease = turn_time.get_run_seconds(time_left, waits=name == "WaitingTurnsQueue") + LEASE_MARGIN_SECONDS
        assert properties(name)["VisibilityTimeout"] > seconds_before_it_starts + lease


@pytest.mark.parametrize(("folder", "name"), [("run_turn", "RepliesQueue"), ("run_waiting_turns", "WaitingTurnsQueue")])
def test_turns_queue_reports_failures_per_record(folder: str, name: str) -> None:
    (source,) = event_source_mappings(folder)

    assert source["EventSourceArn"] == {"Fn::GetAtt": [name, "Arn"]}
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_each_dead_letter_queue_has_one_alarm() -> None:
    watched = Counter(
        alarm["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"].get("MetricName") == "ApproximateNumberOfMessagesVisible"
    )

    targets = [
        properties(name)["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for name in resources("AWS::SQS::Queue")
        if "RedrivePolicy" in properties(name)
    ]
    destinations = [
        mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
        for folder in functions()
        for mapping in event_source_mappings(folder)
        if "DestinationConfig" in mapping
    ]
    assert watched == Counter({*targets, *destinations})


def test_each_queue_without_dead_letters_is_a_dead_letter_queue_itself() -> None:
    assert {name for name in resources("AWS::SQS::Queue") if "RedrivePolicy" not in properties(name)} == {
        name for name in resources("AWS::SQS::Queue") if name.endswith("DeadLetters")
    }


@pytest.mark.parametrize("alarm", resources("AWS::CloudWatch::Alarm"))
def test_each_alarm_notifies_the_topic_and_is_documented(alarm: str) -> None:
    actions = properties(alarm)["AlarmActions"]

    assert actions == {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert f"| `{alarm}` |" in (ROOT / "docs/operations.md").read_text()
    assert f"\n## {alarm}\n" in (ROOT / "docs/runbooks.md").read_text()


def test_lambda_runs_a_bounded_number_of_workers_per_queue() -> None:
    bounds = {
        mapping["EventSourceArn"]["Fn::GetAtt"][0]: mapping["ScalingConfig"]["Fn::If"][1]["MaximumConcurrency"]["Ref"]
        for folder in functions()
        for mapping in event_source_mappings(folder)
        if mapping["EventSourceArn"]["Fn::GetAtt"][1] == "Arn"
    }
    defaults = {queue: template()["Parameters"][parameter]["Default"] for queue, parameter in bounds.items()}

    # Lambda's default quota is 1,000; most of it is for the APIs and the authorizer.
    assert sum(defaults.values()) <= 350
    assert max(defaults, key=lambda queue: defaults[queue]) == "RepliesQueue"


def test_nothing_is_reserved_by_default() -> None:
    """A new account may have so few executions that none can be reserved."""
    reserved = [name for name in functions().values() if "ReservedConcurrentExecutions" in properties(name)]

    assert reserved == ["ConnectFunction", "AuthorizerFunction"]
    for name in reserved:
        condition, parameter, absent = properties(name)["ReservedConcurrentExecutions"]["Fn::If"]
        assert template()["Conditions"][condition] == {"Fn::Not": [{"Fn::Equals": [parameter, 0]}]}
        assert template()["Parameters"][parameter["Ref"]]["Default"] == 0
        assert absent == {"Ref": "AWS::NoValue"}


def test_relay_is_triggered_by_new_messages_of_users_and_visitors_only() -> None:
    sources = event_source_mappings("relay_outbox")
    tables = [source["EventSourceArn"]["Fn::GetAtt"][0] for source in sources]

    assert set(tables) == {"MessageHistoryTable", "VisitorMessagesTable"}
    for table, source in zip(tables, sources, strict=True):
        assert properties(table)["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
        assert source["StartingPosition"] == "TRIM_HORIZON"
        assert source["BatchSize"] <= 100
        # A day of failing, AWS's default, would hold back the shard until its records are lost.
        assert 0 < source["MaximumRecordAgeInSeconds"] <= 6 * 60 * 60
        assert 0 < source["MaximumRetryAttempts"] <= 1_000
        assert source["BisectBatchOnFunctionError"]
        (pattern,) = source["FilterCriteria"]["Filters"]
        assert json.loads(pattern["Pattern"]) == {
            "eventName": ["INSERT"],
            "dynamodb": {"NewImage": {"sender": {"S": ["user"]}}},
        }


@pytest.mark.parametrize(("function", "prefix"), [("relay_changes", "!changes#"), ("create_schedules", "!schedules#")])
def test_relay_of_bot_data_is_triggered_by_nothing_else_and_holds_no_shard(function: str, prefix: str) -> None:
    (source,) = event_source_mappings(function)

    assert source["EventSourceArn"] == {"Fn::GetAtt": ["BotDataTable", "StreamArn"]}
    assert properties("BotDataTable")["StreamSpecification"] == {"StreamViewType": "KEYS_ONLY"}
    assert 0 < source["MaximumRecordAgeInSeconds"] <= 6 * 60 * 60
    assert 0 < source["MaximumRetryAttempts"] <= 1_000
    assert source["BisectBatchOnFunctionError"]
    (pattern,) = source["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {
        "eventName": ["INSERT"],
        "dynamodb": {"Keys": {"bot_table": {"S": [{"prefix": prefix}]}}},
    }


def test_one_function_may_create_schedules_and_pass_their_role_on() -> None:
    allowed = {name for name in functions() for action, _ in grants(name) if action.startswith(("scheduler:", "iam:"))}
    (statement,) = (
        policy["Statement"]
        for policy in properties("CreateSchedulesFunction")["Policies"]
        if policy["Statement"]["Action"] == ["iam:PassRole"]
    )

    assert allowed == {"create_schedules"}
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


def test_scheduler_may_only_queue_runs_and_dead_letters() -> None:
    (policy,) = properties("SchedulerRole")["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert statement["Action"] == ["sqs:SendMessage"]
    assert statement["Resource"] == [
        {"Fn::GetAtt": [queue, "Arn"]} for queue in ("AutomationsQueue", "AutomationRelayDeadLetters")
    ]
    # EventBridge Scheduler requires it of a FIFO queue.
    assert properties("AutomationsQueue")["ContentBasedDeduplication"]


def test_mail_is_received_only_with_a_domain_and_by_the_own_account() -> None:
    own_account = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    for name in ("ReceivedMailsTopic", "ReceivedMailsQueuePolicy", "ReceiptRuleSet", "ReceiptRule"):
        assert template()["Resources"][name]["Condition"] == "ReceivesMail"
    assert not Deployment({}).is_true("ReceivesMail")
    assert Deployment({}, {"MailDomain": "mail.example.com"}).is_true("ReceivesMail")
    (store,) = properties("ReceiptRule")["Rule"]["Actions"]
    assert store["S3Action"]["ObjectKeyPrefix"] == MAILS_PREFIX
    assert properties("ReceiptRule")["Rule"]["ScanEnabled"]
    (condition, statement, _) = properties("DriveBucketPolicy")["PolicyDocument"]["Statement"][1]["Fn::If"]
    assert (condition, statement["Action"]) == ("ReceivesMail", "s3:PutObject")
    assert statement["Resource"] == {"Fn::Sub": "${DriveBucket.Arn}/!mail/*"}
    assert statement["Condition"] == own_account
    (publish,) = properties("ReceivedMailsTopicPolicy")["PolicyDocument"]["Statement"]
    assert (publish["Action"], publish["Condition"]) == ("sns:Publish", own_account)


def test_outbox_is_checked_after_the_longest_turn_and_within_40_seconds() -> None:
    delay = properties("OutboxQueue")["DelaySeconds"]

    assert delay >= turn_time.MAX_SCRIPT_SECONDS
    for source in event_source_mappings("relay_outbox"):
        # A cold start and a retry come in addition.
        assert delay + source["MaximumBatchingWindowInSeconds"] <= 30


# ----------------------------------------------------------------------------------------------------------- logs


def test_log_groups_have_retention() -> None:
    for name in resources("AWS::Logs::LogGroup"):
        assert properties(name)["RetentionInDays"] == {"Ref": "LogRetentionInDays"}


def test_functions_log_to_the_log_group_of_the_stack() -> None:
    assert template()["Globals"]["Function"]["LoggingConfig"]["LogGroup"] == {"Ref": "FunctionLogs"}
    assert not [name for name in functions().values() if "LoggingConfig" in properties(name)]


@pytest.mark.parametrize(
    ("api", "setting", "group"),
    [("RestApi", "AccessLogSetting", "RestAccessLogs"), ("WebSocketApi", "AccessLogSettings", "WebSocketAccessLogs")],
)
def test_access_logs_have_no_ids_tokens_or_names(api: str, setting: str, group: str) -> None:
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


ERROR_CODES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    413: "payload_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    500: "internal",
    503: "unavailable",
}

GATEWAY_RESPONSES: dict[str, Any] = properties("RestApi")["GatewayResponses"]


@pytest.mark.parametrize("name", sorted(GATEWAY_RESPONSES))
def test_gateway_response_is_problem_with_error_code_of_the_contract(name: str) -> None:
    response = GATEWAY_RESPONSES[name]
    body = json.loads(response["ResponseTemplates"]["application/json"])
    headers = response["ResponseParameters"]["Headers"]
    status = response["StatusCode"]

    assert body.keys() == {"type", "title", "status", "detail", "error"}
    assert (body["type"], body["status"], body["error"]) == ("about:blank", status, ERROR_CODES[status])
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
        ("UNSUPPORTED_MEDIA_TYPE", 415),
        ("WAF_FILTERED", 403),
        ("THROTTLED", 429),
        ("QUOTA_EXCEEDED", 429),
        ("AUTHORIZER_FAILURE", 503),
        ("INTEGRATION_FAILURE", 503),
        ("INTEGRATION_TIMEOUT", 503),
        ("DEFAULT_4XX", 400),
        ("DEFAULT_5XX", 500),
    ],
)
def test_gateway_response_has_status_of_the_contract(name: str, status: int) -> None:
    assert GATEWAY_RESPONSES[name]["StatusCode"] == status


# ------------------------------------------------------------------------------------------------------ usage plan


def get_rate(value: dict[str, str]) -> int:
    """Return the default of the parameter that a throttle refers to."""
    return int(template()["Parameters"][value["Ref"]]["Default"])


@pytest.mark.parametrize("plan", ["FreePlan", "PartnerPlan"])
def test_usage_plan_throttles_no_method_below_its_rate_limit(plan: str) -> None:
    (stage,) = properties(plan)["ApiStages"]
    rates = {path: throttle["RateLimit"] for path, throttle in stage["Throttle"].items()}
    policies = {f"{operation.path}/{operation.method}": operation.policy for operation in OPERATIONS}

    assert rates.keys() <= policies.keys()
    for method, rate in rates.items():
        policy = policies[method]
        assert policy is not None
        assert rate >= policy.limit / WINDOW.total_seconds()


def test_usage_plans_protect_account_and_not_users_from_each_other() -> None:
    throttles = [properties(plan)["Throttle"] for plan in ("FreePlan", "PartnerPlan")]
    (stage,) = [each for each in properties("RestApi")["MethodSettings"] if each["ResourcePath"] == "/*"]
    rates = [get_rate(throttle["RateLimit"]) for throttle in throttles]

    # A quota of a month is shared by all users of the plan: one of them can use it up.
    assert not any("Quota" in properties(plan) for plan in ("FreePlan", "PartnerPlan"))
    # The quotas of an account: 10,000 requests per second, and bursts of 5,000.
    assert sum(rates) <= 10_000
    assert max(get_rate(throttle["BurstLimit"]) for throttle in throttles) <= 5_000
    # One tier does not use up the throttle of a method for the other.
    assert max(rates) < get_rate(stage["ThrottlingRateLimit"])


@pytest.mark.parametrize("tier", ["Free", "Partner"])
def test_authorizer_knows_api_key_of_each_plan(tier: str) -> None:
    variables = properties("AuthorizerFunction")["Environment"]["Variables"]
    text, substitutions = properties(f"{tier}Key")["Value"]["Fn::Sub"]

    assert text == f"{tier.lower()}-${{Uuid}}"
    assert substitutions == {"Uuid": variables["PLAN_KEY_SUFFIX"]}
    assert properties(f"{tier}PlanKey")["UsagePlanId"] == {"Ref": f"{tier}Plan"}
    assert properties("RestApi")["ApiKeySourceType"] == "AUTHORIZER"


# ----------------------------------------------------------------------------------------------------- environment


def test_environment_has_the_variables_of_the_settings() -> None:
    variables = {
        *template()["Globals"]["Function"]["Environment"]["Variables"],
        *properties("AuthorizerFunction")["Environment"]["Variables"],
        *properties("ConnectFunction")["Environment"]["Variables"],
        *properties("CreateSchedulesFunction")["Environment"]["Variables"],
    }
    models = (Settings, IdentitySettings, ConnectSettings, ScheduleSettings)
    read = {str(field.alias) for model in models for field in model.model_fields.values()}
    unread = {name for name in variables - read if not name.startswith(("POWERTOOLS_", "PYDANTIC_"))}

    assert not read - variables, f"template.yaml: add {read - variables} to Environment.Variables in Globals."
    assert not unread, f"conversations/config.py: add a field for each of {unread}, or remove them from template.yaml."


def test_websocket_endpoint_is_api_gateway_or_local_one() -> None:
    on_aws = Deployment(EXAMPLE_NAMES).environment("message")["WEBSOCKET_ENDPOINT"]
    local = Deployment(EXAMPLE_NAMES, {"ExecuteApiUrl": "http://localhost:4566/_aws/execute-api"}).environment(
        "message"
    )

    assert on_aws == "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/ws"
    assert local["WEBSOCKET_ENDPOINT"] == "http://localhost:4566/_aws/execute-api/a1b2c3d4e5/ws"


def test_issuer_is_user_pool_unless_parameter_names_another() -> None:
    default = Deployment(EXAMPLE_NAMES).environment("authorizer")
    custom = Deployment(EXAMPLE_NAMES, {"OidcIssuer": "https://id.example", "OidcAudience": "app"}).environment(
        "authorizer"
    )

    assert default["OIDC_ISSUER"] == "https://cognito-idp.eu-central-1.amazonaws.com/UserPool"
    assert default["OIDC_JWKS_URL"] == f"{default['OIDC_ISSUER']}/.well-known/jwks.json"
    assert default["OIDC_AUDIENCE"] == "UserPoolClient"
    assert (custom["OIDC_ISSUER"], custom["OIDC_AUDIENCE"], custom["OIDC_JWKS_URL"]) == (
        "https://id.example",
        "app",
        "",
    )
    assert default["PLAN_KEY_SUFFIX"] == "01234567-89ab-cdef-0123-456789abcdef"
