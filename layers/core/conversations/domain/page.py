"""Pagination: one page of a longer list."""

from conversations.data_classes import dataclass


@dataclass(frozen=True, slots=True)
class Page[Item]:
    """One page of a paginated list: its items, and whether more items follow in the direction of reading."""

    items: tuple[Item, ...]
    has_more: bool
