"""What is read from the template beside the local AWS."""

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
  Fleeting:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub ["${A}", {A: !GetAtt Api.Arn}]
      TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
  Lasting:
    Type: AWS::DynamoDB::Table
    Properties:
      Tags: !Split [",", "a,b"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "template.yaml"
    path.write_text(_TEMPLATE)
    return path


def test_gateway_responses_are_found_by_type(file: Path) -> None:
    assert template.gateway_responses(file)["THROTTLED"]["StatusCode"] == 429


def test_limits_are_found_by_path_and_method(file: Path) -> None:
    (limits,) = template.method_throttles(file).values()
    assert limits == {"/things/GET": {"RateLimit": 2, "BurstLimit": 3}}


def test_only_tables_that_forget_are_found(file: Path) -> None:
    assert template.times_to_live(file) == {"Fleeting": "expires_at"}


def test_the_project_itself_can_be_read() -> None:
    assert "UNAUTHORIZED" in template.gateway_responses()
    assert "/conversations/GET" in template.method_throttles()["FreePlan"]
    assert "SessionsTable" in template.times_to_live()
