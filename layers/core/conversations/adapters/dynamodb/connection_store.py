"""The table ``connections``: the open WebSocket connections, and what their owners want of running turns.

============  =========================================  =====================================================
Item          ``connection_id``                          Content
============  =========================================  =====================================================
Connection    API Gateway's id                           its conversation, or its AG-UI run; until when it is open
Stop request  ``stop#<turn id>#<message id, or *>``      expires after some minutes
Transfer      ``transfer#<conversation id>``             the new owner; expires after some minutes
============  =========================================  =====================================================

The hash key of all of them is ``owner``, so a running turn reads them with one query.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, conditional_write
from conversations.adapters.dynamodb.run_store import build_run, name_partition, parse_run
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.agent_link import AgentLink, FollowedRun, RunSender
from conversations.domain.answer_control import AnswerControls, StopRequest, Transfer
from conversations.domain.connection import Connection
from conversations.domain.errors import ConnectionGoneError
from conversations.ports.websocket import ConnectionStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_STOP_PREFIX = "stop#"
_TRANSFER_PREFIX = "transfer#"
_CONTROL_PREFIXES = (_STOP_PREFIX, _TRANSFER_PREFIX)
"""Beginnings of the range keys that are no connection ids: API Gateway's ids have no ``#``."""

_REMOVED_CONTROLS = 25
"""Items that are removed before the caller looks at the clock; no one has as many."""


@dataclass(frozen=True, slots=True)
class DynamoDBConnectionStore(ConnectionStore):
    """``ConnectionStore`` on the table ``connections``."""

    client: "DynamoDBClient"
    table: str

    def add(self, connection: Connection) -> None:
        """Store a connection; see ``ConnectionStore.add``."""
        self._put(
            _build_key(connection.owner, connection.connection_id)
            | {
                "session_id": connection.conversation_id,
                "opened_at": timestamps.format_timestamp(connection.opened_at),
                "expires_at": timestamps.to_epoch_seconds(connection.expires_at),
                "streams": connection.streams or None,
                "suggestions_in_messages": connection.suggestions_in_messages or None,
                "ag_ui": None if connection.agent is None else _build_agent(connection.agent),
            }
        )

    def remove(self, owner: str, connection_id: str) -> None:
        """Remove a connection; see ``ConnectionStore.remove``."""
        with service_errors():
            self.client.delete_item(TableName=self.table, Key=serialize(_build_key(owner, connection_id)))

    def get(self, owner: str, connection_id: str) -> Connection | None:
        """Return a connection; see ``ConnectionStore.get``."""
        item = items.read_item(self.client, self.table, _build_key(owner, connection_id))
        return None if item is None else _parse_connection(item)

    def follow_run(self, owner: str, connection_id: str, followed: FollowedRun) -> None:
        """Store the run that a connection follows; see ``ConnectionStore.follow_run``."""
        try:
            self._update_agent(
                owner,
                connection_id,
                "SET ag_ui.followed = :followed REMOVE ag_ui.sender",
                "attribute_exists(ag_ui)",
                {":followed": _build_followed(followed)},
            )
        except ConditionsFailedError as error:
            raise ConnectionGoneError from error

    def take_run(self, owner: str, connection_id: str, run_id: str, sender: RunSender) -> bool:
        """Store who sends the events of a run; see ``ConnectionStore.take_run``."""
        try:
            self._update_agent(
                owner,
                connection_id,
                "SET ag_ui.sender = :sender",
                # safeguard: run-sent-by-one
                "ag_ui.followed.run_id = :run_id AND attribute_not_exists(ag_ui.sender)",
                {":sender": sender, ":run_id": run_id},
            )
        except ConditionsFailedError:
            return False
        return True

    def _update_agent(
        self, owner: str, connection_id: str, update: str, condition: str, values: dict[str, Any]
    ) -> None:
        with conditional_write():
            self.client.update_item(
                TableName=self.table,
                Key=serialize(_build_key(owner, connection_id)),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=serialize(values),
            )

    def list_by_owner(self, owner: str) -> tuple[Connection, ...]:
        """Return the connections of an owner; see ``ConnectionStore.list_by_owner``."""
        return self.load_controls(owner).connections

    def load_controls(self, owner: str) -> AnswerControls:
        """Return everything of an owner with one query; see ``ConnectionStore.load_controls``.

        One page is enough: 1 MB has thousands of connections, and a broadcast removes those that are closed. Stop
        requests count towards a rate limit.
        """
        return _parse_controls(self._query(owner))

    def _query(self, owner: str) -> list[Item]:
        with service_errors():
            response = self.client.query(
                TableName=self.table,
                KeyConditionExpression="#owner = :owner",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues=serialize({":owner": owner}),
                ConsistentRead=True,
            )
        return [deserialize(item) for item in response["Items"]]

    def add_stop_request(self, owner: str, request: StopRequest) -> None:
        """Store a stop request; see ``ConnectionStore.add_stop_request``."""
        key = _build_key(owner, f"{_STOP_PREFIX}{request.turn_id}#{request.message_id or '*'}")
        expires_at = timestamps.to_epoch_seconds(request.expires_at)
        self._put(key | {"turn": request.turn_id, "message": request.message_id, "expires_at": expires_at})

    def add_transfer(self, owner: str, transfer: Transfer) -> None:
        """Store a transfer; see ``ConnectionStore.add_transfer``."""
        key = _build_key(owner, f"{_TRANSFER_PREFIX}{transfer.conversation_id}")
        expires_at = timestamps.to_epoch_seconds(transfer.expires_at)
        self._put(
            key | {"session_id": transfer.conversation_id, "claimed_by": transfer.owner, "expires_at": expires_at}
        )

    def remove_controls(self, owner: str) -> bool:
        """Remove up to ``_REMOVED_CONTROLS`` items one by one; see ``ConnectionStore.remove_controls``."""
        stored = [each["connection_id"] for each in self._query(owner)]
        controls = [(owner, each) for each in stored if each.startswith(_CONTROL_PREFIXES)]
        runs = name_partition(owner)
        # safeguard: run-erased
        controls += [(runs, each["connection_id"]) for each in self._query(runs)]
        for partition, control in controls[:_REMOVED_CONTROLS]:
            self.remove(partition, control)
        return len(controls) <= _REMOVED_CONTROLS

    def _put(self, item: Item) -> None:
        with service_errors():
            self.client.put_item(TableName=self.table, Item=serialize(item))


def _build_key(owner: str, connection_id: str) -> Item:
    return {"owner": owner, "connection_id": connection_id}


def _parse_controls(stored: Sequence[Item]) -> AnswerControls:
    def select(prefixes: str | tuple[str, ...], *, wanted: bool = True) -> list[Item]:
        return [item for item in stored if item["connection_id"].startswith(prefixes) is wanted]

    return AnswerControls(
        # safeguard: connections-only
        connections=tuple(map(_parse_connection, select(_CONTROL_PREFIXES, wanted=False))),
        stop_requests=tuple(map(_parse_stop_request, select(_STOP_PREFIX))),
        transfers=tuple(map(_parse_transfer, select(_TRANSFER_PREFIX))),
    )


def _parse_connection(item: Item) -> Connection:
    return Connection(
        owner=item["owner"],
        connection_id=item["connection_id"],
        conversation_id=item.get("session_id"),
        opened_at=timestamps.parse_timestamp(item["opened_at"]),
        expires_at=_parse_expiry(item),
        streams="streams" in item,
        suggestions_in_messages="suggestions_in_messages" in item,
        agent=_parse_agent(item["ag_ui"]) if "ag_ui" in item else None,
    )


def _build_agent(agent: AgentLink) -> Item:
    if agent.followed is None:
        return {"bot_id": agent.bot_id}
    sender = {} if agent.followed.sender is None else {"sender": agent.followed.sender}
    return {"bot_id": agent.bot_id, "followed": _build_followed(agent.followed)} | sender


def _build_followed(followed: FollowedRun) -> Item:
    return build_run(followed.run) | {"position": followed.position, "closes": followed.closes}


def _parse_agent(agent: Item) -> AgentLink:
    followed = agent.get("followed")
    if followed is None:
        return AgentLink(agent["bot_id"])
    run = FollowedRun(parse_run(followed), followed["position"], followed["closes"], agent.get("sender"))
    return AgentLink(agent["bot_id"], run)


def _parse_stop_request(item: Item) -> StopRequest:
    return StopRequest(item["turn"], item.get("message"), _parse_expiry(item))


def _parse_transfer(item: Item) -> Transfer:
    return Transfer(item["session_id"], item["claimed_by"], _parse_expiry(item))


def _parse_expiry(item: Item) -> datetime:
    return datetime.fromtimestamp(int(item["expires_at"]), UTC)
