"""Timeouts and intervals of the client, in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The defaults follow the quotas of API Gateway; a server with other limits needs other values.

    Attributes
    ----------
    ping_interval
        Silence after which the client sends a ping. API Gateway closes a connection after 10 minutes without a frame.
    pong_timeout
        Time limit for an answer to a ping.
    connect_timeout
        Time limit from opening a socket to the server's ``connected`` frame, cold starts included.
    ack_timeout
        Time limit for the acknowledgement of a message.
    resume_timeout
        Time limit for the answer to a ``resume`` frame.
    request_timeout
        Time limit for a REST request.
    gap_timeout
        How long a message may arrive out of order before it counts as missing.
    typing_timeout
        How long the typing indicator is on without a further frame.
    initial_backoff, max_backoff
        The first and the highest ceiling of the backoff.
    stable_after
        How long a connection must last before the backoff is reset.
    settle_time
        An answer may have several messages, which arrive one by one: it is complete after this time without a change.
    silence_time
        A bot may have nothing to say: how long the first sign of an answer may take while the connection is open.
    """

    ping_interval: float = 300
    pong_timeout: float = 10
    connect_timeout: float = 15
    ack_timeout: float = 15
    resume_timeout: float = 15
    request_timeout: float = 20
    gap_timeout: float = 1
    typing_timeout: float = 60
    initial_backoff: float = 1
    max_backoff: float = 30
    stable_after: float = 10
    settle_time: float = 0.5
    silence_time: float = 60
