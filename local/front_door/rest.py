"""Forwards requests to the REST API (``/api``)."""

import asyncio
import json
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx
import jwt
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from local.front_door.config import FrontDoorConfig
from local.front_door.downloads import fetch_file, is_download
from local.front_door.forwarding import Header, build_request_headers, build_response_headers
from local.front_door.problems import build_problem, build_unavailable
from local.front_door.targets import find_refusal

# API Gateway's quotas: the size of a request body and the integration timeout.
_MAX_BODY_BYTES = 10 * 1024 * 1024
_TIMEOUT = httpx.Timeout(29, connect=5)


@dataclass(frozen=True, slots=True)
class RestApi:
    """Forwards requests to the stage ``api`` of the REST API in the emulator."""

    config: FrontDoorConfig
    semaphore: asyncio.Semaphore
    transport: httpx.AsyncBaseTransport = field(default_factory=httpx.AsyncHTTPTransport)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward one request and send the response."""
        response = await self._handle(Request(scope, receive))
        await response(scope, receive, send)

    async def _handle(self, request: Request) -> Response:
        refusal = find_refusal(request.method, request.scope["raw_path"], request.scope["query_string"])
        if refusal is not None:
            return self._build_gateway_response(refusal)
        body = await _read_body(request)
        if body is None:
            return self._build_gateway_response("REQUEST_TOO_LARGE")
        if not _is_utf8(body):
            return build_problem(HTTPStatus.BAD_REQUEST, "The body is not UTF-8.")
        return await self._forward(request, body)

    async def _forward(self, request: Request, body: bytes) -> Response:
        try:
            async with self.semaphore:
                response = await self._send(request, body)
            if is_download(response, self.config.aws_endpoint):
                return await fetch_file(response, self.config.aws_endpoint, self.transport)
        except httpx.ReadTimeout:
            return self._build_gateway_response("INTEGRATION_TIMEOUT")
        except httpx.HTTPError:
            return build_unavailable()
        if request.method == "OPTIONS" and response.status_code == HTTPStatus.OK:
            return self.config.preflight.answer(request.headers)
        return self._replace_function_failure(response)

    async def _send(self, request: Request, body: bytes) -> Response:
        upstream_request = httpx.Request(
            request.method,
            self.config.aws_endpoint,
            headers=self._build_headers(request),
            content=body,
            # Not as a part of the URL, which httpx normalises.
            extensions={"timeout": _TIMEOUT.as_dict(), "target": self._build_target(request)},
        )
        upstream = await self.transport.handle_async_request(upstream_request)
        try:
            content = b"".join([part async for part in upstream.aiter_raw()])
        finally:
            await upstream.aclose()
        response = Response(content, upstream.status_code)
        length = (b"content-length", str(len(content)).encode())
        response.raw_headers = [*build_response_headers(upstream.headers.raw), length]
        return response

    def _build_target(self, request: Request) -> bytes:
        """Build the target from the raw path of the client: decoding and encoding it could change it."""
        path, query = bytes(request.scope["raw_path"]), bytes(request.scope["query_string"])
        return b"/_aws/execute-api/" + self.config.rest_api.encode() + path + (b"?" + query if query else b"")

    def _build_headers(self, request: Request) -> list[Header]:
        """Build the headers, with the API key of the caller's usage plan.

        On AWS the authorizer returns the key (``ApiKeySourceType: AUTHORIZER``) and the client's ``x-api-key`` is
        ignored. MiniStack uses only the client's header.
        """
        source = request.client.host if request.client else "127.0.0.1"
        headers = build_request_headers(request.headers.raw, source)
        without_key = [header for header in headers if header[0] != b"x-api-key"]
        return [*without_key, (b"x-api-key", self.config.plan_keys[_read_tier(request)].encode())]

    def _replace_function_failure(self, response: Response) -> Response:
        """Replace the response of a failed function by the gateway response.

        AWS sends the DEFAULT_5XX of the template if a function raised, timed out or was throttled. MiniStack sends the
        text of the exception.
        """
        status = response.status_code
        failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
        if failed and not _is_problem(bytes(response.body)):
            return self._build_gateway_response("DEFAULT_5XX")
        return response

    def _build_gateway_response(self, kind: str) -> Response:
        responses = self.config.gateway_responses
        response = responses.get(kind, responses["DEFAULT_5XX"])
        return Response(response.body, response.status, response.headers)


async def _read_body(request: Request) -> bytes | None:
    """Read the body. Return None if it is larger than API Gateway accepts."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _MAX_BODY_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _is_utf8(body: bytes) -> bool:
    """Return whether a function would get the body as the client sent it: MiniStack replaces other bytes by U+FFFD."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read_tier(request: Request) -> str:
    """Read the tier from the token, which is verified later by the authorizer."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        groups = jwt.decode(token, options={"verify_signature": False}).get("cognito:groups", [])
    except jwt.PyJWTError:
        return "free"
    return "partner" if "partner" in groups else "free"


def _is_problem(body: bytes) -> bool:
    try:
        content = json.loads(body)
    except ValueError:
        return False
    return isinstance(content, dict) and "error" in content
