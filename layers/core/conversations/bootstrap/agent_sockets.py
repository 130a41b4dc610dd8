"""The use cases of connections in the format of AG-UI."""

import time

from conversations.adapters.dynamodb.run_store import DynamoDBRunStore
from conversations.bootstrap.agent_replays import agent_replay_service
from conversations.bootstrap.agent_runs import agent_run_service
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.fan_out import fan_out
from conversations.bootstrap.once import once
from conversations.config import settings
from conversations.domain import timestamps
from conversations.services.agent_sockets import AgentRunLookup, AgentSocketService


@once
def run_store() -> DynamoDBRunStore:
    """Return the store of runs."""
    return DynamoDBRunStore(dynamodb(), settings().connections_table)


@once
def agent_socket_service() -> AgentSocketService:
    """Return the use case of beginning runs on connections."""
    return AgentSocketService(
        begins=agent_run_service(),
        runs=run_store(),
        connections=connection_store(),
        replays=agent_replay_service(),
        fan_out=fan_out(),
        now=timestamps.now,
    )


@once
def agent_run_lookup() -> AgentRunLookup:
    """Return the use case of finding runs."""
    return AgentRunLookup(runs=run_store(), now=timestamps.now, pause=time.sleep)
