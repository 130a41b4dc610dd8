"""``GET /api/conversations/{conversation_id}/files/{file_id}``: download a file of a conversation."""

from conversations.bootstrap.sent_files import sent_file_service
from conversations.contract.operations import GET_FILE
from conversations.domain import ids
from conversations.entrypoints import rest
from conversations.entrypoints.rest_request import Request
from conversations.entrypoints.rest_response import Response, build_redirect


def get_file(request: Request) -> Response:
    """Return a redirect to the content."""
    query, parameters = request.parse(GET_FILE), request.path_parameters
    conversation_id = ids.parse_conversation_id(parameters["conversation_id"], field="conversation_id")
    return build_redirect(sent_file_service().get_download_url(conversation_id, parameters["file_id"], query.key))


handler = rest.custom_handler(GET_FILE.method, GET_FILE.path, get_file)
