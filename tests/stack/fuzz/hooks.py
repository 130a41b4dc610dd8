"""What schemathesis has to know besides the document: who calls, and which values are given out and never made up."""

import atexit
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import AuthContext, Case, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import UnsupportedMethodResponse

from tests.stack.people import sign_up

STACK = json.loads(Path(os.environ["STACK_JSON"]).read_text())
REQUESTS_PER_USER = int(os.environ.get("FUZZ_REQUESTS_PER_USER", "25"))
"""Below the least of the limits, so that hardly an answer is 429."""

_IDS = re.compile(r'"(?:conversation_|session_)?id": ?"(?:conv|session)-([0-9a-f-]{36})"')
_CURSOR = re.compile(r'"next_cursor": ?"([\w-]+)"')


class People:
    """A new user every so many requests; whatever was given to one of them is used as that one again."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}
        self._current = ""
        self._left = 0

    def get(self, case: Case[Any], _context: AuthContext) -> str:
        """Return the token to call with."""
        if case.operation.method.lower() == "delete" and case.operation.path == "/me":
            return sign_up(STACK)  # or the others would lose what they have in the middle of a scenario
        return self._owner(case) or self._anybody()

    def set(self, case: Case[Any], token: str, _context: AuthContext) -> None:
        """Call as the token's owner."""
        case.headers["Authorization"] = f"Bearer {token}"

    def remember(self, response: Response) -> None:
        """Note what was given to the caller."""
        caller = str(response.request.headers.get("Authorization", "")).removeprefix("Bearer ")
        for thing in things(response):
            self._owners.setdefault(thing, caller)

    def gave(self, cursor: object) -> bool:
        """Tell whether a cursor is one somebody got."""
        return cursor in self._owners

    def _owner(self, case: Case[Any]) -> str | None:
        named = str((case.path_parameters or {}).get("conversation_id", "")).partition("-")[2]
        cursor = str((case.query or {}).get("cursor", ""))
        return self._owners.get(named) or self._owners.get(cursor)

    def _anybody(self) -> str:
        if self._left == 0:
            self._current, self._left = sign_up(STACK), REQUESTS_PER_USER
        self._left -= 1
        return self._current


def things(response: Response) -> Iterator[str]:
    """Find the conversations and cursors an answer gives."""
    if response.status_code == HTTPStatus.OK:
        yield from _IDS.findall(response.text)
        yield from _CURSOR.findall(response.text)


people = People()
statuses: Counter[int] = Counter()


@schemathesis.auth(refresh_interval=None)
class Caller:
    """Schemathesis makes one itself."""

    def get(self, case: Case[Any], context: AuthContext) -> str:
        """Return the token to call with."""
        return people.get(case, context)

    def set(self, case: Case[Any], data: str, context: AuthContext) -> None:
        """Call as the token's owner."""
        people.set(case, data, context)


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:  # noqa: ARG001 - schemathesis' signature
    """Note what was given to whom, and count."""
    people.remember(response)
    statuses[response.status_code] += 1


@atexit.register
def write_statuses() -> None:
    """Tell the test how many answers there were of each status."""
    Path(os.environ.get("FUZZ_STATUSES", os.devnull)).write_text(json.dumps(statuses, sort_keys=True))


@schemathesis.hook
def map_case(context: HookContext, case: Case[Any]) -> Case[Any]:  # noqa: ARG001 - schemathesis' signature
    """Leave out cursors that nobody got: that they are refused is tested elsewhere, and no schema can tell them apart.

    One that somebody got belongs to the list without filters, because the link to it has none.
    """
    query: dict[str, Any] = dict(case.query or {})
    if "cursor" not in query or case.meta is None or not case.meta.generation.mode.is_positive:
        return case
    if people.gave(query["cursor"]):
        case.query = {name: value for name, value in query.items() if name not in ("bot_id", "status")}
    else:
        del query["cursor"]
        case.query = query
    return case


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:  # noqa: ARG001
    """Accept 404 for a method a path does not have.

    API Gateway's REST APIs know no 405: an unknown path and an unknown method are one gateway response.
    """
    if not isinstance(failure, UnsupportedMethodResponse):
        return True
    told = response.headers.get("content-type", [""])[0], response.status_code
    return told != ("application/problem+json", HTTPStatus.NOT_FOUND)


_NAMES = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True, alphabet=st.characters(codec="ascii"))
_PATHS = st.text("abcXYZ019-._~!$&'()*+,;=:@%2F/?#".replace("%2F", ""), max_size=60)


@st.composite
def _addresses(draw: st.DrawFn) -> str:
    """Make https addresses: the one scheme an attachment may have."""
    scheme = draw(st.sampled_from(["https", "HTTPS", "Https"]))
    host = ".".join(draw(st.lists(_NAMES, min_size=1, max_size=3)))
    port = draw(st.sampled_from(["", ":443", ":8443"]))
    path = draw(_PATHS)
    return f"{scheme}://{host}{port}" + (f"/{path}" if path else "")


schemathesis.openapi.format("uri", _addresses())
