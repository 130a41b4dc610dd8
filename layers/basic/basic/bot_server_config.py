"""The keys of ``config.csv`` of a webhook bot: where the bot server is, and the secrets that sign requests to it."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from basic.model_config import is_secret_reference

URL = "webhook-url"
SECRET = "webhook-secret"  # noqa: S105 - the name of a key
PREVIOUS_SECRET = "webhook-secret-previous"  # noqa: S105 - the name of a key

BOT_SERVER_KEYS: Mapping[str, str] = {
    URL: "the https URL of the server that answers for a bot without scripts ([webhook-bots.md](webhook-bots.md))",
    SECRET: "where the secret that signs requests to it is stored: `ssm:/NAME` or `secretsmanager:NAME`",
    PREVIOUS_SECRET: "where the secret before that is stored, while the server still knows only that one",
}
"""The keys and what they mean."""

MAX_URL_LENGTH = 2_000


def has_bot_server(config: Mapping[str, str]) -> bool:
    """Return whether a configuration names a bot server."""
    return bool(config.get(URL))


def list_secrets(config: Mapping[str, str]) -> tuple[str, ...]:
    """Return the references to the secrets, the current one first."""
    return tuple(config[key] for key in (SECRET, PREVIOUS_SECRET) if config.get(key))


def check_bot_server_value(key: str, value: str) -> str:
    """Return why the value of a key of ``BOT_SERVER_KEYS`` is invalid; empty if it is valid or missing."""
    if not value:
        return ""
    if key == URL:
        return _check_url(value)
    if is_secret_reference(value):
        return ""
    return f"`{key}` must be a reference, `ssm:/NAME` or `secretsmanager:NAME`; a secret in this file is not secret"


def check_together(config: Mapping[str, str], *, has_scripts: bool) -> Iterator[str]:
    """Yield what is wrong with the valid values of a configuration together."""
    if has_bot_server(config):
        if not config.get(SECRET):
            yield f"`{URL}` needs `{SECRET}`: the server must be able to verify who calls it"
        if has_scripts:
            yield f"a bot has either scripts or `{URL}`"
    elif list_secrets(config):
        yield f"`{SECRET}` has no `{URL}`"


def _check_url(value: str) -> str:
    try:
        url = urlsplit(value)
        host, has_credentials, _ = url.hostname or "", "@" in url.netloc, url.port
    except ValueError:
        host, has_credentials, url = "", False, urlsplit("")
    if has_credentials:
        return f"`{URL}` must not contain a password; the server verifies the signature of a request"
    is_allowed = url.scheme == "https" or (url.scheme == "http" and _is_loopback(host))
    if not host or not is_allowed or url.fragment or len(value) > MAX_URL_LENGTH:
        return f"`{URL}` must be an https URL of at most {MAX_URL_LENGTH:,} characters, without a fragment"
    return ""


def _is_loopback(host: str) -> bool:
    """Return whether a host is this machine, which a deployment for developers may reach without TLS."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
