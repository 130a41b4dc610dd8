"""``POST /api/openai/v1/chat/completions``: ask a bot, as OpenAI's clients ask a model."""

from conversations.bootstrap.answers import answer_service, transcript_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.base import EventStream
from conversations.contract.openai.operations import CREATE_CHAT_COMPLETION
from conversations.contract.openai.requests import ChatCompletionRequest
from conversations.contract.openai.responses import ChatCompletion, build_completion, build_events, join_messages
from conversations.entrypoints import openai_retries, rest
from conversations.entrypoints.openai_errors import build_openai_error_response


def create_chat_completion(call: rest.Call[ChatCompletionRequest]) -> ChatCompletion | EventStream:
    """Send the last message of the transcript, and return the bot's answer."""
    transcript = call.input.to_transcript()
    sent = transcript_service().ask(
        call.principal,
        transcript,
        openai_retries.hash_request(transcript, call.get_header),
        retry_window=openai_retries.get_retry_window(call.get_header),
    )
    call.counted.refund_retry(sent.sent_at)
    answer = answer_service().wait(call.principal, sent.conversation_id, sent.message_id, call.get_seconds_left)
    transcript_service().keep(call.principal, transcript, sent, answer, join_messages(answer.messages))
    completion = build_completion(answer.question, answer.messages, transcript.bot_id)
    if not call.input.stream:
        return completion
    return EventStream(build_events(completion, answer.messages), completion.conversation_id)


handler = rest.handler(CREATE_CHAT_COMPLETION, create_chat_completion, rate_limiter, build_openai_error_response)
