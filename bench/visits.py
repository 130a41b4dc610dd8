"""Visits of users to bots, run by the functions on moto and counted: what ``bench.bill`` charges.

A visit begins with the handshake of each device, or over REST with the authorizer, and continues a conversation that
was last used an hour ago. Its turns are a question of the user and the bot's answer, which every device of the user
receives. Over REST, every device reads the answer with one request for what follows the question.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from basic.bundle import dump_bundle
from bench.language import compile_bundle
from bench.meter import Meter
from bench.steps import HANDSHAKE, PING, RESUME, TURN, Invocation, Steps, get_key
from conversations.adapters.dynamodb import bot_catalogue
from conversations.bootstrap import model_engine, turns
from conversations.domain import timestamps
from conversations.domain.bot import Bot
from conversations.domain.jobs import TurnJob
from conversations.domain.model import TextPiece
from conversations.domain.principal import Principal
from conversations.engines.basic.programs import build_program_key
from tests import aws, events
from tests.aws import BUCKET, Aws
from tests.builders import a_bot, a_user
from tests.fakes.models import DONE, FakeModels, Step
from tests.integration.issuer import AUDIENCE, Issuer, SigningKey, build_claims, serve_issuer
from tests.integration.running import QUEUES, WORKERS, Functions, Logs, capture_logs, run_functions
from tools.bill import BOTS, MODEL, REPEATING_SOCKET, TURNS, Amounts, Path, add_up
from tools.site.prices import read_prices

_OUTBOX_LINE = "Outbox checks, each of up to 100 messages"
"""A line of ``docs/prices.toml``."""
_WARM_UP_TURNS = 2
"""After them, the function that accepts messages knows how many answers this bot gives."""

_PAUSE = timedelta(hours=1)
"""Between the first visit and the one that is counted, whose first message moves the conversation in the list."""

_QUESTION = "What does it cost, and what do I get for it?"
_ANSWER = "It costs about two thousandths of a cent for each question, and you get an answer on all of your devices."
_PIECES = 50
"""Pieces of a model's answer in ``_SECONDS``, as the server of ``bench/waiting_server.py`` sends them."""
_SECONDS = 5.0
_PIECE = "a dozen chars "

_DIALOG = f'DO WHILE TRUE\nADD SUGGESTION "More"\nTALK "{_ANSWER}"\nHEAR question\nLOOP'
DATA_SCRIPT = (
    "DO WHILE TRUE\n"
    'before = GET USER MEMORY "question"\n'
    'INSERT "questions", #{text: question}\n'
    'SET USER MEMORY "question", question\n'
    f'ADD SUGGESTION "More"\nTALK "{_ANSWER}"\nHEAR question\nLOOP'
)
_RULES: dict[str, Any] = {
    "greeting": {"say": ["Welcome."]},
    "rules": [{"patterns": ["cost"], "say": [_ANSWER], "suggestions": ["More"]}],
    "fallback": {"say": ["Pardon?"]},
}
_MODEL_PROGRAM: dict[str, Any] = {"config": {"llm-model": "bench", "welcome-message": "Welcome."}}


@dataclass(slots=True)
class _Clock:
    """The time of the functions: that of the machine, and the pauses between visits."""

    pauses: timedelta = timedelta()

    def now(self) -> datetime:
        """Return the time."""
        return timestamps.floor_to_millisecond(datetime.now(UTC)) + self.pauses


@dataclass(slots=True)
class Visits:
    """The functions with the bots, and the meter.

    Attributes
    ----------
    functions, logs, meter
        The functions, what they log, and what counts.
    models
        The model's answers, and its clock.
    issuer, key
        Who signs the users' tokens.
    outbox
        What a message adds to the batches of the outbox check.
    clock
        The time of the functions.
    """

    functions: Functions
    logs: Logs
    meter: Meter
    models: FakeModels
    issuer: Issuer
    key: SigningKey
    outbox: Amounts
    clock: _Clock

    def count(self, bot: str, transport: str, devices: int) -> Iterator[tuple[Path, Amounts]]:
        """Yield what visits with each number of turns use."""
        handshake, *turns, end = self._return(bot, transport, devices).run(max(TURNS))
        for number in TURNS:
            amounts = add_up([handshake, *turns[:number], end])
            self.meter.require_prices(amounts)
            yield Path(bot, transport, devices, number), amounts

    def record(self, bot: str) -> Steps:
        """Return the steps of a visit: of its turns, one that does not move the conversation in the list."""
        visit = self._return(bot, "socket", 1)
        self.meter.steps.clear()
        parts = visit.run(_WARM_UP_TURNS)
        steps: Steps = {}
        for name in (HANDSHAKE, *[TURN] * _WARM_UP_TURNS):
            next(parts)
            steps[get_key(bot, name)] = self._take_steps()
        for _ in range(_WARM_UP_TURNS):
            # The first one of a user creates the item of the rate limit.
            self.meter.steps.clear()
            visit.resume()
        steps[get_key(bot, RESUME)] = self._take_steps()
        visit.ping()
        return steps | {get_key(bot, PING): self._take_steps()}

    def _take_steps(self) -> list[Invocation]:
        steps, self.meter.steps = self.meter.steps, []
        return steps

    def _return(self, bot: str, transport: str, devices: int) -> "_Visit":
        """Return the visit of a user who has been here an hour ago."""
        user = a_user(uuid4().hex)
        # The first visit starts the conversation, and fills the caches of the functions.
        first = _Visit(self, user, bot, "socket", 1)
        list(first.run(_WARM_UP_TURNS))
        self.meter.take()
        self.clock.pauses += _PAUSE
        return _Visit(self, user, bot, transport, devices, first.conversation_id)

    def forget(self) -> None:
        """Drop the frames and log lines so far: the meter reads all of them before and after each invocation."""
        self.functions.connections.frames.clear()
        self.logs.stream.seek(0)
        self.logs.stream.truncate()

    def authorize(self, name: str) -> None:
        """Let the authorizer check a token."""
        event = events.event(name)
        event["headers"]["Authorization"] = f"Bearer {self.key.sign(build_claims(self.issuer.address))}"
        self.meter.invoke(self.functions, self.logs, "authorizer", event)

    def invoke(self, folder: str, event: events.Event, api: str) -> dict[str, Any]:
        """Invoke the function of a route."""
        response = self.meter.invoke(self.functions, self.logs, folder, event, access_log=api)
        if response["statusCode"] != HTTPStatus.OK:
            raise SystemExit(f"{folder} returned {response}.")
        return response


@dataclass(slots=True)
class _Visit:
    """One visit."""

    visits: Visits
    user: Principal
    bot: str
    transport: str
    devices: int
    conversation_id: str = ""
    _devices: list[str] = field(default_factory=list)

    def run(self, turns: int) -> Iterator[Amounts]:
        """Yield what the handshakes, each turn and the disconnections use."""
        meter, is_socket = self.visits.meter, self.transport != "REST"
        self.visits.forget()
        if is_socket:
            self._devices = [f"device-{uuid4().hex[:8]}" for _ in range(self.devices)]
            for device in self._devices:
                self._connect(device)
        else:
            self.visits.authorize("authorizer.rest")
        yield meter.take()
        for _ in range(turns):
            if is_socket:
                self._send_frame()
                meter.amounts["minute"] += self.devices
            else:
                self._send_request()
            for price, amount in self.visits.outbox.items():
                meter.amounts[price] += amount
            yield meter.take()
        for device in self._devices:
            self.visits.invoke("disconnect", events.socket("disconnect", self.user, device), "WebSocketApi")
        yield meter.take()

    def resume(self) -> None:
        """Ask for what follows the last answer, as a client does after it has reconnected."""
        device = self._devices[0]
        *_, last = (frame for frame in self._get_frames(device) if frame["type"] == "message")
        frame = {"type": "resume", "session_id": last["session_id"], "after": last["id"]}
        self.visits.invoke("resume", events.socket("resume", self.user, device, frame=frame), "WebSocketApi")

    def ping(self) -> None:
        """Keep the connection open."""
        event = events.socket("ping", self.user, self._devices[0], frame={"type": "ping"})
        self.visits.invoke("ping", event, "WebSocketApi")

    def _connect(self, device: str) -> None:
        self.visits.authorize("authorizer.websocket")
        query = {"bot_id": get_bot_id(self.bot), "stream": "1"}
        if self.transport != REPEATING_SOCKET:
            query["suggestions"] = "message"
        self.visits.invoke("connect", events.socket("connect", self.user, device, query=query), "WebSocketApi")
        self._run_jobs()
        connected = self._get_frames(device)[0]
        self.conversation_id = connected["conversation_id"]

    def _get_frames(self, device: str) -> list[dict[str, Any]]:
        return self.visits.functions.connections.frames[device]

    def _send_frame(self) -> None:
        frame = {
            "type": "message",
            "content": _QUESTION,
            "session_id": self.conversation_id.replace("conv-", "session-"),
            "client_message_id": str(uuid4()),
        }
        device = self._devices[0]
        self.visits.meter.receive_frame(frame)
        self.visits.invoke("message", events.socket("message", self.user, device, frame=frame), "WebSocketApi")
        self._run_jobs()
        for each in self._devices:
            *_, last = (frame for frame in self._get_frames(each) if frame["type"] == "message")
            if last["sender"] != "bot":
                raise SystemExit(f"{self.bot}, {self.transport}: the last message of a device is {last}.")

    def _send_request(self) -> None:
        body = {"content": _QUESTION, "client_message_id": str(uuid4())}
        message_id = json.loads(self._request("send_message", body=body)["body"])["message_id"]
        self._run_jobs()
        for _ in range(self.devices):
            page = json.loads(self._request("get_history", query={"after": message_id})["body"])
            if [message["sender"] for message in page["messages"]] != ["bot"]:
                raise SystemExit(f"{self.bot}, {self.transport}: the answer is not in {page}.")

    def _request(self, folder: str, **parts: Any) -> dict[str, Any]:  # noqa: ANN401 - the parts of an event
        self.visits.meter.amounts["rest"] += 1
        event = events.rest(folder, self.user, conversation_id=self.conversation_id, **parts)
        return self.visits.invoke(folder, event, "RestApi")

    def _run_jobs(self) -> None:
        """Run jobs, each by the function of its queue, until there are none."""
        lanes = list(zip(QUEUES, WORKERS, strict=True))[: 2 if self.bot == MODEL else 1]
        while any([self._run_queue(*lane) for lane in lanes]):  # noqa: C419 - the list runs all
            pass

    def _run_queue(self, queue: str, worker: str) -> bool:
        """Run the jobs of a queue, and return whether there were any."""
        jobs = self.visits.functions.receive_jobs(queue)
        for job in jobs:
            self._run_job(worker, job)
        return bool(jobs)

    def _run_job(self, worker: str, job: TurnJob) -> None:
        models, meter = self.visits.models, self.visits.meter
        pieces: list[Step] = [_SECONDS / _PIECES, TextPiece(_PIECE)] * _PIECES
        models.answers = [[*pieces, DONE]]
        began = models.seconds
        meter.receive()
        result = meter.invoke(
            self.visits.functions,
            self.visits.logs,
            worker,
            events.records(job),
            waited=lambda: models.seconds - began,
        )
        if result["batchItemFailures"]:
            raise SystemExit(f"{self.bot}, {self.transport}: a turn failed.")


def get_bot_id(bot: str) -> str:
    """Return the id of a bot of ``BOTS``."""
    return f"bench-{BOTS.index(bot)}"


def _publish_bots(functions: Functions) -> None:
    rule, dialog, data, model = map(get_bot_id, BOTS)
    functions.publish(a_bot(rule, engine="rules", program=_RULES))
    for bot_id, script in ((dialog, _DIALOG), (data, DATA_SCRIPT)):
        functions.publish(_store_script(functions.aws, bot_id, script))
    functions.publish(a_bot(model, engine="model", program=_MODEL_PROGRAM).model_copy(update={"waits": True}))


def _store_script(deployed: Aws, bot_id: str, script: str) -> Bot:
    bundle = compile_bundle({"start.bas": script})
    key = build_program_key(bot_id, bundle.program.id)
    deployed.s3.put_object(Bucket=BUCKET, Key=key, Body=dump_bundle(bundle).encode())
    return a_bot(bot_id, engine="basic", program={"version": bundle.program.id, "key": key})


@contextmanager
def open_visits() -> Iterator[Visits]:
    """Deploy the functions and bots on moto."""
    key, models = SigningKey.es256(), FakeModels()
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("AWS_DEFAULT_REGION", aws.REGION)
        patch.setattr(boto3, "DEFAULT_SESSION", None)
        patch.setattr(model_engine, "language_models", lambda: models)
        patch.setattr(turns, "monotonic", models.clock)
        clock = _Clock()
        patch.setattr(timestamps, "now", clock.now)
        # On a slow machine a visit takes longer than a function keeps a bot that it has read.
        patch.setattr(bot_catalogue, "CACHE_SECONDS", 3_600)
        stack.enter_context(mock_aws())
        deployed = aws.create_clients()
        deployed.create()
        issuer = stack.enter_context(serve_issuer(Issuer(keys=[key.jwk()])))
        parameters = {
            "OidcIssuer": issuer.address,
            "OidcAudience": AUDIENCE,
            "OidcJwksUrl": f"{issuer.address}/keys",
        }
        meter = Meter()
        stack.enter_context(meter.listening())
        functions = stack.enter_context(run_functions(deployed, **parameters))
        _publish_bots(functions)
        logs = stack.enter_context(capture_logs())
        outbox = {use["price"]: use["amount"] for use in read_prices()["use"] if use["line"] == _OUTBOX_LINE}
        yield Visits(functions, logs, meter, models, issuer, key, outbox, clock)
