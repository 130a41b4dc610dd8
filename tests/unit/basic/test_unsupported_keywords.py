"""Keywords that are not supported yet: they are parsed and reported by their names at their positions."""

import pytest

from basic.keywords import KEYWORDS, Chapter, Keyword, Role, describe_unsupported
from tests.unit.basic.fake_host import Dialog, diagnose

LATER = {keyword.name for keyword in KEYWORDS if keyword.role in (Role.LATER, Role.IGNORED)}
IGNORED = {keyword.name for keyword in KEYWORDS if keyword.role is Role.IGNORED}
OFFICE = [keyword for keyword in KEYWORDS if keyword.chapter is Chapter.OFFICE and keyword.name in LATER]

STATEMENTS: dict[str, tuple[str, ...]] = {
    "ADD SWITCHER": ('ADD SWITCHER "tables" AS "Tables"', 'ADD_SWITCHER "cards" AS "Cards"'),
    "ADD BOT": ('ADD BOT "helper"',),
    "USE TOOL AS MCP": ("ADD_TOOL x AS MCP", 'USE TOOL "search" AS MCP'),
    "GOTO": ("again:\nTALK 1\nGOTO again",),
    "TRY": ("TRY\nTALK 1 / 0\nCATCH fault\nTALK fault\nEND TRY", "TRY\nIF x THEN\nTALK 1\nEND IF\nENDTRY"),
}
"""Every documented form, by the keyword in its diagnostic."""


def write_form(keyword: Keyword) -> str:
    return f'{keyword.name} "a" + name, #{{b: [1]}}' if keyword.takes_values else keyword.name


STATEMENTS |= {
    keyword.name: (write_form(keyword), write_form(keyword).replace(keyword.name, keyword.name.replace(" ", "_")))
    for keyword in OFFICE
}

FORMS = [(name, form) for name, forms in STATEMENTS.items() for form in forms]


def test_every_unsupported_keyword_has_a_form() -> None:
    assert STATEMENTS.keys() == LATER


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_form_is_reported_once_by_its_name(name: str, form: str) -> None:
    diagnostics = diagnose(f"TALK 1\n{form}\nTALK 2")

    end = ", so it is ignored" if name in IGNORED else ""
    assert [each.partition(" ")[2] for each in diagnostics] == [f"not supported: {describe_unsupported(name)}{end}"]


@pytest.mark.parametrize(
    ("name", "form"), [(name, form) for name, form in FORMS if name != "GOTO" and name not in IGNORED]
)
def test_form_in_a_branch_fails_only_when_it_runs(name: str, form: str) -> None:
    script = f'TALK "before"\nIF go THEN\n{form}\nEND IF\nTALK "after"'

    assert Dialog(script).messages == ["before", "after"]
    reached = Dialog(script, values={"go": True})
    assert reached.messages == ["before"]
    assert reached.fault.endswith(describe_unsupported(name))


@pytest.mark.parametrize(("name", "form"), [(name, form) for name, form in FORMS if name in IGNORED])
def test_script_passes_over_a_declaration(name: str, form: str) -> None:
    assert name in LATER
    assert Dialog(f'TALK "before"\n{form}\nTALK "after"').messages == ["before", "after"]


@pytest.mark.parametrize("word", [keyword.name for keyword in OFFICE if " " not in keyword.name])
def test_word_of_a_keyword_is_a_name_of_the_script_too(word: str) -> None:
    name = word.lower()
    assert Dialog(f"{name} = 2\nTALK {name} + 1").messages == ["3"]
    if next(keyword for keyword in OFFICE if keyword.name == word).takes_values:
        assert Dialog(f"{name}\nTALK {name}()\nFUNCTION {name}\nTALK 1\nRETURN 2\nEND FUNCTION").messages == [
            "1",
            "1",
            "2",
        ]


STEPS = """STEP 1: BOT "classifier" "analyze"
IF amount > 100 THEN
  STEP 2: HUMAN APPROVAL FROM "ana@example.com"
    TIMEOUT 1800
    ON TIMEOUT: ESCALATE TO "bob@example.com"
END IF
STEP 3: PARALLEL
  BRANCH A: BOT "a" "refund"
  BRANCH b: BOT "b" "stock"
END PARALLEL
PARALLEL
DELAY 5
END WORKFLOW
"""


@pytest.mark.parametrize("script", [STEPS, f'ORCHESTRATE WORKFLOW "complaint"\n{STEPS}'])
def test_workflow_is_reported_once(script: str) -> None:
    reported = [fault for fault in diagnose(f'{script}TALK "done"') if "warning" not in fault]

    assert reported == ["1:1 not supported: ORCHESTRATE WORKFLOW is not supported yet"]


def test_workflow_fails_where_it_begins() -> None:
    dialog = Dialog(f'TALK "before"\n{STEPS}TALK "after"')

    assert dialog.messages == ["before"]
    assert dialog.fault == "start.bas:2:1: ORCHESTRATE WORKFLOW is not supported yet"


def test_words_of_a_workflow_are_names_of_the_script_too() -> None:
    script = "step = 1\nbranch = 2\ntimeout = 3\nparallel = 4\nTALK step + branch + timeout + parallel"

    assert Dialog(f"{script}\nFOR i = 1 TO 3 STEP 2\nTALK i\nNEXT").messages == ["10", "1", "3"]


@pytest.mark.parametrize("end", ["END ON", "ENDON"])
def test_handler_of_an_event_is_passed_over(end: str) -> None:
    script = f'ON EVENT "paid" DO\n  TALK "never"\n{end}\nTALK "after"'

    assert diagnose(script) == ["1:1 not supported: ON EVENT is not supported yet, so it is ignored"]
    assert Dialog(script).messages == ["after"]


def test_webhook_of_another_system_may_stand_in_a_block() -> None:
    script = 'url = "https://x"\nIF go THEN\nWEBHOOK POST url WITH #{a: 1}\nEND IF\nTALK "end"'

    assert Dialog(script).messages == ["end"]
    assert Dialog(script, values={"go": True}).fault == "start.bas:3:1: WEBHOOK POST is not supported yet"


def test_set_assigns_a_variable_called_like_the_second_word_of_a_keyword() -> None:
    assert Dialog("SET priority = 1\nSET page_mode, 2\nTALK priority\nSET priority, 3\nTALK priority").messages == [
        "1",
        "3",
    ]


def test_unsupported_keyword_in_an_expression_is_reported_at_its_position() -> None:
    assert diagnose('x = BOOK MEETING "a", "b"\nTALK UCASE(BOOK_MEETING "x", 3) + 1') == [
        "1:5 not supported: BOOK MEETING is not supported yet",
        "2:12 not supported: BOOK MEETING is not supported yet",
    ]


def test_unsupported_keyword_in_a_one_line_if_is_reported() -> None:
    assert diagnose("IF 1 THEN BOOK MEETING a, b ELSE TALK 1\nIF 1 THEN TALK 1 ELSE BOOK MEETING x, y") == [
        "1:11 not supported: BOOK MEETING is not supported yet",
        "2:23 not supported: BOOK MEETING is not supported yet",
    ]


def test_llm_without_a_model_is_reported() -> None:
    assert diagnose('x = LLM "Name a colour"') == [
        "1:5 not supported: LLM needs a language model, `llm-model` in config.csv"
    ]


def test_label_without_a_goto_is_an_error() -> None:
    assert diagnose("again:\nTALK 1") == ["1:1 error: unknown name `again`"]


@pytest.mark.parametrize(
    ("script", "diagnostic"),
    [
        ("TRY\nTALK 1", "1:1 error: TRY has no END TRY"),
        ("CATCH e", "1:1 error: `CATCH` without TRY"),
        ("END TRY", "1:1 error: `END TRY` without TRY"),
        ('BEGIN MAIL "a"\nhello', "1:1 error: BEGIN MAIL has no END MAIL"),
    ],
)
def test_unclosed_block_is_an_error(script: str, diagnostic: str) -> None:
    assert diagnostic in diagnose(script)


@pytest.mark.parametrize(
    ("script", "reported"),
    [
        (
            'ON FORM SUBMIT "a"\nIF 1 THEN\nTALK 1\nEND IF\nEND ON',
            "ON FORM SUBMIT is not supported yet, so it is ignored",
        ),
        ("SCHEDULE IN 300 SECONDS DO\nIF 1 THEN\nTALK 1\nEND IF\nEND SCHEDULE", "SCHEDULE IN is not supported yet"),
        ("x = FILTER rows WHERE a = 1", "FILTER with WHERE is not supported yet"),
        ('SEE "text" ${TOYAML(1)}', "SEE is not supported yet"),
        ("TALK IS_ACTIVE(1)", "IS ACTIVE is not supported yet"),
        ('CACHE SET "a" + 1, #{b: 1}, 3600', "CACHE SET is not supported yet"),
        ("WAIT FOR RESPONSE AS r TIMEOUT 60", "WAIT FOR RESPONSE is not supported yet"),
    ],
)
def test_statement_is_one_fault_with_all_its_lines(script: str, reported: str) -> None:
    faults = [fault for fault in diagnose(f"rows = []\nfile = 1\n{script}\nTALK 5") if "warning" not in fault]

    assert [fault.partition("not supported: ")[2] for fault in faults] == [reported]


def test_options_of_a_prompt_are_one_fault() -> None:
    script = 'x = 1\nWITH OPTIMIZE FOR "quality"\n  WITH MAX_COST 0.05\nIF x = 1 THEN\nTALK 2\nEND IF'

    assert diagnose(script) == ["2:1 not supported: LLM with options is not supported yet"]
    assert Dialog(script).fault == "start.bas:2:1: LLM with options is not supported yet"


def test_event_without_its_own_end_keeps_the_lines_below() -> None:
    script = 'ON FORM SUBMIT "a"\nTALK 1\nON EVENT "b" DO\nTALK 2\nEND ON\nTALK 3'

    assert Dialog(script).messages == ["1", "3"]


def test_aggregate_of_rows_is_no_query() -> None:
    assert Dialog('TALK AGGREGATE "COUNT", [#{a: 1}, #{b: 2}], "a"').messages == ["1"]


@pytest.mark.parametrize(
    ("statement", "reported"),
    [
        ("CREATE INDEX by_name ON people (name)", "CREATE INDEX has no effect: conditions need no index"),
        ("CREATE UNIQUE INDEX by_name ON people (name, town)", "CREATE INDEX has no effect: conditions need no index"),
        ('REFRESH "sales"', "REFRESH has no effect: every statement reads the rows as they are"),
        ("RESET REPORT", "RESET REPORT has no effect: MERGE returns what it has changed"),
        ("RESET_REPORT", "RESET REPORT has no effect: MERGE returns what it has changed"),
    ],
)
def test_needless_statement_is_warned_of_and_passed_over(statement: str, reported: str) -> None:
    script = f'TALK "before"\nIF TRUE THEN\n{statement}\nEND IF\nTALK "after"'

    assert diagnose(script) == [f"3:1 warning: {reported}"]
    assert Dialog(script).messages == ["before", "after"]


def test_every_needless_keyword_says_why() -> None:
    needless = [keyword for keyword in KEYWORDS if keyword.role is Role.NEEDLESS]

    assert {keyword.name for keyword in needless} == {"CREATE INDEX", "REFRESH", "RESET REPORT"}
    assert all(keyword.reason for keyword in needless)
