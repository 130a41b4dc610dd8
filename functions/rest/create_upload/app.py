"""``POST /api/conversations/{conversation_id}/files``: begin to upload a file."""

from conversations.bootstrap.stores import rate_limiter
from conversations.bootstrap.uploads import upload_service
from conversations.contract.operations import CREATE_UPLOAD
from conversations.contract.requests import CreateUploadRequest
from conversations.contract.responses import UploadCreated
from conversations.entrypoints import rest


def create_upload(call: rest.Call[CreateUploadRequest]) -> UploadCreated:
    """Sign a form for one file of a conversation of the caller."""
    file = call.input
    started = upload_service().start(call.principal, call.conversation_id, file.name, file.content_type, file.size)
    return UploadCreated.from_upload(started)


handler = rest.handler(CREATE_UPLOAD, create_upload, rate_limiter)
