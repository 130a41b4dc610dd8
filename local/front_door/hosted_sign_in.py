"""Serves the sign-in pages of the emulator's user pool, as Cognito's domain does on AWS.

The emulator refuses browsers, so that no web page can use it; these pages of it are the exception.
"""

from dataclasses import dataclass
from http import HTTPStatus

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.front_door.config import Cognito
from local.front_door.problems import build_unavailable

_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "end_session_endpoint")
# The style of the emulator's pages is in them.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class HostedSignIn:
    """The sign-in pages and the endpoints of OpenID Connect, under the origin of the front door.

    Attributes
    ----------
    cognito
        The user pool.
    emulator
        A client of the emulator.
    """

    cognito: Cognito
    emulator: httpx.AsyncClient

    def list_routes(self) -> list[Route]:
        """Return the routes, with the paths that Cognito's domain has."""
        return [
            Route("/.well-known/openid-configuration", self.describe),
            Route("/oauth2/authorize", self.forward),
            Route("/oauth2/token", self.forward, methods=["POST"]),
            Route("/oauth2/userInfo", self.forward),
            Route("/login", self.forward, methods=["POST"]),
            Route("/logout", self.forward),
        ]

    async def describe(self, request: Request) -> Response:
        """Return the emulator's description of the endpoints, with the addresses that browsers can reach."""
        try:
            response = await self.emulator.get(f"/{self.cognito.user_pool_id}/.well-known/openid-configuration")
        except httpx.HTTPError:
            return build_unavailable()
        if not response.is_success:
            return build_unavailable()
        description = dict(response.json())
        origin = str(request.base_url).rstrip("/")
        own = {name: origin + httpx.URL(description[name]).path for name in _ENDPOINTS}
        return JSONResponse(description | own | {"jwks_uri": f"{origin}/.well-known/jwks.json"}, headers=_HEADERS)

    async def forward(self, request: Request) -> Response:
        """Forward a request to the emulator: only what the endpoints read, and no header of a browser."""
        names = ("content-type", "authorization")
        headers = {name: request.headers[name] for name in names if name in request.headers}
        url = httpx.URL(path=request.url.path, query=request.url.query.encode())
        try:
            response = await self.emulator.request(
                request.method, url, headers=headers, content=await request.body(), follow_redirects=False
            )
        except httpx.HTTPError:
            return build_unavailable()
        content_type = response.headers.get("content-type", "text/plain")
        answer = Response(response.content, HTTPStatus(response.status_code), _HEADERS, content_type)
        if location := response.headers.get("location"):
            answer.headers["Location"] = location
        return answer
