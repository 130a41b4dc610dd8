"""What can go wrong on the way to a running stack."""


class LocalStackError(Exception):
    """One clear sentence for the person at the keyboard; nothing else is shown of it."""
