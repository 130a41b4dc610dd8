"""Forms of keywords that real scripts use, in words of our own: arrays, names without a value, mails and files."""

import pytest

from basic.host import TableRequest
from tests.unit.basic.fake_host import Dialog, FakeHost, diagnose

ROWS = 'rows = [#{name: "tea", n: 2}, #{name: "milk", n: 10}, #{name: "cake", n: 1}]\n'
NAMES = "FOR EACH row IN rows\nTALK row.name\nNEXT"


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ('SORT rows BY "n"', ["cake", "tea", "milk"]),
        ('sort rows by "n" desc', ["milk", "tea", "cake"]),
        ('rows = SORT rows BY "name" ASC', ["cake", "milk", "tea"]),
        ('field = "name"\nSORT rows BY field DESC', ["tea", "milk", "cake"]),
        ('SORT(rows, "n")', ["cake", "tea", "milk"]),
        ('rows = SORT(rows, "n", "DESC")', ["milk", "tea", "cake"]),
        ('x = 1\nIF x THEN SORT rows BY "n"', ["cake", "tea", "milk"]),
        ("DELETE rows[0]", ["milk", "cake"]),
        ("i = 1\nDELETE rows[i]", ["tea", "cake"]),
        ("DELETE rows[9]", ["tea", "milk", "cake"]),
        ("x = 1\nIF x THEN DELETE rows[2] ELSE TALK 1", ["tea", "milk"]),
    ],
)
def test_array_is_changed(statement: str, names: list[str]) -> None:
    assert Dialog(f"{ROWS}{statement}\n{NAMES}").messages == names


def test_items_are_sorted_in_both_directions() -> None:
    assert Dialog("n = [3, 1, 2]\nSORT n\nTALK n\nSORT n DESC\nTALK n").messages == ["[1, 2, 3]", "[3, 2, 1]"]


def test_item_of_a_field_is_deleted() -> None:
    dialog = Dialog("cart = #{items: [1, 2, 3]}\nDELETE cart.items[0]\nTALK cart.items")

    assert dialog.messages == ["[2, 3]"]


def test_delete_of_rows_is_a_request() -> None:
    dialog = Dialog('tables = ["orders"]\nDELETE tables[0], "id = 7"\nDELETE orders, "id = 8"')

    assert dialog.outcome.fault is None, dialog.fault
    assert [(request.operation, request.table) for _, request in dialog.host.tables] == [
        ("delete", "orders"),
        ("delete", "orders"),
    ]


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ('SORT([1], NULL, "up")', 'SORT expects ASC or DESC, not "up"'),
        ("cart = #{a: 1}\nDELETE cart[0]", "SPLICE expects an array, not a map"),
    ],
)
def test_array_in_another_form_is_refused(script: str, fault: str) -> None:
    assert Dialog(script).fault.endswith(fault)


def test_aggregate_of_too_many_rows_is_an_error() -> None:
    host = FakeHost(result=[{"n": 1}] * 1_000)
    dialog = Dialog('TALK AGGREGATE "orders", "COUNT", "n"', host=host)

    assert dialog.fault.endswith("AGGREGATE of a table takes 999 rows at most; give it a filter")
    ((_, request),) = host.tables
    assert request == TableRequest("find", "orders", where=("", " LIMIT 1000"))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("USERNAME", "ada"),
        ("username", "ada"),
        ("FROM", "ada"),
        ("USER_ID()", "ada"),
        ('GET "session.user_id"', "ada"),
        ('GET SESSION "user_id"', "ada"),
        ('GET "session.user_email"', ""),
    ],
)
def test_name_of_the_user_has_a_value(expression: str, value: str) -> None:
    script = f'x = {expression}\nTALK "<" + x + ">"'

    assert Dialog(script, host=FakeHost(user="ada")).messages == [f"<{value}>"]
    assert Dialog(script).messages == ["<>"]
    assert diagnose(script) == []


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ('username = "Bia"\nTALK username', "Bia"),
        ('from = "Bia"\nTALK from', "Bia"),
        ('SET SESSION "user_id", "bia"\nTALK GET "session.user_id"', "bia"),
        ('row = #{from: "x"}\nTALK row.from', "x"),
    ],
)
def test_script_may_assign_these_names(script: str, value: str) -> None:
    assert Dialog(script, host=FakeHost(user="ada")).messages == [value]


def test_name_of_the_user_is_a_value_of_a_row() -> None:
    dialog = Dialog('SAVE "log.csv", TODAY, username, from\nWITH entry\nwho = USERNAME\nEND WITH\nTALK entry.who')

    assert dialog.messages == [""]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Total: ${1 +}", "a value is missing before the end of the line; write `\\${` if it is text"),
        ("Subject: ${1 2}", "unexpected `2` in `${...}`; write `\\${` if it is text"),
    ],
)
def test_expression_of_a_mail_that_is_surely_wrong_is_an_error(line: str, fault: str) -> None:
    faults = diagnose(f'BEGIN MAIL "ada@example.com"\n{line}\nEND MAIL')

    assert [each.partition(": ")[2] for each in faults] == [fault]


@pytest.mark.parametrize("line", ["\\${1 +}", "$5 {a}", "costs $ 5"])
def test_text_of_a_mail_that_only_looks_like_an_expression_is_sent(line: str) -> None:
    dialog = Dialog(f'BEGIN MAIL "ada@example.com"\n{line}\nEND MAIL')

    assert [mail.text for _, mail in dialog.host.mails] == [line.replace("\\", "")]


@pytest.mark.parametrize(
    ("statement", "caption"),
    [
        ('SEND FILE TO "me", "a.pdf", "Look"', "Look"),
        ('SEND FILE TO "me", "a.pdf"', "a.pdf"),
        ('SEND_FILE "me", "a.pdf", "Look"', "Look"),
    ],
)
def test_file_is_sent_to_the_user(statement: str, caption: str) -> None:
    host = FakeHost(file_result=["a.pdf", "application/pdf", "https://example.com/a"])

    assert Dialog(statement, host=host).messages == [caption]


@pytest.mark.parametrize(
    ("value", "branch"),
    [('"false"', "yes"), ('"0"', "yes"), ('""', "no"), ("FALSE", "no"), ("0", "no"), ("NULL", "no"), ("[]", "no")],
)
def test_every_text_but_the_empty_one_is_true(value: str, branch: str) -> None:
    assert Dialog(f'x = {value}\nIF x THEN TALK "yes" ELSE TALK "no"').messages == [branch]


@pytest.mark.parametrize(
    ("attachments", "paths"),
    [
        ('ATTACHMENT "a.pdf"', ("a.pdf",)),
        ("ATTACHMENT file", ("b.pdf",)),
        ('ATTACHMENTS "a.pdf", file', ("a.pdf", "b.pdf")),
        ('ATTACHMENT "reports/" + file', ("reports/b.pdf",)),
        ("file", ("b.pdf",)),
        ("attachment", ("c.pdf",)),
    ],
)
def test_mail_has_the_attachments(attachments: str, paths: tuple[str, ...]) -> None:
    names = 'file = "b.pdf"\nattachment = "c.pdf"\n'
    dialog = Dialog(f'{names}SEND MAIL "ada@example.com", "A", "B", {attachments}\nTALK "Sent."')

    assert dialog.messages == ["Sent."]
    assert [mail.attachments for _, mail in dialog.host.mails] == [paths]


@pytest.mark.parametrize(
    ("template", "path"), [("monthly", "monthly.html"), ("letters/a.md", "letters/a.md"), ("v1.html", "v1.html")]
)
def test_pdf_is_generated_with_a_named_template(template: str, path: str) -> None:
    script = f'data = #{{n: 1}}\nname = "june"\nGENERATE PDF name + ".pdf" WITH TEMPLATE "{template}" DATA data'
    dialog = Dialog(script)

    assert dialog.outcome.fault is None, dialog.fault
    ((_, request),) = dialog.host.files
    assert (request.operation, request.path, request.target, request.data) == ("generate", path, "june.pdf", {"n": 1})


@pytest.mark.parametrize("field", ["description string(200)", "Description text", "DESCRIPTION varchar(max)"])
def test_field_of_a_table_may_be_called_description(field: str) -> None:
    assert diagnose(f"TABLE tickets\nid string(8) key\n{field}\nEND TABLE") == []


def test_description_without_quotes_may_have_a_number_in_brackets() -> None:
    assert "no quotes" in diagnose("DESCRIPTION Books tables (4 at most)")[0]
