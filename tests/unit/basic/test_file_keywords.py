"""The keywords of files: what they ask of the host."""

import pytest

from basic.host import EffectKey, FileRequest, HttpRequest
from tests.unit.basic.fake_host import Dialog, FakeHost, diagnose

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
    'x = LIST "reports/"': FileRequest("list", "reports/"),
    'x = LIST ""': FileRequest("list", ""),
    'x = LIST "reports/" FILTER "*.pdf"': FileRequest("list", "reports/", pattern="*.pdf"),
}


@pytest.mark.parametrize(("statement", "request_"), REQUESTS.items())
def test_keyword_asks_the_host(statement: str, request_: FileRequest) -> None:
    host = FakeHost()
    dialog = Dialog(f"{statement}\nTALK 1", host=host)

    assert dialog.outcome.fault is None, dialog.fault
    assert host.files == [(EffectKey("turn-1", 1), request_)]
    assert diagnose(statement) == []


def test_result_is_that_of_the_host() -> None:
    assert Dialog('TALK READ "a.txt"', host=FakeHost(file_result="text")).messages == ["text"]
    assert Dialog('FOR EACH f IN LIST "a"\nTALK f\nNEXT', host=FakeHost(file_result=["a", "b"])).messages == ["a", "b"]


@pytest.mark.parametrize(
    "statement", ['READ ""', 'WRITE "", "x"', 'COPY "a.txt", " "', 'MOVE "", "b"', 'DELETE FILE ""']
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
