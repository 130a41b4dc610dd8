"""OpenAI's own client against the running stack."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import openai
import pytest

from conversations.domain.limits import MESSAGES
from tests.stack.conftest import Stack
from tests.stack.connection import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam


@pytest.fixture
def client(stack: Stack, token: str) -> Iterator[openai.OpenAI]:
    """OpenAI's client as the test's user."""
    with create_client(stack, token) as created:
        yield created


def create_client(stack: Stack, token: str, **options: Any) -> openai.OpenAI:  # noqa: ANN401 - the client's
    return openai.OpenAI(
        base_url=f"{stack['api_url']}/openai/v1", api_key=token, timeout=TIMEOUT_SECONDS + 30, **options
    )


def test_dialog_continues_over_several_requests(client: openai.OpenAI, api: httpx.Client, support_bot: str) -> None:
    messages: list[ChatCompletionMessageParam] = [{"role": "system", "content": "Be kind."}]
    ids = set()
    for question, expected in (
        ("hello", "Hi! How can I help you?"),
        ("thank you", "Thank you!"),
        ("hm", "I do not know."),
    ):
        messages.append({"role": "user", "content": question})
        answer = client.chat.completions.create(model=f"bot:{support_bot}", messages=messages, temperature=0.1)
        assert answer.choices[0].message.content == expected
        assert answer.choices[0].finish_reason == "stop"
        messages.append({"role": "assistant", "content": expected})
        ids.add((answer.model_extra or {})["conversation_id"])

    (conversation_id,) = ids
    history = api.get(f"/conversations/{conversation_id}/history").json()["messages"]
    assert [message["content"] for message in history] == [message["content"] for message in messages[1:]]


def test_script_continues_after_its_questions(client: openai.OpenAI) -> None:
    """The dialog of the default bot asks for a number, and then goes on with it."""
    messages: list[ChatCompletionMessageParam] = []
    answers: list[str] = []
    for question in ("estimate", "many", "3"):
        messages.append({"role": "user", "content": question})
        with client.chat.completions.create(model="bot:default", messages=messages, stream=True) as stream:
            chunks = list(stream)
        answers.append("".join(chunk.choices[0].delta.content or "" for chunk in chunks))
        assert chunks[-1].choices[0].finish_reason == "stop"
        messages.append({"role": "assistant", "content": answers[-1]})

    # Were the dialog not continued, "3" would be answered as "many" would be.
    assert all(answers)
    assert len(set(answers)) == 3


def test_retry_doubles_nothing(client: openai.OpenAI, api: httpx.Client, support_bot: str) -> None:
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello"}]
    model = f"bot:{support_bot}"
    before = api.get("/conversations", params={"bot_id": support_bot}).json()["total"]
    first = client.chat.completions.create(model=model, messages=messages)

    again = client.chat.completions.create(
        model=model, messages=messages, extra_headers={"x-stainless-retry-count": "1"}
    )

    assert again == first
    assert api.get("/conversations", params={"bot_id": support_bot}).json()["total"] == before + 1
    other_chat = client.chat.completions.create(model=model, messages=messages)
    assert (other_chat.model_extra or {})["conversation_id"] != (first.model_extra or {})["conversation_id"]


def test_bots_are_models(client: openai.OpenAI) -> None:
    assert "bot:default" in {model.id for model in client.models.list()}


def test_errors_are_those_of_the_client(
    client: openai.OpenAI, stack: Stack, create_user: Callable[..., str], support_bot: str
) -> None:
    hello: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello"}]
    image: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}
    ]

    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="bot:no-such-bot", messages=hello)
    assert unknown.value.code == "not_found"
    with pytest.raises(openai.BadRequestError) as invalid:
        client.chat.completions.create(model=f"bot:{support_bot}", messages=image)
    assert (invalid.value.code, invalid.value.param) == ("invalid_message", "messages")
    with create_client(stack, "no.valid.token") as stranger, pytest.raises(openai.AuthenticationError):
        stranger.chat.completions.create(model=f"bot:{support_bot}", messages=hello)

    with create_client(stack, create_user(), max_retries=0) as busy:
        for _ in range(MESSAGES.limit):
            busy.chat.completions.create(model=f"bot:{support_bot}", messages=hello)
        with pytest.raises(openai.RateLimitError) as limited:
            busy.chat.completions.create(model=f"bot:{support_bot}", messages=hello)
    assert limited.value.code == "rate_limited"
    assert int(limited.value.response.headers["retry-after"]) >= 1
