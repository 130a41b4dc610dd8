"""Requests to the REST API."""

import asyncio
from collections.abc import Mapping
from random import uniform
from typing import Any

import httpx2

from general_bots_conversations.errors import ApiError, ConversationsError, SignedOutError, UnreachableError
from general_bots_conversations.models import Json
from general_bots_conversations.tokens import TokenSource
from general_bots_conversations.urls import Urls

_UNAUTHORIZED = 401
_TEMPORARY = (429, 503)
_ATTEMPTS = 6
"""Attempts of a patient request. The longest wait that a rate limit asks for is a minute."""
_MAX_BACKOFF = 30
"""The highest ceiling of the backoff, in seconds."""


class Rest:
    """The REST API, called as a user.

    Parameters
    ----------
    urls
        The addresses of the server.
    token
        The user's token; None for visitors, who have no access to REST.
    timeout
        Time limit for a request, in seconds.
    """

    def __init__(self, urls: Urls, token: TokenSource | None, timeout: float) -> None:
        self._token = token
        self.timeout = timeout
        self._http = httpx2.AsyncClient(base_url=urls.api, timeout=timeout, trust_env=not urls.is_loopback)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Json:
        """Return the JSON object of a response; an empty one if there is no body.

        Raises
        ------
        ApiError
            If the server refuses the request.
        SignedOutError
            If the user has no token, or the server rejects a fresh one too.
        UnreachableError
            If the server does not answer.
        """
        response = await self._send(method, path, query, body)
        if response.status_code == _UNAUTHORIZED and self._token is not None:
            self._token.renew()
            response = await self._send(method, path, query, body)
            if response.status_code == _UNAUTHORIZED:
                raise SignedOutError
        if not response.is_success:
            raise parse_problem(response.status_code, response.headers, response.content)
        return _read_object(response)

    async def request_patiently(
        self, method: str, path: str, *, query: Mapping[str, str | int | None] | None = None
    ) -> Json:
        """Return the JSON object of a response; wait for rate limits and outages of at most a few minutes.

        For requests that change nothing. It raises the same errors as ``request``.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return await self.request(method, path, query=query)
            except ConversationsError as error:
                is_temporary = isinstance(error, UnreachableError) or (
                    isinstance(error, ApiError) and error.status in _TEMPORARY
                )
                if not is_temporary or attempt == _ATTEMPTS - 1:
                    raise
                delay = uniform(0, min(_MAX_BACKOFF, 2**attempt))  # noqa: S311 - a delay, no secret
                await asyncio.sleep(max(delay, getattr(error, "retry_after", None) or 0))
        raise AssertionError  # pragma: no cover - the last attempt has raised

    async def _send(
        self, method: str, path: str, query: Mapping[str, str | int | None] | None, body: Mapping[str, Any] | None
    ) -> httpx2.Response:
        if self._token is None:
            raise SignedOutError
        params = {name: value for name, value in (query or {}).items() if value is not None}
        headers = {"Authorization": f"Bearer {await self._token.get()}"}
        try:
            return await self._http.request(method, path, params=params, json=body, headers=headers)
        except httpx2.HTTPError:
            # Without the cause, whose request has the token.
            raise UnreachableError("The server does not answer.") from None


def parse_problem(status: int, headers: Mapping[str, str], content: bytes | None) -> ApiError:
    """Return the error of a response, of which proxies may have made anything."""
    try:
        body = httpx2.Response(status, content=content or b"").json()
    except ValueError:
        body = {}
    fields = body if isinstance(body, dict) else {}
    error, detail = fields.get("error"), fields.get("detail")
    text = headers.get("Retry-After", "")
    return ApiError(
        status,
        error if isinstance(error, str) else _guess_error(status),
        detail if isinstance(detail, str) else f"The server has answered with status {status}.",
        float(text) if text.isdecimal() else None,
    )


def _guess_error(status: int) -> str:
    codes = {401: "unauthorized", 403: "forbidden", 404: "not_found", 413: "payload_too_large", 429: "rate_limited"}
    return codes.get(status, "unavailable" if status in (502, 503, 504) else "internal")


def _read_object(response: httpx2.Response) -> Json:
    if not response.content:
        return {}
    try:
        value = response.json()
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ApiError(502, "unavailable", "The server has sent no JSON object.")
    return value
