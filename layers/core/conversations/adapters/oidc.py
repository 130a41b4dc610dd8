"""Tokens of an OpenID Connect issuer: RS256 or ES256, signed with a key the issuer publishes."""

import json
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError

from conversations.domain.errors import UnauthorizedError, UnavailableError
from conversations.domain.principal import Principal, user

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

    Parameters
    ----------
    issuer
        Its address; where ``jwks_url`` is empty, the keys are found by OpenID Connect Discovery.
    jwks_url
        Where the keys are, or an empty text.
    """

    def __init__(self, issuer: str, jwks_url: str) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")

    def key(self, key_id: str) -> jwt.PyJWK | None:
        """Return the key of that id, None if the issuer has none.

        Raises
        ------
        UnavailableError
            If the keys cannot be fetched and none are at hand.
        """
        age = time.monotonic() - self._fetched_at
        if age > _KEYS_FRESH_SECONDS or (key_id not in self._keys and age > _REFRESH_PAUSE_SECONDS):
            self._refresh()
        return self._keys.get(key_id)

    def _refresh(self) -> None:
        try:
            keys = jwt.PyJWKClient(self._address(), cache_jwk_set=False, timeout=_TIMEOUT_SECONDS).get_signing_keys()
        except (PyJWKClientConnectionError, PyJWKClientError, OSError, ValueError, KeyError) as error:
            if not self._keys:
                raise UnavailableError("The caller cannot be verified right now.") from error
            return
        self._keys = {key.key_id: key for key in keys if key.key_id is not None}
        self._fetched_at = time.monotonic()

    def _address(self) -> str:
        if not self._jwks_url:
            discovery = f"{self._issuer}/.well-known/openid-configuration"
            if not discovery.startswith("https://"):
                raise ValueError("an issuer is found over https only")
            with urllib.request.urlopen(discovery, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - https, as checked above
                self._jwks_url = str(json.load(answer)["jwks_uri"])
        return self._jwks_url


@dataclass(frozen=True, slots=True)
class OidcTokens:
    """``TokenVerifier``.

    Attributes
    ----------
    issuer
        What ``iss`` must be.
    audience
        What ``aud`` must name; Cognito's access tokens name it in ``client_id`` instead.
    keys
        The issuer's keys.
    """

    issuer: str
    audience: str
    keys: IssuerKeys = field(repr=False)

    def verify(self, token: str) -> Principal:
        """Return the user of a token; see ``TokenVerifier.verify``."""
        try:
            claims = self._claims(token)
            subject = str(claims["sub"])
            expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise UnauthorizedError("The token does not verify.") from error
        if not subject or len(subject) > _MAX_SUBJECT_LENGTH or not self._is_for_us(claims):
            raise UnauthorizedError("The token does not verify.")
        return user(subject, expires_at)

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
