"""The data keywords in scripts, on tables in memory."""

from basic.data.in_memory import InMemoryTableStore
from basic.data.store import TableStore
from tests.unit.basic.data.data_keywords_contract import DataKeywordsContract


class TestDataKeywordsInMemory(DataKeywordsContract):
    def new_store(self) -> TableStore:
        return InMemoryTableStore()
