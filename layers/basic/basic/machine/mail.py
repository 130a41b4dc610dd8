"""Handlers of the mail keywords."""

from basic.errors import ScriptError
from basic.machine.commands import Handler, Slots
from basic.machine.run import Run
from basic.mail import build_mail
from basic.values import Value


def _send_mail(run: Run, slots: Slots) -> Value:
    if slots.get_value("attachments") not in (None, "", []):
        raise ScriptError("SEND MAIL sends no attachments yet")
    to = run.check_value(slots.get_value("to"))
    mail = build_mail(to, slots.get_text("subject"), slots.get_text("text"))
    run.host.mail(run.next_effect(), mail)
    return True


HANDLERS: dict[str, Handler] = {"SEND MAIL": _send_mail}
