"""Errors of the command line."""

from general_bots_conversations.errors import ConversationsError


class UsageError(ConversationsError):
    """An option is missing or invalid. The text is shown to the user."""
