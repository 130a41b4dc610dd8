"""The operations of conversations. ``contract.registry`` has also those of other protocols, and of the export."""

from http import HTTPStatus
from typing import Any

from conversations.contract import requests, responses
from conversations.contract.base import RequestModel
from conversations.contract.operation import MESSAGE_ERRORS, ErrorTypes, Link, Operation
from conversations.domain import errors, limits

_CONVERSATION = "/conversations/{conversation_id}"
_CONVERSATION_ERRORS: ErrorTypes = (errors.InvalidRequestError, errors.ForbiddenError, errors.NotFoundError)
_BODY_ERRORS: ErrorTypes = (errors.PayloadTooLargeError, errors.UnsupportedMediaTypeError)
_SAME_CONVERSATION = {"conversation_id": "$request.path.conversation_id"}
_THIS_CONVERSATION = {"conversation_id": "$response.body#/conversation_id"}
_HISTORY_LINK = Link("get_history", "Get its history.", _THIS_CONVERSATION)

START_CONVERSATION = Operation(
    name="start_conversation",
    method="POST",
    path="/conversations/start",
    tag="Conversations",
    summary="Start a conversation with a bot",
    description=(
        "Start a conversation of the caller. The bot answers `initial_message`, or greets if there is none."
        " A request with `initial_message` counts as a message, any other one as an action."
    ),
    input=requests.StartConversationRequest,
    body_required=False,
    responses={HTTPStatus.OK: responses.ConversationStarted},
    errors=MESSAGE_ERRORS,
    policy=limits.ACTIONS,
    field_policies={"initial_message": limits.MESSAGES},
    links={
        "send": Link("send_message", "Send a message.", _THIS_CONVERSATION),
        "history": _HISTORY_LINK,
        "get": Link("get_conversation", "Get it.", _THIS_CONVERSATION),
        "update": Link("update_conversation", "Archive it.", _THIS_CONVERSATION),
        "delete": Link("delete_conversation", "Delete it.", _THIS_CONVERSATION),
    },
)

SEND_MESSAGE = Operation(
    name="send_message",
    method="POST",
    path=f"{_CONVERSATION}/messages",
    tag="Messages",
    summary="Send a message",
    description="Store a message of the caller and queue it for the bot.",
    input=requests.SendMessageRequest,
    responses={HTTPStatus.OK: responses.MessageAccepted},
    errors=MESSAGE_ERRORS,
    policy=limits.MESSAGES,
    links={
        "since": Link(
            "get_history", "Get what follows it.", _SAME_CONVERSATION | {"after": "$response.body#/message_id"}
        )
    },
)

CREATE_UPLOAD = Operation(
    name="create_upload",
    method="POST",
    path=f"{_CONVERSATION}/files",
    tag="Messages",
    summary="Begin to upload a file",
    description=(
        "Return a form with which the caller uploads a file within 15 minutes. A message that is sent within a day then"
        " has the file if its `attachments` name the `file_id`. Visitors send the frame `upload`."
    ),
    input=requests.CreateUploadRequest,
    responses={HTTPStatus.CREATED: responses.UploadCreated},
    errors=(*_CONVERSATION_ERRORS, errors.ConflictError, *_BODY_ERRORS),
    policy=limits.ACTIONS,
)

GET_HISTORY = Operation(
    name="get_history",
    method="GET",
    path=f"{_CONVERSATION}/history",
    tag="Messages",
    summary="Get the messages of a conversation",
    description="Return a page of the messages of one of the caller's conversations.",
    input=requests.HistoryQuery,
    responses={HTTPStatus.OK: responses.History},
    errors=_CONVERSATION_ERRORS,
    policy=limits.HISTORY,
    links={
        "older": Link(
            "get_history", "Get the page before.", _SAME_CONVERSATION | {"before": "$response.body#/messages/0/id"}
        ),
        "newer": Link(
            "get_history", "Get the page after.", _SAME_CONVERSATION | {"after": "$response.body#/messages/0/id"}
        ),
    },
)

LIST_CONVERSATIONS = Operation(
    name="list_conversations",
    method="GET",
    path="/conversations",
    tag="Conversations",
    summary="List the caller's conversations, latest activity first",
    description="Return a page of the list, and how many conversations match in total.",
    input=requests.ListQuery,
    responses={HTTPStatus.OK: responses.ConversationList},
    errors=(errors.InvalidRequestError,),
    policy=limits.LIST,
    links={
        "next": Link("list_conversations", "Get the next page.", {"cursor": "$response.body#/next_cursor"}),
        "history": Link(
            "get_history",
            "Get the history of the first one.",
            {"conversation_id": "$response.body#/conversations/0/id"},
        ),
    },
)

GET_CONVERSATION: Operation[RequestModel] = Operation(
    name="get_conversation",
    method="GET",
    path=_CONVERSATION,
    tag="Conversations",
    summary="Get a conversation",
    description="Return one of the caller's conversations.",
    responses={HTTPStatus.OK: responses.ConversationDetails},
    errors=_CONVERSATION_ERRORS,
    policy=limits.ACTIONS,
    links={"history": _HISTORY_LINK},
)

UPDATE_CONVERSATION = Operation(
    name="update_conversation",
    method="PATCH",
    path=_CONVERSATION,
    tag="Conversations",
    summary="Archive, reopen or rename a conversation",
    description="Change the status or the title of one of the caller's conversations, or both.",
    input=requests.UpdateConversationRequest,
    responses={HTTPStatus.OK: responses.ConversationDetails},
    errors=(*_CONVERSATION_ERRORS, *_BODY_ERRORS),
    policy=limits.ACTIONS,
    links={"history": _HISTORY_LINK},
)

RATE_MESSAGE = Operation(
    name="rate_message",
    method="PUT",
    path=f"{_CONVERSATION}/messages/{{message_id}}/rating",
    tag="Messages",
    summary="Rate a message of the bot",
    description="Store whether a message of the bot was good or bad. Visitors send the frame `rate`.",
    input=requests.RateMessageRequest,
    responses={HTTPStatus.OK: responses.MessageRating},
    errors=(*_CONVERSATION_ERRORS, *_BODY_ERRORS),
    policy=limits.ACTIONS,
    links={"history": Link("get_history", "Get the history.", _SAME_CONVERSATION)},
)

DELETE_CONVERSATION: Operation[RequestModel] = Operation(
    name="delete_conversation",
    method="DELETE",
    path=_CONVERSATION,
    tag="Conversations",
    summary="Delete a conversation with all its messages",
    description="Delete one of the caller's conversations. No later request finds it.",
    responses={HTTPStatus.NO_CONTENT: None},
    errors=_CONVERSATION_ERRORS,
    policy=limits.ACTIONS,
    links={"gone": Link("get_conversation", "It no longer exists.", _SAME_CONVERSATION)},
)

CLAIM_CONVERSATION = Operation(
    name="claim_conversation",
    method="POST",
    path="/conversations/claim",
    tag="Conversations",
    summary="Claim a visitor's conversation",
    description="Transfer the visitor's conversation of a session token to the caller.",
    input=requests.ClaimRequest,
    responses={HTTPStatus.OK: responses.ConversationDetails},
    errors=(errors.InvalidRequestError, errors.NotFoundError, *_BODY_ERRORS),
    policy=limits.ACTIONS,
    links={"history": _HISTORY_LINK},
)

LIST_BOTS: Operation[RequestModel] = Operation(
    name="list_bots",
    method="GET",
    path="/bots",
    tag="Bots",
    summary="List the bots that the caller may talk to",
    description="Return the bots that the caller may talk to.",
    responses={HTTPStatus.OK: responses.BotList},
    policy=limits.ACTIONS,
    links={
        "start": Link(
            "start_conversation", "Start a conversation with the first.", body={"bot_id": "$response.body#/bots/0/id"}
        )
    },
)

CREATE_TICKET = Operation(
    name="create_ticket",
    method="POST",
    path="/tickets",
    tag="WebSocket",
    summary="Create a ticket for opening a WebSocket from a browser",
    description="Return a ticket of the caller. It opens one connection, once, within a minute.",
    input=requests.EmptyRequest,
    body_required=False,
    responses={HTTPStatus.OK: responses.Ticket},
    errors=(errors.InvalidRequestError, *_BODY_ERRORS),
    policy=limits.ACTIONS,
)

WEBHOOK: Operation[RequestModel] = Operation(
    name="webhook",
    method="POST",
    path="/{bot_id}/webhook/{name}",
    tag="Webhooks",
    summary="Call a webhook of a bot",
    description=(
        'Run the script that has `WEBHOOK "name"`, and respond with its variable `result`.'
        " The script receives `params`, `body`, `headers` and `method`. A map with `status`, and besides it `body` and"
        " `headers` at most, is the complete response; anything else is the body of a 200, a text as text and the rest"
        " as JSON; without a result the response is 204. A delivery with an `Idempotency-Key` runs once: the same key"
        " and content return the same response for 24 hours."
    ),
    responses={HTTPStatus.OK: None, HTTPStatus.NO_CONTENT: None},
    errors=(errors.InvalidRequestError, errors.NotFoundError, errors.ConflictError, *_BODY_ERRORS),
    policy=limits.WEBHOOK,
    scripted=True,
)

GET_FILE = Operation(
    name="get_file",
    method="GET",
    path=f"{_CONVERSATION}/files/{{file_id}}",
    tag="Messages",
    summary="Download a file of a conversation",
    description=(
        "The `url` of an attachment of a bot, which is valid for a week, or of an uploaded file; both only as long as"
        " the conversation exists. The secret in the link is the credential. The response redirects to the content,"
        " which is always downloaded."
    ),
    input=requests.FileQuery,
    responses={HTTPStatus.FOUND: None},
    errors=(errors.InvalidRequestError, errors.NotFoundError),
    public=True,
)

CHECK_CONNECTION = Operation(
    name="check_connection",
    method="GET",
    path="/connections/check",
    tag="WebSocket",
    summary="Find out why a visitor's handshake is refused",
    description=(
        "Check what the handshake of a new visitor would be refused for, which a browser does not show to a page."
        " It opens and counts no connection."
    ),
    input=requests.ConnectionCheckQuery,
    responses={HTTPStatus.NO_CONTENT: None},
    errors=(errors.InvalidRequestError, errors.ForbiddenError, errors.NotFoundError),
    public=True,
)

HEALTH: Operation[RequestModel] = Operation(
    name="health",
    method="GET",
    path="/health",
    tag="Service",
    summary="Check that the API answers",
    description="Report that the API answers, without a look at the services behind it.",
    responses={HTTPStatus.OK: responses.Health},
    public=True,
)

GET_OPENAPI: Operation[RequestModel] = Operation(
    name="get_openapi",
    method="GET",
    path="/openapi.json",
    tag="Service",
    summary="Get the OpenAPI document",
    description="Return the OpenAPI document of this deployment.",
    responses={HTTPStatus.OK: None},
    public=True,
)

OWN_OPERATIONS: tuple[Operation[Any], ...] = (
    START_CONVERSATION,
    SEND_MESSAGE,
    CREATE_UPLOAD,
    RATE_MESSAGE,
    GET_HISTORY,
    LIST_CONVERSATIONS,
    GET_CONVERSATION,
    UPDATE_CONVERSATION,
    DELETE_CONVERSATION,
    CLAIM_CONVERSATION,
    LIST_BOTS,
    CREATE_TICKET,
    GET_FILE,
    CHECK_CONNECTION,
    WEBHOOK,
    HEALTH,
    GET_OPENAPI,
)
