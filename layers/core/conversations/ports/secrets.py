"""Secrets that authors of bots refer to: keys of language models, and secrets that sign requests."""

from typing import Protocol


class SecretReader(Protocol):
    """Reads secrets from the store that a reference names."""

    def get(self, reference: str) -> str:
        """Return a secret.

        Parameters
        ----------
        reference
            ``ssm:/NAME`` or ``secretsmanager:NAME``.

        Raises
        ------
        NotFoundError
            If there is no such secret, or this deployment may not read it.
        UnavailableError
            If the store does not respond.
        """
        ...
