"""The modes of SET ANSWER MODE: how the language model answers free text."""

DOCUMENT_MODE = "document"
"""From its instructions, the knowledge bases and the tools; also without SET ANSWER MODE."""

SQL_MODE = "sql"
"""Also from the rows of the bot's tables."""
