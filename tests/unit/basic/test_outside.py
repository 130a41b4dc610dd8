"""Memory, data and HTTP: what the host is asked, and what a script makes of it."""

import pytest

from basic.data.filters import EVERYTHING
from basic.data.memory import MemoryTables
from basic.data.tables import Tables
from basic.host import Bound, Condition, EffectKey, HttpRequest, HttpResponse, TableRequest
from basic.values import Value
from tests.unit.basic.world import Dialog, World, compile_program, diagnose


def answers(body: str, status: int = 200, kind: str = "text/plain") -> World:
    return World(answers={"https://x.test/": HttpResponse(status, "Reason", {"content-type": kind}, body)})


# ------------------------------------------------------------------------------------------------ memory


def test_what_is_remembered_is_there_in_this_turn_and_later() -> None:
    world = World()
    dialog = Dialog(
        'SET BOT MEMORY "news", "moved"\nTALK GET BOT MEMORY "news"\nHEAR x\nSET USER MEMORY name AS "Ana"\n'
        'REMEMBER "age", 30\nTALK GET BOT MEMORY("news") + (GET USER MEMORY name) + GET USER MEMORY "age"',
        world=world,
    )

    assert dialog.hear("on") == ["moved", "movedAna30"]
    assert world.memory == {("bot", "news"): "moved", ("user", "name"): "Ana", ("user", "age"): 30}


def test_what_is_not_remembered_is_empty_text() -> None:
    assert Dialog('x = GET BOT MEMORY "x"\nIF x = "" THEN TALK "empty"\nTALK ">" + GET USER MEMORY "y"').said == [
        "empty",
        ">",
    ]


@pytest.mark.parametrize("get", ["GET role", 'GET "session.role"', "GET ROLE", 'GET "SESSION.Role"'])
def test_get_reads_a_variable_of_the_session(get: str) -> None:
    assert Dialog(f'x = {get}\nTALK ">" + x').said == [">"]
    assert Dialog(f'role = "boss"\nx = {get}\nTALK ">" + x').said == [">boss"]


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
def test_what_a_keyword_gives_is_compared_and_not_what_it_is_asked(asked: str, is_so: bool) -> None:
    world = World(found=2)

    said = Dialog(
        f'REMEMBER "name", "Ana"\nIF {asked} THEN TALK "yes" ELSE TALK "no"\nx = {asked}\nTALK x', world=world
    ).said

    assert said == (["yes", "true"] if is_so else ["no", "false"])


def test_get_reads_what_is_remembered_of_the_user() -> None:
    assert Dialog('REMEMBER "name", "Ana"\nTALK GET "user.name"').said == ["Ana"]


# ------------------------------------------------------------------------------------------------ data


@pytest.mark.parametrize(
    "answer", ["x' OR name != '", "x' OR 1=1", "Ana' AND id > 0 OR name like '%", '" OR ""="', "%"]
)
def test_what_a_user_answers_is_a_value_and_never_a_part_of_a_condition(answer: str) -> None:
    store = MemoryTables()
    for number, name in enumerate(["Ana", "Bob"]):
        store.insert("people", f"{number}", {"id": f"{number}", "name": name})
    world = WithTables(store)
    dialog = Dialog(
        'HEAR who\nrows = FIND "people", "name=\'" + who + "\'"\nTALK UBOUND(rows)\n'
        'TALK DELETE "people", "name=\'" + who + "\'"',
        world=world,
    )

    assert dialog.hear(answer) == ["0", "0"]
    assert len(store.find("people", EVERYTHING)) == 2


class WithTables(World):
    """A host that keeps rows."""

    def __init__(self, store: MemoryTables) -> None:
        super().__init__()
        self.kept = Tables(store, {}, groups=None)

    def table(self, key: EffectKey, request: TableRequest) -> Value:
        return self.kept.answer(key, request)


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
            TableRequest("find", "t", where=(Condition("Item", "=", "tea"), Condition("id", ">=", 5))),
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
def test_data_keywords_ask_the_host(statement: str, request_made: TableRequest) -> None:
    world = World(found=[{"id": 1}])
    dialog = Dialog(f'row = #{{id: 7, item: "tea"}}\n{statement}', world=world)

    assert dialog.outcome.fault is None, dialog.fault
    assert world.tables == [(EffectKey("turn-1", 1), request_made)]


def test_what_the_host_answers_is_a_value() -> None:
    world = World(found=[{"Name": "Ana"}])

    assert Dialog('rows = FIND "people"\nTALK rows[0].name\nTALK UBOUND(FIND("people"))', world=world).said == [
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
def test_data_keywords_refuse_what_makes_no_sense(statement: str, fault: str) -> None:
    dialog = Dialog(statement)

    assert dialog.fault.endswith(fault)
    assert dialog.world.tables == []


def test_effects_are_counted_and_a_turn_tried_again_has_the_same_keys() -> None:
    script = 'SAVE "t", 1\nHEAR x\nSAVE "t", 2\nx = GET "https://x.test/"\nSAVE "t", 3'
    world = answers("ok")
    dialog = Dialog(script, world=world)
    dialog.hear("on")

    assert [key for key, _ in world.tables] == [EffectKey("turn-1", 1), EffectKey("turn-2", 1), EffectKey("turn-2", 3)]
    assert [key for key, _ in world.requests] == [EffectKey("turn-2", 2)]


def test_rows_are_there_in_the_next_turn() -> None:
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

    class Shop(World):
        shop = Tables(MemoryTables(), {table.name: table for table in compile_program(script).tables}, groups=None)

        def table(self, key: EffectKey, request: TableRequest) -> Value:
            return self.shop.answer(key, request)

    assert Dialog(script, world=Shop()).hear("tea") == ["7: 1", "1 paid, 2 in all"]


# ------------------------------------------------------------------------------------------------ HTTP


@pytest.mark.parametrize(
    ("body", "kind", "expression", "said"),
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
def test_get_gives_json_as_values_and_all_else_as_text(body: str, kind: str, expression: str, said: str) -> None:
    for get in ('GET "https://x.test/"', 'GET("https://x.test/")', "GET url"):
        script = f'url = "https://x.test/"\nr = {get}\nTALK {expression}'
        assert Dialog(script, world=answers(body, kind=kind)).said == [said]


def test_get_fails_unless_all_is_well() -> None:
    dialog = Dialog('r = GET "https://x.test/"', world=answers("", status=404))

    assert dialog.fault == "start.bas:1:5: GET was answered with 404 Reason"


def test_get_of_a_file_is_not_supported_yet() -> None:
    assert diagnose('r = GET "notes.txt"\ns = GET "session.role"\nt = GET "https://x.test/a.txt"\nu = GET role') == [
        '1:5 not supported: GET of a file is not supported yet: "notes.txt"'
    ]
    assert Dialog('r = GET "notes" + ".txt"').fault.endswith('GET of a file is not supported yet: "notes.txt"')
    assert Dialog('r = GET "notes.txt"').fault == 'start.bas:1:5: GET of a file is not supported yet: "notes.txt"'


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
def test_requests_are_made_as_the_script_says(statement: str, request_made: HttpRequest) -> None:
    world = answers("")
    dialog = Dialog(statement, world=world)

    assert dialog.outcome.fault is None, dialog.fault
    assert [request for _, request in world.requests] == [request_made]


def test_an_answer_has_status_headers_and_data_whatever_its_status() -> None:
    script = 'r = POST "https://x.test/", #{}\nTALK r.status + r.statusText + r.data.ok + r.headers["Content-Type"]'

    assert Dialog(script, world=answers('{"ok": true}', 500, "application/json")).said == [
        "500Reasontrueapplication/json"
    ]


def test_an_answer_of_soap_has_its_xml() -> None:
    script = 'r = SOAP "https://x.test/", "Rate"\nTALK r.status + r.data.raw'

    assert Dialog(script, world=answers("<a>1</a>")).said == ["200<a>1</a>"]


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
def test_requests_that_could_not_be_written_are_refused(statement: str) -> None:
    dialog = Dialog(statement)

    assert dialog.outcome.fault is not None
    assert dialog.world.requests == []


def test_headers_are_forgotten_when_the_script_ends() -> None:
    dialog = Dialog('SET HEADER "a", "1"\nHEAR x')
    assert dialog.outcome.state["headers"] == {"a": "1"}
    dialog.hear("end")
    assert dialog.outcome.state["headers"] == {}
