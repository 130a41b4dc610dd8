"""``OPTIONS`` of all paths that pages may call: the CORS preflight request; needs no credential."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from conversations.contract.operations import OPERATIONS
from conversations.entrypoints import rest
from conversations.entrypoints.rest_request import Request

_METHODS = ", ".join(sorted({operation.method for operation in OPERATIONS}))


def preflight(_request: Request) -> Response[str]:
    """Name the methods; the resolver adds what a listed origin may do, and nothing for another origin."""
    headers = {"Access-Control-Allow-Methods": _METHODS, "Vary": "Origin"}
    return Response(status_code=HTTPStatus.NO_CONTENT.value, body="", headers=headers)


handler = rest.custom_handler("OPTIONS", "{path}", preflight)
