"""Runs of AG-UI's clients, and the connections that follow them: the same contract on DynamoDB and on the fake."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conversations.domain.agent_link import AgentLink, FollowedRun, RunReference
from conversations.domain.errors import ConnectionGoneError
from tests.builders import FAR_FUTURE, MORNING, a_conversation_id, a_socket, a_user
from tests.integration.stores import Stores

ADA, EVE = a_user("ada"), a_user("eve")
RUN = RunReference("run \N{GRINNING FACE}", "thread", a_conversation_id(), "018d0c90-4d00-7000-8000-07a4c1d2e3f4")
GREETED = replace(RUN, run_id="greeted", message_id=None)


def test_runs_are_found_by_their_owner_until_they_expire(stores: Stores) -> None:
    for run in (RUN, GREETED):
        stores.runs.put(ADA.owner, run, MORNING + timedelta(hours=1))

    assert stores.runs.get(ADA.owner, RUN.run_id, MORNING) == RUN
    assert stores.runs.get(ADA.owner, "greeted", MORNING) == GREETED
    assert stores.runs.get(ADA.owner, RUN.run_id, MORNING + timedelta(hours=1)) is None
    assert stores.runs.get(EVE.owner, RUN.run_id, MORNING) is None
    assert stores.runs.get(ADA.owner, "other", MORNING) is None


def test_runs_are_not_read_with_connections_and_are_erased_with_controls(stores: Stores) -> None:
    for number in range(30):
        stores.runs.put(ADA.owner, replace(RUN, run_id=f"run-{number}"), FAR_FUTURE)
    stores.runs.put(EVE.owner, RUN, FAR_FUTURE)

    assert stores.connections.load_controls(ADA.owner).connections == ()
    while not stores.connections.remove_controls(ADA.owner):
        pass

    assert [stores.runs.get(ADA.owner, f"run-{number}", MORNING) for number in range(30)] == [None] * 30
    assert stores.runs.get(EVE.owner, RUN.run_id, MORNING) == RUN


@pytest.mark.parametrize("run", [RUN, GREETED], ids=["message", "greeting"])
def test_one_sender_takes_the_run_that_a_connection_follows(stores: Stores, run: RunReference) -> None:
    socket = replace(a_socket(ADA), conversation_id=None, agent=AgentLink("default"))
    stores.connections.add(socket)
    assert stores.connections.get(ADA.owner, "phone") == socket

    stores.connections.follow_run(ADA.owner, "phone", FollowedRun(run, "0.3.abc", closes=True))

    assert stores.connections.take_run(ADA.owner, "phone", "another", "turn") is False
    assert stores.connections.take_run(ADA.owner, "phone", run.run_id, "turn") is True
    assert stores.connections.take_run(ADA.owner, "phone", run.run_id, "replay") is False
    followed = FollowedRun(run, "0.3.abc", closes=True, sender="turn")
    assert stores.connections.list_by_owner(ADA.owner) == (replace(socket, agent=AgentLink("default", followed)),)

    stores.connections.follow_run(ADA.owner, "phone", FollowedRun(RUN, "run"))

    assert stores.connections.take_run(ADA.owner, "phone", RUN.run_id, "replay") is True


def test_connection_that_resumes_is_stored_with_its_run(stores: Stores) -> None:
    followed = FollowedRun(RUN, "-1", closes=True, sender="welcome")
    socket = replace(a_socket(ADA), conversation_id=None, agent=AgentLink("default", followed))

    stores.connections.add(socket)

    assert stores.connections.get(ADA.owner, "phone") == socket
    assert stores.connections.take_run(ADA.owner, "phone", RUN.run_id, "turn") is False


def test_connections_that_are_gone_or_have_another_format_follow_no_run(stores: Stores) -> None:
    stores.connections.add(a_socket(ADA))

    for connection_id in ("phone", "gone"):
        with pytest.raises(ConnectionGoneError):
            stores.connections.follow_run(ADA.owner, connection_id, FollowedRun(RUN, "run"))
        assert stores.connections.take_run(ADA.owner, connection_id, RUN.run_id, "turn") is False
