"""The use case of the worker that runs bot turns."""

from time import monotonic

from conversations.adapters.dynamodb.try_counter import DynamoDBTryCounter
from conversations.bootstrap.agent_replays import agent_replay_service
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.fan_out import announcements, fan_out
from conversations.bootstrap.once import once
from conversations.bootstrap.queues import retry_control, turn_queue, waiting_retry_control
from conversations.bootstrap.stores import bot_catalogue, message_store, visitor_token_store
from conversations.bootstrap.workers import turn_delivery, turn_store
from conversations.config import settings
from conversations.domain import timestamps
from conversations.engines import basic, model, rules, webhook_bot
from conversations.ports.bots import BotEngine
from conversations.ports.queues import RetryControl
from conversations.services.answer_stream import StreamService
from conversations.services.retries import RetryService
from conversations.services.turns import TurnService
from conversations.services.welcomes import WelcomeService


@once
def retry_service() -> RetryService:
    """Return the use case of running bot turns, with retries; turns that wait are forwarded."""
    return _build(retry_control(), forwards=True)


@once
def waiting_retry_service() -> RetryService:
    """Return the use case of running bot turns that wait for a language model or another service, with retries."""
    return _build(waiting_retry_control(), forwards=False)


def _build(control: RetryControl, *, forwards: bool) -> RetryService:
    turn_service = TurnService(
        turns=turn_store(),
        messages=message_store(),
        bots=bot_catalogue(),
        engines={
            rules.ENGINE: rules.RuleEngine,
            basic.ENGINE: _load_basic_engine,
            model.ENGINE: _load_model_engine,
            webhook_bot.ENGINE: _load_webhook_bot_engine,
        },
        fan_out=fan_out(),
        announcements=announcements(),
        streams=StreamService(
            connections=connection_store(), fan_out=announcements(), now=timestamps.now, monotonic=monotonic
        ),
        delivery=turn_delivery(),
        welcomes=WelcomeService(
            turns=turn_store(),
            visitors=visitor_token_store(),
            connections=connection_store(),
            replays=agent_replay_service(),
            fan_out=fan_out(),
            queue=turn_queue(),
            now=timestamps.now,
        ),
        queue=turn_queue(),
        forget_turn=_forget_turn,
        now=timestamps.now,
        forwards=forwards,
    )
    return RetryService(
        turn_service=turn_service,
        turns=turn_store(),
        fan_out=fan_out(),
        retry_control=control,
        try_counter=DynamoDBTryCounter(dynamodb(), settings().limits_table, timestamps.now),
        now=timestamps.now,
    )


def _forget_turn(conversation_id: str, message_id: str | None) -> None:
    """Load the storage of journals for the first conversation that is gone; bots of rules never need it."""
    from conversations.bootstrap.journals import forget_turn  # noqa: PLC0415 - rarely needed

    forget_turn(conversation_id, message_id)


def _load_basic_engine() -> BotEngine:
    """Load the dialog language for the first bot that needs it; it takes as long as all other imports together."""
    from conversations.bootstrap.basic_engine import basic_engine  # noqa: PLC0415 - slow to load

    return basic_engine()


def _load_model_engine() -> BotEngine:
    """Load the adapters of language models for the first bot that needs one."""
    from conversations.bootstrap.model_engine import model_engine  # noqa: PLC0415 - slow to load

    return model_engine()


def _load_webhook_bot_engine() -> BotEngine:
    """Load the client of bot servers for the first bot that needs it."""
    from conversations.bootstrap.webhook_bot_engine import webhook_bot_engine  # noqa: PLC0415 - slow to load

    return webhook_bot_engine()
