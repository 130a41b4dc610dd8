"""The example events of endpoints and frames in ``events``, in the shape of API Gateway's proxy integrations."""

import json
from collections.abc import Mapping
from typing import Any

from conversations.contract.client_frames import FRAME_OPERATIONS, FrameOperation
from conversations.contract.operation import Operation
from conversations.contract.operations import GET_HISTORY
from conversations.contract.registry import OPERATIONS
from tools.api import examples
from tools.api.schemas import Json
from tools.documents import ROOT

FOLDER = ROOT / "events"

_HOST = "f6g7h8i9j0.execute-api.us-east-1.amazonaws.com"
_DOMAIN = "chat.example.com"
_BASE_PATH = "v1"
_OWNER = "user:3f2c8d1e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
_TOKEN = "eyJraWQiOiJyc2EtMSIsImFsZyI6IlJTMjU2IiwidHlwIjoiSldUIn0.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl"  # noqa: S105 - opens nothing
_SECRET = "b6Jm2xQe8Vw4Zr1Ty7Uo3Ip9As5Df0GhKlXcVbNmQwE"  # noqa: S105 - likewise

_REQUEST_TIME = "15/Jan/2024:10:00:00 +0000"
_REQUEST_MILLISECONDS = 1705312800000

_AUTHORIZER: Json = {
    "owner": _OWNER,
    "expires_at": "4102444800",
    "principalId": _OWNER,
    "integrationLatency": 12,
}
_IDENTITY: Json = {
    "cognitoIdentityPoolId": None,
    "accountId": None,
    "cognitoIdentityId": None,
    "caller": None,
    "sourceIp": "203.0.113.7",
    "principalOrgId": None,
    "accessKey": None,
    "cognitoAuthenticationType": None,
    "cognitoAuthenticationProvider": None,
    "userArn": None,
    "userAgent": "curl/8.14.1",
    "user": None,
}
_API_KEY: Json = {"apiKey": "01234567-89ab-cdef-0123-456789abcdef", "apiKeyId": "k1l2m3n4o5"}


def generate() -> dict[str, Json]:
    """Return the event of each REST function and of each frame, by its path below ``events`` without suffix."""
    events = {f"rest/{operation.name}": _build_event(operation) for operation in OPERATIONS}
    events["rest/get_history.base_path"] = add_base_path(_build_event(GET_HISTORY))
    return events | {f"websocket/{operation.type}": _build_frame_event(operation) for operation in FRAME_OPERATIONS}


def format_event(event: Json) -> str:
    """Return the text of an event's file."""
    return json.dumps(event, indent=2) + "\n"


def add_base_path(event: Json) -> Json:
    """Return the event as it is sent by a custom domain whose API mapping has a base path."""
    path = f"/{_BASE_PATH}{event['path']}"
    context = event["requestContext"] | {"path": path, "domainName": _DOMAIN, "domainPrefix": _DOMAIN.partition(".")[0]}
    headers = event["headers"] | {"Host": _DOMAIN}
    return event | {
        "path": path,
        "headers": headers,
        "multiValueHeaders": _to_lists(headers),
        "requestContext": context,
    }


def _build_event(operation: Operation[Any]) -> Json:
    has_caller = not operation.public and not operation.scripted
    body = examples.get_request(operation) if _needs_body(operation) else None
    parameters = {name: _get_path_parameter(operation, name) for name in operation.get_path_parameters()}
    return _build_proxy_event(
        operation.method,
        operation.path,
        headers=_build_headers(operation, has_caller=has_caller, has_body=body is not None),
        parameters=parameters,
        query=examples.QUERIES.get(operation.name),
        body=body,
        has_caller=has_caller,
    )


def _needs_body(operation: Operation[Any]) -> bool:
    return operation.scripted or (operation.method in ("POST", "PATCH", "PUT") and operation.body_required)


def _get_path_parameter(operation: Operation[Any], name: str) -> str:
    """Return the example of a path parameter; a webhook's bot is the default one, which has its script in the tests."""
    if operation.scripted and name == "bot_id":
        return "default"
    return str(examples.get_parameter(name))


def _build_headers(operation: Operation[Any], *, has_caller: bool, has_body: bool) -> dict[str, str]:
    headers = {"Accept": "*/*" if operation.scripted else "application/json"}
    if has_caller:
        headers["Authorization"] = f"Bearer {_TOKEN}"
    if has_body:
        headers["Content-Type"] = "application/json"
    if operation.scripted:
        headers |= {"Idempotency-Key": str(examples.get_parameter("Idempotency-Key")), "X-Webhook-Secret": _SECRET}
    return _build_common_headers(headers)


def _build_common_headers(headers: Mapping[str, str]) -> dict[str, str]:
    common = {
        "Host": _HOST,
        "User-Agent": str(_IDENTITY["userAgent"]),
        "X-Amzn-Trace-Id": "Root=1-65a50500-5b6c7d8e9f0a1b2c3d4e5f60",
        "X-Forwarded-For": str(_IDENTITY["sourceIp"]),
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return dict(sorted((common | dict(headers)).items()))


def _build_proxy_event(  # noqa: PLR0913 - a request has many parts
    method: str,
    resource: str,
    *,
    headers: Mapping[str, str],
    parameters: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    body: object = None,
    has_caller: bool = False,
) -> Json:
    path = resource
    for name, value in (parameters or {}).items():
        path = path.replace(f"{{{name}}}", value)
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": dict(headers),
        "multiValueHeaders": _to_lists(headers),
        "queryStringParameters": dict(query) if query else None,
        "multiValueQueryStringParameters": _to_lists(query) if query else None,
        "pathParameters": dict(parameters) if parameters else None,
        "stageVariables": None,
        "requestContext": _build_context(method, resource, path, has_caller=has_caller),
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def _build_frame_event(operation: FrameOperation[Any]) -> Json:
    frame, *_ = examples.get_frames(operation.model.__name__)
    context = {
        "routeKey": operation.type,
        "authorizer": _AUTHORIZER,
        "eventType": "MESSAGE",
        "extendedRequestId": "RkNhVGHqoAMFvBw=",
        "requestTime": _REQUEST_TIME,
        "messageDirection": "IN",
        "stage": "ws",
        "connectedAt": _REQUEST_MILLISECONDS - 50,
        "requestTimeEpoch": _REQUEST_MILLISECONDS,
        "identity": {"sourceIp": _IDENTITY["sourceIp"]},
        "requestId": "RkNhVGHqoAMFvBw=",
        "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
        "connectionId": "RkNhVcOFoAMCIhw=",
        "apiId": "a1b2c3d4e5",
        "messageId": "RkNhVdGHIAMCIhw=",
    }
    return {"requestContext": context, "body": json.dumps(frame), "isBase64Encoded": False}


def _to_lists(values: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in values.items()}


def _build_context(method: str, resource: str, path: str, *, has_caller: bool) -> Json:
    authorizer = {"authorizer": _AUTHORIZER} if has_caller else {}
    return authorizer | {
        "resourceId": "ab12cd",
        "resourcePath": resource,
        "httpMethod": method,
        "extendedRequestId": "RkNhVGHqoAMEVsw=",
        "requestTime": _REQUEST_TIME,
        "path": f"/api{path}",
        "accountId": "123456789012",
        "protocol": "HTTP/1.1",
        "stage": "api",
        "domainPrefix": _HOST.partition(".")[0],
        "requestTimeEpoch": _REQUEST_MILLISECONDS,
        "requestId": "0f1e2d3c-4b5a-4697-8877-665544332211",
        "identity": _IDENTITY | (_API_KEY if has_caller else {}),
        "domainName": _HOST,
        "deploymentId": "q1w2e3",
        "apiId": _HOST.partition(".")[0],
    }
