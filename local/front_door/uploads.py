"""Uploads of browsers to S3: signed forms, which the emulator does not accept from browsers."""

from http import HTTPStatus

import httpx
from starlette.requests import Request
from starlette.responses import Response

from local.front_door.problems import build_problem, build_unavailable

_MAX_BYTES = 11 * 1024 * 1024
"""The largest file of an upload, and the fields of its form."""

_CORS = {"Access-Control-Allow-Origin": "*"}
"""As the bucket's CORS rule says. A form needs no preflight request, unless a page watches its progress."""

_PREFLIGHT = {**_CORS, "Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "*"}


class Uploads:
    """Forwards signed forms to a bucket of the emulator, which checks their signature and conditions.

    Parameters
    ----------
    emulator
        The client of the emulator.
    """

    def __init__(self, emulator: httpx.AsyncClient) -> None:
        self._emulator = emulator

    async def handle(self, request: Request) -> Response:
        """Forward one form and return the response of the emulator."""
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _MAX_BYTES:
                return build_problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The form is too large.")
        # Without a signature, the emulator would accept a form that S3 refuses.
        if b'name="x-amz-signature"' not in body:
            return build_problem(HTTPStatus.FORBIDDEN, "The form is not signed.")
        content_type = request.headers.get("content-type", "")
        try:
            upstream = await self._emulator.post(
                f"/{request.path_params['bucket']}", content=body, headers={"Content-Type": content_type}
            )
        except httpx.HTTPError:
            return build_unavailable()
        passed = {name: upstream.headers[name] for name in ("content-type", "etag") if name in upstream.headers}
        return Response(upstream.content, upstream.status_code, _CORS | passed)
