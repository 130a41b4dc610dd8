"""Why the handshake of a visitor was refused: a browser does not show a page the response to a refused handshake."""

from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.authorization import require_bot, require_visitor_bot
from conversations.domain.limits import Policy
from conversations.domain.principal import visitor_principal
from conversations.ports.bots import BotCatalogue
from conversations.ports.clock import Clock
from conversations.ports.limits import RateLimiter


@dataclass(frozen=True, slots=True)
class ConnectionCheckService:
    """Checks what a new visitor's handshake would be refused for, without opening or counting a connection."""

    bots: BotCatalogue
    limiter: RateLimiter
    connect_policy: Policy
    default_bot_id: str
    visitor_bots: frozenset[str]
    now: Clock

    def check(self, bot_id: str | None, address: str) -> None:
        """Return if a visitor at this address could connect to the bot, None for the default one.

        Raises
        ------
        ForbiddenError, NotFoundError
            If the bot is not for visitors, or does not exist.
        RateLimitedError
            If the address opens too many anonymous connections.
        UnavailableError
            If a service does not respond.
        """
        require_visitor_bot(bot_id, self.visitor_bots | {self.default_bot_id})
        self.limiter.check(self.connect_policy, address, self.now())
        visitor = visitor_principal(ids.new_conversation_id(self.now()))
        require_bot(self.bots.get(bot_id or self.default_bot_id), visitor)
