"""The translated template: what SAM adds to ``template.yaml``, and the quotas of CloudFormation, IAM and Lambda."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.integration.translation import openapi_body, translate_template, translated_resources
from tests.template import EXAMPLE_NAMES, Deployment, functions, list_resources, properties

METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}
PUBLIC = {
    ("/conversations/{conversation_id}/files/{file_id}", "get"),
    ("/conversations/{conversation_id}/files/{file_id}", "head"),
    ("/connections/check", "get"),
    ("/connections/check", "head"),
    ("/health", "get"),
    ("/health", "head"),
    ("/openapi.json", "get"),
    ("/openapi.json", "head"),
    ("/{bot_id}/webhook/{name}", "post"),
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the path, the method and the definition of each operation."""
    for path, item in openapi_body()["paths"].items():
        for method, operation in item.items():
            assert method in METHODS
            yield path, method, operation


# ---------------------------------------------------------------------------------------------------------- REST API


def test_rest_api_has_one_stage() -> None:
    # Without `OpenApiVersion`, SAM's deployment creates a stage named `Stage` beside it.
    stages = [stage["StageName"] for stage in translated_resources("AWS::ApiGateway::Stage").values()]
    deployments = translated_resources("AWS::ApiGateway::Deployment").values()

    assert stages == ["api"]
    assert deployments
    assert not [deployment for deployment in deployments if "StageName" in deployment]


def test_usage_plans_are_for_the_stage() -> None:
    for plan in translated_resources("AWS::ApiGateway::UsagePlan").values():
        assert [(stage["ApiId"], stage["Stage"]) for stage in plan["ApiStages"]] == [({"Ref": "RestApi"}, "api")]


def test_used_security_schemes_are_defined() -> None:
    schemes = openapi_body()["components"]["securitySchemes"]
    used = {name for *_, operation in operations() for entry in operation["security"] for name in entry}

    assert used == {"Caller", "api_key"} == set(schemes)


def test_operations_need_token_and_plan_except_public_ones() -> None:
    for path, method, operation in operations():
        needed = sorted(name for entry in operation["security"] for name in entry)
        is_public = method == "options" or (path, method) in PUBLIC

        assert needed == ([] if is_public else ["Caller", "api_key"]), f"{method} {path}"


def test_api_gateway_answers_preflight_requests_itself() -> None:
    kinds = {
        method == "options": operation["x-amazon-apigateway-integration"]["type"]
        for _, method, operation in operations()
    }

    assert kinds == {True: "mock", False: "aws_proxy"}


def test_methods_without_credential_have_low_throttles() -> None:
    settings = translated_resources("AWS::ApiGateway::Stage")["RestApiapiStage"]["MethodSettings"]
    rates = {
        (setting["ResourcePath"][1:].replace("~1", "/"), setting["HttpMethod"].lower()): setting["ThrottlingRateLimit"]
        for setting in settings
        if setting["HttpMethod"] != "*"
    }
    open_to_all = {(path, method) for path, method, operation in operations() if not operation["security"]}

    assert rates.keys() == open_to_all, "template.yaml: list each method without credential in MethodSettings"
    assert max(rates.values()) <= 50


def test_responses_are_compressed() -> None:
    assert translated_resources("AWS::ApiGateway::RestApi")["RestApi"]["MinimumCompressionSize"] == 1024


# --------------------------------------------------------------------------------------------------------------- IAM


def test_functions_have_no_managed_policies_but_two_that_the_boundary_limits() -> None:
    roles = translated_resources("AWS::IAM::Role")
    attached = {
        str(policy) for name in functions().values() for policy in roles[f"{name}Role"].get("ManagedPolicyArns", [])
    }

    assert {policy.rpartition("/")[2] for policy in attached} == {
        "AWSLambdaBasicExecutionRole",
        "AWSXrayWriteOnlyAccess",
    }
    assert {str(roles[f"{name}Role"]["PermissionsBoundary"]) for name in functions().values()} == {
        "{'Ref': 'FunctionsBoundary'}"
    }


def _boundary() -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = properties("FunctionsBoundary")["PolicyDocument"]["Statement"]
    return statements


def test_boundary_allows_tracing_only_on_all_resources() -> None:
    wide = [action for statement in _boundary() if "*" in list_resources(statement) for action in statement["Action"]]

    assert set(wide) == {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
    assert {statement["Effect"] for statement in _boundary()} == {"Allow"}


def test_boundary_allows_logs_in_the_log_group_of_the_stack_only() -> None:
    logs = [statement for statement in _boundary() if any(action.startswith("logs:") for action in statement["Action"])]

    assert [statement["Resource"] for statement in logs] == [[{"Fn::GetAtt": ["FunctionLogs", "Arn"]}]]


@pytest.mark.parametrize("function", sorted(functions()))
def test_boundary_includes_all_permissions_of_the_function(function: str) -> None:
    """A permission that the boundary does not include has no effect on AWS."""
    allowed = [
        (action, resource)
        for statement in _boundary()
        for action in statement["Action"]
        for resource in list_resources(statement)
    ]
    missing = [
        f"{action} on {resource}"
        for policy in properties(functions()[function]).get("Policies", [])
        for action in policy["Statement"]["Action"]
        for resource in list_resources(policy["Statement"])
        if not any(fnmatchcase(action, pattern) and _is_included(resource, included) for pattern, included in allowed)
    ]

    assert missing == [], f"template.yaml: add to FunctionsBoundary: {', '.join(missing)}"


def _is_included(resource: object, included: object) -> bool:
    """Return whether a resource is one that the boundary names, which may end with a wildcard."""
    if isinstance(resource, dict) and isinstance(included, dict):
        wanted, pattern = resource.get("Fn::Sub"), included.get("Fn::Sub")
        if isinstance(wanted, str) and isinstance(pattern, str):
            return fnmatchcase(wanted, pattern)
    return resource == included


def test_only_services_of_the_stack_invoke_functions() -> None:
    permissions = translated_resources("AWS::Lambda::Permission")

    assert permissions
    for name, permission in permissions.items():
        assert permission["Principal"] == "apigateway.amazonaws.com", name
        source = json.dumps(permission["SourceArn"])
        assert "${RestApi}" in source or "__ApiId__" in source or "${WebSocketApi." in source, (name, source)


# ------------------------------------------------------------------------------------------------------------ quotas


def test_template_is_within_the_quotas_of_cloudformation() -> None:
    # AWS CloudFormation quotas: 500 resources, 200 parameters and outputs, a template of 1 MB in S3.
    template = translate_template()

    assert len(template["Resources"]) < 400
    assert len(template["Parameters"]) < 150
    assert len(template["Outputs"]) < 150
    assert len(json.dumps(template)) < 800_000


def test_roles_are_within_the_quotas_of_iam() -> None:
    # IAM quotas: 10,240 characters for the inline policies of a role, 6,144 for a managed policy, without white space.
    for name, role in translated_resources("AWS::IAM::Role").items():
        assert len(json.dumps(role.get("Policies", []), separators=(",", ":"))) < 10_240 * 0.8, name
    for name, policy in translated_resources("AWS::IAM::ManagedPolicy").items():
        assert len(json.dumps(policy["PolicyDocument"], separators=(",", ":"))) < 6_144 * 0.8, name


@pytest.mark.parametrize("function", sorted(functions()))
def test_environment_is_within_the_quota_of_lambda(function: str) -> None:
    """Names of resources begin with the name of the stack, which has at most 128 characters; here it has 64."""
    stack = "s" * 64
    names = {
        name: f"https://sqs.ap-southeast-1.amazonaws.com/123456789012/{stack}-{name}-0123456789ABC"
        if name.endswith(("Queue", "DeadLetters"))
        else f"{stack}-{name}-0123456789ABC"
        for name in EXAMPLE_NAMES
        if not name.startswith("AWS::")
    }
    example = {
        **names,
        "WebSocketApi": "a1b2c3d4e5",
        "AWS::Region": "ap-southeast-1",
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackName": stack,
        "AWS::StackId": EXAMPLE_NAMES["AWS::StackId"],
    }

    variables = Deployment(example).environment(function)

    # AWS Lambda quotas: 4 KB for all environment variables.
    assert sum(len(name) + len(value) for name, value in variables.items()) < 4_096
