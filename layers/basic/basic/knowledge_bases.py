"""The knowledge bases that a dialog has attached."""

from collections.abc import Sequence

from basic.bundle import Bundle
from basic.host import AttachmentKind
from basic.machine.execution_state import load_state
from basic.machine.outcome import StoredState
from basic.package_names import START_SCRIPT


def list_attached(bundle: Bundle, state: StoredState) -> Sequence[str]:
    """Return the names of the knowledge bases and websites from which free text is answered.

    They are those of USE KB and USE WEBSITE. Without a start script nothing could attach any, so then they are all.
    """
    if START_SCRIPT not in bundle.program.scripts:
        return sorted(bundle.knowledge)
    return [name for name in load_state(state).collections if name in bundle.knowledge]


def find_attached(bundle: Bundle, kind: AttachmentKind, name: str) -> Sequence[str]:
    """Return what a name attaches: knowledge bases, a website, or the tool itself, which the machine finds."""
    match kind:
        case "kb":
            return bundle.find_collections(name)
        case "website":
            return bundle.find_websites(name)
        case "tool":
            return (name,)
