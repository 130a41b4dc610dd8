"""``/api``: the REST API."""

import asyncio
import json
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx
import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.front_door.forwarding import Header, request_headers, response_headers
from local.front_door.told import Told

# API Gateway's own limits: the body of a request, and the time an integration may take.
_LARGEST_BODY = 10 * 1024 * 1024
_TIMEOUT = httpx.Timeout(29, connect=5)

_RETRY_SECONDS = "2"


@dataclass(frozen=True, slots=True)
class RestApi:
    """Passes requests on to the REST API's stage ``api`` on the local AWS."""

    told: Told
    turnstile: asyncio.Semaphore
    transport: httpx.AsyncBaseTransport = field(default_factory=httpx.AsyncHTTPTransport)

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        body = await _body(request)
        if body is None:
            return self._gateway_response("REQUEST_TOO_LARGE")
        try:
            async with self.turnstile:
                answer = await self._send(request, body)
        except httpx.ReadTimeout:
            return self._gateway_response("INTEGRATION_TIMEOUT")
        except httpx.HTTPError:
            return unavailable()
        return self._in_our_shape(answer)

    async def _send(self, request: Request, body: bytes) -> Response:
        passed = httpx.Request(
            request.method,
            httpx.URL(self.told.aws_endpoint).copy_with(raw_path=self._target(request)),
            headers=self._headers(request),
            content=body,
            extensions={"timeout": _TIMEOUT.as_dict()},
        )
        answer = await self.transport.handle_async_request(passed)
        try:
            content = b"".join([part async for part in answer.aiter_raw()])
        finally:
            await answer.aclose()
        response = Response(content, answer.status_code)
        length = (b"content-length", str(len(content)).encode())
        response.raw_headers = [*response_headers(answer.headers.raw), length]
        return response

    def _target(self, request: Request) -> bytes:
        """Return the path as the client wrote it: decoding and encoding again could make another one of it."""
        path, query = bytes(request.scope["raw_path"]), bytes(request.scope["query_string"])
        return b"/_aws/execute-api/" + self.told.rest_api.encode() + path + (b"?" + query if query else b"")

    def _headers(self, request: Request) -> list[Header]:
        """Return the headers, with the key of the caller's plan.

        On AWS the authorizer names the key (``ApiKeySourceType: AUTHORIZER``) and a client's own is not looked at.
        MiniStack looks at nothing but the client's.
        """
        source = request.client.host if request.client else "127.0.0.1"
        passed = request_headers(request.headers.raw, source)
        kept = [header for header in passed if header[0] != b"x-api-key"]
        return [*kept, (b"x-api-key", self.told.plan_keys[_tier(request)].encode())]

    def _in_our_shape(self, answer: Response) -> Response:
        """Answer the failure of a function as the gateway does.

        AWS takes the template's DEFAULT_5XX for a function that raised, timed out or was throttled. MiniStack
        answers with the exception's own text.
        """
        status = answer.status_code
        failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
        if failed and not _is_problem(bytes(answer.body)):
            return self._gateway_response("DEFAULT_5XX")
        return answer

    def _gateway_response(self, kind: str) -> Response:
        responses = self.told.gateway_responses
        response = responses.get(kind, responses["DEFAULT_5XX"])
        return Response(response.body, response.status, response.headers)


def unavailable() -> Response:
    """Say that the stack behind the front door is down."""
    status = HTTPStatus.SERVICE_UNAVAILABLE
    problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status,
        "detail": "The service cannot be reached right now.",
        "error": "unavailable",
    }
    return JSONResponse(
        problem,
        status,
        headers={"Retry-After": _RETRY_SECONDS},
        media_type="application/problem+json",
    )


async def _body(request: Request) -> bytes | None:
    """Read the body, or nothing when it is larger than API Gateway takes."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _LARGEST_BODY:
            return None
        parts.append(part)
    return b"".join(parts)


def _tier(request: Request) -> str:
    """Return the tier the authorizer will name for this token, which nobody has verified yet."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        groups = jwt.decode(token, options={"verify_signature": False}).get("cognito:groups", [])
    except jwt.PyJWTError:
        return "free"
    return "partner" if "partner" in groups else "free"


def _is_problem(body: bytes) -> bool:
    try:
        found = json.loads(body)
    except ValueError:
        return False
    return isinstance(found, dict) and "error" in found
