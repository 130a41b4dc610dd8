"""Schedules that scripts set while they run (``schema.schedules``)."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from conversations.adapters.aws import service_errors
from conversations.adapters.dynamodb import items
from conversations.adapters.dynamodb.optimistic import ConditionsFailedError, conditional_write
from conversations.adapters.dynamodb.schema import schedules
from conversations.adapters.dynamodb.serialization import deserialize, serialize
from conversations.data_classes import dataclass
from conversations.domain.schedules import MAX_SCHEDULES, ScheduleRefusedError, ScriptSchedule
from conversations.ports.schedules import ScheduleStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class DynamoDBScheduleStore(ScheduleStore):
    """``ScheduleStore`` on the table ``bot-data``."""

    client: "DynamoDBClient"
    table: str

    def add(self, schedule: ScriptSchedule) -> None:
        """Put the schedule if it does not exist; see ``ScheduleStore.add``."""
        # safeguard: computed-schedules-bounded
        if self._count(schedule.bot_id) >= MAX_SCHEDULES and self.read(schedule.bot_id, schedule.id) is None:
            raise ScheduleRefusedError(f"the scripts of the bot have set {MAX_SCHEDULES:,} schedules that are not over")
        # An unchanged item is not in the stream a second time.
        with suppress(ConditionsFailedError), conditional_write():
            self.client.put_item(
                TableName=self.table,
                Item=serialize(schedules.build_item(schedule)),
                ConditionExpression="attribute_not_exists(id)",
            )

    def read(self, bot_id: str, schedule_id: str) -> ScriptSchedule | None:
        """Read a schedule; see ``ScheduleStore.read``."""
        item = items.read_item(self.client, self.table, schedules.build_key(bot_id, schedule_id))
        return None if item is None else schedules.parse_item(item)

    def remove(self, bot_id: str, schedule_id: str) -> None:
        """Delete a schedule; see ``ScheduleStore.remove``."""
        with service_errors():
            self.client.delete_item(TableName=self.table, Key=serialize(schedules.build_key(bot_id, schedule_id)))

    def list_all(self, bot_id: str) -> list[ScriptSchedule]:
        """Query the schedules; see ``ScheduleStore.list_all``."""
        found = (deserialize(item) for page in self._query(bot_id) for item in page["Items"])
        return sorted((schedules.parse_item(item) for item in found), key=lambda each: (each.schedule, each.script))

    def _count(self, bot_id: str) -> int:
        return sum(page["Count"] for page in self._query(bot_id, Select="COUNT"))

    def _query(self, bot_id: str, **options: Any) -> Iterator[Any]:  # noqa: ANN401 - of boto3
        request: Any = {
            "TableName": self.table,
            "KeyConditionExpression": "bot_table = :schedules",
            "ExpressionAttributeValues": serialize({":schedules": schedules.build_partition(bot_id)}),
            **options,
        }
        while True:
            with service_errors():
                page: Any = self.client.query(**request)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
