"""``DELETE /api/me``: delete everything that is stored about the caller."""

from conversations.bootstrap.erasure import erasure_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.base import RequestModel
from conversations.contract.me.operations import DELETE_ME
from conversations.contract.me.responses import Erasing
from conversations.entrypoints import rest


def delete_me(call: rest.Call[RequestModel]) -> Erasing | None:
    """Delete everything that is stored about the caller; what does not fit into this invocation is queued."""
    complete = erasure_service().delete_user(call.principal, time_left=call.get_seconds_left)
    return None if complete else Erasing()


handler = rest.handler(DELETE_ME, delete_me, rate_limiter)
