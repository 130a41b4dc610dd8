"""The keywords of files: what they ask of the host."""

from datetime import timedelta

import pytest

from basic.host import EffectKey, FileRequest, HttpRequest
from tests.unit.basic.fake_host import Dialog, FakeHost, diagnose

LINK = "https://chat.test/f?key=1"
GET = HttpRequest("GET", LINK, {})
FILE = f'file = #{{name: "tea list.csv", type: "text/csv", url: "{LINK}"}}\n'
"""What HEAR AS FILE returns."""

REQUESTS = {
    'x = READ "a.txt"': FileRequest("read", "a.txt"),
    'x = READ("a" + ".txt")': FileRequest("read", "a.txt"),
    'WRITE "a.txt", "Hello"': FileRequest("write", "a.txt", text="Hello"),
    'WRITE "a.txt", 1.50': FileRequest("write", "a.txt", text="1.5"),
    'WRITE "a.txt", NOTHING': FileRequest("write", "a.txt"),
    'WRITE "a.json", #{a: [1, TRUE, NULL]}': FileRequest("write", "a.json", text='{"a": [1, true, null]}'),
    'WRITE("a.txt", "Hello")': FileRequest("write", "a.txt", text="Hello"),
    'DELETE FILE "a.txt"': FileRequest("delete", "a.txt"),
    'DELETE_FILE "a.txt"': FileRequest("delete", "a.txt"),
    'files = DIR "inbox"': FileRequest("details", "inbox"),
    'file = #{path: "a.txt"}\nDELETE file': FileRequest("delete", "a.txt"),
    'files = [#{path: "a.txt"}]\nDELETE FIRST files': FileRequest("delete", "a.txt"),
    'COPY "a.txt", "b.txt"': FileRequest("copy", "a.txt", "b.txt"),
    'COPY "a.txt" TO "b.txt"': FileRequest("copy", "a.txt", "b.txt"),
    'MOVE "a.txt", "b.txt"': FileRequest("move", "a.txt", "b.txt"),
    'MOVE "a.txt" TO "b" + ".txt"': FileRequest("move", "a.txt", "b.txt"),
    'x = COMPRESS ["a.txt", "b/"], "all.zip"': FileRequest("pack", "all.zip", paths=["a.txt", "b/"]),
    'COMPRESS "a.txt", "a.txt.gz"': FileRequest("pack", "a.txt.gz", paths=["a.txt"]),
    'x = EXTRACT "all.zip", "folder"': FileRequest("unpack", "all.zip", "folder"),
    'EXTRACT "all.zip", ""': FileRequest("unpack", "all.zip"),
    'SET HEADER "A", "b"\nx = DOWNLOAD "https://x.test/a", "a.txt"': FileRequest(
        "download", "a.txt", http=HttpRequest("GET", "https://x.test/a", {"A": "b"})
    ),
    'x = DOWNLOAD "https://x.test/a/tea%20list.csv?y=1"': FileRequest(
        "download",
        "downloads/turn-1/1/tea_list.csv",
        http=HttpRequest("GET", "https://x.test/a/tea%20list.csv?y=1", {}),
    ),
    'DOWNLOAD "https://x.test/../%2e%2e"': FileRequest(
        "download", "downloads/turn-1/1/file", http=HttpRequest("GET", "https://x.test/../%2e%2e", {})
    ),
    'x = READ "a.xlsx"': FileRequest("rows", "a.xlsx"),
    'x = READ "a.csv" AS TABLE': FileRequest("rows", "a.csv"),
    'x = READ "a.txt" AS LINES': FileRequest("read", "a.txt"),
    'x = GET "a.xlsx"': FileRequest("rows", "a.xlsx"),
    'x = GENERATE PDF "a.html", #{n: 1}, "a.pdf"': FileRequest("generate", "a.html", "a.pdf", data={"n": 1}),
    'GENERATE_PDF "a.md", #{n: 1}, "a" + ".pdf"': FileRequest("generate", "a.md", "a.pdf", data={"n": 1}),
    'name = "Ana"\nbody = #{total: 2}\nGENERATE PDF "a.html", name, body.total, "a.pdf"': FileRequest(
        "generate", "a.html", "a.pdf", data={"name": "Ana", "total": 2}
    ),
    'GENERATE PDF "# Hello", "a.pdf"': FileRequest("generate", "", "a.pdf", text="# Hello"),
    'x = MERGE PDF ["a.pdf", "b.pdf"], "c.pdf"': FileRequest("merge", "", "c.pdf", paths=["a.pdf", "b.pdf"]),
    'MERGE_PDF "a.pdf" TO "c.pdf"': FileRequest("merge", "", "c.pdf", paths=["a.pdf"]),
    'x = #{url: "a.pdf", localName: "a.pdf"}\nMERGE PDF [x, x.localName], "c.pdf"': FileRequest(
        "merge", "", "c.pdf", paths=["a.pdf", "a.pdf"]
    ),
    'x = #{url: "a.pdf"}\nCOPY x, "b.pdf"': FileRequest("copy", "a.pdf", "b.pdf"),
    f"{FILE}x = READ file": FileRequest("read", LINK),
    f'{FILE}COPY file, "a.csv"': FileRequest("copy", LINK, "a.csv"),
    f"{FILE}x = UPLOAD file": FileRequest("upload", LINK, "uploads/turn-1/1/tea_list.csv", http=GET),
    f'{FILE}UPLOAD file, "scans"': FileRequest("upload", LINK, "scans/tea_list.csv", http=GET),
    f'{FILE}UPLOAD file TO "scans"': FileRequest("upload", LINK, "scans/tea_list.csv", http=GET),
    f'{FILE}UPLOAD file TO "scans" AS "tea.csv"': FileRequest("upload", LINK, "scans/tea.csv", http=GET),
    f'{FILE}x = UPLOAD file AS "tea.csv"': FileRequest("upload", LINK, "uploads/turn-1/1/tea.csv", http=GET),
    'UPLOAD "a/b.txt" TO "c"': FileRequest("upload", "a/b.txt", "c/b.txt"),
    'x = #{path: "a.pdf", filename: "a.pdf"}\nCOPY x, "b.pdf"': FileRequest("copy", "a.pdf", "b.pdf"),
    'x = LIST "reports/"': FileRequest("list", "reports/"),
    'x = LIST ""': FileRequest("list", ""),
    'x = LIST "reports/" FILTER "*.pdf"': FileRequest("list", "reports/", pattern="*.pdf"),
}


@pytest.mark.parametrize(("statement", "request_"), REQUESTS.items())
def test_keyword_asks_the_host(statement: str, request_: FileRequest) -> None:
    host = FakeHost(file_result=["a", 1, "text/plain"])
    dialog = Dialog(f"{statement}\nTALK 1", host=host)

    assert dialog.outcome.fault is None, dialog.fault
    assert host.files == [(EffectKey("turn-1", 1), request_)]
    assert diagnose(statement) == []


def test_pdf_is_a_map_with_its_path() -> None:
    script = 'pdf = GENERATE PDF "a.html", #{}, "a.pdf"\nTALK pdf.url + " " + pdf.localName'

    assert Dialog(script, host=FakeHost(file_result="a.pdf")).messages == ["a.pdf a.pdf"]


@pytest.mark.parametrize("file", ['"a.pdf"', '#{url: "a.pdf"}', '"a" + ".pdf"'])
def test_download_with_a_name_sends_a_file_of_the_drive(file: str) -> None:
    host = FakeHost(file_result=["a.pdf", "application/pdf", "https://x.test/a"])
    dialog = Dialog(f'DOWNLOAD {file} AS "Bill.pdf"', host=host)

    assert dialog.messages == ["Bill.pdf"]
    assert [request for _, request in host.files] == [FileRequest("send", "a.pdf")]


def test_lines_of_a_file_are_an_array() -> None:
    assert Dialog('TALK UBOUND(READ "a.txt" AS LINES)', host=FakeHost(file_result="a\nb\n")).messages == ["2"]


def test_upload_describes_the_file_in_the_drive() -> None:
    host = FakeHost(file_result=["scans/a.png", 5, "image/png"])

    dialog = Dialog(f'{FILE}x = UPLOAD file, "scans"\nTALK x.path + x.filename + x.size + x.type', host=host)

    assert dialog.messages == ["scans/a.pnga.png5image/png"]


def test_result_is_that_of_the_host() -> None:
    assert Dialog('TALK READ "a.txt"', host=FakeHost(file_result="text")).messages == ["text"]
    assert Dialog('FOR EACH f IN LIST "a"\nTALK f\nNEXT', host=FakeHost(file_result=["a", "b"])).messages == ["a", "b"]


@pytest.mark.parametrize(
    "statement", ['READ ""', 'UPLOAD ""', 'WRITE "", "x"', 'COPY "a.txt", " "', 'MOVE "", "b"', 'DELETE FILE ""']
)
def test_empty_path_is_an_error(statement: str) -> None:
    dialog = Dialog(statement)

    assert dialog.fault.endswith("is empty")
    assert dialog.host.files == []


@pytest.mark.parametrize("name", ["read", "write", "copy", "move", "list"])
def test_word_is_a_variable_too(name: str) -> None:
    assert Dialog(f"{name} = [1]\n{name}[0] = 2\nTALK {name}[0]\nx = {name}\nTALK UBOUND(x)").messages == ["2", "1"]


def test_files_are_no_values() -> None:
    assert diagnose('x = WRITE "a", "b"') == ["1:5 error: WRITE returns no value; use it as a statement"]


@pytest.mark.parametrize(
    ("statement", "lifetime"),
    [
        ('link = GENERATE SECURE LINK "a.pdf"', None),
        ('link = GENERATE SECURE LINK "a" + ".pdf" EXPIRES 7 DAYS', timedelta(days=7)),
        ('link = GENERATE_SECURE_LINK "a.pdf" EXPIRES 1 HOUR', timedelta(hours=1)),
        ('hours = 36\nlink = GENERATE SECURE LINK "a.pdf" EXPIRES hours HOURS', timedelta(hours=36)),
    ],
)
def test_secure_link_is_an_address(statement: str, lifetime: timedelta | None) -> None:
    host = FakeHost(file_result=["a.pdf", "application/pdf", "https://x.test/a"])
    script = f"{statement}\nTALK link"

    assert diagnose(script) == []
    assert Dialog(script, host=host).messages == ["https://x.test/a"]
    assert [request for _, request in host.files] == [FileRequest("send", "a.pdf", lifetime=lifetime)]


@pytest.mark.parametrize(
    ("time", "fault"),
    [
        ("8 DAYS", "GENERATE SECURE LINK expects a time from a minute to 7 days"),
        ("0 HOURS", "GENERATE SECURE LINK expects a time from a minute to 7 days"),
        ("2 MOONS", 'GENERATE SECURE LINK expects MINUTES, HOURS or DAYS, not "MOONS"'),
    ],
)
def test_secure_link_expires_within_a_week(time: str, fault: str) -> None:
    dialog = Dialog(f'TALK GENERATE SECURE LINK "a.pdf" EXPIRES {time}')

    assert dialog.fault == f"start.bas:1:6: {fault}"
    assert dialog.host.files == []


@pytest.mark.parametrize("statement", ["x = 5\nDELETE x", "x = [1]\nDELETE x", "DELETE x", "DELETE file"])
def test_delete_of_something_else_needs_a_condition(statement: str) -> None:
    dialog = Dialog(statement)

    assert "DELETE without a condition deletes a file that DIR has listed, not " in dialog.fault
    assert dialog.host.files == []
    assert dialog.host.tables == []


def test_delete_of_a_table_needs_a_condition() -> None:
    assert diagnose('DELETE "orders"') == [
        "1:16 error: DELETE needs a condition, so that it does not delete every row: `DELETE table, filter`"
    ]
