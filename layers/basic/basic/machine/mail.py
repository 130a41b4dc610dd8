"""Handlers of the mail keywords."""

from basic.errors import ScriptError
from basic.functions import dates
from basic.machine.commands import Handler, Slots
from basic.machine.run import Run
from basic.mail import build_mail
from basic.values import Value


def _send_mail(run: Run, slots: Slots) -> Value:
    _refuse_attachments(slots)
    to = run.check_value(slots.get_value("to"))
    mail = build_mail(to, slots.get_text("subject"), slots.get_text("text"))
    run.host.mail(run.next_effect(), mail)
    return True


def _create_draft(run: Run, slots: Slots) -> Value:
    _refuse_attachments(slots)
    mail = build_mail(run.check_value(slots.get_value("to")), slots.get_text("subject"), slots.get_text("text"))
    return _create(run, "drafts", {"to": [*mail.to], "subject": mail.subject, "text": mail.text, "status": "draft"})


def _create_task(run: Run, slots: Slots) -> Value:
    task: dict[str, Value] = {"title": slots.get_name("title")}
    task |= {name: run.check_value(slots.get_value(name)) for name in ("assignee", "due", "project")}
    return _create(run, "tasks", {**task, "status": "open"})


def _create(run: Run, table: str, row: dict[str, Value]) -> Value:
    return run.host.create(run.next_effect(), table, {**row, "created_at": dates.now(run.facts)})


def _refuse_attachments(slots: Slots) -> None:
    if slots.get_value("attachments") not in (None, "", []):
        raise ScriptError("mails have no attachments yet")


HANDLERS: dict[str, Handler] = {"SEND MAIL": _send_mail, "CREATE DRAFT": _create_draft, "CREATE TASK": _create_task}
