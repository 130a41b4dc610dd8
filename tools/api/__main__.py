"""Write what is generated from the registry of operations and the models: ``python -m tools.api [--check]``."""

from pathlib import Path

from tools import documents
from tools.api import asyncapi, bot_servers, events, openapi, tables


def generate() -> dict[Path, str]:
    """Return the text of each generated file."""
    pages = (tables.API_PAGE, tables.ARCHITECTURE_PAGE, tables.WEBHOOK_BOTS_PAGE, tables.COSTS_PAGE)
    texts = {openapi.FILE: openapi.text(), asyncapi.FILE: asyncapi.text(), bot_servers.FILE: bot_servers.text()}
    texts |= {page: tables.build_page(page) for page in pages}
    return texts | {
        events.FOLDER / f"{name}.json": events.format_event(event) for name, event in events.generate().items()
    }


if __name__ == "__main__":
    documents.write_all("the documents and example events of the API", "tools.api", generate)
