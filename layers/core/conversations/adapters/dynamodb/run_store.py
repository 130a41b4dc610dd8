"""Runs of AG-UI's clients, in partitions of their own of the table ``connections``.

They are not in the owner's partition of that table, which every running turn reads.
"""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.serialization import Item, serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.agent_link import RunReference
from conversations.ports.agent_runs import RunStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDBRunStore(RunStore):
    """``RunStore`` on the table ``connections``."""

    client: "DynamoDBClient"
    table: str

    def put(self, owner: str, run: RunReference, expires_at: datetime) -> None:
        """Store a run; see ``RunStore.put``."""
        item = _build_key(owner, run.run_id) | build_run(run) | {"expires_at": timestamps.to_epoch_seconds(expires_at)}
        with service_errors():
            self.client.put_item(TableName=self.table, Item=serialize(item))

    def get(self, owner: str, run_id: str, now: datetime) -> RunReference | None:
        """Return a run; see ``RunStore.get``."""
        item = items.read_item(self.client, self.table, _build_key(owner, run_id))
        # safeguard: run-expires
        is_valid = item is not None and item["expires_at"] > timestamps.to_epoch_seconds(now)
        return parse_run(item) if item is not None and is_valid else None


def build_run(run: RunReference) -> Item:
    """Return the attributes of a run."""
    return {
        "run_id": run.run_id,
        "thread_id": run.thread_id,
        "session_id": run.conversation_id,
        "message": run.message_id,
    }


def parse_run(item: Item) -> RunReference:
    """Return the run that attributes describe."""
    return RunReference(item["run_id"], item["thread_id"], item["session_id"], item.get("message"))


def name_partition(owner: str) -> str:
    """Return the hash key of the runs of an owner."""
    return f"run#{owner}"


def _build_key(owner: str, run_id: str) -> Item:
    # Names of clients have any characters and any length.
    return {"owner": name_partition(owner), "connection_id": hashlib.sha256(run_id.encode()).hexdigest()}
