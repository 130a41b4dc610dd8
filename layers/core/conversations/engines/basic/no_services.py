"""A deployment without services, for turns that run within the request that sends their message."""

from typing import Any, NoReturn

from conversations.domain.errors import UnavailableError
from conversations.engines.basic.programs import Programs
from conversations.engines.basic.script_services import ScriptServices


class Refused:
    """Stands for any service, and refuses everything that is asked of it: the turn is queued instead."""

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse.

        Raises
        ------
        UnavailableError
            Always.
        """
        raise UnavailableError


def refuse(*_arguments: object) -> Any:  # noqa: ANN401 - stands for factories of any service
    """Return what stands for any service."""
    return Refused()


def build_no_services(programs: Programs) -> ScriptServices:
    """Return the services of scripts that use none but their own programs."""
    none = refuse()
    return ScriptServices(
        programs=programs,
        tables=refuse,
        memories=none,
        drive=none,
        links=none,
        owned_rows=none,
        talker=none,
        schedules=none,
        knowledge=none,
        client=none,
        mailer=none,
        texter=none,
    )
