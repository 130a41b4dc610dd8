"""In place of the network: does what the functions ask of AWS, or lets it go wrong."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, NoReturn, cast
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from moto.core.exceptions import ServiceException
from moto.core.models import botocore_stubber
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.responses import DynamoHandler
from werkzeug.exceptions import HTTPException

from tests.aws import ACCOUNT, REGION
from tests.faults.lambdas import Call, Invocation, Killed
from tests.faults.plans import Fault, Operation

if TYPE_CHECKING:
    from tests.faults.simulation import Simulation

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
SLOW_SECONDS = 4

type Body = dict[str, Any]

_BUSY = {
    "dynamodb": (400, "ProvisionedThroughputExceededException"),
    "sqs": (400, "RequestThrottled"),
    "sockets": (429, "LimitExceededException"),
}


class _Raw(BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sends."""

    raw: AWSPreparedRequest
    event_name: str
    operation: Operation

    @classmethod
    def of(cls, raw: AWSPreparedRequest, event_name: str) -> "Request":
        """Read a request as it goes out."""
        _, service, name = event_name.split(".")
        known = "sockets" if service == "apigatewaymanagementapi" else service
        return cls(raw, event_name, Operation(known, name))

    @property
    def body(self) -> Body:
        """What it says."""
        said: Body = json.loads(cast("bytes", self.raw.body))
        return said

    @property
    def key(self) -> str:
        """The same for all tries of a call."""
        told = self.raw.headers["amz-sdk-invocation-id"]
        return told.decode() if isinstance(told, bytes) else str(told)

    def answer(self, status: int, body: Body | None = None, kind: str = "") -> AWSResponse:
        """Return what the service answers."""
        headers = {"content-type": "application/x-amz-json-1.0"} | ({"x-amzn-errortype": kind} if kind else {})
        told = {**({"__type": kind, "message": kind} if kind else {}), **(body or {})}
        return AWSResponse(self.raw.url, status, cast("Any", headers), _Raw(json.dumps(told).encode()))


@dataclass(slots=True)
class Wire:
    """The hook that every client calls instead of sending a request.

    Attributes
    ----------
    simulation
        Whose wire it is.
    tokens
        The transactions that are done, by ``ClientRequestToken``: DynamoDB does none twice, moto would.
    """

    simulation: "Simulation"
    tokens: set[str] = field(default_factory=set)

    def __call__(self, request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse:
        """Answer a request, or raise what a dead line raises."""
        sent = Request.of(request, event_name)
        invocation = Invocation.current()
        if invocation is None:
            return self._perform(sent)
        call = invocation.about_to(sent.key, sent.operation)
        call.tries += 1
        return self._attempt(sent, call, invocation)

    def _attempt(self, sent: Request, call: Call, invocation: Invocation) -> AWSResponse:
        first = call.tries == 1
        match call.fault:
            case Fault.LOST | Fault.HICCUP | Fault.UNHEARD | Fault.TWICE:
                return self._on_a_bad_line(sent, call.fault, first=first)
            case Fault.THROTTLED | Fault.CONFLICT | Fault.PARTIAL if first or call.fault is Fault.THROTTLED:
                return _refuse(sent, call.fault)
            case Fault.KILLED_AFTER | Fault.LATE:
                self._last_of_a_dying(sent, call.fault, invocation)
            case Fault.SLOW if first:
                self.simulation.clock.forward(seconds=SLOW_SECONDS)
            case Fault.GONE:
                self.simulation.sockets.cut(_connection_id(sent))
            case Fault.DEAF:
                self.simulation.sockets.deafen(_connection_id(sent))
        return self._perform(sent)

    def _on_a_bad_line(self, sent: Request, fault: Fault, *, first: bool) -> AWSResponse:
        """Do what gets through, and raise what the client notices."""
        if fault in (Fault.UNHEARD, Fault.TWICE) and first:
            self._perform(sent)
            self.simulation.clock.forward(seconds=READ_TIMEOUT_SECONDS)
            raise ReadTimeoutError(endpoint_url=sent.raw.url)
        if fault in (Fault.LOST, Fault.UNHEARD) or first:
            self.simulation.clock.forward(seconds=CONNECT_TIMEOUT_SECONDS)
            raise ConnectTimeoutError(endpoint_url=sent.raw.url)
        return self._perform(sent)

    def _last_of_a_dying(self, sent: Request, fault: Fault, invocation: Invocation) -> NoReturn:
        """Do the request, now or when everything else is over; its sender is dead."""
        if fault is Fault.LATE:
            self.simulation.later(lambda: self._perform(sent))
        else:
            self._perform(sent)
        invocation.died = True
        raise Killed

    def _perform(self, sent: Request) -> AWSResponse:
        perform: Callable[[Request], AWSResponse] = {
            "dynamodb": self._dynamodb,
            "sqs": self._sqs,
            "sockets": self._sockets,
        }[sent.operation.service]
        return perform(sent)

    def _dynamodb(self, sent: Request) -> AWSResponse:
        body = sent.body
        if "limits" in str(body.get("TableName", "")).lower():
            # How many requests are admitted is counted, and tested, elsewhere; on moto it takes half of all the time.
            at = body.get("ExpressionAttributeValues", {}).get(":at", {"N": "0"})
            return sent.answer(200, {"Attributes": {"times": {"L": [at]}}})
        token = body.get("ClientRequestToken")
        if token in self.tokens:
            return sent.answer(200)
        answer = _moto(sent, body)
        if answer.status_code == 200:
            if token is not None:
                self.tokens.add(token)
            self.simulation.written(sent.operation.name, body)
        return answer

    def _sqs(self, sent: Request) -> AWSResponse:
        body, now = sent.body, self.simulation.clock()
        queue = self.simulation.queue_of(body["QueueUrl"])
        match sent.operation.name:
            case "SendMessage":
                message_id = queue.send(
                    body["MessageBody"],
                    now,
                    group=body.get("MessageGroupId"),
                    deduplication_id=body.get("MessageDeduplicationId"),
                    delay=body.get("DelaySeconds"),
                )
                return sent.answer(200, {"MessageId": message_id})
            case "ChangeMessageVisibility":
                if queue.hide(body["ReceiptHandle"], int(body["VisibilityTimeout"]), now):
                    return sent.answer(200)
                return sent.answer(400, kind="MessageNotInflight")
            case _:
                raise NotImplementedError(sent.operation)

    def _sockets(self, sent: Request) -> AWSResponse:
        connection_id = _connection_id(sent)
        sockets = self.simulation.sockets
        if not sockets.takes(connection_id):
            return sent.answer(410, kind="GoneException")
        if sent.raw.method == "DELETE":
            sockets.cut(connection_id)
            return sent.answer(204)
        sockets.tell(connection_id, sent.body)
        return sent.answer(200)


def _moto(sent: Request, body: Body) -> AWSResponse:
    """Let moto do it, past all that finds out whom a request is for, which takes half of the time."""
    handler = DynamoHandler()
    handler.current_account, handler.region, handler.body = ACCOUNT, REGION, body
    try:
        result = getattr(handler, camelcase_to_underscores(sent.operation.name))()
    except (ServiceException, HTTPException):
        # Nothing has been done; the long way words the refusal.
        answer: AWSResponse | None = botocore_stubber(sent.event_name, sent.raw)
        assert answer is not None
        return answer
    return sent.answer(200, result.result)


def _connection_id(sent: Request) -> str:
    return unquote(urlsplit(sent.raw.url).path.rpartition("/")[2])


def _refuse(sent: Request, fault: Fault) -> AWSResponse:
    """Answer that nothing was done."""
    match fault, sent.operation.name:
        case Fault.CONFLICT, _:
            reasons = [{"Code": "None"} for _ in sent.body["TransactItems"]]
            reasons[0] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
            return sent.answer(400, {"CancellationReasons": reasons}, kind="TransactionCanceledException")
        case Fault.PARTIAL, "BatchGetItem":
            return sent.answer(200, {"Responses": {}, "UnprocessedKeys": sent.body["RequestItems"]})
        case Fault.PARTIAL, _:
            return sent.answer(200, {"UnprocessedItems": sent.body["RequestItems"]})
    status, kind = _BUSY[sent.operation.service]
    return sent.answer(status, kind=kind)
