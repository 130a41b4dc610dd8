"""A world whose script bot answers one message in functions that crash."""

from collections.abc import Mapping
from typing import Any

from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob
from conversations.domain.message import Message
from tests.builders import a_draft
from tests.fakes.crashes import CrashedError, Dependency, Function
from tests.fakes.scripts import ADA, ScriptWorld


class CrashingScriptWorld(ScriptWorld):
    """A world whose functions crash at a call of a dependency.

    Attributes
    ----------
    conversation, message
        What ``send_message`` has sent, which ``run_until`` answers.
    """

    conversation: Conversation
    message: Message

    def __init__(self, script: str, others: Mapping[str, str] | None = None, **options: Any) -> None:  # noqa: ANN401 - those of ScriptWorld
        self.function = Function()
        super().__init__(script, others, between=lambda dependency: Dependency(dependency, self), **options)

    def send_message(self, content: str) -> None:
        """Send the message that the script answers, in a conversation of its own."""
        self.conversation = self.start_conversation()
        self.message = self.messages.send(ADA, self.conversation.id, a_draft(content))

    def run_until(self, step: int, *, after: bool) -> Function:
        """Answer the message in a function that crashes.

        Parameters
        ----------
        step
            The call of a dependency at which it crashes; 0 is never.
        after
            Whether that call is made before the crash.
        """
        self.function = Function(step, after)
        self.other_engines["basic"] = self.cold_engine()
        try:
            self.turn_service.handle(AnswerJob(conversation_id=self.conversation.id, message_id=self.message.id))
        except CrashedError:
            assert self.function.crashed
        crashed_function, self.function = self.function, Function()
        return crashed_function
