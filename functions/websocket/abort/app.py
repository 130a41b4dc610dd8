"""``abort`` on ``/ws``: end the answer to a run, on a connection in the format of AG-UI."""

from conversations.bootstrap.agent_sockets import agent_run_lookup
from conversations.bootstrap.gateway import gateway
from conversations.bootstrap.stop import stop_service
from conversations.bootstrap.stores import rate_limiter
from conversations.contract.client_frames import ABORT, AbortFrame
from conversations.entrypoints import websocket
from conversations.entrypoints.agent_errors import build_error_chunk


def abort(call: websocket.Call[AbortFrame]) -> None:
    """Request that the answer ends; the events of the run report its end."""
    stop_service().stop_run(call.principal, agent_run_lookup().find(call.principal, call.frame.run_id))


handler = websocket.frame_handler(ABORT, abort, gateway, rate_limiter, build_error_chunk)
