"""Serves the chat page (``/``), the widget, the demo sign-in and the API reference (``/docs``)."""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from local.front_door.config import FrontDoorConfig
from local.front_door.problems import build_problem, build_unavailable
from local.website import list_viewers
from local.website_headers import get_local_headers


class Pages:
    """Serves a folder of built files, with the headers that CloudFront adds on AWS."""

    def __init__(self, folder: Path) -> None:
        self._files = StaticFiles(directory=folder, html=True, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file with its headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(get_local_headers(scope["path"]))
            await send(message)

        await self._files(scope, receive, send_with_headers)


class WidgetFiles:
    """Serves the built widget, ``/widget.js`` and ``/widget/``, to the pages of all sites."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle(self, request: Request) -> Response:
        """Serve the loader, or a file that it imports."""
        name = request.path_params.get("name")
        file = self._folder / ("widget.js" if name is None else f"widget/{name}")
        if file.suffix not in (".js", ".txt") or not file.is_file():
            return _build_missing(request)
        return FileResponse(file, headers=get_local_headers(request.url.path))


class Viewers:
    """Serves viewers of the OpenAPI and the AsyncAPI document (``/docs``)."""

    def __init__(self) -> None:
        self._files = {file.path: file for file in list_viewers()}

    async def handle(self, request: Request) -> Response:
        """Serve a file of a viewer."""
        file = self._files.get(request.url.path)
        if file is None:
            return _build_missing(request)
        return FileResponse(file.source, headers=get_local_headers(file.path), media_type=file.content_type)


def _build_missing(request: Request) -> Response:
    headers = get_local_headers(request.url.path)
    return build_problem(HTTPStatus.NOT_FOUND, "There is no file at this path.", headers)


@dataclass(frozen=True, slots=True)
class Demo:
    """Signs in demo users without a sign-in page, and serves the configuration of the page."""

    settings: FrontDoorConfig
    emulator: httpx.AsyncClient

    async def get_config(self, request: Request) -> Response:
        """Return the URLs of the API, the provider of the users, and the names of the demo users for the page."""
        users = [{"username": name} for name in self.settings.users]
        sign_in = {"issuer": str(request.base_url).rstrip("/"), "client_id": self.settings.cognito.client_id}
        return _build_uncached({"api_url": "/api", "ws_path": "/ws", "sign_in": sign_in, "demo_users": users})

    async def issue_token(self, request: Request) -> Response:
        """Sign in a demo user and return the access token."""
        user = self.settings.users.get(await _read_username(request))
        if user is None:
            problem = {"message": "Only demo users can sign in here."}
            return JSONResponse(problem, HTTPStatus.NOT_FOUND)
        body: dict[str, object] = {
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": self.settings.cognito.client_id,
            "AuthParameters": {"USERNAME": user.username, "PASSWORD": user.password},
        }
        target = {
            "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
            "Content-Type": "application/x-amz-json-1.1",
        }
        response = await self._request_aws("POST", "/", target, body)
        if response is None or not response.is_success:
            return build_unavailable()
        result = response.json()["AuthenticationResult"]
        return _build_uncached({"token": result["AccessToken"], "expires_in": result["ExpiresIn"]})

    async def get_keys(self, _request: Request) -> Response:
        """Return the public keys of the token issuer.

        On AWS the issuer serves them at ``cognito-idp.<region>.amazonaws.com``; local tokens have the same issuer.
        """
        path = f"/{self.settings.cognito.user_pool_id}/.well-known/jwks.json"
        response = await self._request_aws("GET", path, {}, None)
        if response is None or not response.is_success:
            return build_unavailable()
        return Response(response.content, media_type="application/json")

    async def _request_aws(
        self, method: str, path: str, headers: dict[str, str], body: dict[str, object] | None
    ) -> httpx.Response | None:
        try:
            return await self.emulator.request(method, path, headers=headers, json=body)
        except httpx.HTTPError:
            return None


def _build_uncached(content: object) -> Response:
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


async def _read_username(request: Request) -> str:
    try:
        body = await request.json()
    except ValueError:
        return ""
    return str(body.get("username", "")) if isinstance(body, dict) else ""
