"""A turn that changes files, crashes at any step and is retried: every effect happens once."""

import pytest

from conversations.domain.drive import DriveWriter
from tests.builders import MORNING
from tests.documents import read_pdf
from tests.fakes.scripts import an_answer
from tests.unit.test_basic_replay import Shop

SCRIPT = """
HEAR item
price = GET "https://shop.example/price"
WRITE "orders/1.txt", item + " at " + price.id
old = READ "log.txt"
WRITE "log.txt", old + "|" + item
COPY "orders/1.txt", "copy.txt"
MOVE "orders/1.txt", "done/1.txt"
FOR EACH file IN DIR ""
    IF file.name = "draft.txt" THEN DELETE file
NEXT
bill = POST "https://shop.example/orders", READ("copy.txt")
WRITE "draft.txt", "bill " + bill.data.id
MOVE "draft.txt", "copy.txt"
COMPRESS ["log.txt", "done/"], "all.zip"
EXTRACT "all.zip", "out"
DOWNLOAD "https://shop.example/logo.json", "logo.json"
bill_pdf = GENERATE PDF "# Bill {{number}}", #{number: bill.data.id}, "bill.pdf"
MERGE PDF [bill_pdf, bill_pdf.localName], "bills.pdf"
names = LIST "done"
TALK names[0] + ": " + old + ", " + READ("copy.txt")
"""


class Files(Shop):
    """A shop whose script changes files."""

    script = SCRIPT

    def __init__(self) -> None:
        super().__init__()
        for path in ("log.txt", "draft.txt"):
            writer = DriveWriter(None, None, anonymous=False, effect=path, now=MORNING)
            self.drive.write("default", path, b"begin", "text/plain", writer)

    def contents(self) -> dict[str, str]:
        """Return the contents of all files."""
        files = self.drive.files.values()
        return {
            file.path: self.drive.contents[file.bot_id, file.blob].decode()
            for file in files
            if not file.path.endswith((".pdf", ".zip"))
        }

    def read_pages(self, path: str) -> list[str]:
        """Return the texts of the pages of a PDF."""
        file = self.drive.files["default", path]
        return [page.split("\n")[-1] for page in read_pdf(self.drive.contents[file.bot_id, file.blob])]


STEPS = Files().run_until(0, after=False).steps


def test_turn_has_steps_of_every_kind() -> None:
    assert {"find", "read", "write", "move", "delete", "list_folder", "web", "commit"} <= {*STEPS}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_crash_at_any_step_changes_every_file_once(step: int, *, after: bool) -> None:
    shop = Files()
    shop.web.answers = [an_answer({"id": number}) for number in range(10, 30)]
    assert shop.run_until(step, after=after).crashed

    shop.run_until(0, after=False)

    (said,) = shop.get_bot_messages(shop.conversation)
    contents = shop.contents()
    logo = contents.pop("logo.json")
    assert logo.startswith('{"id": ')
    assert [contents.pop("out/log.txt"), contents.pop("out/done/1.txt")] == [
        contents["log.txt"],
        contents["done/1.txt"],
    ]
    assert contents.keys() == {"log.txt", "done/1.txt", "copy.txt"}
    assert contents["log.txt"] == "begin|a pen"
    assert said == f"1.txt: begin, {contents['copy.txt']}"
    assert contents["done/1.txt"].startswith("a pen at ")
    assert {file.owner for file in shop.drive.files.values()} == {shop.conversation.owner}
    bills = {hop.body for hop in shop.web.requests if hop.method == "POST"}
    assert bills == {contents["done/1.txt"].encode()}
    assert shop.read_pages("bills.pdf") == 2 * shop.read_pages("bill.pdf")
    assert len(shop.read_pages("bill.pdf")) == 1
