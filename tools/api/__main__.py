"""Write the documents of the API: ``python -m tools.api [--check]``."""

from tools import documents
from tools.api import asyncapi, openapi

documents.write_all(
    "the documents of the API",
    "tools.api",
    lambda: {openapi.FILE: openapi.text(), asyncapi.FILE: asyncapi.text()},
)
