"""The addresses that the scripts of a bot receive mail at: ON EMAIL."""

from collections.abc import Collection

from conversations.data_classes import dataclass
from conversations.domain.bot import Bot
from conversations.engines.basic import ENGINE
from conversations.engines.basic.programs import Programs, parse_program_reference
from conversations.ports.automations import MailAddresses


@dataclass(frozen=True, slots=True)
class ProgramMailAddresses(MailAddresses):
    """``MailAddresses`` of the published versions."""

    programs: Programs

    def list_addresses(self, bot: Bot) -> Collection[str]:
        """Return the addresses of a bot; see ``MailAddresses.list_addresses``."""
        reference = parse_program_reference(bot.program) if bot.engine == ENGINE else None
        # Most bots receive no mail: their programs are not read.
        if reference is None or not reference.mails:
            return ()
        return self.programs.get(reference.key).program.list_mail_addresses()
