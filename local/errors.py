"""Errors of the local stack."""


class LocalStackError(Exception):
    """An expected failure. Its text is one sentence that is shown to the user without a traceback."""
