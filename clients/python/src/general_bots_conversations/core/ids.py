"""A conversation and its session are one item on the server: ``conv-<uuid>`` and ``session-<uuid>`` share the UUID.

The client uses the UUID as the key of a conversation.
"""


def to_key(name: str) -> str:
    """Return the key in a conversation id or a session id; a key is returned unchanged."""
    return name.removeprefix("conv-").removeprefix("session-")


def to_session_id(key: str) -> str:
    """Return the id that the frames have."""
    return f"session-{key}"


def to_conversation_id(key: str) -> str:
    """Return the id that REST has."""
    return f"conv-{key}"
