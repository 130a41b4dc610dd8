"""Access tokens of an OpenID Connect issuer, signed with RS256 or ES256 and a key that the issuer publishes."""

import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import field
from datetime import UTC, datetime
from http.client import HTTPException
from itertools import accumulate
from typing import Any

import jwt

from conversations.data_classes import dataclass
from conversations.domain.errors import UnauthorizedError, UnavailableError
from conversations.domain.principal import Principal, is_subject, user_principal
from conversations.ports.identity import TokenVerifier

ALGORITHMS = ("RS256", "ES256")
"""Accepted signature algorithms; all others are refused, in particular "none" and those with shared secrets."""

_TOKEN_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""Values of the header ``typ`` (RFC 7519, 5.1; RFC 9068, 2.1); others are for other uses, like ``logout+jwt``."""

_TOKEN_USES = ("access", "id")
"""Values of Cognito's claim ``token_use``; refresh tokens are for the issuer only."""

_INVALID = "The token is invalid or expired."
_UNVERIFIABLE = "The caller cannot be verified right now."
_LEEWAY_SECONDS = 5
_TIMEOUT_SECONDS = 5
_CACHE_SECONDS = 600
_MIN_REFRESH_SECONDS = 10
_MAX_GROUPS_BYTES = 2_048
"""Largest size of a user's groups. They are in the authorizer's response, which may have 8 KB, and in every message."""


class IssuerKeys:
    """The issuer's keys, cached. An unknown ``kid`` fetches them again, at most every ten seconds.

    While the issuer fails, cached keys stay valid, and only tokens with an unknown ``kid`` cannot be verified. Within
    the ten seconds an unknown ``kid`` is not invalid: the issuer may have added the key since.

    Parameters
    ----------
    issuer
        URL of the issuer; if ``jwks_url`` is empty, the keys are found by OpenID Connect Discovery.
    jwks_url
        URL of the keys, or an empty string.
    monotonic
        Returns the seconds of a monotonic clock.
    """

    def __init__(self, issuer: str, jwks_url: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._monotonic = monotonic
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._failure: Exception | None = None

    def get_key(self, key_id: str) -> jwt.PyJWK | None:
        """Return the key with this id, None if the issuer has no such key.

        Raises
        ------
        UnavailableError
            If the key is not cached, and the issuer does not answer or may not be asked again yet.
        """
        now = self._monotonic()
        stale = now - self._fetched_at > _CACHE_SECONDS or key_id not in self._keys
        # Without any keys no token can be verified, so every call tries to fetch them.
        if stale and (not self._keys or now - self._tried_at > _MIN_REFRESH_SECONDS):
            self._refresh(now)
        if key_id not in self._keys and (self._failure is not None or self._fetched_at < now):
            raise UnavailableError(_UNVERIFIABLE) from self._failure
        return self._keys.get(key_id)

    def _refresh(self, now: float) -> None:
        self._tried_at = now
        try:
            keys = jwt.PyJWKClient(
                self._get_jwks_url(), cache_jwk_set=False, timeout=_TIMEOUT_SECONDS
            ).get_signing_keys()
        except (jwt.PyJWTError, HTTPException, OSError, ValueError, KeyError, TypeError) as error:
            self._failure = error
            return
        self._keys = {key.key_id: key for key in keys if key.key_id is not None}
        self._fetched_at = now
        self._failure = None

    def _get_jwks_url(self) -> str:
        if not self._jwks_url:
            discovery = _require_https(f"{self._issuer}/.well-known/openid-configuration")
            with urllib.request.urlopen(discovery, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310 - https is required above
                self._jwks_url = _require_https(str(json.load(response)["jwks_uri"]))
        return self._jwks_url


def _require_https(url: str) -> str:
    if not url.startswith("https://"):
        raise ValueError("the URLs of an issuer and its keys must be https")
    return url


@dataclass(frozen=True, slots=True)
class OidcTokenVerifier(TokenVerifier):
    """``TokenVerifier`` of one issuer.

    Attributes
    ----------
    issuer
        The required value of ``iss``.
    audience
        The required value of ``aud``; Cognito's access tokens have it in ``client_id`` instead.
    groups_claim
        The claim that lists the groups of a user.
    partner_group
        The group of the partner plan, which is kept if not all groups fit.
    keys
        The issuer's keys.
    """

    issuer: str
    audience: str
    groups_claim: str
    partner_group: str
    keys: IssuerKeys = field(repr=False)

    def verify(self, token: str) -> Principal:
        """Return the user of a token; see ``TokenVerifier.verify``."""
        try:
            claims = self._decode(token)
            subject = str(claims["sub"])
            expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        except jwt.ImmatureSignatureError as error:
            # API Gateway keeps a denial for minutes, and this token will be valid before that.
            raise UnavailableError(_UNVERIFIABLE) from error
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError) as error:
            # ValueError, OverflowError and OSError: an expiry outside the range of datetime.
            raise UnauthorizedError(_INVALID) from error
        is_for_apis = claims.get("token_use", "access") in _TOKEN_USES
        if not (is_for_apis and is_subject(subject) and self._is_for_us(claims)):
            raise UnauthorizedError(_INVALID)
        return user_principal(subject, expires_at, self._get_groups(claims))

    def _get_groups(self, claims: dict[str, Any]) -> frozenset[str]:
        """Return the groups of a token: a list of strings, or one string with spaces between (RFC 9068, 2.2.3.1).

        If they are larger than ``_MAX_GROUPS_BYTES``, the partner group and the first ones of the token are kept.
        """
        claim = claims.get(self.groups_claim, [])
        groups = claim.split() if isinstance(claim, str) else claim
        if not isinstance(groups, list):
            return frozenset()
        names = [group for group in groups if isinstance(group, str)]
        names.sort(key=lambda group: group != self.partner_group)
        # The size in the authorizer's context: JSON, as the value of a JSON object, which doubles the quotes.
        sizes = accumulate(len(json.dumps(json.dumps(group))) for group in names)
        return frozenset(group for group, size in zip(names, sizes, strict=True) if size <= _MAX_GROUPS_BYTES)

    def _decode(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        key_id = header.get("kid")
        if not isinstance(key_id, str) or str(header.get("typ", "JWT")).lower() not in _TOKEN_TYPES:
            raise jwt.InvalidTokenError("no key id, or not an access token")
        key = self.keys.get_key(key_id)
        if key is None:
            raise jwt.InvalidTokenError("unknown key")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            issuer=self.issuer,
            leeway=_LEEWAY_SECONDS,
            # The audience may be in one of two claims, so it is checked separately.
            options={"require": ["exp", "iss", "sub"], "verify_aud": False, "enforce_minimum_key_length": True},
        )
        return claims

    def _is_for_us(self, claims: dict[str, Any]) -> bool:
        audience = claims.get("aud", claims.get("client_id"))
        return self.audience in (audience if isinstance(audience, list) else [audience])
