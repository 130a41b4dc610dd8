"""The operations that OpenAI's clients call."""

from http import HTTPStatus

from conversations.contract.base import RequestModel
from conversations.contract.openai.errors import OpenAIErrorBody
from conversations.contract.openai.requests import ChatCompletionRequest
from conversations.contract.openai.responses import ChatCompletion, ModelList
from conversations.contract.operation import MAX_TRANSCRIPT_BYTES, MESSAGE_ERRORS, Link, Operation
from conversations.domain import limits

CREATE_CHAT_COMPLETION = Operation(
    name="create_chat_completion",
    method="POST",
    path="/openai/v1/chat/completions",
    tag="OpenAI",
    summary="Ask a bot, as OpenAI's clients ask a model",
    description=(
        "Send the last message of the transcript to the conversation that the transcript belongs to, or start one, and"
        " wait for the bot's answer. A repeated request sends nothing new and returns the same answer. Other parameters"
        " of OpenAI's are ignored."
    ),
    input=ChatCompletionRequest,
    responses={HTTPStatus.OK: ChatCompletion},
    errors=MESSAGE_ERRORS,
    policy=limits.MESSAGES,
    links={"history": Link("get_history", "Get its history.", {"conversation_id": "$response.body#/conversation_id"})},
    streams=True,
    error_body=OpenAIErrorBody,
    max_body_bytes=MAX_TRANSCRIPT_BYTES,
)

LIST_MODELS: Operation[RequestModel] = Operation(
    name="list_models",
    method="GET",
    path="/openai/v1/models",
    tag="OpenAI",
    summary="List the bots that the caller may talk to, as models",
    description="Return the bots that the caller may talk to, as OpenAI's clients list models.",
    responses={HTTPStatus.OK: ModelList},
    policy=limits.ACTIONS,
    error_body=OpenAIErrorBody,
)
