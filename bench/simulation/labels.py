"""What the page calls quotas, and how each is raised."""

from bench.simulation.quotas import read_file

LABELS = {
    "api_requests": "frames and requests of the account",
    "environments": "new environments of a function",
    "executions": "executions at the same time",
    "fifo_requests": "requests of a queue",
    "handshakes": "handshakes",
    "invocations": "invocations",
    "pings": "pings",
    "route_frames": "frames of a route",
    "table_reads": "read units of a table",
    "table_writes": "write units of a table",
    "turn_executions": "turns at the same time",
}
_PARAMETERS = {
    "route_frames": "the parameter SocketRateLimit",
    "pings": "the parameter PingRateLimit",
    "turn_executions": "the parameter TurnConcurrency, up to 1,000",
}


def describe_bucket(name: str) -> str:
    """Return what a quota counts, by the name of its bucket."""
    if name in LABELS:
        return LABELS[name]
    subject, _, kind = name.rpartition("_")
    return f"frames of the route `{kind}`" if subject == "route" else f"{kind} units of `{subject}`"


def describe_raise(name: str) -> str:
    """Return how a quota is raised."""
    known = read_file().get(name, {})
    return _PARAMETERS.get(name) or str(known["raise"])
