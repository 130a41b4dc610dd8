"""Keywords that talk, and those that the language model will hear of."""

from typing import Any

from basic.errors import ScriptError
from basic.machine.commands import Handler, Slots
from basic.machine.outcome import Pause, Suggestion
from basic.machine.run import Operation, Run
from basic.values import Value, quote, to_number

LONGEST_WAIT = 300
"""Seconds; WAIT waits no longer, as documented."""


def _talk(run: Run, _first: Any, _second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
    run.say(run.text(run.frame.stack.pop()))


def _prompt(run: Run, _first: object, _second: object) -> None:
    run.session.prompt = run.text(run.frame.stack.pop()).strip("\n")


def _print(run: Run, slots: Slots) -> Value:
    run.host.log(slots.text("value"))
    return None


def _wait(run: Run, slots: Slots) -> Value:
    seconds = to_number(slots.value("seconds"))
    if seconds < 0:
        raise ScriptError(f"WAIT cannot wait {seconds} seconds")
    run.events.append(Pause(min(seconds, LONGEST_WAIT)))
    return None


def _add_suggestion(run: Run, slots: Slots) -> Value:
    label = slots.name("label")
    if "tool" in slots:
        suggestion = Suggestion(label, "tool", slots.name("tool"))
    elif "text" in slots:
        suggestion = Suggestion(label, "text", slots.name("text"))
    elif "context" in slots:
        suggestion = Suggestion(label, "context", slots.name("context"))
    elif "action" in slots:
        suggestion = Suggestion(label, "action", slots.name("action"))
    else:
        suggestion = Suggestion(label, "text", label)
    if suggestion not in run.session.suggestions:
        run.session.suggestions.append(suggestion)
    return None


def _clear_suggestions(run: Run, _slots: Slots) -> Value:
    run.session.suggestions.clear()
    return None


def _set_context(run: Run, slots: Slots) -> Value:
    text = slots.text("text")
    if "name" in slots:
        run.session.contexts[slots.name("name")] = text
    elif text not in run.session.instructions:
        run.session.instructions.append(text)
    return None


def _use_kb(run: Run, slots: Slots) -> Value:
    name = slots.name("name")
    if name.casefold() not in (each.casefold() for each in run.session.collections):
        run.host.attach(run.effect(), "kb", name)
        run.session.collections.append(name)
    return None


def _clear_kb(run: Run, slots: Slots) -> Value:
    name = slots.name("name") if "name" in slots else None
    run.host.detach(run.effect(), "kb", name)
    kept = [] if name is None else [each for each in run.session.collections if each.casefold() != name.casefold()]
    run.session.collections = kept
    return None


def _use_tool(run: Run, slots: Slots) -> Value:
    name = slots.name("name").lower().removesuffix(".bas")
    if name not in run.program.scripts:
        raise ScriptError(f"the bot has no script {quote(name)}")
    if name not in run.session.tools:
        run.host.attach(run.effect(), "tool", name)
        run.session.tools.append(name)
    return None


def _clear_tools(run: Run, _slots: Slots) -> Value:
    run.host.detach(run.effect(), "tool", None)
    run.session.tools.clear()
    return None


def _llm(run: Run, slots: Slots) -> Value:
    return run.made(run.host.complete(run.effect(), slots.text("prompt")))


SAYING: dict[str, Operation] = {"talk": _talk, "prompt": _prompt}

DIALOG: dict[str, Handler] = {
    "PRINT": _print,
    "WAIT": _wait,
    "ADD SUGGESTION": _add_suggestion,
    "CLEAR SUGGESTIONS": _clear_suggestions,
    "SET CONTEXT": _set_context,
    "USE KB": _use_kb,
    "CLEAR KB": _clear_kb,
    "USE TOOL": _use_tool,
    "CLEAR TOOLS": _clear_tools,
    "LLM": _llm,
}
