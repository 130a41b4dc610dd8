"""Tokens of an OpenID Connect issuer: RS256 or ES256, signed with a key the issuer publishes."""

import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any

import jwt

from conversations.domain.errors import UnauthorizedError, UnavailableError
from conversations.domain.principal import Principal, user_principal

ALGORITHMS = ("RS256", "ES256")
"""What a token may be signed with; anything else, "none" and shared secrets first of all, is refused."""

_LEEWAY_SECONDS = 5
_TIMEOUT_SECONDS = 5
_KEYS_FRESH_SECONDS = 600
_REFRESH_PAUSE_SECONDS = 10
_MAX_SUBJECT_LENGTH = 255
"""OpenID Connect Core 1.0, section 2: ``sub`` has at most 255 ASCII characters."""


class IssuerKeys:
    """The issuer's keys, cached; an unknown ``kid`` fetches them anew, but not more often than every ten seconds.

    Keys outlive a failure of the issuer: those at hand go on being good, and only an unknown one cannot be judged.

    Parameters
    ----------
    issuer
        Its address; where ``jwks_url`` is empty, the keys are found by OpenID Connect Discovery.
    jwks_url
        Where the keys are, or an empty text.
    monotonic
        Returns seconds that only grow.
    """

    def __init__(self, issuer: str, jwks_url: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._monotonic = monotonic
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._failure: Exception | None = None

    def key(self, key_id: str) -> jwt.PyJWK | None:
        """Return the key of that id, None if the issuer has none.

        Raises
        ------
        UnavailableError
            If the key is not at hand and the issuer cannot be asked.
        """
        now = self._monotonic()
        due = now - self._fetched_at > _KEYS_FRESH_SECONDS or key_id not in self._keys
        # While there are none at all, every caller waits for them, so every call tries.
        if due and (not self._keys or now - self._tried_at > _REFRESH_PAUSE_SECONDS):
            self._refresh(now)
        if self._failure is not None and key_id not in self._keys:
            raise UnavailableError("The caller cannot be verified right now.") from self._failure
        return self._keys.get(key_id)

    def _refresh(self, now: float) -> None:
        self._tried_at = now
        try:
            keys = jwt.PyJWKClient(self._address(), cache_jwk_set=False, timeout=_TIMEOUT_SECONDS).get_signing_keys()
        except (jwt.PyJWTError, HTTPException, OSError, ValueError, KeyError, TypeError) as error:
            self._failure = error
            return
        self._keys = {key.key_id: key for key in keys if key.key_id is not None}
        self._fetched_at = now
        self._failure = None

    def _address(self) -> str:
        if not self._jwks_url:
            discovery = _over_https(f"{self._issuer}/.well-known/openid-configuration")
            with urllib.request.urlopen(discovery, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - https, as checked
                self._jwks_url = _over_https(str(json.load(answer)["jwks_uri"]))
        return self._jwks_url


def _over_https(address: str) -> str:
    if not address.startswith("https://"):
        raise ValueError("an issuer and its keys are found over https only")
    return address


@dataclass(frozen=True, slots=True)
class OidcTokenVerifier:
    """``TokenVerifier``.

    Attributes
    ----------
    issuer
        What ``iss`` must be.
    audience
        What ``aud`` must name; Cognito's access tokens name it in ``client_id`` instead.
    groups_claim
        Which claim lists the groups a user belongs to.
    keys
        The issuer's keys.
    """

    issuer: str
    audience: str
    groups_claim: str
    keys: IssuerKeys = field(repr=False)

    def verify(self, token: str) -> Principal:
        """Return the user of a token; see ``TokenVerifier.verify``."""
        try:
            claims = self._claims(token)
            subject = str(claims["sub"])
            expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError) as error:
            # ValueError, OverflowError and OSError: an expiry no calendar holds.
            raise UnauthorizedError("The token does not verify.") from error
        if not subject or len(subject) > _MAX_SUBJECT_LENGTH or not self._is_for_us(claims):
            raise UnauthorizedError("The token does not verify.")
        return user_principal(subject, expires_at, self._groups(claims))

    def _groups(self, claims: dict[str, Any]) -> frozenset[str]:
        """Return the groups of a token: a list of texts, or one text with blanks between (RFC 9068, 2.2.3.1)."""
        named = claims.get(self.groups_claim, [])
        listed = named.split() if isinstance(named, str) else named
        return (
            frozenset(group for group in listed if isinstance(group, str)) if isinstance(listed, list) else frozenset()
        )

    def _claims(self, token: str) -> dict[str, Any]:
        key_id = jwt.get_unverified_header(token).get("kid")
        key = self.keys.key(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise jwt.InvalidTokenError("unknown key")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            issuer=self.issuer,
            leeway=_LEEWAY_SECONDS,
            # The audience is checked below, since it has two possible places.
            options={"require": ["exp", "iss", "sub"], "verify_aud": False},
        )
        return claims

    def _is_for_us(self, claims: dict[str, Any]) -> bool:
        audience = claims.get("aud", claims.get("client_id"))
        return self.audience in (audience if isinstance(audience, list) else [audience])
