"""The mails that bots have sent on a local stack, as its mailbox page shows them."""

import re
import time
from dataclasses import dataclass
from html import unescape

import httpx

from tests.stack.conftest import Stack
from tests.stack.connection import TIMEOUT_SECONDS

_ATTACHMENT = re.compile(r'<a href="(/mailbox/[^"]+)" download>([^<]+)</a>')


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail.

    Attributes
    ----------
    text
        The text of its part of the page: subject, recipients, sender and body.
    attachments
        The contents of the attached files by their names.
    """

    text: str
    attachments: dict[str, bytes]


def list_mails(stack: Stack, word: str) -> list[Mail]:
    """Return the mails that have a word, the newest first. The emulator forgets them when it is restarted."""
    page = httpx.get(f"{stack['base_url']}/mailbox", timeout=TIMEOUT_SECONDS).text
    articles = [part.partition("</article>")[0] for part in page.split("<article>")[1:]]
    return [_read(stack, article) for article in articles if word in unescape(article)]


def wait_for_mails(stack: Stack, word: str) -> list[Mail]:
    """Wait for a mail that has a word, and return all of them."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not (mails := list_mails(stack, word)) and time.monotonic() < deadline:
        time.sleep(0.5)
    return mails


def _read(stack: Stack, article: str) -> Mail:
    files = {
        unescape(name): httpx.get(f"{stack['base_url']}{link}", timeout=TIMEOUT_SECONDS).content
        for link, name in _ATTACHMENT.findall(article)
    }
    text = unescape(re.sub("<[^>]+>", "\n", article))
    return Mail(text.replace("\r\n", "\n"), files)
