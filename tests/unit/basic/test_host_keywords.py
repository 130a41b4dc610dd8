"""Keywords of memory, data and HTTP: calls of the host, and results."""

import pytest

from basic.data.in_memory import InMemoryTableStore
from basic.data.tables import TableExecutor
from basic.filters.filter import MATCH_ALL
from basic.host import Bound, EffectKey, HttpRequest, HttpResponse, TableRequest
from basic.values import Value
from tests.unit.basic.fake_host import Dialog, FakeHost, compile_scripts, diagnose


def answers(body: str, status: int = 200, kind: str = "text/plain") -> FakeHost:
    return FakeHost(answers={"https://x.test/": HttpResponse(status, "Reason", {"content-type": kind}, body)})


# ------------------------------------------------------------------------------------------------ memory


def test_memory_is_readable_in_this_turn_and_later() -> None:
    host = FakeHost()
    dialog = Dialog(
        'SET BOT MEMORY "news", "moved"\nTALK GET BOT MEMORY "news"\nHEAR x\nSET USER MEMORY name AS "Ana"\n'
        'REMEMBER "age", 30\nTALK GET BOT MEMORY("news") + (GET USER MEMORY name) + GET USER MEMORY "age"',
        host=host,
    )

    assert dialog.hear("on") == ["moved", "movedAna30"]
    assert host.memory == {("bot", "news"): "moved", ("user", "name"): "Ana", ("user", "age"): 30}


def test_missing_memory_is_empty_text() -> None:
    assert Dialog('x = GET BOT MEMORY "x"\nIF x = "" THEN TALK "empty"\nTALK ">" + GET USER MEMORY "y"').messages == [
        "empty",
        ">",
    ]


@pytest.mark.parametrize("get", ["GET role", 'GET "session.role"', "GET ROLE", 'GET "SESSION.Role"'])
def test_get_reads_a_global_variable(get: str) -> None:
    assert Dialog(f'x = {get}\nTALK ">" + x').messages == [">"]
    assert Dialog(f'role = "boss"\nx = {get}\nTALK ">" + x').messages == [">boss"]


@pytest.mark.parametrize(
    ("asked", "is_so"),
    [
        ('GET role = ""', True),
        ('GET role <> "boss"', True),
        ('"" = GET role', True),
        ('GET "session.role" = "" AND GET BOT MEMORY "news" = ""', True),
        ('GET BOT MEMORY news = ""', True),
        ('GET BOT MEMORY news = "" OR 1', True),
        ('GET USER MEMORY "na" + "me" = "Ana"', True),
        ("GET USER MEMORY name IS NOTHING", False),
        ('UPDATE "t", "id=7", #{a: 1} > 1', True),
        ("FIND t = []", False),
        ('AGGREGATE "SUM", [#{n: 2}], "n" > 1', True),
        ('LLM "Which" = "Which"', False),
    ],
)
def test_comparison_applies_to_the_result_of_a_keyword(asked: str, is_so: bool) -> None:
    host = FakeHost(result=2)

    messages = Dialog(
        f'REMEMBER "name", "Ana"\nIF {asked} THEN TALK "yes" ELSE TALK "no"\nx = {asked}\nTALK x', host=host
    ).messages

    assert messages == (["yes", "true"] if is_so else ["no", "false"])


def test_get_reads_user_memory() -> None:
    assert Dialog('REMEMBER "name", "Ana"\nTALK GET "user.name"').messages == ["Ana"]


# ------------------------------------------------------------------------------------------------ data


@pytest.mark.parametrize(
    "answer", ["x' OR name != '", "x' OR 1=1", "Ana' AND id > 0 OR name like '%", '" OR ""="', "%"]
)
def test_user_input_is_never_parsed_as_a_condition(answer: str) -> None:
    store = InMemoryTableStore()
    for number, name in enumerate(["Ana", "Bob"]):
        store.insert("people", f"{number}", {"id": f"{number}", "name": name})
    host = WithTables(store)
    dialog = Dialog(
        'HEAR who\nrows = FIND "people", "name=\'" + who + "\'"\nTALK UBOUND(rows)\n'
        'TALK DELETE "people", "name=\'" + who + "\'"',
        host=host,
    )

    assert dialog.hear(answer) == ["0", "0"]
    assert len(store.find("people", MATCH_ALL)) == 2


class WithTables(FakeHost):
    """A host that stores rows."""

    def __init__(self, store: InMemoryTableStore) -> None:
        super().__init__()
        self.executor = TableExecutor(store, {}, groups=None)

    def table(self, key: EffectKey, request: TableRequest) -> Value:
        return self.executor.execute(key, request)


ROW: dict[str, Value] = {"id": 7, "item": "tea"}


@pytest.mark.parametrize(
    ("statement", "request_made"),
    [
        ('x = FIND "t"', TableRequest("find", "t", where="")),
        ('x = FIND "t", "item=tea"', TableRequest("find", "t", where="item=tea")),
        ("x = FIND t", TableRequest("find", "t", where="")),
        ('table = "u"\nx = FIND table', TableRequest("find", "u", where="")),
        (
            'x = FIND t WHERE Item = "tea" AND id >= 2 + 3',
            TableRequest("find", "t", where=("Item = ", Bound("tea"), " AND id >= ", Bound(5))),
        ),
        ('x = FIND t WHERE "item=" + "tea"', TableRequest("find", "t", where="item=tea")),
        ('INSERT "t", row', TableRequest("insert", "t", row=ROW)),
        ('SAVE "t", 7, row', TableRequest("save", "t", id=7, row=ROW)),
        ('SAVE "t", row', TableRequest("save", "t", id=7, row=ROW)),
        (
            'SAVE "t.csv", 1, "two", 3',
            TableRequest("append", "t.csv", values=[1, "two", 3], columns=["column1", "column2", "column3"]),
        ),
        (
            'Email = "a@x"\nSAVE "t", Email, row.item, row["id"], [5][0], email, EMAIL + "!", NOTHING',
            TableRequest(
                "append",
                "t",
                values=["a@x", "tea", 7, 5, "a@x", "a@x!", None],
                columns=["Email", "item", "id", "column4", "column5", "column6", "column7"],
            ),
        ),
        (
            'column3 = 1\nSAVE "t", column3, row.item, row.item, 4',
            TableRequest(
                "append", "t", values=[1, "tea", "tea", 4], columns=["column3", "item", "column3_", "column4"]
            ),
        ),
        (
            'SAVE "t", TODAY, TODAY()',
            TableRequest("append", "t", values=["2026-11-22"] * 2, columns=["column1", "column2"]),
        ),
        ('SAVE "t", "x", "y"', TableRequest("append", "t", values=["x", "y"], columns=["column1", "column2"])),
        ('SAVE "t", row.id, row', TableRequest("save", "t", id=7, row=ROW)),
        (
            'SAVE "t", 7, row, 8',
            TableRequest("append", "t", values=[7, ROW, 8], columns=["column1", "row", "column3"]),
        ),
        (
            'who = "Ana"\nx = FIND "t", "name=\'" + who + "\' AND paid = " + TRUE',
            TableRequest("find", "t", where=("name='", Bound("Ana"), "' AND paid = ", Bound(value=True))),
        ),
        (
            'who = "Ana"\nx = FIND t WHERE "name like %" + who',
            TableRequest("find", "t", where=("name like %", Bound("Ana"))),
        ),
        ('field = "name"\nx = FIND "t", field + "=Ana"', TableRequest("find", "t", where="name=Ana")),
        ('sign = ">"\nx = FIND "t", "n " + sign + " 5"', TableRequest("find", "t", where="n > 5")),
        ('id = 7\nDELETE "t", "id=" + id', TableRequest("delete", "t", where=("id=", Bound(7)))),
        ('UPDATE "t", "id=7", row', TableRequest("update", "t", where="id=7", row=ROW)),
        ('DELETE "t", "id=7"', TableRequest("delete", "t", where="id=7")),
        ('MERGE "t", [row], "id"', TableRequest("merge", "t", rows=[ROW], field="id")),
    ],
)
def test_data_keywords_call_the_host(statement: str, request_made: TableRequest) -> None:
    host = FakeHost(result=[{"id": 1}])
    dialog = Dialog(f'row = #{{id: 7, item: "tea"}}\n{statement}', host=host)

    assert dialog.outcome.fault is None, dialog.fault
    assert host.tables == [(EffectKey("turn-1", 1), request_made)]


def test_host_result_is_the_value_of_the_keyword() -> None:
    host = FakeHost(result=[{"Name": "Ana"}])

    assert Dialog('rows = FIND "people"\nTALK rows[0].name\nTALK UBOUND(FIND("people"))', host=host).messages == [
        "Ana",
        "1",
    ]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ('INSERT "t", 5', "the row must be a map, not a number"),
        ('MERGE "t", 5, "id"', "the rows must be an array, not a number"),
        ('MERGE "t", [5], "id"', "the rows of a MERGE must be maps"),
        ('x = ""\nDELETE "t", x', "the filter is empty"),
        ('x = ""\nUPDATE "t", x, #{a: 1}', "the filter is empty"),
        ('FIND ""', "the table is empty"),
    ],
)
def test_data_keywords_reject_invalid_arguments(statement: str, fault: str) -> None:
    dialog = Dialog(statement)

    assert dialog.fault.endswith(fault)
    assert dialog.host.tables == []


def test_retried_turn_has_the_same_effect_keys() -> None:
    script = 'SAVE "t", 1\nHEAR x\nSAVE "t", 2\nx = GET "https://x.test/"\nSAVE "t", 3'
    host = answers("ok")
    dialog = Dialog(script, host=host)
    dialog.hear("on")

    assert [key for key, _ in host.tables] == [EffectKey("turn-1", 1), EffectKey("turn-2", 1), EffectKey("turn-2", 3)]
    assert [key for key, _ in host.requests] == [EffectKey("turn-2", 2)]


def test_rows_are_stored_until_the_next_turn() -> None:
    script = """
    TABLE orders
      id string(10) key
      item string(20)
      FIELD paid AS BOOLEAN
    END TABLE
    SAVE "orders", "7", #{item: "tea", paid: false}
    SAVE "orders", "8", #{item: "milk", paid: true}
    HEAR x
    wanted = x
    rows = FIND orders WHERE item = wanted AND paid = false
    TALK rows[0].id + ": " + UBOUND(rows)
    TALK UPDATE("orders", "id=7", #{paid: true}) + " paid, " + UBOUND(FIND("orders", "paid=true")) + " in all"
    """

    class Shop(FakeHost):
        shop = TableExecutor(
            InMemoryTableStore(), {table.name: table for table in compile_scripts(script).tables}, groups=None
        )

        def table(self, key: EffectKey, request: TableRequest) -> Value:
            return self.shop.execute(key, request)

    assert Dialog(script, host=Shop()).hear("tea") == ["7: 1", "1 paid, 2 in all"]


# ------------------------------------------------------------------------------------------------ HTTP


@pytest.mark.parametrize(
    ("body", "kind", "expression", "messages"),
    [
        ("hello", "text/plain", "r", "hello"),
        ('{"data": {"x": [1, 2.0]}}', "application/json", "r.data.x[1]", "2"),
        ('[{"a": 1}]', "text/plain", "r[0].a", "1"),
        ("5", "application/json; charset=utf-8", "r + 1", "6"),
        ("{not json", "application/json", "r", "{not json"),
        ('{"a": NaN}', "application/json", "r", '{"a": NaN}'),
        ("12345678901234567890123", "application/json", "r > 1", "true"),
        ("[" * 100_000, "application/json", "LEN(r)", "100000"),
    ],
)
def test_get_parses_json_and_returns_other_bodies_as_text(body: str, kind: str, expression: str, messages: str) -> None:
    for get in ('GET "https://x.test/"', 'GET("https://x.test/")', "GET url"):
        script = f'url = "https://x.test/"\nr = {get}\nTALK {expression}'
        assert Dialog(script, host=answers(body, kind=kind)).messages == [messages]


def test_get_fails_unless_the_status_is_2xx() -> None:
    dialog = Dialog('r = GET "https://x.test/"', host=answers("", status=404))

    assert dialog.fault == "start.bas:1:5: GET failed with status 404 Reason"


@pytest.mark.parametrize("path", ['"notes.txt"', '"notes" + ".txt"', '"data/" & 1 & ".csv"', '"reports/a"'])
def test_get_of_a_file_reads_it(path: str) -> None:
    script = f"r = GET {path}\nTALK r"

    dialog = Dialog(script, host=FakeHost(file_result='{"n": 1}'))

    assert dialog.messages == ['{"n": 1}']
    assert [request.operation for _, request in dialog.host.files] == ["read"]
    assert diagnose(script) == []


@pytest.mark.parametrize(("text", "shown"), [('{"n": [1, 2]}', "2"), ("no JSON", "no JSON")])
def test_get_of_a_json_file_parses_it(text: str, shown: str) -> None:
    script = 'r = GET "a.json"\nIF INSTR(r, "no") > 0 THEN TALK r ELSE TALK r.n[1]'

    assert Dialog(script, host=FakeHost(file_result=text)).messages == [shown]


@pytest.mark.parametrize(
    ("path", "messages"),
    [
        ("order.code", "c1"),
        ("Order.customer.NAME", "Ana"),
        ("order.missing", ""),
        ("order.code.more", ""),
        ("order.missing.more", ""),
        ("rows.n", "1"),
        ("rows.count", "2"),
        ("none.n", ""),
        ("day.year", "2026"),
    ],
)
def test_get_of_a_path_is_a_field_of_a_variable(path: str, messages: str) -> None:
    script = (
        'order = #{code: "c1", customer: #{name: "Ana"}}\nrows = [#{n: 1}, #{n: 2}]\nnone = []\nday = "2026-11-22"\n'
        f'x = GET "{path}"\nTALK x'
    )

    assert diagnose(script) == []
    assert Dialog(script).messages == [messages]


def test_get_of_a_path_in_a_routine_finds_local_and_other_variables() -> None:
    script = 'a = #{n: 1}\nSUB s(b)\nTALK (GET "a.n") & (GET "b.n")\nEND SUB\ns(#{n: 2})'

    assert Dialog(script).messages == ["12"]


@pytest.mark.parametrize(
    ("statement", "request_made"),
    [
        (
            'POST "https://x.test/", #{a: [1]}',
            HttpRequest("POST", "https://x.test/", {"Content-Type": "application/json"}, '{"a": [1]}'),
        ),
        (
            'PUT "https://x.test/", "text"',
            HttpRequest("PUT", "https://x.test/", {"Content-Type": "text/plain; charset=utf-8"}, "text"),
        ),
        ('PATCH "https://x.test/"', HttpRequest("PATCH", "https://x.test/")),
        ('DELETE_HTTP "https://x.test/"', HttpRequest("DELETE", "https://x.test/")),
        ('DELETE HTTP "https://x.test/"', HttpRequest("DELETE", "https://x.test/")),
        (
            'SET HEADER "Content-Type", "text/csv"\nSET HEADER "X-Key", 5\nPOST "https://x.test/", "a,b"',
            HttpRequest("POST", "https://x.test/", {"Content-Type": "text/csv", "X-Key": "5"}, "a,b"),
        ),
        ('SET HEADER "X", "1"\nCLEAR HEADERS\nPATCH "https://x.test/"', HttpRequest("PATCH", "https://x.test/")),
        (
            'GRAPHQL "https://x.test/", "{ a }", #{b: 1}',
            HttpRequest(
                "POST",
                "https://x.test/",
                {"Content-Type": "application/json"},
                '{"query": "{ a }", "variables": {"b": 1}}',
            ),
        ),
        (
            'SOAP "https://x.test/", "Rate", #{a: "<&", b: [1, 2], c: #{d: 3}}',
            HttpRequest(
                "POST",
                "https://x.test/",
                {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"http://tempuri.org/Rate"'},
                '<?xml version="1.0" encoding="utf-8"?><soap:Envelope'
                ' xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><Rate xmlns="http://tempuri.org/"><a>&lt;&amp;</a><b>1</b><b>2</b>'
                "<c><d>3</d></c></Rate></soap:Body></soap:Envelope>",
            ),
        ),
    ],
)
def test_requests_have_the_method_body_and_headers_of_the_script(statement: str, request_made: HttpRequest) -> None:
    host = answers("")
    dialog = Dialog(statement, host=host)

    assert dialog.outcome.fault is None, dialog.fault
    assert [request for _, request in host.requests] == [request_made]


def test_response_has_status_headers_and_data_for_any_status() -> None:
    script = 'r = POST "https://x.test/", #{}\nTALK r.status + r.statusText + r.data.ok + r.headers["Content-Type"]'

    assert Dialog(script, host=answers('{"ok": true}', 500, "application/json")).messages == [
        "500Reasontrueapplication/json"
    ]


def test_soap_result_has_the_xml() -> None:
    script = 'r = SOAP "https://x.test/", "Rate"\nTALK r.status + r.data.raw'

    assert Dialog(script, host=answers("<a>1</a>")).messages == ["200<a>1</a>"]


@pytest.mark.parametrize(
    "statement",
    [
        'SET HEADER "a b", "1"',
        'SET HEADER "a", "1\\nb: 2"',
        'SOAP "https://x.test/", "a b"',
        'SOAP "https://x.test/", "Rate", 5',
        'GRAPHQL "https://x.test/", "{ a }", 5',
        'GRAPHQL "https://x.test/", "{ a }", [5]',
        'POST ""',
    ],
)
def test_invalid_requests_are_rejected(statement: str) -> None:
    dialog = Dialog(statement)

    assert dialog.outcome.fault is not None
    assert dialog.host.requests == []


def test_headers_are_cleared_when_the_script_ends() -> None:
    dialog = Dialog('SET HEADER "a", "1"\nHEAR x')
    assert dialog.outcome.state["headers"] == {"a": "1"}
    dialog.hear("end")
    assert dialog.outcome.state["headers"] == {}


def test_code_has_the_digits_of_the_host() -> None:
    assert Dialog("code = GENERATE CODE 6\nTALK code + GENERATE_CODE(4)").messages == ["1234561234"]


@pytest.mark.parametrize(("digits", "described"), [("3", "3"), ("13", "13"), ('"many"', '"many"')])
def test_code_has_4_to_12_digits(digits: str, described: str) -> None:
    fault = Dialog(f"TALK GENERATE CODE {digits}").fault

    assert fault.startswith("start.bas:1:6: GENERATE CODE expects")
    assert described in fault


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ('IS VALID "ana@example.com"', "yes"),
        ('IS VALID("ana")', "no"),
        ('"ana@example.com" IS VALID', "yes"),
        ('"ana@example.com" IS NOT VALID', "no"),
        ('"ana" IS NOT VALID AND TRUE', "yes"),
    ],
)
def test_mail_address_is_checked(condition: str, message: str) -> None:
    assert Dialog(f'IF {condition} THEN TALK "yes" ELSE TALK "no"').messages == [message]
