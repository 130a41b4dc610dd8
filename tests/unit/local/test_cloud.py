"""Deployments to AWS: environments, checks before the build, change sets, the website's files and their removal."""

import json
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.client import BaseClient
from botocore.stub import Stubber
from moto import mock_aws

from local.cloud import change_sets, publishing, requirements_check, undeployment, users, verification
from local.cloud.deployment import describe_deployment
from local.cloud.environments import Environment, read_environment
from local.errors import LocalStackError
from local.website import WebsiteFile
from tests.template import template
from tools.smoke.deployment import CheckFailedError

ENVIRONMENT = Environment("test", "conversations-test", "us-east-1")

SERVICES = {
    "ApiGateway": "apigateway",
    "CloudFront": "cloudfront",
    "CloudWatch": "cloudwatch",
    "Cognito": "cognito-idp",
    "DynamoDB": "dynamodb",
    "IAM": "iam",
    "Lambda": "lambda",
    "Logs": "logs",
    "Route53": "route53",
    "S3": "s3",
    "SES": "ses",
    "SNS": "sns",
    "Scheduler": "scheduler",
    "SQS": "sqs",
    "SecretsManager": "secretsmanager",
    "Serverless": "lambda",
    "WAFv2": "wafv2",
}
"""The prefix of the actions by the namespace of the resources."""


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def create_stack(**outputs: str) -> None:
    body = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName=ENVIRONMENT.stack_name, TemplateBody=json.dumps(body))


def test_default_environment_has_a_stack_and_a_website() -> None:
    environment = read_environment("default")

    assert (environment.stack_name, environment.region) == ("conversations", "us-east-1")
    assert environment.parameters == {"Arch": "arm64"}
    assert environment.has_website


@pytest.mark.parametrize("environment", ["local", "nowhere"])
def test_unknown_and_local_environments_are_refused(environment: str) -> None:
    with pytest.raises(LocalStackError, match=environment):
        read_environment(environment)


def test_domain_needs_a_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "samconfig.toml"
    file.write_text(
        'version = 0.1\n[x.global.parameters]\nstack_name = "x"\n[x.deploy.parameters]\nregion = "eu-west-1"\n'
        'parameter_overrides = ["WebsiteDomain=chat.example.com"]\n'
    )
    monkeypatch.setattr("local.cloud.environments.CONFIG_FILE", file)

    with pytest.raises(LocalStackError, match="WebsiteCertificateArn"):
        read_environment("x")


def test_description_has_the_format_of_a_local_stack() -> None:
    outputs = {"RestApiUrl": "https://rest", "WebSocketUrl": "wss://socket", "WebsiteUrl": "https://page"}

    description = describe_deployment(outputs, "eu-west-1")

    assert (description["api_url"], description["ws_url"]) == ("https://rest", "wss://socket")
    assert description["base_url"] == "https://page"
    assert description["cognito"] == {"user_pool_id": None, "client_id": None}


# ------------------------------------------------------------------------------------------------ before the build


def test_missing_credentials_are_named_before_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    boto3.DEFAULT_SESSION = None

    with pytest.raises(LocalStackError, match="no valid AWS credentials"):
        requirements_check.check_requirements(ENVIRONMENT)


@pytest.fixture
def simulation(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Stub IAM's simulation, which moto does not have; return the decisions by action, ``allowed`` by default."""
    decisions: dict[str, str] = {}
    original = BaseClient._make_api_call  # type: ignore[attr-defined] # noqa: SLF001 - botocore's hook for stubs

    def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if operation != "SimulatePrincipalPolicy":
            return dict(original(client, operation, arguments))
        names = arguments["ActionNames"]
        return {
            "EvaluationResults": [
                {"EvalActionName": name, "EvalDecision": decisions.get(name, "allowed")} for name in names
            ]
        }

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    return decisions


@mock_aws
@pytest.mark.usefixtures("simulation")
def test_new_stack_is_announced() -> None:
    account, stack, _ = requirements_check.check_requirements(ENVIRONMENT)

    assert account.startswith("Account 123456789012, Region us-east-1")
    assert stack == "Stack conversations-test is created."


@mock_aws
def test_missing_rights_are_named(simulation: dict[str, str]) -> None:
    simulation["cloudformation:CreateChangeSet"] = "implicitDeny"
    # Allowed for roles of the stack only; IAM was asked for all roles.
    simulation["iam:CreateRole"] = "implicitDeny"

    with pytest.raises(LocalStackError, match=r"missing: cloudformation:CreateChangeSet\."):
        requirements_check.check_requirements(ENVIRONMENT)


@mock_aws
@pytest.mark.usefixtures("simulation")
def test_own_stack_is_updated() -> None:
    create_stack(SessionsTableName="sessions")

    assert requirements_check.check_requirements(ENVIRONMENT)[1] == "Stack conversations-test is updated."


@mock_aws
def test_stack_of_another_application_is_refused() -> None:
    create_stack(SomethingElse="x")

    with pytest.raises(LocalStackError, match="another application"):
        requirements_check.check_requirements(ENVIRONMENT)


def test_policy_covers_the_services_of_all_resources() -> None:
    statements = json.loads(requirements_check.POLICY_FILE.read_text())["Statement"]
    allowed = {action.partition(":")[0] for statement in statements for action in statement["Action"]}
    used = {SERVICES[resource["Type"].split("::")[1]] for resource in template()["Resources"].values()}

    assert used <= allowed
    assert {"cloudformation", "sts"} <= allowed
    assert not [statement for statement in statements if "*" in statement["Action"]]


# ------------------------------------------------------------------------------------------------ the website's files


@mock_aws
def test_website_is_uploaded_with_types_cache_rules_and_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, page, docs = tmp_path / "a-HASH.js", tmp_path / "index.html", tmp_path / "viewer.html"
    for file in (script, page, docs):
        file.write_text(file.name)
    files = [WebsiteFile("/index.html", page), WebsiteFile("/assets/a-HASH.js", script), WebsiteFile("/docs/", docs)]
    monkeypatch.setattr(publishing, "list_files", lambda: files)
    s3, cloudfront = boto3.client("s3"), boto3.client("cloudfront")
    s3.create_bucket(Bucket="website")
    outputs = {
        "WebsiteBucketName": "website",
        "DistributionId": _create_distribution(),
        "UserPoolId": "us-east-1_Pool",
        "UserPoolClientId": "client",
    }

    assert publishing.publish_website(ENVIRONMENT, outputs) == 4

    keys = ("index.html", "assets/a-HASH.js", "docs/", "config.json")
    responses = {key: s3.get_object(Bucket="website", Key=key) for key in keys}
    stored = {key: (response["ContentType"], response["CacheControl"]) for key, response in responses.items()}
    assert stored == {
        "index.html": ("text/html; charset=utf-8", "no-cache"),
        "assets/a-HASH.js": ("text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        "docs/": ("text/html; charset=utf-8", "no-cache"),
        "config.json": ("application/json", "no-cache"),
    }
    assert json.loads(s3.get_object(Bucket="website", Key="config.json")["Body"].read()) == {
        "api_url": "/api",
        "ws_path": "/ws",
        "sign_in": {
            "issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Pool",
            "client_id": "client",
            "scope": "openid",
        },
    }
    (invalidation,) = cloudfront.list_invalidations(DistributionId=outputs["DistributionId"])["InvalidationList"][
        "Items"
    ]
    paths = cloudfront.get_invalidation(DistributionId=outputs["DistributionId"], Id=invalidation["Id"])
    assert paths["Invalidation"]["InvalidationBatch"]["Paths"]["Items"] == ["/", "/index.html", "/config.json"]


def test_page_signs_in_at_an_issuer_of_ones_own() -> None:
    environment = Environment("x", "x", "eu-west-1", {"OidcIssuer": "https://id.example", "OidcAudience": "chat"})

    config = publishing.build_page_config(environment, {})

    assert config["sign_in"] == {"issuer": "https://id.example", "client_id": "chat"}


# --------------------------------------------------------------------------------------------------- what will change


def test_summary_names_each_removed_and_replaced_resource() -> None:
    changes: list[Any] = [
        {"ResourceChange": {"Action": action, "LogicalResourceId": name, "ResourceType": kind, **more}}
        for action, name, kind, more in (
            ("Add", "A", "AWS::SQS::Queue", {}),
            ("Add", "B", "AWS::SQS::Queue", {}),
            ("Modify", "C", "AWS::Lambda::Function", {"Replacement": "False"}),
            ("Modify", "D", "AWS::DynamoDB::Table", {"Replacement": "True"}),
            ("Remove", "E", "AWS::Lambda::Function", {}),
        )
    ]

    assert change_sets.summarize(changes) == [
        "5 resources change:",
        "  add      2 AWS::SQS::Queue",
        "  modify   1 AWS::Lambda::Function",
        "  REPLACE  AWS::DynamoDB::Table D",
        "  remove   AWS::Lambda::Function E",
    ]


# --------------------------------------------------------------------------------------------------- users and removal


def test_user_is_invited_by_email() -> None:
    client = boto3.client("cognito-idp")
    expected = {
        "UserPoolId": "us-east-1_Pool",
        "Username": "ana",
        "UserAttributes": [
            {"Name": "email", "Value": "ana@example.com"},
            {"Name": "email_verified", "Value": "true"},
        ],
        "DesiredDeliveryMediums": ["EMAIL"],
    }
    with Stubber(client) as stub:
        stub.add_response("admin_create_user", {}, expected)
        stub.add_client_error("admin_create_user", "UsernameExistsException", "User account already exists")

        users.create_user(client, {"UserPoolId": "us-east-1_Pool"}, "ana@example.com")
        with pytest.raises(LocalStackError, match="already exists"):
            users.create_user(client, {"UserPoolId": "us-east-1_Pool"}, "ana@example.com")


def test_users_of_another_issuer_are_not_created_here() -> None:
    with pytest.raises(LocalStackError, match="OidcIssuer"):
        users.create_user(boto3.client("cognito-idp"), {}, "ana@example.com")


@mock_aws
def test_stack_is_deleted_only_after_its_name() -> None:
    create_stack(WebsiteBucketName="website")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="website")
    s3.put_object(Bucket="website", Key="docs/", Body=b"x")

    with pytest.raises(LocalStackError, match="Nothing was deleted"):
        undeployment.undeploy(ENVIRONMENT, lambda _: "conversations")
    assert s3.list_objects_v2(Bucket="website")["KeyCount"] == 1

    undeployment.undeploy(ENVIRONMENT, lambda _: "conversations-test")

    assert s3.list_objects_v2(Bucket="website")["KeyCount"] == 0
    with pytest.raises(LocalStackError, match="no stack"):
        undeployment.undeploy(ENVIRONMENT, lambda _: "conversations-test")


def test_all_resources_with_data_stay_and_have_a_price() -> None:
    ids = {name: f"id-{name}" for name in template()["Resources"]}
    retained = {
        name
        for name, resource in template()["Resources"].items()
        if resource.get("DeletionPolicy") == "Retain"
        and resource["Type"] in ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool")
    }

    kept = undeployment.list_kept(ids)

    assert {"SessionsTable", "MessageHistoryTable", "UserPool", "BotsBucket"} <= retained
    assert {line.split()[1].removesuffix(":").removeprefix("id-") for line in kept} == retained


def test_page_without_policy_fails_the_smoke_test(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text="<!doctype html>"))
    with httpx.Client(transport=transport) as client:
        monkeypatch.setattr(httpx, "get", client.get)
        with pytest.raises(CheckFailedError, match="policy"):
            verification.check_page("https://page.example")


def _create_distribution() -> str:
    config: Any = {
        "CallerReference": "x",
        "Comment": "",
        "Enabled": True,
        "Origins": {
            "Quantity": 1,
            "Items": [{"Id": "o", "DomainName": "x.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}],
        },
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
    }
    return str(boto3.client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]["Id"])
