"""``GET /api/connections/check``: find out why a visitor's handshake is refused; needs no credential."""

from http import HTTPStatus

from conversations.bootstrap.connection_checks import connection_check_service
from conversations.config import connect_settings
from conversations.contract.operations import CHECK_CONNECTION
from conversations.entrypoints import rest
from conversations.entrypoints.addresses import read_address
from conversations.entrypoints.rest_request import Request
from conversations.entrypoints.rest_response import Response, build_json_response


def check_connection(request: Request) -> Response:
    """Return 204 if the handshake of a new visitor would be accepted; raise the error that it would be refused with."""
    query = request.parse(CHECK_CONNECTION)
    address = read_address(request.raw_event, connect_settings().distribution_secret)
    connection_check_service().check(query.bot_id, address)
    return build_json_response(HTTPStatus.NO_CONTENT, None, None)


handler = rest.custom_handler(CHECK_CONNECTION.method, CHECK_CONNECTION.path, check_connection)
