"""Lets the readers of streams begin at the first record after a restart."""

from collections.abc import Callable
from typing import Any

type RestorePositions = Callable[[Any, Any], None]


def forget_positions_in(streams: Any, restore: RestorePositions) -> RestorePositions:  # noqa: ANN401 - a private type
    """Do not restore the positions in streams, because MiniStack does not save the records that they count.

    With its old position, a reader would miss as many new records as there were before the restart.

    Parameters
    ----------
    streams
        Where MiniStack stores the positions in the streams of tables.
    restore
        The function that restores any positions: where they are stored, and what was saved.
    """

    def restore_others(store: Any, positions: Any) -> None:  # noqa: ANN401 - private types
        if store is not streams:
            restore(store, positions)

    return restore_others
