"""Keywords that make HTTP requests."""

from basic.keywords.keyword import Chapter, Keyword


def _request(name: str, form: str, summary: str) -> Keyword:
    return Keyword(name, Chapter.HTTP, (form,), summary, result=True)


KEYWORDS = (
    _request(
        "GET",
        "GET source",
        "The response body of a URL (JSON as arrays and maps; an error unless the status is 2xx), a variable of the "
        "conversation, or the text of a file of the bot (a `.json` as arrays and maps).",
    ),
    _request("POST", "POST url [, data]", "Sends data; returns `{status, statusText, headers, data}`."),
    _request("PUT", "PUT url [, data]", "Like POST."),
    _request("PATCH", "PATCH url [, data]", "Like POST."),
    _request("DELETE HTTP", "DELETE HTTP url", "Like POST."),
    _request("GRAPHQL", "GRAPHQL url, query [, variables]", "Queries a GraphQL service; returns the same as POST."),
    _request(
        "SOAP", "SOAP url, operation [, values]", "Calls a SOAP service; returns `{status, data: {raw, xml, value}}`."
    ),
    Keyword(
        "SET HEADER",
        Chapter.HTTP,
        ("SET HEADER name~, value", "SET HEADER name~ = value", "SET HEADER name~ AS value"),
        "Sends a header with every later request of the script.",
    ),
    Keyword("CLEAR HEADERS", Chapter.HTTP, ("CLEAR HEADERS",), "Removes all headers that were set."),
)
