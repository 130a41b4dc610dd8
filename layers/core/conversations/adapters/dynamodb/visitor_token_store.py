"""Visitor tokens, in the items of conversations in the table ``sessions``."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.optimistic import conditional_write, retry_on_conflict
from conversations.adapters.dynamodb.schema import sessions
from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.data_classes import dataclass
from conversations.ports.conversations import VisitorTokenStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_VISITOR_TOKENS = 16
"""How many tokens of one visitor are valid at once: one per browser tab."""


@dataclass(frozen=True, slots=True)
class DynamoDBVisitorTokenStore(VisitorTokenStore):
    """``VisitorTokenStore`` on the table ``sessions``."""

    client: "DynamoDBClient"
    table: str

    def add_token(self, conversation_id: str, token_hash: str, *, current_hash: str | None = None) -> None:
        """Add a token; see ``VisitorTokenStore.add_token``."""

        def attempt(item: Item | None) -> None:
            if item is None or not sessions.parse_conversation(item).anonymous:
                return
            before = item.get("token_hashes", [])
            # The SDK repeats a request whose response was lost.
            if token_hash not in before:
                self._replace_tokens(item, before, _add_token(before, token_hash, current_hash))

        retry_on_conflict(self._read(conversation_id), attempt, lambda _: self._read(conversation_id))

    def is_token_valid(self, conversation_id: str, token_hash: str, now: datetime) -> bool:
        """Check a token; see ``VisitorTokenStore.is_token_valid``."""
        item = self._read(conversation_id)
        if item is None or sessions.parse_conversation(item).is_gone(now):
            return False
        # A claim removes the tokens, so a user's conversation has none.
        return token_hash in item.get("token_hashes", [])

    def _read(self, conversation_id: str) -> Item | None:
        return items.read_item(self.client, self.table, sessions.build_conversation_key(conversation_id))

    def _replace_tokens(self, item: Item, before: Sequence[str], after: Sequence[str]) -> None:
        unchanged = "token_hashes = :before" if before else "attribute_not_exists(token_hashes)"
        values: dict[str, Any] = {":after": after, ":owner": item["owner"]}
        with conditional_write():
            self.client.update_item(
                TableName=self.table,
                Key=serialize(sessions.build_conversation_key(item["id"])),
                UpdateExpression="SET token_hashes = :after",
                # The owner changes with a claim; no token is valid for a user's conversation.
                ConditionExpression=f"#owner = :owner AND {unchanged}",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues=serialize(values | ({":before": before} if before else {})),
            )


def _add_token(hashes: Sequence[str], token_hash: str, current_hash: str | None) -> list[str]:
    """Return the newest tokens and the new one. The current one counts as the newest of the old ones."""
    older = [stored for stored in hashes if stored != current_hash]
    current = [stored for stored in hashes if stored == current_hash]
    return [*older, *current, token_hash][-MAX_VISITOR_TOKENS:]
