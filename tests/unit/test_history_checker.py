"""Every claim of the checker, by a small history that breaks exactly it."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.histories import checker
from tests.histories.recorder import Recorder

_PATH = Path(checker.__file__)
_T = "2026-01-01T00:00:0{}.000Z"


def _message(seq: int, content: str, sender: str = "user", **fields: object) -> dict[str, Any]:
    key = {"client_message_id": f"k{seq}"} if sender == "user" else {}
    return (
        {"id": f"msg-{seq}", "seq": seq, "sender": sender, "content": content, "timestamp": _T.format(seq)}
        | key
        | fields
    )


QUESTION, ANSWER = _message(1, "q"), _message(2, "a", "bot")


class Script:
    """Writes a history by hand."""

    def __init__(self) -> None:
        self.recorder = Recorder("by hand", lambda: 0.0)
        self.record = self.recorder.record
        self.record(
            "bot", bot_id="default", greeting=[], answers={"q": ["a"], "long": ["one two"]}, excuses=[], streams=True
        )
        for device, user in (("phone", "ada"), ("desk", "bob"), ("ada-auditor", "ada")):
            self.record("device", device=device, user=user)
        self.record("device", device="tab", user="eve", visitor=True)

    def rest(self, device: str, operation: str, answer: object = None, *, status: int = 200, **fields: object) -> None:
        self.recorder.record_request(device, operation, **fields)(status, answer)

    def start(self, device: str = "phone", conversation: str = "c", **body: object) -> None:
        self.rest(device, "start_conversation", {"session_id": f"session-{conversation}"}, body=body)

    def send(
        self, message: dict[str, Any], conversation: str = "c", device: str = "phone", **acknowledged: object
    ) -> None:
        answer = {"message_id": message["id"], "seq": message["seq"], "timestamp": message["timestamp"]} | acknowledged
        body = {"content": message["content"], "client_message_id": message["client_message_id"]}
        self.rest(device, "send_message", answer, conversation=conversation, body=body)

    def open(
        self,
        device: str = "phone",
        conversation: str = "c",
        connection: str | None = None,
        suggestions: str | None = None,
    ) -> None:
        self.record("open", connection=connection or f"{device}-1", device=device, suggestions=suggestions)
        frame = {"type": "status", "status": "connected", "session_id": f"session-{conversation}", "bot_id": "default"}
        self.frame(frame, device, connection)

    def frame(self, frame: dict[str, Any], device: str = "phone", connection: str | None = None) -> None:
        self.record(
            "frame", connection=connection or f"{device}-1", frame={"session_id": "session-c"} | frame, arrived=True
        )

    def told(self, message: dict[str, Any], device: str = "phone") -> None:
        self.frame({"type": "message"} | message, device)

    def ask_resume(self, after: str | None = None, device: str = "phone") -> None:
        frame = {"type": "resume", "session_id": "session-c"} | ({} if after is None else {"after": after})
        self.record("sent", connection=f"{device}-1", frame=frame)

    def resumed(self, last_seq: int, device: str = "phone") -> None:
        self.frame({"type": "status", "status": "resumed", "last_seq": last_seq}, device)

    def piece(self, content: str, offset: int, message_id: str = "msg-2") -> None:
        self.frame({"type": "delta", "id": message_id, "offset": offset, "content": content, "attempt": 1})

    def read(self, *messages: dict[str, Any], conversation: str = "c", device: str = "ada-auditor") -> None:
        page = {"messages": list(messages), "has_more": False}
        self.rest(device, "get_history", page, conversation=conversation)

    def settle(self, *messages: dict[str, Any]) -> None:
        self.record("settled")
        self.read(*messages)

    def list(self, *rows: dict[str, Any], status: str | None = None, total: int | None = None) -> None:
        page = {"conversations": list(rows), "total": len(rows) if total is None else total}
        query = {} if status is None else {"status": status}
        self.rest("ada-auditor", "list_conversations", page, query=query)

    def set_status(self, status: str) -> None:
        self.rest("phone", "update_conversation", {}, conversation="c", body={"status": status})

    def get(self, status: str) -> None:
        self.rest("ada-auditor", "get_conversation", {"status": status}, conversation="c")

    def claim(self, device: str = "phone", last_seq: int = 2) -> None:
        answer = {"id": "conv-c", "last_seq": last_seq}
        self.rest(device, "claim_conversation", answer, body={"session_token": "secret"})


def _row(**fields: object) -> dict[str, Any]:
    row = {"id": "conv-c", "bot_id": "default", "status": "active", "last_message": "a", "last_activity": _T.format(2)}
    return row | fields


def _talk(script: Script) -> None:
    """Let one question be sent over REST."""
    script.start()
    script.send(QUESTION)


# ------------------------------------------------------------------------------------------------------- what breaks it
def acknowledged_and_lost(script: Script) -> None:
    _talk(script)
    script.settle()


def shown_and_lost(script: Script) -> None:
    script.open()
    script.told(ANSWER)
    script.settle()


def first_message_lost(script: Script) -> None:
    script.start(initial_message="q")
    script.settle()


def retry_acknowledged_anew(script: Script) -> None:
    _talk(script)
    script.send(_message(3, "q", client_message_id="k1"))


def stored_twice(script: Script) -> None:
    _talk(script)
    script.settle(QUESTION, ANSWER, _message(3, "q", client_message_id="k1"), _message(4, "a", "bot"))


def never_sent(script: Script) -> None:
    _talk(script)
    script.settle(QUESTION, ANSWER, _message(3, "q"), _message(4, "a", "bot"))


def refused_and_stored(script: Script) -> None:
    script.start()
    body = {"content": "q", "client_message_id": "k1"}
    script.rest("phone", "send_message", {"error": "conflict"}, status=409, conversation="c", body=body)
    script.settle(QUESTION, ANSWER)


def number_left_out(script: Script) -> None:
    _talk(script)
    script.settle(QUESTION, _message(3, "a", "bot"))


def time_goes_back(script: Script) -> None:
    _talk(script)
    script.settle(QUESTION, ANSWER | {"timestamp": _T.format(0)})


def acknowledged_with_another_timestamp(script: Script) -> None:
    script.start()
    script.send(QUESTION, timestamp=_T.format(0))
    script.settle(QUESTION, ANSWER)


def two_orders(script: Script) -> None:
    script.open()
    script.told(ANSWER)
    script.told(ANSWER | {"content": "b"})


def two_at_one_place(script: Script) -> None:
    script.open()
    script.told(ANSWER)
    script.told(_message(2, "b", "bot", id="msg-9"))


def not_answered(script: Script) -> None:
    _talk(script)
    script.settle(QUESTION)


def answered_twice(script: Script) -> None:
    _talk(script)
    script.settle(QUESTION, ANSWER, _message(3, "a", "bot"))


def answered_before_the_question(script: Script) -> None:
    script.start()
    script.send(_message(2, "q"))
    script.settle(_message(1, "a", "bot"), _message(2, "q"))


def cut_off_without_a_stop(script: Script) -> None:
    script.start()
    script.send(_message(1, "long"))
    script.settle(_message(1, "long"), _message(2, "one", "bot", finish_reason="stopped"))


def failure_kept_quiet(script: Script) -> None:
    script.start()
    script.open()
    script.send(QUESTION)
    script.settle(QUESTION)
    script.record("dead_letter", queue="turns", message_id="msg-1")


def resumed_with_a_gap(script: Script) -> None:
    script.open()
    script.ask_resume()
    script.told(QUESTION)
    script.resumed(2)


def resumed_out_of_order(script: Script) -> None:
    script.open()
    script.ask_resume()
    script.told(ANSWER)
    script.told(QUESTION)
    script.resumed(2)


def open_device_not_told(script: Script) -> None:
    script.start()
    script.open()
    script.send(QUESTION)
    script.settle(QUESTION, ANSWER)


def last_message_refused(script: Script) -> None:
    script.start()
    script.open()
    script.send(QUESTION)
    _refuse(script, "PostToConnection")
    script.settle(QUESTION, ANSWER)


def _refuse(script: Script, name: str) -> None:
    script.record("fault", call=1, service="sockets", name=name, function="run_turn", kind="throttled")


def claimed_answer_not_told(script: Script) -> None:
    script.start(conversation="other")
    script.open(conversation="other")
    script.open("tab")
    script.record("sent", connection="tab-1", frame={"type": "message", "content": "q", "client_message_id": "k1"})
    script.frame({"type": "status", "status": "delivered", "client_message_id": "k1", "message_id": "msg-1",
                  "seq": 1, "timestamp": _T.format(1)}, "tab")  # fmt: skip
    script.claim(last_seq=1)
    script.settle(QUESTION, ANSWER)


def acknowledged_and_not_read(script: Script) -> None:
    _talk(script)
    script.read()


def stale_status_read(script: Script) -> None:
    script.start()
    script.set_status("archived")
    script.get("active")


def accepted_by_archived(script: Script) -> None:
    script.start()
    script.set_status("archived")
    script.send(QUESTION)


def archive_not_told(script: Script) -> None:
    script.start()
    script.open()
    script.set_status("archived")
    script.record("settled")


def deleted_and_read(script: Script) -> None:
    script.start()
    script.rest("phone", "delete_conversation", status=204, conversation="c")
    script.read()


def deleted_and_listed(script: Script) -> None:
    script.start()
    script.rest("phone", "delete_conversation", status=204, conversation="c")
    script.list(_row())


def visitor_told_after_claim(script: Script) -> None:
    script.open("tab")
    script.claim(last_seq=1)
    script.told(ANSWER, "tab")


def token_valid_after_claim(script: Script) -> None:
    script.open("tab")
    script.claim()
    script.rest("tab", "connect", body={"session_token": "secret"})


def claimed_by_two(script: Script) -> None:
    script.open("tab")
    script.claim()
    script.claim("desk")


def frame_of_another_user(script: Script) -> None:
    script.start()
    script.open("desk", "other")
    script.told(ANSWER, "desk")


def read_by_another_user(script: Script) -> None:
    script.start()
    script.read(device="desk")


def not_listed(script: Script) -> None:
    script.start()
    script.record("settled")
    script.list()


def listed_under_another_status(script: Script) -> None:
    script.start()
    script.record("settled")
    script.get("archived")
    script.list(_row(), status="active")


def wrong_total(script: Script) -> None:
    script.start()
    script.record("settled")
    script.list(_row(), total=2)


def old_preview(script: Script) -> None:
    _talk(script)
    script.settle(QUESTION, ANSWER)
    script.list(_row(last_message="q"))


def shown_less(script: Script) -> None:
    _talk(script)
    script.settle(QUESTION, ANSWER)
    shown = {name: QUESTION[name] for name in ("id", "seq", "sender", "content", "timestamp")}
    script.record("shown", device="phone", conversation="c", messages=[shown])


_MORE = [{"text": "More", "value": "more"}]
_OFFER = ANSWER | {"suggestions": _MORE}


def shown_without_quick_replies(script: Script) -> None:
    _talk(script)
    script.open()
    script.told(ANSWER)
    script.settle(QUESTION, _OFFER)


def _offer(script: Script, suggestions: str | None, *repeated: dict[str, Any]) -> None:
    """Let a device that asks for quick replies within messages, or not, receive some, and then other frames."""
    script.start()
    script.open(suggestions=suggestions)
    script.send(QUESTION)
    script.told(_OFFER)
    for frame in repeated:
        script.frame(frame)
    script.settle(QUESTION, _OFFER)


_REPEATED = {"type": "suggestion", "suggestions": _MORE}


def quick_replies_repeated(script: Script) -> None:
    _offer(script, "message", _REPEATED)


def quick_replies_not_repeated(script: Script) -> None:
    _offer(script, None)


def piece_left_out(script: Script) -> None:
    script.open()
    script.piece("one", 0)
    script.piece("o", 5)
    script.told(_message(2, "one two", "bot"))


def text_taken_back(script: Script) -> None:
    script.open()
    script.piece("one t", 0)
    script.piece("one", 0)
    script.told(_message(2, "one two", "bot"))


def text_not_stored(script: Script) -> None:
    script.start()
    script.open()
    script.send(QUESTION)
    script.piece("one", 0)
    script.told(ANSWER)
    script.settle(QUESTION, ANSWER)


def text_never_ends(script: Script) -> None:
    script.open()
    script.piece("one", 0)


def two_tabs_two_conversations(script: Script) -> None:
    script.open(connection="one")
    script.open(conversation="d", connection="two")


def mailed_twice(script: Script) -> None:
    script.record("effect", kind="mail", key="q")
    script.record("effect", kind="mail", key="q")


def internal_error(script: Script) -> None:
    script.rest("phone", "get_history", {"error": "internal"}, status=500, conversation="c")


BREAKS: list[tuple[str, Callable[[Script], None]]] = [
    ("stored", acknowledged_and_lost),
    ("stored", shown_and_lost),
    ("stored", first_message_lost),
    ("stored-once", retry_acknowledged_anew),
    ("stored-once", stored_twice),
    ("stored-once", never_sent),
    ("stored-once", refused_and_stored),
    ("numbered", number_left_out),
    ("numbered", time_goes_back),
    ("one-order", acknowledged_with_another_timestamp),
    ("one-order", two_orders),
    ("one-order", two_at_one_place),
    ("answered", not_answered),
    ("answered", answered_twice),
    ("answered", answered_before_the_question),
    ("answered", cut_off_without_a_stop),
    ("failures-reported", failure_kept_quiet),
    ("resumed", resumed_with_a_gap),
    ("resumed", resumed_out_of_order),
    ("live", open_device_not_told),
    ("live", last_message_refused),
    ("live", claimed_answer_not_told),
    ("read-after-write", acknowledged_and_not_read),
    ("read-after-write", stale_status_read),
    ("archived", accepted_by_archived),
    ("statuses-notified", archive_not_told),
    ("deleted", deleted_and_read),
    ("deleted", deleted_and_listed),
    ("claimed", visitor_told_after_claim),
    ("claimed", token_valid_after_claim),
    ("claimed", claimed_by_two),
    ("isolated", frame_of_another_user),
    ("isolated", read_by_another_user),
    ("listed", not_listed),
    ("listed", listed_under_another_status),
    ("listed", wrong_total),
    ("listed", old_preview),
    ("shown", shown_less),
    ("quick-replies", shown_without_quick_replies),
    ("quick-replies", quick_replies_repeated),
    ("quick-replies", quick_replies_not_repeated),
    ("streamed", piece_left_out),
    ("streamed", text_taken_back),
    ("streamed", text_not_stored),
    ("streamed", text_never_ends),
    ("one-conversation", two_tabs_two_conversations),
    ("effects", mailed_twice),
    ("no-internal-error", internal_error),
]


def _check(write: Callable[[Script], None]) -> checker.Report:
    script = Script()
    write(script)
    return checker.check(script.recorder.lines)


def complete(script: Script) -> None:
    """Everything that a claim speaks of, as it should be."""
    script.open("tab", "v")
    script.start()
    script.open()
    script.send(QUESTION)
    script.piece("a", 0)
    script.told(ANSWER)
    script.ask_resume("msg-1")
    script.told(ANSWER)
    script.resumed(2)
    script.read(QUESTION, ANSWER)
    script.set_status("archived")
    script.frame({"type": "status", "status": "archived"})
    script.start(conversation="d")
    script.rest("phone", "delete_conversation", status=204, conversation="d")
    script.frame({"type": "status", "status": "deleted", "session_id": "session-d"})
    script.record("effect", kind="mail", key="q")
    script.settle(QUESTION, ANSWER)
    script.get("archived")
    script.list(_row(status="archived"))
    script.list(status="active")


def test_complete_history_breaks_no_claim() -> None:
    assert list(map(str, _check(complete).broken)) == []


@pytest.mark.parametrize(("suggestions", "repeated"), [("message", ()), (None, (_REPEATED,))])
def test_device_receives_quick_replies_as_it_has_asked(
    suggestions: str | None, repeated: tuple[dict[str, Any], ...]
) -> None:
    report = _check(lambda script: _offer(script, suggestions, *repeated))

    assert list(map(str, report.broken)) == []
    assert report.facts["quick-replies"] > 0


def test_device_may_miss_a_message_if_a_later_one_shows_the_gap() -> None:
    def miss(script: Script) -> None:
        script.start("ada-auditor")
        script.open()
        script.send(QUESTION, device="ada-auditor")
        _refuse(script, "PostToConnection")
        script.told(ANSWER)
        script.settle(QUESTION, ANSWER)

    assert list(map(str, _check(miss).broken)) == []


def test_conversation_that_begins_when_devices_catch_up_is_not_checked() -> None:
    def catch_up(script: Script) -> None:
        script.start()
        script.open()
        script.send(QUESTION)
        script.told(ANSWER)
        script.settle(QUESTION, ANSWER)
        script.start("ada-auditor", "d")
        script.read(_message(1, "a", "bot", id="msg-d1"), conversation="d")

    assert "live" not in [each.claim for each in _check(catch_up).broken]


def test_device_that_could_not_be_closed_may_miss_the_last_message() -> None:
    def miss(script: Script) -> None:
        last_message_refused(script)
        _refuse(script, "DeleteConnection")

    assert list(map(str, _check(miss).broken)) == []


@pytest.mark.parametrize(("claim", "write"), BREAKS, ids=[f"{claim}: {write.__name__}" for claim, write in BREAKS])
def test_history_breaks_exactly_this_claim(claim: str, write: Callable[[Script], None]) -> None:
    report = _check(write)

    assert {each.claim for each in report.broken} == {claim}, report
    assert all(each.piece for each in report.broken)


def test_every_claim_is_broken_by_a_history() -> None:
    assert {claim for claim, _ in BREAKS} == set(checker.CLAIMS)
    assert all(claim.__doc__ for claim in checker.CLAIMS.values())


def test_report_shows_the_smallest_piece() -> None:
    (broken,) = _check(resumed_with_a_gap).broken

    assert [line["frame"].get("status", "resume") for line in broken.piece.values()] == ["resume", "resumed"]
    assert "\n    9: {" in str(broken)


def test_command_prints_a_report_and_exits_by_it(tmp_path: Path) -> None:
    for name, write in (("good", complete), ("bad", mailed_twice)):
        script = Script()
        write(script)
        script.recorder.write(tmp_path / f"{name}.jsonl")
    (tmp_path / "other.jsonl").write_text("[]\n", encoding="utf-8")

    def run(*names: str) -> tuple[int, str]:
        command = [sys.executable, "-I", str(_PATH), *(str(tmp_path / f"{name}.jsonl") for name in names)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    assert run("good")[0] == 0
    code, report = run("good", "bad")
    assert (code, "BROKEN  effects: 2 facts" in report) == (1, True)
    assert run("other") == (2, f"{tmp_path / 'other.jsonl'}: line 1 is no event of a history\n")


def test_checker_imports_the_standard_library_only() -> None:
    tree = ast.parse(_PATH.read_text(encoding="utf-8"))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {module.partition(".")[0] for module in modules} <= sys.stdlib_module_names


def test_lines_are_plain_json() -> None:
    script = Script()
    complete(script)

    assert all(json.loads(line)["event"] for line in script.recorder.lines)


@pytest.mark.parametrize(
    ("body", "broken"), [({"message": "Internal server error"}, []), ({"error": "internal"}, ["no-internal-error"])]
)
def test_function_must_not_respond_500_and_api_gateway_may(body: dict[str, Any], broken: list[str]) -> None:
    report = _check(lambda script: script.rest("phone", "list_conversations", body, status=500))

    assert [each.claim for each in report.broken] == broken
