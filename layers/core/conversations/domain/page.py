"""A page of a longer list."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page[Item]:
    """A piece of something longer: its items, and whether there are more in the direction of travel."""

    items: tuple[Item, ...]
    has_more: bool
