"""Keywords that reach the world: HTTP, data, files, mail."""

from basic.keywords.keyword import Group, Keyword, Role


def _later(name: str, group: Group, form: str, doc: str, *aliases: str) -> Keyword:
    return Keyword(name, group, (form,), doc, role=Role.LATER, aliases=aliases)


def _request(name: str, form: str, doc: str, *aliases: str) -> Keyword:
    return Keyword(name, Group.HTTP, (form,), doc, result=True, aliases=aliases)


HTTP = (
    _request(
        "GET",
        "GET source",
        "What an address answers (JSON as arrays and maps; an error unless 2xx), or a variable of the session.",
    ),
    _request(
        "POST",
        "POST url [, data]",
        "Sends data; is `{status, statusText, headers, data}`.",
    ),
    _request("PUT", "PUT url [, data]", "Like POST."),
    _request("PATCH", "PATCH url [, data]", "Like POST."),
    _request("DELETE HTTP", "DELETE HTTP url", "Like POST."),
    _request(
        "GRAPHQL",
        "GRAPHQL url, query [, variables]",
        "Asks a GraphQL service; is what POST is.",
    ),
    _request(
        "SOAP",
        "SOAP url, operation [, values]",
        "Calls a SOAP service; is `{status, data: {raw, xml}}`.",
    ),
    Keyword(
        "SET HEADER",
        Group.HTTP,
        ("SET HEADER name, value",),
        "Sends a header with every later request of the script.",
    ),
    Keyword("CLEAR HEADERS", Group.HTTP, ("CLEAR HEADERS",), "Forgets all headers that were set."),
)

DATA = (
    Keyword(
        "SAVE",
        Group.DATA,
        ("SAVE table~, values...",),
        "Stores a row. `id, map` inserts it or puts it over the one of that id. Other values are a new row: the fields "
        "of a TABLE in their order, or columns that are called like the variables and fields they come from (`email`, "
        "`order.total` as `total`) and else by their place (`column3`). A column called `id` is the id of the row.",
        result=True,
    ),
    Keyword(
        "INSERT",
        Group.DATA,
        ("INSERT table~, row",),
        "Adds a row; is `{id, success}` or `{success, error}`.",
        result=True,
    ),
    Keyword(
        "UPDATE",
        Group.DATA,
        ("UPDATE table~, filter, row",),
        "Changes the rows that match; is their number.",
        result=True,
    ),
    Keyword(
        "DELETE",
        Group.DATA,
        ("DELETE table~, filter",),
        "Deletes the rows that match; is their number.",
        result=True,
    ),
    Keyword(
        "MERGE",
        Group.DATA,
        ("MERGE table~, rows, key",),
        "Inserts or updates by a key; is `{inserted, updated}`.",
        result=True,
    ),
    Keyword(
        "FIND",
        Group.DATA,
        ("FIND table~ WHERE where?", "FIND table~ [, filter]"),
        "The rows that match, as an array of maps.",
        result=True,
    ),
    Keyword(
        "TABLE",
        Group.DATA,
        ("TABLE name [READ BY roles] [WRITE BY roles] ... END TABLE",),
        "Defines a table: a field in each line. A text longer than its field is an error, and so is a number with more "
        "digits; `number(10,2)` has ten, of which two are decimals, to which it is rounded. READ BY and WRITE BY, of "
        "the table or of a field, name the groups of users who may; without them everybody may. What may not be done "
        "is an error; a field that may not be read is left out of the rows.",
        role=Role.STRUCTURE,
    ),
    _later("SAVE FROM UNSTRUCTURED", Group.DATA, "SAVE FROM UNSTRUCTURED table, text", "Lets the model fill a row."),
)

FILES = (
    _later("READ", Group.FILES, "READ path", "Reads a file."),
    _later("WRITE", Group.FILES, "WRITE path, data", "Writes a file."),
    _later("DELETE FILE", Group.FILES, "DELETE FILE path", "Deletes a file."),
    _later("COPY", Group.FILES, "COPY from, to", "Copies a file."),
    _later("MOVE", Group.FILES, "MOVE from, to", "Moves a file."),
    _later("LIST", Group.FILES, "LIST folder", "Lists a folder."),
    _later("COMPRESS", Group.FILES, "COMPRESS files, archive", "Packs files."),
    _later("EXTRACT", Group.FILES, "EXTRACT archive, folder", "Unpacks an archive."),
    _later("UPLOAD", Group.FILES, "UPLOAD file", "Takes a file in."),
    _later("DOWNLOAD", Group.FILES, "DOWNLOAD url, path", "Fetches a file."),
    _later("GENERATE PDF", Group.FILES, "GENERATE PDF template, data, path", "Fills a template."),
    _later("MERGE PDF", Group.FILES, "MERGE PDF files, path", "Joins PDF files."),
)

MAIL = (
    _later("SEND MAIL", Group.MAIL, "SEND MAIL to, subject, body", "Sends mail.", "SEND EMAIL"),
    _later("BEGIN MAIL", Group.MAIL, "BEGIN MAIL to ... END MAIL", "Sends mail."),
    _later("CREATE DRAFT", Group.MAIL, "CREATE DRAFT to, subject, body", "Drafts mail."),
    _later("SEND FILE", Group.MAIL, "SEND FILE path", "Sends a file."),
    _later("SEND TEMPLATE", Group.MAIL, "SEND TEMPLATE name, to", "Sends a template."),
    _later("SEND SMS", Group.MAIL, "SEND SMS to, text", "Sends a text message."),
    _later("CREATE TASK", Group.MAIL, "CREATE TASK title, who, due", "Adds a task."),
    _later("LOG INFO", Group.MAIL, "LOG_INFO text", "Writes to a log."),
    _later("LOG WARN", Group.MAIL, "LOG_WARN text", "Writes to a log.", "LOG WARNING"),
    _later("LOG ERROR", Group.MAIL, "LOG_ERROR text", "Writes to a log."),
    _later("LOG DEBUG", Group.MAIL, "LOG_DEBUG text", "Writes to a log."),
)
