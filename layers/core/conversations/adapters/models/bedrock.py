"""``LanguageModel`` for Amazon Bedrock: ConverseStream through boto3."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.eventstream import ParserError
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from urllib3.exceptions import HTTPError

from conversations.adapters.aws import get_error_code
from conversations.adapters.background import Abort
from conversations.adapters.models.answer_stream import read_answer
from conversations.adapters.models.bedrock_request import build_request
from conversations.data_classes import dataclass
from conversations.domain.model import (
    Finished,
    FinishReason,
    ModelEvent,
    ModelReference,
    ModelRefusedError,
    ModelRequest,
    ModelUnavailableError,
    TextPiece,
    ToolCall,
)

if TYPE_CHECKING:
    from botocore.eventstream import EventStream
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient
    from mypy_boto3_bedrock_runtime.type_defs import ConverseStreamOutputTypeDef

CLIENT_CONFIG = Config(
    # The engine repeats a request that fails before its first word.
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=5,
    # Longer than an answer may take: its time limit is that of the request.
    read_timeout=70,
)

_FINAL = frozenset(
    {
        "accessdeniedexception",
        "resourcenotfoundexception",
        "servicequotaexceededexception",
        "unrecognizedclientexception",
        "validationexception",
    }
)
"""Error codes after which the same request fails again; in lower case, because those inside a stream begin with one."""

_REASONS: Mapping[str, FinishReason] = {
    "tool_use": FinishReason.TOOL_CALLS,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "guardrail_intervened": FinishReason.CONTENT_FILTER,
    "content_filtered": FinishReason.CONTENT_FILTER,
}
"""Stop reasons; any other is complete."""

_FAILURES = frozenset({"malformed_model_output", "malformed_tool_use"})
"""Stop reasons of answers that are incomplete."""


@dataclass(frozen=True, slots=True)
class BedrockModel:
    """A foundation model or an inference profile of Amazon Bedrock.

    Attributes
    ----------
    client
        Returns the client, which is created when it is needed.
    reference
        The model.
    """

    client: Callable[[], "BedrockRuntimeClient"]
    reference: ModelReference

    def stream(self, request: ModelRequest) -> Iterator[ModelEvent]:
        """Ask the model; see ``LanguageModel.stream``."""

        def start(abort: Abort) -> Iterator[ModelEvent]:
            with provider_errors():
                response = self.client().converse_stream(**build_request(self.reference, request))
                stream = response["stream"]
                _watch_connection(stream, abort)
                with closing(stream):
                    yield from _Answer().read(stream)

        yield from read_answer(start, request.seconds)


def _watch_connection(stream: "EventStream[Any]", abort: Abort) -> None:
    """Let the reader shut down the connection, which botocore does not publish: without it, the next event ends it."""
    connection = getattr(getattr(stream, "_raw_stream", None), "connection", None)
    sock = getattr(connection, "sock", None)
    # safeguard: bedrock-abort
    if sock is not None:
        abort.watch(sock)


@contextmanager
def provider_errors() -> Iterator[None]:
    """Translate errors. The messages are not repeated: they may quote the prompt."""
    try:
        yield
    except ClientError as error:
        # Inside a stream, an error that botocore does not know has no code.
        code = get_error_code(error) or "unknown error"
        # safeguard: bedrock-refused
        if code.lower() in _FINAL:
            raise ModelRefusedError(f"Bedrock refused the request ({code})") from None
        raise ModelUnavailableError(f"Bedrock is unavailable ({code})") from None
    except ParamValidationError:
        raise ModelRefusedError("the request is invalid for Bedrock: check the name of the model") from None
    except (BotoCoreError, HTTPError, ParserError, OSError) as error:
        raise ModelUnavailableError(f"Bedrock is unavailable ({type(error).__name__})") from None


@dataclass(slots=True)
class _Answer:
    """An answer that arrives.

    Attributes
    ----------
    calls
        Its calls by the index of their block: id, name and the pieces of the arguments.
    """

    calls: dict[int, tuple[str, str, list[str]]] = field(default_factory=dict)

    def read(self, stream: "EventStream[ConverseStreamOutputTypeDef]") -> Iterator[ModelEvent]:
        """Yield the events of the answer, ``Finished`` when it ends, and again with the number of tokens."""
        finished: Finished | None = None
        for event in stream:
            if "contentBlockStart" in event:
                self._start_block(event["contentBlockStart"])
            elif "contentBlockDelta" in event:
                yield from self._read_delta(event["contentBlockDelta"])
            elif "messageStop" in event:
                finished = _finish(event["messageStop"]["stopReason"])
                for call_id, name, pieces in self.calls.values():
                    yield ToolCall(call_id, name, "".join(pieces) or "{}")
                yield finished
            elif "metadata" in event and finished is not None:
                usage = event["metadata"].get("usage", {})
                yield Finished(finished.reason, usage.get("inputTokens"), usage.get("outputTokens"))
                return

    def _start_block(self, block: Mapping[str, Any]) -> None:
        tool_use = block.get("start", {}).get("toolUse")
        if tool_use is not None:
            self.calls[block["contentBlockIndex"]] = (tool_use["toolUseId"], tool_use["name"], [])

    def _read_delta(self, block: Mapping[str, Any]) -> Iterator[TextPiece]:
        delta = block["delta"]
        if delta.get("text"):
            yield TextPiece(delta["text"])
        call = self.calls.get(block["contentBlockIndex"])
        if "toolUse" in delta and call is not None:
            call[2].append(delta["toolUse"]["input"])


def _finish(reason: str) -> Finished:
    if reason in _FAILURES:
        raise ModelUnavailableError(f"the model broke off its answer ({reason})")
    return Finished(_REASONS.get(reason, FinishReason.COMPLETE))
