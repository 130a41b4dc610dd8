"""An OpenID Connect issuer on loopback: real keys, real signatures, and a server that can fail."""

import base64
import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

AUDIENCE = "client-1"

type PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of an issuer."""

    key_id: str
    algorithm: str
    private: PrivateKey

    @classmethod
    def rs256(cls, key_id: str = "rsa-1") -> "SigningKey":
        return cls(key_id, "RS256", rsa.generate_private_key(public_exponent=65_537, key_size=2_048))

    @classmethod
    def es256(cls, key_id: str = "ec-1") -> "SigningKey":
        return cls(key_id, "ES256", ec.generate_private_key(ec.SECP256R1()))

    def jwk(self) -> dict[str, Any]:
        """Return the published part of the key."""
        public = self.private.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            fields = RSAAlgorithm.to_jwk(public, as_dict=True)
        else:
            fields = ECAlgorithm.to_jwk(public, as_dict=True)
        return {**fields, "kid": self.key_id, "use": "sig", "alg": self.algorithm}

    def public_pem(self) -> bytes:
        """Return the public key in PEM format."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, claims: dict[str, Any], **header: Any) -> str:  # noqa: ANN401 - whatever JSON holds
        """Return a signed token; a header that is None is left out."""
        fields = {"kid": self.key_id, **header}
        return jwt.encode(
            claims,
            self.private,
            algorithm=self.algorithm,
            headers={name: value for name, value in fields.items() if value is not None},
        )


def build_claims(issuer: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON holds
    """Return the claims of a valid token; a claim that is None is left out."""
    now = int(time.time())
    fields = {"iss": issuer, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 3_600, **changes}
    return {name: value for name, value in fields.items() if value is not None}


def build_raw_token(header: dict[str, Any], payload: dict[str, Any], *, secret: bytes = b"") -> str:
    """Build a token that no library would: with any header, signed with a shared secret or not at all."""
    parts = [_base64(json.dumps(part).encode()) for part in (header, payload)]
    signature = _base64(hmac.digest(secret, ".".join(parts).encode(), hashlib.sha256)) if secret else ""
    return ".".join([*parts, signature])


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass(slots=True)
class Issuer:
    """The responses of the server.

    Attributes
    ----------
    address
        Its URL, which ``iss`` must be.
    keys
        The published keys.
    instead
        A status and a body that replace every response.
    requests
        The requested paths.
    """

    address: str = ""
    keys: list[dict[str, Any]] = field(default_factory=list)
    instead: tuple[int, bytes] | None = None
    requests: list[str] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, bytes]:
        self.requests.append(path)
        if self.instead is not None:
            return self.instead
        if path == "/.well-known/openid-configuration":
            return 200, json.dumps({"issuer": self.address, "jwks_uri": f"{self.address}/keys"}).encode()
        if path == "/keys":
            return 200, json.dumps({"keys": self.keys}).encode()
        return 404, b"not found"


@contextmanager
def serve_issuer(issuer: Issuer, *, tls: ssl.SSLContext | None = None) -> Iterator[Issuer]:
    """Serve an issuer on loopback within the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = issuer.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        host = "localhost" if tls is not None else "127.0.0.1"
        issuer.address = f"{'http' if tls is None else 'https'}://{host}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
