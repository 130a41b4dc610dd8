"""Claims of mails and recipients of a day, in the table ``bot-data`` (``schema.table_rows`` describes its rows).

==========  ====================  ==========================  ========================================================
Item        ``bot_table``         ``id``                      Content
==========  ====================  ==========================  ========================================================
Claim       ``<bot id>#!mails``   ``<turn>:<step>``           nothing besides ``expires_at``
Recipients  ``<bot id>#!mails``   ``day#<date>``              ``number``: of the mails claimed on this day (UTC)
==========  ====================  ==========================  ========================================================

A claim and the count of its recipients are one transaction, so a mail is counted once however often its turn is run.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conversations.adapters.dynamodb import transactions
from conversations.adapters.dynamodb.effect_claims import build_count, build_expiry
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError
from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.domain.errors import MailNotSentError
from conversations.domain.mail import MailEffect
from conversations.ports.mail import MailClaims

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDBMailClaims(MailClaims):
    """``MailClaims`` on the table ``bot-data``.

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

    def claim(self, effect: MailEffect) -> bool:
        """Claim the right to send a mail; see ``MailClaims.claim``."""
        if effect.recipients > self.limit:
            raise self._build_refusal()
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
            raise self._build_refusal() from None
        return True

    def release(self, effect: MailEffect) -> None:
        """Withdraw a claim; see ``MailClaims.release``."""
        delete = {"TableName": self.table, "Key": serialize(_build_claim_key(effect))}
        transactions.write(self.client, [{"Delete": delete}, {"Update": self._build_count(effect, -effect.recipients)}])

    def _build_refusal(self) -> MailNotSentError:
        return MailNotSentError(f"the bot sends mail to more than {self.limit} recipients today, its limit (MailLimit)")

    def _build_count(self, effect: MailEffect, recipients: int) -> dict[str, Any]:
        return build_count(self.table, _build_partition(effect), effect.at, recipients, self.limit)


def _build_partition(effect: MailEffect) -> Item:
    return {"bot_table": f"{effect.bot_id}#!mails"}


def _build_claim_key(effect: MailEffect) -> Item:
    return {**_build_partition(effect), "id": effect.id}
