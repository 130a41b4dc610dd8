"""The engine of bots in BASIC for turns that use no service."""

from conversations.bootstrap.once import once
from conversations.bootstrap.programs import programs
from conversations.engines.basic.engine import BasicEngine
from conversations.engines.basic.no_services import build_no_services, refuse


@once
def pure_basic_engine() -> BasicEngine:
    """Return the engine without services: what needs one is queued."""
    return BasicEngine(services=build_no_services(programs()), journal=refuse, answerer=refuse, mcp=refuse)
