"""Handlers of the mail keywords."""

from basic.functions import dates
from basic.machine.commands import Handler, Slots
from basic.machine.files import read_file, read_paths
from basic.machine.rows import get_single_row
from basic.machine.run import Run
from basic.mail import build_mail
from basic.mail_templates import build_template_message, fill_mail, fill_sms
from basic.sms import build_sms
from basic.values import Value, to_text


def _send_mail(run: Run, slots: Slots) -> Value:
    to = run.check_value(slots.get_value("to"))
    mail = build_mail(to, slots.get_text("subject"), slots.get_text("text"), _read_attachments(slots))
    run.host.mail(run.next_effect(), mail)
    return True


def _send_template(run: Run, slots: Slots) -> Value:
    values = [run.check_value(slots.get_value(name)) for name in ("to", "template", "channel", "data")]
    message = build_template_message(*map(get_single_row, values))
    text = to_text(read_file(run, message.template))
    if message.is_sms:
        run.host.sms(run.next_effect(), fill_sms(message, text))
    else:
        run.host.mail(run.next_effect(), fill_mail(message, text))
    return True


def _send_sms(run: Run, slots: Slots) -> Value:
    sms = build_sms(run.check_value(slots.get_value("to")), slots.get_text("text"))
    return {"success": True, "to": sms.to, "message_id": run.host.sms(run.next_effect(), sms)}


def _create_draft(run: Run, slots: Slots) -> Value:
    to = run.check_value(slots.get_value("to"))
    mail = build_mail(to, slots.get_text("subject"), slots.get_text("text"), _read_attachments(slots))
    row: dict[str, Value] = {"to": [*mail.to], "subject": mail.subject, "text": mail.html or mail.text}
    if mail.attachments:
        row["attachments"] = [*mail.attachments]
    return _create(run, "drafts", {**row, "status": "draft"})


def _create_task(run: Run, slots: Slots) -> Value:
    task: dict[str, Value] = {"title": slots.get_name("title")}
    task |= {name: run.check_value(slots.get_value(name)) for name in ("assignee", "due", "project")}
    return _create(run, "tasks", {**task, "status": "open"})


def _create(run: Run, table: str, row: dict[str, Value]) -> Value:
    return run.host.create(run.next_effect(), table, {**row, "created_at": dates.now(run.facts)})


def _read_attachments(slots: Slots) -> list[str]:
    """Return the paths of the attachments: of an array, or of one file; without those that are empty."""
    return [path for path in read_paths(slots, "attachments") if path.strip()]


HANDLERS: dict[str, Handler] = {
    "SEND MAIL": _send_mail,
    "SEND TEMPLATE": _send_template,
    "SEND SMS": _send_sms,
    "CREATE DRAFT": _create_draft,
    "CREATE TASK": _create_task,
}
