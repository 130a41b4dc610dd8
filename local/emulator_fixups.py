"""Applies, with API calls, the parts of the template that the emulator ignores. AWS needs none of these calls."""

import json
from contextlib import suppress

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from local import template
from local.aws import CREDENTIALS, Deployment, create_session
from local.settings import MAIL_FROM, REGION, Settings

_STAGE = "api"
_MAPPINGS = 4


def apply_fixups(settings: Settings, deployment: Deployment) -> None:
    """Apply the parts of the template that the emulator ignores. Idempotent."""
    put_gateway_responses(settings, deployment)
    set_method_throttling(settings, deployment)
    enable_time_to_live(settings, deployment)
    add_event_source_mappings(settings, deployment)
    allow_sign_in_pages(settings, deployment)
    verify_mail_sender(settings)


def put_gateway_responses(settings: Settings, deployment: Deployment) -> None:
    """Put each gateway response with its own API call.

    AWS reads them from the OpenAPI body of the API, where SAM writes them; MiniStack reads only the paths of it.
    """
    client = create_session().client("apigateway", endpoint_url=settings.aws_endpoint)
    api = deployment.outputs["RestApiId"]
    for kind, response in template.read_gateway_responses(allowed_origins=settings.allowed_origins).items():
        headers = response.get("ResponseParameters", {}).get("Headers", {})
        client.put_gateway_response(
            restApiId=api,
            responseType=kind,  # type: ignore[arg-type]
            statusCode=str(response["StatusCode"]),
            responseTemplates=response["ResponseTemplates"],
            responseParameters={f"gatewayresponse.header.{name}": value for name, value in headers.items()},
        )
    client.create_deployment(restApiId=api, stageName=_STAGE)


def set_method_throttling(settings: Settings, deployment: Deployment) -> None:
    """Set the rate limits per method of the usage plans.

    AWS applies those of CloudFormation. MiniStack stores them under the property names of CloudFormation but reads them
    by the names of the API. Its UpdateUsagePlan expects a list where AWS expects a path to one number, so boto3 cannot
    make this call.
    """
    for plan, throttles in template.read_method_throttling().items():
        limits = {
            method: {"rateLimit": throttle["RateLimit"], "burstLimit": throttle["BurstLimit"]}
            for method, throttle in throttles.items()
        }
        stage = {"apiId": deployment.outputs["RestApiId"], "stage": _STAGE, "throttle": limits}
        body = json.dumps({"patchOperations": [{"op": "replace", "path": "/apiStages", "value": [stage]}]})
        url = f"{settings.aws_endpoint}/usageplans/{deployment.resources[plan]}"
        request = AWSRequest("PATCH", url, {"Content-Type": "application/json"}, body)
        SigV4Auth(CREDENTIALS, "apigateway", REGION).add_auth(request)
        httpx.patch(url, content=body, headers=dict(request.headers), trust_env=False).raise_for_status()


def enable_time_to_live(settings: Settings, deployment: Deployment) -> None:
    """Enable the deletion of expired items.

    AWS applies the TimeToLiveSpecification of the template and deletes within days; MiniStack ignores it.
    """
    client = create_session().client("dynamodb", endpoint_url=settings.aws_endpoint)
    for table, attribute in template.read_ttl_attributes().items():
        client.update_time_to_live(
            TableName=deployment.resources[table],
            TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute},
        )


def add_event_source_mappings(settings: Settings, deployment: Deployment) -> None:
    """Add event source mappings, so that several conversations are answered in parallel.

    AWS runs as many workers as a FIFO queue has groups with messages. MiniStack runs one batch per event source mapping
    and delivers the messages of a group in order across mappings, so several mappings behave like one on AWS.
    """
    client = create_session().client("lambda", endpoint_url=settings.aws_endpoint)
    for output in ("RunTurnFunctionName", "RunWaitingTurnsFunctionName"):
        mappings = client.list_event_source_mappings(FunctionName=deployment.outputs[output])["EventSourceMappings"]
        first, *others = mappings
        for _ in range(_MAPPINGS - 1 - len(others)):
            client.create_event_source_mapping(
                EventSourceArn=first["EventSourceArn"],
                FunctionName=first["FunctionArn"],
                BatchSize=first["BatchSize"],
                FunctionResponseTypes=first["FunctionResponseTypes"],
            )


def allow_sign_in_pages(settings: Settings, deployment: Deployment) -> None:
    """Let the page of the front door use the sign-in pages of the user pool: authorization code with PKCE."""
    client = create_session().client("cognito-idp", endpoint_url=settings.aws_endpoint)
    pages = [f"{origin}/" for origin in (settings.base_url, settings.front_door_url)]
    client.update_user_pool_client(
        UserPoolId=deployment.outputs["UserPoolId"],
        ClientId=deployment.outputs["UserPoolClientId"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        CallbackURLs=pages,
        LogoutURLs=pages,
    )


def verify_mail_sender(settings: Settings) -> None:
    """Verify the sender of mails, which the owner of an address does on AWS."""
    client = create_session().client("sesv2", endpoint_url=settings.aws_endpoint)
    with suppress(client.exceptions.AlreadyExistsException):
        client.create_email_identity(EmailIdentity=MAIL_FROM)
