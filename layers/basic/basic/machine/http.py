"""Handlers of the HTTP keywords: `basic.http` builds requests and results, the host makes the requests."""

from collections.abc import Callable

from basic.errors import ScriptError
from basic.functions.date_texts import get_date_field
from basic.host import HttpRequest, HttpResponse
from basic.http import headers, requests, responses, soap
from basic.machine.commands import Handler, Slots
from basic.machine.files import read_file
from basic.machine.memory import get_session_variable, recall
from basic.machine.rows import get_row_field, is_row_field
from basic.machine.run import Run
from basic.values import Value, get_entry, quote


def _get(run: Run, slots: Slots) -> Value:
    """Make a request, or read a variable: ``GET role`` and ``GET "session.role"`` have no URL."""
    if "variable" in slots:
        value = slots.get_value("variable")
        if not isinstance(value, str) or not requests.is_url(value):
            return "" if value is None else value
        source = value
    else:
        source = slots.get_name("source")
    match requests.parse_variable(source):
        case "session", name:
            return get_session_variable(run, name)
        case "user", name:
            return recall(run, "user", name)
        case _ if path := requests.parse_variable_path(source):
            return _get_field(run, path)
        case _:
            return _get_url(run, source)


def _get_field(run: Run, path: list[str]) -> Value:
    """Return a field of a variable; an empty text if there is none, as for a variable."""
    name, *fields = path
    value = run.get_variable(name.lower(), local=run.has_variable(name.lower(), local=True))
    for field in fields:
        match value:
            case dict():
                value = get_entry(value, field)
            case list() if is_row_field(value, field):
                value = get_row_field(value, field)
            case _:
                value = get_date_field(value, field)
    return "" if value is None else value


def _get_url(run: Run, source: str) -> Value:
    if requests.is_server_path(source):
        raise ScriptError(f"GET needs a URL; {quote(source)} is a path of General Bots' own server")
    if requests.is_file(source):
        return _get_file(run, source)
    response = _send(run, requests.build_get(source, run.state.headers))
    return run.check_value(responses.build_get_result(response))


def _get_file(run: Run, path: str) -> Value:
    """Return the content of a file of the bot as READ does, a `.json` as arrays and maps."""
    text = read_file(run, path)
    is_json = isinstance(text, str) and path.strip().lower().endswith(".json")
    parsed = responses.parse_json(str(text)) if is_json else None
    return text if parsed is None else run.check_value(parsed)


def _send(run: Run, request: HttpRequest) -> HttpResponse:
    run.check_value(request.body)
    return run.host.http(run.next_effect(), request)


def _build_handler(
    build_request: Callable[[Run, Slots], HttpRequest],
    build_result: Callable[[HttpResponse], dict[str, Value]] = responses.build_send_result,
) -> Handler:
    return lambda run, slots: run.check_value(build_result(_send(run, build_request(run, slots))))


def _build_send_handler(method: str) -> Handler:
    return _build_handler(
        lambda run, slots: requests.build_send(
            method, slots.get_name("url"), run.check_value(slots.get_value("data")), run.state.headers
        )
    )


_graphql = _build_handler(
    lambda run, slots: requests.build_graphql(
        slots.get_name("url"),
        slots.get_name("query"),
        run.check_value(slots.get_value("variables")),
        run.state.headers,
    ),
    responses.build_graphql_result,
)

_soap = _build_handler(
    lambda run, slots: soap.build_soap_request(
        slots.get_name("url"),
        slots.get_name("operation"),
        run.check_value(slots.get_value("values")),
        run.state.headers,
    ),
    soap.build_soap_result,
)


def _set_header(run: Run, slots: Slots) -> Value:
    run.state.headers = headers.set_header(run.state.headers, slots.get_text("name"), slots.get_text("value"))
    return None


def _clear_headers(run: Run, _slots: Slots) -> Value:
    run.state.headers = {}
    return None


HANDLERS: dict[str, Handler] = {
    "GET": _get,
    "POST": _build_send_handler("POST"),
    "PUT": _build_send_handler("PUT"),
    "PATCH": _build_send_handler("PATCH"),
    "DELETE HTTP": _build_send_handler("DELETE"),
    "GRAPHQL": _graphql,
    "SOAP": _soap,
    "SET HEADER": _set_header,
    "CLEAR HEADERS": _clear_headers,
}
