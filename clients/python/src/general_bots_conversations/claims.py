"""Claiming: a user who signs in takes over the conversation that they started as a visitor."""

from dataclasses import replace

from general_bots_conversations.core.environment import Environment
from general_bots_conversations.core.ids import to_key
from general_bots_conversations.core.outbox import OUTBOX
from general_bots_conversations.core.outbox_message import OutboxMessage, read_outbox
from general_bots_conversations.core.visitor import Visitor
from general_bots_conversations.errors import ApiError
from general_bots_conversations.rest import Rest

_REFUSED_FOR_GOOD = range(400, 500)
_RATE_LIMITED = 429


class VisitorClaim:
    """The visitor's values in a storage, for the user who takes them over."""

    def __init__(self, rest: Rest, environment: Environment) -> None:
        self._rest = rest
        self._environment = environment
        self._visitor = Visitor(environment)

    async def claim(self) -> tuple[str, list[OutboxMessage]] | None:
        """Claim the visitor's conversation; it can be repeated until ``clear`` is called.

        Returns
        -------
        tuple or None
            The id of the conversation, and the messages that the server does not have yet; None if there is no
            conversation, or if it has expired.
        """
        token = self._visitor.token
        name = None if token is None else await self._claim(token)
        if name is None:
            return None
        # The server may have stored messages without an acknowledgement; these must not be sent again.
        page = await self._rest.request("GET", f"/conversations/{name}/history", query={"limit": 100})
        stored = {message.get("client_message_id") for message in page.get("messages", [])}
        unsent = [item for item in read_outbox(self._environment.read(OUTBOX)) if item.client_message_id not in stored]
        return name, [replace(item, conversation=to_key(name), after=None) for item in unsent]

    def clear(self) -> None:
        """Delete the visitor's values."""
        self._environment.write(OUTBOX, None)
        self._visitor.clear()

    async def _claim(self, token: str) -> str | None:
        try:
            claimed = await self._rest.request("POST", "/conversations/claim", body={"session_token": token})
        except ApiError as error:
            if error.status in _REFUSED_FOR_GOOD and error.status != _RATE_LIMITED:
                return None
            raise
        return str(claimed["id"])
