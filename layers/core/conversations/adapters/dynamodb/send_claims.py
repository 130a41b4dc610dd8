"""Claims of mails and text messages, and recipients of a day, in the table ``bot-data``.

``schema.table_rows`` describes the rows of that table.

==========  ====================  ==========================  ========================================================
Item        ``bot_table``         ``id``                      Content
==========  ====================  ==========================  ========================================================
Claim       ``<bot id>#!mails``,  ``<turn>:<step>``           nothing besides ``expires_at``
            ``<bot id>#!texts``
Recipients  the same              ``day#<date>``              ``number``: of what was claimed on this day (UTC)
==========  ====================  ==========================  ========================================================

A claim and the count of its recipients are one transaction, so a mail is counted once however often its turn is run.
"""

from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb import transactions
from conversations.adapters.dynamodb.effect_claims import build_count, build_expiry
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError
from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.data_classes import dataclass
from conversations.domain.errors import NotSentError
from conversations.domain.sending import SendEffect, SendKind, describe_limit
from conversations.ports.sending import SendClaims

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TABLES = {SendKind.MAIL: "!mails", SendKind.SMS: "!texts"}
"""Names that no table of a bot has."""


@dataclass(frozen=True, slots=True)
class DynamoDBSendClaims(SendClaims):
    """``SendClaims`` on the table ``bot-data``.

    Attributes
    ----------
    client, table
        The table.
    limit
        Recipients of one bot and day.
    """

    client: "DynamoDBClient"
    table: str
    limit: int

    def claim(self, effect: SendEffect) -> bool:
        """Claim the right to send; see ``SendClaims.claim``."""
        if effect.recipients > self.limit:
            raise self._build_refusal(effect)
        put = {
            "TableName": self.table,
            "Item": serialize(_build_claim_key(effect) | build_expiry(effect.at)),
            # safeguard: mail-claimed-once
            "ConditionExpression": "attribute_not_exists(id)",
        }
        try:
            transactions.write(self.client, [{"Put": put}, {"Update": self._build_count(effect, effect.recipients)}])
        except ConditionsFailedError as conflict:
            if 0 in conflict.current_items:
                return False
            raise self._build_refusal(effect) from None
        return True

    def release(self, effect: SendEffect) -> None:
        """Withdraw a claim; see ``SendClaims.release``."""
        delete = {"TableName": self.table, "Key": serialize(_build_claim_key(effect))}
        transactions.write(self.client, [{"Delete": delete}, {"Update": self._build_count(effect, -effect.recipients)}])

    def _build_refusal(self, effect: SendEffect) -> NotSentError:
        return NotSentError(describe_limit(effect.kind, self.limit))

    def _build_count(self, effect: SendEffect, recipients: int) -> dict[str, Any]:
        return build_count(self.table, _build_partition(effect), effect.at, recipients, self.limit)


def _build_partition(effect: SendEffect) -> Item:
    return {"bot_table": f"{effect.bot_id}#{_TABLES[effect.kind]}"}


def _build_claim_key(effect: SendEffect) -> Item:
    return {**_build_partition(effect), "id": effect.id}
