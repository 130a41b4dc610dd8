"""Downloads of files: the API redirects to a signed URL of S3, which the emulator does not serve to browsers."""

from http import HTTPStatus

import httpx
from starlette.responses import Response

_PASSED_HEADERS = ("content-type", "content-disposition")
_ADDED_HEADERS = {
    "Cache-Control": "no-store",
    # On AWS the file comes from the origin of S3. Here it has the origin of the page, so it may run nothing.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_TIMEOUT = httpx.Timeout(29, connect=5)


def is_download(response: Response, aws_endpoint: str) -> bool:
    """Return whether a response of the API redirects to the emulator."""
    location = response.headers.get("location", "")
    return response.status_code == HTTPStatus.FOUND and location.startswith(f"{aws_endpoint}/")


async def fetch_file(redirect: Response, aws_endpoint: str, transport: httpx.AsyncBaseTransport) -> Response:
    """Return the file to which the API redirects. The emulator checks the signature of its URL.

    Raises
    ------
    httpx.HTTPError
        If the emulator does not answer.
    """
    target = redirect.headers["location"].removeprefix(aws_endpoint).encode()
    # Not as a part of the URL, which httpx normalises: the signature would be another one.
    request = httpx.Request("GET", aws_endpoint, extensions={"timeout": _TIMEOUT.as_dict(), "target": target})
    upstream = await transport.handle_async_request(request)
    try:
        content = b"".join([part async for part in upstream.aiter_raw()])
    finally:
        await upstream.aclose()
    passed = {name: upstream.headers[name] for name in _PASSED_HEADERS if name in upstream.headers}
    return Response(content, upstream.status_code, _ADDED_HEADERS | passed)
