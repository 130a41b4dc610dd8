"""Bot servers that answer what a test defines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from conversations.domain.bot_server import BotServer, ServerDone, ServerEvent, ServerRequest, ServerText
from conversations.ports.bot_servers import BotServers

type Step = ServerEvent | Exception | float
"""An event of the answer, a failure, or seconds that pass."""


def says(*pieces: str, state: dict[str, int] | None = None) -> list[Step]:
    """Return an answer of one message in pieces."""
    return [*map(ServerText, pieces), ServerDone({**state} if state is not None else None)]


@dataclass(slots=True)
class FakeBotServers(BotServers):
    """``BotServers``: each request gets the next answer of the test, and then the last one again.

    Attributes
    ----------
    answers
        The next answers.
    requests, servers
        What was sent, and where.
    closed
        How many answers were closed or read to their end.
    seconds
        The time of the clock.
    """

    answers: list[Iterable[Step]] = field(default_factory=lambda: [says("Fine.")])
    requests: list[ServerRequest] = field(default_factory=list)
    servers: list[BotServer] = field(default_factory=list)
    closed: int = 0
    seconds: float = 0

    def ask(self, server: BotServer, request: ServerRequest) -> Iterator[ServerEvent]:
        self.servers.append(server)
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        try:
            for step in answer:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, float):
                    self.sleep(step)
                else:
                    yield step
        finally:
            self.closed += 1

    def clock(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
