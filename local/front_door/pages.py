"""``/``: the page, what it needs to let somebody in who tries it, and ``/docs``: the documents of the API to read."""

import os
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path

import httpx
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from local.front_door.rest import unavailable
from local.front_door.told import Told
from local.settings import ROOT

_SECURITY = {
    # `ws:` because not every browser counts the origin's own socket to 'self'.
    "Content-Security-Policy": "default-src 'self'; connect-src 'self' ws:; object-src 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # The files are being worked on; nobody should debug yesterday's page.
    "Cache-Control": "no-store",
}

# Swagger UI has its pictures in its styles.
_VIEWERS_POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"


class Pages:
    """The files below ``web/``: of the TypeScript client only what was compiled."""

    def __init__(self, folder: Path) -> None:
        self._files = _Published(directory=folder, html=True, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file with the headers a web server should give it."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_SECURITY)
            await send(message)

        await self._files(scope, receive, send_with_headers)


class _Published(StaticFiles):
    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        parts = Path(path).parts
        inside = parts[:1] == ("client",) and parts[:2] != ("client", "dist")
        return ("", None) if inside else super().lookup_path(path)


class Viewers:
    """``/docs``: the OpenAPI and the AsyncAPI document, in viewers that were installed with everything else.

    Swagger UI comes with Powertools and the viewer of AsyncAPI in a package of its own, so nothing is loaded from
    anywhere else.
    """

    def __init__(self) -> None:
        ours = Path(__file__).parent / "viewers"
        swagger = _package("aws_lambda_powertools") / "event_handler/openapi/swagger_ui"
        self._files = {
            "": ours / "index.html",
            "socket": ours / "socket.html",
            "rest.js": ours / "rest.js",
            "viewers.css": ours / "viewers.css",
            "swagger-ui-bundle.min.js": swagger / "swagger-ui-bundle.min.js",
            "swagger-ui.min.css": swagger / "swagger-ui.min.css",
            "asyncapi-viewer.js": _package("asyncapi_viewer") / "static/asyncapi-viewer.js",
            "asyncapi.yaml": ROOT / "docs/asyncapi.yaml",
        }

    async def answer(self, request: Request) -> Response:
        """Serve a file of a viewer."""
        file = self._files.get(request.path_params["name"])
        if file is None:
            return Response("Not Found", HTTPStatus.NOT_FOUND, media_type="text/plain", headers=_SECURITY)
        return FileResponse(file, headers=_SECURITY | {"Content-Security-Policy": _VIEWERS_POLICY})


def _package(name: str) -> Path:
    """Return where a package is installed, without importing it."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(name)
    return Path(found.origin).parent


@dataclass(frozen=True, slots=True)
class Demo:
    """Signs demo users in without a sign-in page. Never deployed: on AWS this is Cognito's own page."""

    told: Told
    transport: httpx.AsyncBaseTransport = field(default_factory=httpx.AsyncHTTPTransport)

    async def config(self, _request: Request) -> Response:
        """Tell the page where everything is."""
        users = [user.model_dump() for user in self.told.users.values()]
        return _fresh({"api_url": "/api", "ws_path": "/ws", "demo_users": users})

    async def token(self, request: Request) -> Response:
        """Give a demo user's access token."""
        user = self.told.users.get(await _username(request))
        if user is None:
            problem = {"message": "Only the demo users sign in here."}
            return JSONResponse(problem, HTTPStatus.NOT_FOUND)
        asked: dict[str, object] = {
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": self.told.cognito.client_id,
            "AuthParameters": {"USERNAME": user.username, "PASSWORD": user.password},
        }
        target = {
            "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
            "Content-Type": "application/x-amz-json-1.1",
        }
        answer = await self._ask("POST", "/", target, asked)
        if answer is None or not answer.is_success:
            return unavailable()
        result = answer.json()["AuthenticationResult"]
        return _fresh({"token": result["AccessToken"], "expires_in": result["ExpiresIn"]})

    async def keys(self, _request: Request) -> Response:
        """Publish the keys that sign tokens.

        On AWS they are at the issuer, ``cognito-idp.<region>.amazonaws.com``, whose name the tokens bear here too.
        """
        path = f"/{self.told.cognito.user_pool_id}/.well-known/jwks.json"
        answer = await self._ask("GET", path, {}, None)
        if answer is None or not answer.is_success:
            return unavailable()
        return Response(answer.content, media_type="application/json")

    async def _ask(
        self, method: str, path: str, headers: dict[str, str], body: dict[str, object] | None
    ) -> httpx.Response | None:
        base = self.told.aws_endpoint
        async with httpx.AsyncClient(transport=_Shared(self.transport), base_url=base) as client:
            try:
                return await client.request(method, path, headers=headers, json=body)
            except httpx.HTTPError:
                return None


class _Shared(httpx.AsyncBaseTransport):
    """A transport that outlives the client which uses it."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transport.handle_async_request(request)


def _fresh(content: object) -> Response:
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


async def _username(request: Request) -> str:
    try:
        asked = await request.json()
    except ValueError:
        return ""
    return str(asked.get("username", "")) if isinstance(asked, dict) else ""
