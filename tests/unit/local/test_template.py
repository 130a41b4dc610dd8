"""Reading the template for the emulator fix-ups."""

from pathlib import Path

import pytest

from local import template

_TEMPLATE = """
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: !Ref Stage
      GatewayResponses:
        THROTTLED: {StatusCode: 429, ResponseTemplates: {application/json: '{}'}}
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties:
      ApiStages:
        - ApiId: !Ref Api
          Throttle: {/things/GET: {RateLimit: 2, BurstLimit: 3}}
  Expiring:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub ["${A}", {A: !GetAtt Api.Arn}]
      TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
  Permanent:
    Type: AWS::DynamoDB::Table
    Properties:
      Tags: !Split [",", "a,b"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "template.yaml"
    path.write_text(_TEMPLATE)
    return path


def test_gateway_responses_are_returned_by_type(file: Path) -> None:
    assert template.read_gateway_responses(file)["THROTTLED"]["StatusCode"] == 429


def test_rate_limits_are_returned_by_path_and_method(file: Path) -> None:
    (limits,) = template.read_method_throttling(file).values()
    assert limits == {"/things/GET": {"RateLimit": 2, "BurstLimit": 3}}


def test_only_tables_with_time_to_live_are_returned(file: Path) -> None:
    assert template.read_ttl_attributes(file) == {"Expiring": "expires_at"}


def test_template_of_the_project_can_be_read() -> None:
    assert "UNAUTHORIZED" in template.read_gateway_responses()
    assert "/conversations/GET" in template.read_method_throttling()["FreePlan"]
    assert "SessionsTable" in template.read_ttl_attributes()
