"""The contract of table stores, for the store in memory."""

from basic.data.in_memory import InMemoryTableStore
from basic.data.store import TableStore
from tests.unit.basic.data.table_store_contract import TableStoreContract


class TestMemoryTables(TableStoreContract):
    def new_store(self) -> TableStore:
        return InMemoryTableStore()
