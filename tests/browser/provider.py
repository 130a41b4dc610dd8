"""An OpenID provider with a sign-in page, for the page's sign-in: it checks PKCE, and its refresh tokens work once."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Page, Route

from tests.integration.issuer import SigningKey, build_claims

ISSUER = "https://login.example"
CLIENT = "client-1"


@dataclass
class Provider:
    """The provider.

    Attributes
    ----------
    lifetime
        How long access tokens are valid, in seconds.
    grants
        The grants that were asked for at the token endpoint.
    tokens
        The access tokens, the newest last.
    paths
        The paths that were requested.
    """

    lifetime: int = 3600
    grants: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    refresh_token: str = ""
    _challenge: str = ""
    _nonce: str | None = None
    _key: SigningKey = field(default_factory=SigningKey.rs256)

    def serve(self, page: Page) -> None:
        """Answer the requests of a tab for the provider."""
        page.route(f"{ISSUER}/**", self._answer)

    def _answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.paths.append(url.path)
        match url.path:
            case "/.well-known/openid-configuration":
                self._reply(route, 200, self._describe())
            case "/authorize":
                route.fulfill(body=self._build_page(query), content_type="text/html")
            case "/token":
                form = {name: values[0] for name, values in parse_qs(route.request.post_data or "").items()}
                self._reply(route, *self._issue(form))
            case "/revoke":
                self.refresh_token = ""
                self._reply(route, 200, {})
            case "/logout":
                target = query["post_logout_redirect_uri"]
                route.fulfill(status=302, headers={"Location": target})
            case _:
                self._reply(route, 404, {})

    def _describe(self) -> dict[str, Any]:
        names = ("authorization", "token", "revocation", "end_session")
        paths = ("authorize", "token", "revoke", "logout")
        endpoints = {f"{name}_endpoint": f"{ISSUER}/{path}" for name, path in zip(names, paths, strict=True)}
        return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys", **endpoints}

    def _build_page(self, query: dict[str, str]) -> str:
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == CLIENT
        self._challenge, self._nonce = query["code_challenge"], query.get("nonce")
        back = query["redirect_uri"]
        state = query["state"]
        links = {"Sign in": {"code": "code-1", "state": state}, "Cancel": {"error": "access_denied", "state": state}}
        parts = [f'<a href="{back}?{urlencode(values)}">{label}</a>' for label, values in links.items()]
        return f"<!doctype html><title>Login</title><h1>Login</h1>{' '.join(parts)}"

    def _issue(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.grants.append(form["grant_type"])
        if form["grant_type"] == "authorization_code":
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            is_valid = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self._challenge
        else:
            is_valid = form["refresh_token"] == self.refresh_token != ""
        if not is_valid:
            return 400, {"error": "invalid_grant"}
        self.tokens.append(f"access-{len(self.tokens) + 1}")
        self.refresh_token = f"refresh-{len(self.tokens)}"
        claims = build_claims(ISSUER, aud=CLIENT, sub="ada", name="Ada", nonce=self._nonce)
        return 200, {
            "access_token": self.tokens[-1],
            "refresh_token": self.refresh_token,
            "id_token": self._key.sign(claims),
            "token_type": "Bearer",
            "expires_in": self.lifetime,
        }

    @staticmethod
    def _reply(route: Route, status: int, body: dict[str, Any]) -> None:
        headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
        route.fulfill(status=status, body=json.dumps(body), headers=headers)
