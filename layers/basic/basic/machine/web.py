"""Keywords that make HTTP requests: `basic.http` says what they ask and what they give, the host makes them."""

from collections.abc import Callable

from basic.errors import ScriptError
from basic.host import HttpRequest, HttpResponse
from basic.http import headers, keywords, soap
from basic.machine.commands import Handler, Slots
from basic.machine.memory import recalled
from basic.machine.run import Run
from basic.values import Value, quote


def _get(run: Run, slots: Slots) -> Value:
    """Make a request, or read a variable: ``GET role`` and ``GET "session.role"`` have no address."""
    if "variable" in slots:
        value = slots.value("variable")
        if not isinstance(value, str) or not keywords.is_url(value):
            return "" if value is None else value
        source = value
    else:
        source = slots.name("source")
    match keywords.remembered(source):
        case "session", name:
            value = run.read(name.lower(), local=False)
            return "" if value is None else value
        case "user", name:
            return recalled(run, "user", name)
        case _:
            pass
    if keywords.names_file(source):
        raise ScriptError(f"GET of a file is not supported yet: {quote(source)}")
    return run.made(keywords.got(_asked(run, keywords.get(source, run.session.headers))))


def _asked(run: Run, request: HttpRequest) -> HttpResponse:
    run.made(request.body)
    return run.host.http(run.effect(), request)


def _request(
    make: Callable[[Run, Slots], HttpRequest], answer: Callable[[HttpResponse], dict[str, Value]] = keywords.answered
) -> Handler:
    return lambda run, slots: run.made(answer(_asked(run, make(run, slots))))


def _sending(method: str) -> Handler:
    return _request(
        lambda run, slots: keywords.send(method, slots.name("url"), run.made(slots.value("data")), run.session.headers)
    )


_graphql = _request(
    lambda run, slots: keywords.graphql(
        slots.name("url"), slots.name("query"), run.made(slots.value("variables")), run.session.headers
    ),
    keywords.graphql_answered,
)

_soap = _request(
    lambda run, slots: soap.soap(
        slots.name("url"), slots.name("operation"), run.made(slots.value("values")), run.session.headers
    ),
    soap.soap_answered,
)


def _set_header(run: Run, slots: Slots) -> Value:
    run.session.headers = headers.with_header(run.session.headers, slots.text("name"), slots.text("value"))
    return None


def _clear_headers(run: Run, _slots: Slots) -> Value:
    run.session.headers = {}
    return None


WEB: dict[str, Handler] = {
    "GET": _get,
    "POST": _sending("POST"),
    "PUT": _sending("PUT"),
    "PATCH": _sending("PATCH"),
    "DELETE HTTP": _sending("DELETE"),
    "GRAPHQL": _graphql,
    "SOAP": _soap,
    "SET HEADER": _set_header,
    "CLEAR HEADERS": _clear_headers,
}
