"""Scheduled runs, changes of rows, and their replay journals (``schema.automations``)."""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items, transactions
from conversations.adapters.dynamodb.journal_lease import Lease
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, conditional_write
from conversations.adapters.dynamodb.schema import automations, memories
from conversations.adapters.dynamodb.serialization import Item, deserialize, serialize
from conversations.data_classes import dataclass
from conversations.domain import timestamps
from conversations.domain.automations import RowChange, RunResult, RunStatus, ScheduledRun
from conversations.domain.errors import UnavailableError
from conversations.ports.automations import AutomationStore
from conversations.ports.bots import JournalStorage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDBAutomationStore(AutomationStore):
    """``AutomationStore`` on the table ``bot-data``."""

    client: "DynamoDBClient"
    table: str

    def find_status(self, run: ScheduledRun) -> RunStatus | None:
        """Read the status of a run; see ``AutomationStore.find_status``."""
        item = items.read_item(self.client, self.table, _build_run_key(run))
        return None if item is None else RunStatus(item["status"])

    def begin(self, run: ScheduledRun, now: datetime) -> ScheduledRun | None:
        """Put the run if it is not stored yet; see ``AutomationStore.begin``."""
        item = _build_run(run) | {"expires_at": automations.get_expiry(now)}
        try:
            with conditional_write():
                self.client.put_item(
                    TableName=self.table,
                    Item=serialize(item),
                    ConditionExpression="attribute_not_exists(id)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ConditionsFailedError as conflict:
            stored = conflict.current_items[0]
            begun = None if stored is None else _parse_run(run.bot_id, stored)
            return begun if begun is not None and begun.status is RunStatus.RUNNING else None
        return run

    def end(self, run: ScheduledRun, result: RunResult) -> None:
        """Update the run and put its memories in one transaction; see ``AutomationStore.end``."""
        update = {
            "TableName": self.table,
            "Key": serialize(_build_run_key(run)),
            "UpdateExpression": "SET #status = :status, ended_at = :ended, fault = :fault",
            "ConditionExpression": "#status = :running",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": serialize(
                {
                    ":status": str(run.status),
                    ":ended": _format(run.ended_at),
                    ":fault": run.fault,
                    ":running": str(RunStatus.RUNNING),
                }
            ),
        }
        self._end(run.bot_id, {"Update": update}, result)

    def list_runs(self, bot_id: str, limit: int) -> list[ScheduledRun]:
        """Query the last runs; see ``AutomationStore.list_runs``."""
        with service_errors():
            response = self.client.query(
                TableName=self.table,
                KeyConditionExpression="bot_table = :runs",
                ExpressionAttributeValues=serialize({":runs": automations.build_runs_partition(bot_id)}),
                ScanIndexForward=False,
                Limit=limit,
            )
        return [_parse_run(bot_id, deserialize(item)) for item in response["Items"]]

    def read_change(self, bot_id: str, change_id: str) -> RowChange | None:
        """Read a change; see ``AutomationStore.read_change``."""
        item = items.read_item(self.client, self.table, automations.build_change_key(bot_id, change_id))
        return None if item is None else automations.parse_change(bot_id, item)

    def end_change(self, change: RowChange, result: RunResult, now: datetime) -> None:
        """Remove the row from the change, and put the memories; see ``AutomationStore.end_change``."""
        update = {
            "TableName": self.table,
            "Key": serialize(automations.build_change_key(change.bot_id, change.id)),
            "UpdateExpression": "SET expires_at = :end REMOVE #change",
            "ConditionExpression": "attribute_exists(#change)",
            "ExpressionAttributeNames": {"#change": "change"},
            "ExpressionAttributeValues": serialize({":end": automations.get_expiry(now)}),
        }
        self._end(change.bot_id, {"Update": update}, result)

    def _end(self, bot_id: str, update: dict[str, Any], result: RunResult) -> None:
        actions = [update, *(memories.build_memory_put(self.table, *memory) for memory in result.memories.items())]
        if result.turn_id:
            actions.append(self._build_journal_end(bot_id, result.turn_id))
        with suppress(ConditionsFailedError):
            # safeguard: automation-ended-once
            transactions.write(self.client, actions)

    def _build_journal_end(self, bot_id: str, turn_id: str) -> dict[str, Any]:
        """Build the action that empties a journal, which may hold what users have entered, and closes it.

        A worker that was interrupted before it read the journal finds it empty, so it must not write (``Lease``).
        """
        return {
            "Update": {
                "TableName": self.table,
                "Key": serialize(automations.build_journal_key(bot_id, turn_id)),
                "UpdateExpression": "SET answers = :empty, is_closed = :yes, expires_at = :end",
                "ExpressionAttributeValues": serialize(
                    {":empty": b"", ":yes": True, ":end": automations.get_expiry(timestamps.now())}
                ),
            }
        }


@dataclass(frozen=True, slots=True)
class DynamoDBRunJournalStorage(JournalStorage):
    """``JournalStorage`` of one run, on the table ``bot-data``.

    Attributes
    ----------
    client, table
        The table.
    bot_id, turn_id
        The run.
    lease
        The lease of this worker.
    """

    client: "DynamoDBClient"
    table: str
    bot_id: str
    turn_id: str
    lease: Lease

    def read(self) -> bytes:
        """Return the journal; see ``JournalStorage.read``."""
        journal = self._read()
        self.lease.see(journal)
        return b"" if journal is None else bytes(journal["answers"])

    def write(self, content: bytes) -> None:
        """Replace the journal; see ``JournalStorage.write``."""
        write = self.lease.build_write(automations.get_expiry(self.lease.now()))
        try:
            with conditional_write():
                self.client.put_item(
                    TableName=self.table,
                    Item=serialize(self._key | {"answers": content} | write),
                    **self.lease.build_condition(),
                )
        except ConditionsFailedError:
            raise UnavailableError from None

    @property
    def is_over(self) -> bool:
        """Whether the lease is over; see ``JournalStorage.is_over``."""
        return self.lease.is_over

    def is_superseded(self) -> bool:
        """Return whether another run has written, with one request; see ``JournalStorage.is_superseded``."""
        return self.lease.is_superseded(self._read())

    @property
    def _key(self) -> Item:
        return automations.build_journal_key(self.bot_id, self.turn_id)

    def _read(self) -> Item | None:
        return items.read_item(self.client, self.table, self._key)


def _build_run_key(run: ScheduledRun) -> Item:
    return {"bot_table": automations.build_runs_partition(run.bot_id), "id": run.id}


def _build_run(run: ScheduledRun) -> Item:
    return {
        **_build_run_key(run),
        "script": run.script,
        "schedule": run.schedule,
        "due": timestamps.format_timestamp(run.due),
        "status": str(run.status),
        "started_at": _format(run.started_at),
        "ended_at": _format(run.ended_at),
        "fault": run.fault,
    }


def _parse_run(bot_id: str, item: Item) -> ScheduledRun:
    return ScheduledRun(
        bot_id,
        item["script"],
        item["schedule"],
        timestamps.parse_timestamp(item["due"]),
        RunStatus(item["status"]),
        _parse(item["started_at"]),
        _parse(item["ended_at"]),
        item["fault"],
    )


def _format(moment: datetime | None) -> str:
    return "" if moment is None else timestamps.format_timestamp(moment)


def _parse(text: str) -> datetime | None:
    return timestamps.parse_timestamp(text) if text else None
