"""The list of all REST operations. Routes, handlers, the OpenAPI document, events and tests follow it.

Functions import their own operation only, so that they do not load the models of other protocols, and of the export.
"""

from typing import Any

from conversations.contract.ag_ui.operations import RUN_AGENT
from conversations.contract.me.operations import DELETE_ME, EXPORT_ME
from conversations.contract.openai.operations import CREATE_CHAT_COMPLETION, LIST_MODELS
from conversations.contract.operation import Operation
from conversations.contract.operations import OWN_OPERATIONS

OPERATIONS: tuple[Operation[Any], ...] = (
    *OWN_OPERATIONS,
    EXPORT_ME,
    DELETE_ME,
    CREATE_CHAT_COMPLETION,
    LIST_MODELS,
    RUN_AGENT,
)
