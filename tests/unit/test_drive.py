"""The drive of a bot: paths, types of content, operations of scripts, and their limits."""

import pytest

from basic.errors import BudgetError, ScriptError
from basic.host import EffectKey, FileRequest, HttpRequest
from basic.http.transport import HopResponse
from basic.values import Value
from conversations.domain import drive as limits
from conversations.domain.content_types import detect_content_type
from conversations.domain.drive import DriveError, normalize_folder, normalize_path
from conversations.domain.jobs import ExpiryCheckJob
from conversations.domain.secrets import hash_secret
from conversations.engines.basic import archives
from conversations.engines.basic import drive as engine_drive
from conversations.engines.basic.drive import DriveExecutor, FileLinks
from tests.builders import MORNING, a_user, a_visitor, a_visitor_token
from tests.documents import build_docx, build_pdf, build_xlsx, read_pdf
from tests.fakes.scripts import ScriptWorld
from tools.bots.memory_drive import InMemoryDriveStore
from tools.bots.memory_sent_files import InMemorySentFileStore

ADA = a_user("ada")


@pytest.mark.parametrize(
    ("path", "normalized"),
    [
        ("a.txt", "a.txt"),
        ("/reports//2026/./a.txt", "reports/2026/a.txt"),
        ("reports\\a.txt", "reports/a.txt"),
        ("shop.gbdrive/a.txt", "a.txt"),
        (" a b.txt ", "a b.txt"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("\N{FAMILY}.txt", "\N{FAMILY}.txt"),
        ("..a/b..txt", "..a/b..txt"),
    ],
)
def test_path_is_normalized(path: str, normalized: str) -> None:
    assert normalize_path(path) == normalized


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "is not the path of a file"),
        ("/", "is not the path of a file"),
        ("shop.gbdrive/", "is not the path of a file"),
        ("../a.txt", "leaves the drive"),
        ("a/../../b.txt", "leaves the drive"),
        ("a\\..\\b.txt", "leaves the drive"),
        ("a/ .. /b.txt", "leaves the drive"),
        ("a\nb.txt", "control characters"),
        ("a\0.txt", "control characters"),
        ("a\u202etxt.exe", "control characters"),
        ("a\udc00.txt", "control characters"),
        ("x" * (limits.MAX_PATH_LENGTH + 1), "more than 400 characters"),
        ("\N{GRINNING FACE}" * 300, "more than 400 characters"),
    ],
)
def test_invalid_path_is_refused(path: str, message: str) -> None:
    with pytest.raises(DriveError, match=message):
        normalize_path(path)


def test_folder_ends_with_a_slash() -> None:
    assert [normalize_folder(path) for path in ("", "/", "a", "a/", "./a//b")] == ["", "", "a/", "a/", "a/b/"]


PDF, ZIP, PNG = b"%PDF-1.7 ...", b"PK\x03\x04...", b"\x89PNG\r\n\x1a\n..."


@pytest.mark.parametrize(
    ("path", "content", "content_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a", PDF, "application/pdf"),
        ("a.txt", PDF, "application/pdf"),
        ("a.zip", ZIP, "application/zip"),
        ("a.tar.gz", b"\x1f\x8b\x08...", "application/gzip"),
        ("a.png", PNG, "image/png"),
        ("a.csv", b"a,b", "text/csv"),
        ("a.HTML", b"<p>", "text/html"),
        ("folder.csv/a", b"a", "text/plain"),
        ("a.bin", b"\0\1", "application/octet-stream"),
        ("a.json", b"\xff\xfe", "application/octet-stream"),
        ("a.txt", b"", "text/plain"),
    ],
)
def test_type_is_that_of_the_content(path: str, content: bytes, content_type: str) -> None:
    assert detect_content_type(path, content) == content_type


@pytest.mark.parametrize(("path", "content"), [("a.pdf", b"text"), ("a.png", PDF), ("a.zip", b""), ("b/a.JPG", PNG)])
def test_name_that_promises_another_content_is_refused(path: str, content: bytes) -> None:
    with pytest.raises(DriveError, match="which its name does not say"):
        detect_content_type(path, content)


# ------------------------------------------------------------------------------------------------------- operations
class Executor:
    """Executes operations, each as an effect of its own."""

    def __init__(self) -> None:
        self.store = InMemoryDriveStore()
        self.step = 0
        self.requests: list[HttpRequest] = []
        self.response = HopResponse(200, "OK", {}, b"downloaded")

    def __call__(self, request: FileRequest, step: int | None = None) -> Value:
        self.step += 1
        links = FileLinks(InMemorySentFileStore(self.store), "https://chat.example/api")
        executor = DriveExecutor(
            store=self.store,
            links=links,
            fetch=self.fetch,
            bot_id="shop",
            owner=ADA.owner,
            conversation_id="c",
            message_id=None,
            anonymous=False,
            now=MORNING,
        )
        return executor.execute(EffectKey("turn", step or self.step), request).value

    def fetch(self, request: HttpRequest) -> HopResponse:
        self.requests.append(request)
        return self.response

    def write(self, *paths: str) -> None:
        for path in paths:
            self(FileRequest("write", path, text=path))

    def paths(self) -> list[str]:
        return [file.path for file in self.store.list_folder("shop", "", limit=99)]


def test_list_has_the_names_in_a_folder() -> None:
    run = Executor()
    run.write("b/2.md", "b/c/3.txt", "b/c/4.txt", "b/1.txt", "a.txt")

    assert run(FileRequest("list", "b")) == ["1.txt", "2.md", "c/"]
    assert run(FileRequest("list", "")) == ["a.txt", "b/"]
    assert run(FileRequest("list", "nothing/")) == []
    assert run(FileRequest("list", "/b/", pattern="*.md, 1*")) == ["1.txt", "2.md"]


def test_details_of_a_folder_are_those_of_its_own_files(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Executor()
    run.write("b/2.md", "b/c/3.txt", "b/1.tx", "a.txt")

    assert run(FileRequest("details", "/b")) == [
        {"name": name, "path": f"b/{name}", "size": 6, "modified": f"{MORNING:%Y-%m-%d %H:%M:%S}"}
        for name in ("1.tx", "2.md")
    ]
    assert run(FileRequest("details", "nothing")) == []

    monkeypatch.setattr(engine_drive, "MAX_LISTED_FILES", 1)
    with pytest.raises(ScriptError, match="the folder has more than 1 files"):
        run(FileRequest("details", "b"))


def test_list_of_a_large_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_drive, "MAX_LISTED_FILES", 1)
    run = Executor()
    run.write("a.txt", "b.txt")

    with pytest.raises(ScriptError, match="the folder has more than 1 files"):
        run(FileRequest("list", ""))
    assert run(FileRequest("list", "", pattern="a*")) == ["a.txt"]


def test_copy_that_is_repeated_copies_what_it_copied() -> None:
    run = Executor()
    run.write("a.txt")
    assert run(FileRequest("copy", "a.txt", "b.txt"), 50) == "b.txt"
    run(FileRequest("write", "a.txt", text="changed"))

    assert run(FileRequest("copy", "a.txt", "b.txt"), 50) == "b.txt"

    assert [run(FileRequest("read", path)) for path in ("a.txt", "b.txt")] == ["changed", "a.txt"]


@pytest.mark.parametrize("operation", ["copy", "move"])
def test_file_stays_if_it_is_copied_or_moved_to_itself(operation: str) -> None:
    run = Executor()
    run.write("a.txt")

    assert run(FileRequest(operation, "a.txt", "./a.txt")) == "a.txt"  # type: ignore[arg-type]  # both are operations

    assert run(FileRequest("read", "a.txt")) == "a.txt"


@pytest.mark.parametrize("operation", ["read", "copy", "move"])
def test_missing_file_is_an_error(operation: str) -> None:
    with pytest.raises(ScriptError, match=r"there is no file a\.txt"):
        Executor()(FileRequest(operation, "a.txt", "b.txt"))  # type: ignore[arg-type]  # all are operations


def test_read_of_a_file_that_is_no_text_is_an_error() -> None:
    run = Executor()
    run.store.write("shop", "a.png", PNG + b"\0", "image/png", run_writer())

    with pytest.raises(ScriptError, match=r"a\.png is image/png, not a text"):
        run(FileRequest("read", "a.png"))


def store_file(run: Executor, path: str, content: bytes) -> None:
    run.store.write("shop", path, content, detect_content_type(path, content), run_writer())


def test_documents_are_read_as_texts_and_tables_as_rows() -> None:
    run = Executor()
    store_file(run, "a.pdf", build_pdf("Olá", "12"))
    store_file(run, "a.docx", build_docx("<w:p><w:r><w:t>Chá</w:t></w:r></w:p>"))
    store_file(run, "a.html", b"<p>{{name}}</p>")
    store_file(run, "a.csv", "name;price\nChá;12,5".encode("cp1252"))
    store_file(run, "a.xlsx", build_xlsx('<row><c t="str"><v>name</v></c></row><row><c t="str"><v>Tea</v></c></row>'))

    assert run(FileRequest("read", "a.pdf")) == "Olá\n\n12"
    assert run(FileRequest("read", "a.docx")) == "Chá"
    assert run(FileRequest("read", "a.html")) == "<p>{{name}}</p>"
    assert run(FileRequest("read", "a.csv")) == "name;price\nChá;12,5"
    assert run(FileRequest("rows", "a.csv")) == [{"name": "Chá", "price": "12,5"}]
    assert run(FileRequest("rows", "a.xlsx")) == [{"name": "Tea"}]
    with pytest.raises(ScriptError, match=r"a\.pdf is no table"):
        run(FileRequest("rows", "a.pdf"))


def test_rows_are_no_larger_than_a_value() -> None:
    run = Executor()
    store_file(run, "a.csv", b"a,b,c\n" + b",".join([b"x" * 100_000] * 3))

    with pytest.raises(BudgetError, match="a value is larger than 256 KB"):
        run(FileRequest("rows", "a.csv"))


def test_generated_pdf_is_that_of_the_first_run() -> None:
    run = Executor()
    store_file(run, "a.md", b"# {{name}}")
    request = FileRequest("generate", "a.md", "a.pdf", data={"name": "Ana"})
    assert run(request, 1) == "a.pdf"

    store_file(run, "a.md", b"")
    assert run(request, 1) == "a.pdf"

    assert read_pdf(read_content(run, "a.pdf"))[0].split() == ["1", "Ana"]


def test_merged_pdf_is_that_of_the_first_run() -> None:
    run = Executor()
    store_file(run, "a.pdf", build_pdf("um"))
    request = FileRequest("merge", "", "c.pdf", paths=["a.pdf", "a.pdf"])
    run(request, 1)

    run.store.delete("shop", "a.pdf", run_writer())
    run(request, 1)

    assert read_pdf(read_content(run, "c.pdf")) == ["um", "um"]


def read_content(run: Executor, path: str) -> bytes:
    file = run.store.files["shop", path]
    return run.store.contents["shop", file.blob]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (FileRequest("generate", "no.html", "a.pdf"), r"there is no file no\.html"),
        (FileRequest("generate", "", "a.txt", text="x"), r"the name of the PDF ends with \.pdf, not a\.txt"),
        (FileRequest("generate", "", "../a.pdf", text="x"), "leaves the drive"),
        (FileRequest("merge", "", "a.pdf"), "MERGE PDF joins 1 to 100 files, not 0"),
        (FileRequest("merge", "", "a.pdf", paths=["no.pdf"]), r"there is no file no\.pdf"),
        (FileRequest("merge", "", "a.pdf", paths=["a.txt"]), r"a\.txt is no PDF, or is damaged"),
    ],
)
def test_pdf_is_not_written(request_: FileRequest, message: str) -> None:
    run = Executor()
    store_file(run, "a.txt", b"text")

    with pytest.raises(ScriptError, match=message):
        run(request_)

    assert run.store.files.keys() == {("shop", "a.txt")}


def run_writer() -> limits.DriveWriter:
    return limits.DriveWriter(None, None, anonymous=False, effect="other", now=MORNING)


def test_read_drops_the_mark_of_an_encoding() -> None:
    run = Executor()
    run.store.write("shop", "a.txt", "\ufeffa,b".encode(), "text/plain", run_writer())

    assert run(FileRequest("read", "a.txt")) == "a,b"


def test_read_of_a_text_that_no_variable_could_hold_is_an_error() -> None:
    run = Executor()
    run.store.write("shop", "a.txt", b"x" * (256 * 1024 + 1), "text/plain", run_writer())

    with pytest.raises(BudgetError, match="a value is larger than 256 KB"):
        run(FileRequest("read", "a.txt"))


def test_too_large_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 3)

    with pytest.raises(ScriptError, match=r"the file a\.txt is larger than 0 MB"):
        Executor()(FileRequest("write", "a.txt", text="four"))


# --------------------------------------------------------------------------------------------- archives, downloads
@pytest.mark.parametrize("archive", ["all.zip", "all.tar.gz", "all.tgz"])
def test_files_are_packed_and_unpacked(archive: str) -> None:
    run = Executor()
    run.write("a.txt", "b/1.txt", "b/c/2.txt", "d.txt")

    assert run(FileRequest("pack", archive, paths=["a.txt", "b/", "b/1.txt"])) == archive
    assert run(FileRequest("unpack", archive, "out")) == ["out/a.txt", "out/b/1.txt", "out/b/c/2.txt"]

    assert run(FileRequest("read", "out/b/c/2.txt")) == "b/c/2.txt"
    assert run(FileRequest("list", "")) == ["a.txt", archive, "b/", "d.txt", "out/"]


def test_archive_that_was_packed_is_not_packed_again() -> None:
    run = Executor()
    run.write("a.txt")
    run(FileRequest("pack", "a.zip", paths=["a.txt"]), 50)
    run(FileRequest("delete", "a.txt"))

    assert run(FileRequest("pack", "a.zip", paths=["a.txt"]), 50) == "a.zip"
    assert run(FileRequest("unpack", "a.zip", "")) == ["a.txt"]


def test_too_many_files_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Executor()
    run.write("b/1.txt", "b/2.txt")
    for name, limit in (("MAX_ENTRIES", 1), ("MAX_UNPACKED_BYTES", 10)):
        with monkeypatch.context() as patch:
            patch.setattr(archives, name, limit)
            with pytest.raises(ScriptError, match="an archive has at most"):
                run(FileRequest("pack", "a.zip", paths=["b/"]))
    with pytest.raises(ScriptError, match=r"there is no file missing\.txt"):
        run(FileRequest("pack", "a.zip", paths=["b/1.txt", "missing.txt"]))


def test_nothing_of_a_bad_archive_is_written() -> None:
    run = Executor()
    archive = archives.pack("a.zip", [archives.Entry("a.txt", b"x"), archives.Entry("b.pdf", b"no PDF")], MORNING)
    run.store.write("shop", "a.zip", archive, "application/zip", run_writer())

    with pytest.raises(ScriptError, match="which its name does not say"):
        run(FileRequest("unpack", "a.zip", "out"))

    assert run.paths() == ["a.zip"]


def test_download_is_stored_once() -> None:
    run = Executor()
    request = FileRequest("download", "b/a.txt", http=HttpRequest("GET", "https://shop.example/a.txt"))

    assert [run(request, 50), run(request, 50)] == ["b/a.txt", "b/a.txt"]

    assert run(FileRequest("read", "b/a.txt")) == "downloaded"
    assert len(run.requests) == 1


def test_download_of_an_error_is_refused() -> None:
    run = Executor()
    run.response = HopResponse(404, "Not Found", {}, b"no such file")

    with pytest.raises(ScriptError, match="DOWNLOAD failed with status 404 Not Found"):
        run(FileRequest("download", "a.txt", http=HttpRequest("GET", "https://shop.example/a.txt")))

    assert run.paths() == []


def test_download_has_the_limit_of_a_file() -> None:
    world = ScriptWorld('DOWNLOAD "https://shop.example/a.bin", "a.bin"')
    world.web.answers = [HopResponse(200, "OK", {}, b"\0" * 2_000_000)]
    world.start_conversation()

    (file,) = world.drive.list_folder("default", "", limit=9)
    assert (file.path, file.size) == ("a.bin", 2_000_000)
    assert world.web.requests[0].max_bytes == limits.MAX_FILE_BYTES


# ---------------------------------------------------------------------------------------------------- conversations
FILES = """
WRITE "notes/a.txt", "Hello, Ana"
WRITE "notes/b.json", #{n: [1, TRUE]}
COPY "notes/a.txt", "notes/c.txt"
MOVE "notes/b.json" TO "data.json"
TALK READ("notes/c.txt") + " " + (READ "data.json")
FOR EACH file IN LIST "notes/"
TALK file
NEXT
DELETE FILE "notes/a.txt"
TALK UBOUND(LIST "notes" FILTER "*.txt")
"""


def test_script_uses_files() -> None:
    world = ScriptWorld(FILES)

    assert world.chat() == ['Hello, Ana {"n": [1, true]}', "a.txt", "c.txt", "1"]
    files = world.drive.list_folder("default", "", limit=9)
    assert [(file.path, file.owner) for file in files] == [("data.json", ADA.owner), ("notes/c.txt", ADA.owner)]


def test_script_may_go_on_after_an_error() -> None:
    world = ScriptWorld('ON ERROR RESUME NEXT\nx = READ "missing.txt"\nTALK "on" + x')

    assert world.chat() == ["on"]


def test_turn_has_a_number_of_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_drive, "MAX_TURN_OPERATIONS", 2)
    world = ScriptWorld('FOR i = 1 TO 9\nWRITE i + ".txt", "x"\nTALK i\nNEXT')

    assert world.chat()[:2] == ["1", "2"]
    assert len(world.drive.files) == 2


def test_turn_reads_and_writes_a_number_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_drive, "MAX_TURN_BYTES", 5)
    world = ScriptWorld('WRITE "a.txt", "xx"\nx = READ "a.txt"\nTALK x\nx = READ "a.txt"\nTALK "more"')

    assert world.chat()[0] == "xx"
    assert "more" not in world.chat()


def test_files_of_a_visitor_end_with_the_visitor() -> None:
    world = ScriptWorld('WRITE "a.txt", "x"')
    visitor = a_visitor()
    conversation = world.start_conversation(visitor)
    assert world.drive.list_by_owner(visitor.owner, limit=9).items

    world.clock.forward(hours=1)
    world.expiry.check(ExpiryCheckJob(conversation_id=conversation.id))

    assert world.drive.files == {}


def test_claim_gives_the_files_of_a_visitor_to_the_user() -> None:
    world = ScriptWorld('WRITE "a.txt", "x"')
    visitor = a_visitor()
    conversation = world.start_conversation(visitor)
    token = a_visitor_token(conversation.id)
    world.memory.token_hashes[conversation.id] = [hash_secret(token)]

    world.claims.claim(ADA, token)

    assert [file.path for file in world.drive.list_by_owner(ADA.owner, limit=9).items] == ["a.txt"]


def test_expiry_check_completes_an_interrupted_claim() -> None:
    world = ScriptWorld('WRITE "a.txt", "x"')
    visitor = a_visitor()
    conversation = world.start_conversation(visitor)

    world.memory.change(conversation.id, owner=ADA.owner, expires_at=None)
    world.expiry.check(ExpiryCheckJob(conversation_id=conversation.id))

    assert [file.path for file in world.drive.list_by_owner(ADA.owner, limit=9).items] == ["a.txt"]
