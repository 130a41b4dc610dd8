"""What is searched completely: the model with different bounds, each small enough for seconds or a minute."""

from collections.abc import Mapping
from dataclasses import replace

from tests.model.inline import InlineProtocol
from tests.model.protocol import Protocol
from tests.model.state import USER, VISITOR

LATE = ((USER, True), (USER, False))
"""The second device connects at any time."""

CLAIMED = ((VISITOR, True), (USER, True))
"""A visitor, and the user who claims the conversation."""

RETURNING = ((VISITOR, False), (USER, True))
"""The same; the visitor connects at any time."""

ONE = ((USER, True),)

EFFECT, CLAIM, ARCHIVE, STOP = map(frozenset, (["effect"], ["claim"], ["archive"], ["stop"]))

_CHECK = frozenset({"inline-idle"})

CONFIGURATIONS: Mapping[str, Protocol] = {
    "send and turn: 3 messages of 2 devices, 1 crash": Protocol((0, 1, 0), crashes=1),
    "send and turn: 2 messages, 1 crash, 1 repetition": Protocol((0, 1), crashes=1, repeats=1),
    "effects: 2 messages, 1 crash, 1 repetition": Protocol((0, 0), ONE, crashes=1, repeats=1, does=EFFECT),
    "resume: 3 messages, 1 device connects later": Protocol((0, 0, 0), LATE),
    "resume: 2 messages, 1 device connects later, 1 crash": Protocol((0, 1), LATE, crashes=1),
    "resume: 2 messages, 1 device connects later, 1 lost connection": Protocol((0, 0), LATE, losses=1),
    "claim: 3 messages, 1 crash": Protocol((0, 0, 0), CLAIMED, crashes=1, does=CLAIM),
    "claim: 2 messages, 1 repetition": Protocol((0, 0), CLAIMED, repeats=1, does=CLAIM),
    "claim: 2 messages, 1 lost connection": Protocol((0, 0), CLAIMED, losses=1, does=CLAIM),
    "archive: 3 messages of 2 devices": Protocol((0, 1, 0), does=ARCHIVE),
    "archive: 2 messages of 2 devices, 1 crash": Protocol((0, 1), crashes=1, does=ARCHIVE),
    "archive: 2 messages, 1 repetition": Protocol((0, 0), repeats=1, does=ARCHIVE),
    "archive: 1 message, 1 device connects later, 1 lost connection": Protocol((0,), LATE, losses=1, does=ARCHIVE),
    "stop: 3 messages of 2 devices": Protocol((0, 1, 0), does=STOP),
    "stop: 2 messages of 2 devices, 1 crash": Protocol((0, 1), crashes=1, does=STOP),
    "stop: 2 messages, 1 repetition": Protocol((0, 0), repeats=1, does=STOP),
    "inline: 3 messages of 2 devices, 1 crash": InlineProtocol((0, 1, 0), crashes=1),
    "inline: 2 messages of 2 devices, 1 repetition": InlineProtocol((0, 1), repeats=1),
    "inline: 2 messages, 1 device connects later": InlineProtocol((0, 0), LATE),
    "inline: 2 messages of 2 devices, 1 lost connection or answer": InlineProtocol((0, 1), losses=1),
    "inline: claim, 1 message": InlineProtocol((0,), CLAIMED, does=CLAIM),
    "inline: archive, 1 message, 1 crash": InlineProtocol((0,), crashes=1, does=ARCHIVE),
}

PROTECTIONS: Mapping[str, Protocol] = {
    "send-seq": Protocol((0, 1)),
    "send-idempotency-record": Protocol((0,), crashes=1),
    "send-owner": Protocol((0,), CLAIMED, does=CLAIM),
    "send-archived": Protocol((0,), does=ARCHIVE),
    "relay-queues": Protocol((0,), crashes=1),
    "queue-group": Protocol((0, 1)),
    "turn-order": Protocol((0, 1)),
    "requeue-in-order": Protocol((0, 1)),
    "requeue-deduplication": Protocol((0, 1)),
    "turn-once": Protocol((0,), repeats=1),
    "turn-seq": Protocol((0, 0)),
    "turn-owner": Protocol((0,), CLAIMED, does=CLAIM),
    "turn-status": Protocol((0,), does=ARCHIVE),
    "turn-sent-as-written": Protocol((0,), CLAIMED, does=CLAIM),
    "turn-redelivered": Protocol((0,), crashes=1),
    "journal": Protocol((0,), ONE, crashes=1, does=EFFECT),
    "journal-lease-held": Protocol((0,), ONE, repeats=1, does=EFFECT),
    "read-consistent": Protocol((0,), LATE),
    "resume-claimed": Protocol((0,), RETURNING, does=CLAIM),
    "client-gap": Protocol((0, 0), losses=1),
    "claim-seq": Protocol((0,), CLAIMED, does=CLAIM),
    "claim-token-revoked": Protocol((0,), RETURNING, does=CLAIM),
    "claim-notifies": Protocol((0,), CLAIMED, does=CLAIM),
    "archive-notifies": Protocol((0,), does=ARCHIVE),
    "stop-stale": Protocol((0, 0), ONE, does=STOP),
    "relay-inline": InlineProtocol((0,), crashes=1),
    "send-recent": InlineProtocol((0,), crashes=1),
    "inline-recent": InlineProtocol((0,), crashes=1),
    "inline-record-checked": InlineProtocol((0,), crashes=1),
    "inline-idle": InlineProtocol((0,), crashes=1),
    "inline-unanswered": InlineProtocol((0, 1), without=_CHECK),
    "inline-undelivered": InlineProtocol((0, 1), without=_CHECK),
    "inline-missed": InlineProtocol((0,), losses=1),
    "inline-flushed": InlineProtocol((0, 1)),
    "turn-marked": InlineProtocol((0, 1)),
    "delivery-ended-once": InlineProtocol((0, 0, 0), ONE),
}
"""The smallest bounds within which each protection is needed.

That nothing else is under way is checked twice, by what a send reads and by two conditions of its transaction, which
are needed if it is not read.
"""

UNMARKED = frozenset({"journal", "client-gap", "archive-notifies"})
"""Protections that are no marked statement: the content of the replay journal, a rule of the clients, a whole call."""

REPLAYED: Mapping[str, Protocol] = {
    "two senders": Protocol((0, 1)),
    "one sender, crash and repetition": Protocol((0,), crashes=1, repeats=1),
    "resume and crash": Protocol((0,), LATE, crashes=1),
    "resume and lost connection": Protocol((0,), LATE, losses=1),
    "claim and crash": Protocol((0,), CLAIMED, crashes=1, does=CLAIM),
    "claim and lost connection": Protocol((0,), CLAIMED, losses=1, does=CLAIM),
    "archive and crash": Protocol((0,), crashes=1, does=ARCHIVE),
    "stop": Protocol((0, 0), ONE, does=STOP),
    "inline: two senders": InlineProtocol((0, 1)),
    "inline: one sender, crash and repetition": InlineProtocol((0,), crashes=1, repeats=1),
    "inline: two messages and crash": InlineProtocol((0, 0), ONE, crashes=1),
    "inline: resume and crash": InlineProtocol((0,), LATE, crashes=1),
    "inline: missed answer": InlineProtocol((0,), ONE, losses=1),
    "inline: claim and crash": InlineProtocol((0,), CLAIMED, crashes=1, does=CLAIM),
    "inline: archive and crash": InlineProtocol((0,), crashes=1, does=ARCHIVE),
    "inline: two senders who check nothing": InlineProtocol((0, 1), without=_CHECK),
}
"""The bounds of the runs that are selected for a replay with the real functions: so small that all runs are known."""

SAMPLED: Mapping[str, Protocol] = {
    "three messages": Protocol((0, 1, 0), LATE, crashes=1, repeats=1, losses=1),
    "claim": Protocol((0, 0), CLAIMED, crashes=1, repeats=1, losses=1, does=CLAIM),
    "archive": Protocol((0, 1), LATE, crashes=1, repeats=1, losses=1, does=ARCHIVE),
    "inline: three messages": InlineProtocol((0, 1, 0), LATE, crashes=1, repeats=1, losses=1),
    "inline: three messages, nothing is checked": InlineProtocol((0, 1, 0), losses=1, without=_CHECK),
    "inline: claim": InlineProtocol((0, 0), CLAIMED, crashes=1, repeats=1, losses=1, does=CLAIM),
    "inline: archive": InlineProtocol((0, 1), LATE, crashes=1, repeats=1, losses=1, does=ARCHIVE),
}
"""The bounds of the random runs that are replayed too: with everything that can happen at once."""


def take_out(name: str) -> Protocol:
    """Return the protocol that shows the need for a protection, without it."""
    protocol = PROTECTIONS[name]
    return replace(protocol, without=protocol.without | {name})
