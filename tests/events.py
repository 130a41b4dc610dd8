"""The events in ``events/``: the payloads that Lambda passes to the functions, in their real shapes."""

import base64
import copy
import json
from collections.abc import Mapping
from typing import Any

from conversations.domain.jobs import TurnJob, to_json
from conversations.domain.principal import Principal
from conversations.entrypoints import callers
from tests.template import ROOT

type Event = dict[str, Any]

FOLDER = ROOT / "events"


def event(name: str) -> Event:
    """Return a copy of ``events/<group>/<name>.json``."""
    (path,) = FOLDER.glob(f"*/{name}.json")
    loaded: Event = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def get_owner(name: str) -> str:
    """Return the owner (``Principal.owner``) whose request an event is."""
    owner: str = event(name)["requestContext"]["authorizer"]["owner"]
    return owner


def rest(  # noqa: PLR0913 - a request has many parts
    name: str,
    caller: Principal | None = None,
    *,
    body: object = None,
    raw: str | bytes | None = None,
    query: Mapping[str, str | list[str]] | None = None,
    conversation_id: str | None = None,
    message_id: str | None = None,
) -> Event:
    """Return the event of a REST function, with the parts that matter to the test replaced.

    Parameters
    ----------
    name
        Name of the event.
    caller
        The principal from the authorizer; None for a public endpoint.
    body
        Body to send as JSON.
    raw
        Body to send unchanged; API Gateway encodes bytes in base 64.
    query
        Query parameters, decoded; a list is a parameter that is given several times.
    conversation_id, message_id
        Path parameters.
    """
    payload = event(name)
    context = payload["requestContext"]
    context.pop("authorizer", None)
    if caller is not None:
        context["authorizer"] = {**callers.to_context(caller), "principalId": caller.owner, "integrationLatency": 9}
    payload["body"] = None if body is None else json.dumps(body)
    if isinstance(raw, bytes):
        payload |= {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}
    elif raw is not None:
        payload["body"] = raw
    payload |= _build_query(query)
    if conversation_id is not None:
        payload["pathParameters"] = {"conversation_id": conversation_id} | (
            {} if message_id is None else {"message_id": message_id}
        )
        payload["path"] = payload["resource"].format(**payload["pathParameters"])
        context["path"] = f"/api{payload['path']}"
    return payload


def _build_query(query: Mapping[str, str | list[str]] | None) -> Event:
    """Return the parameters as API Gateway passes them: the last value of each, and all of them."""
    if query is None:
        return {"queryStringParameters": None, "multiValueQueryStringParameters": None}
    values = {name: [value] if isinstance(value, str) else value for name, value in query.items()}
    return {
        "queryStringParameters": {name: given[-1] for name, given in values.items()},
        "multiValueQueryStringParameters": values,
    }


def socket(  # noqa: PLR0913 - likewise
    name: str,
    caller: Principal | None = None,
    connection_id: str = "phone",
    *,
    frame: object = None,
    raw: str | None = None,
    query: Mapping[str, str | list[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Event:
    """Return the event of a WebSocket route, with the parts that matter to the test replaced."""
    payload = event(name)
    context = payload["requestContext"]
    context["connectionId"] = connection_id
    context.pop("authorizer", None)
    if caller is not None:
        context["authorizer"] = {**callers.to_context(caller), "principalId": caller.owner, "integrationLatency": 9}
    if frame is not None:
        payload["body"] = json.dumps(frame)
    if raw is not None:
        payload["body"] = raw
    if query is not None:
        payload |= _build_query(query)
    if headers is not None:
        payload["headers"] = dict(headers)
    return payload


def records(*works: TurnJob | str, tries: int = 1) -> Event:
    """Return a batch of the turns queue. A string is sent as an (invalid) body."""
    template = event("run_turn")["Records"][0]
    batch = []
    for number, work in enumerate(works):
        record = copy.deepcopy(template)
        group = "group" if isinstance(work, str) else work.conversation_id
        record |= {"messageId": f"record-{number}", "body": work if isinstance(work, str) else to_json(work)}
        record["attributes"] |= {"MessageGroupId": group, "ApproximateReceiveCount": str(tries)}
        batch.append(record)
    return {"Records": batch}
