"""Problem details (RFC 9457) of the front door itself, in the shape that the API has."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_RETRY_SECONDS = "2"
_CODES = {
    HTTPStatus.BAD_REQUEST: "invalid_request",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "invalid_request",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
}


def build_problem(status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Build a response in the shape of the contract."""
    problem = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status,
        "detail": detail,
        "error": _CODES.get(status, "internal"),
    }
    return JSONResponse(problem, status, headers, media_type="application/problem+json")


def build_unavailable() -> Response:
    """Build the response that is sent while the emulator does not answer."""
    headers = {"Retry-After": _RETRY_SECONDS}
    return build_problem(HTTPStatus.SERVICE_UNAVAILABLE, "The service is temporarily unavailable.", headers)


def handle_error(_request: Request, error: Exception) -> Response:
    """Answer for a handler that has raised; an exception other than Starlette's own is a fault of the front door."""
    if isinstance(error, HTTPException):
        return build_problem(HTTPStatus(error.status_code), error.detail, error.headers)
    return build_problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The front door failed; see its log.")
