"""``OidcTokenVerifier``: real keys and signatures, forged tokens, and failing issuers."""

import base64
import datetime as dt
import ipaddress
import json
import ssl
import time
import urllib.request
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from jwt.warnings import InsecureKeyLengthWarning

from conversations.adapters.oidc import IssuerKeys, OidcTokenVerifier
from conversations.domain.errors import UnauthorizedError, UnavailableError
from tests.integration.issuer import AUDIENCE, Issuer, SigningKey, build_claims, build_raw_token, serve_issuer

RSA, EC, OTHER_RSA, OTHER_EC = (
    SigningKey.rs256(),
    SigningKey.es256(),
    SigningKey.rs256("rsa-2"),
    SigningKey.es256("ec-2"),
)


@dataclass(slots=True)
class MonotonicClock:
    """A monotonic clock that a test moves."""

    time: float = 1_000.0

    def __call__(self) -> float:
        return self.time


@dataclass(slots=True)
class Setup:
    """A verifier and its issuer."""

    issuer: Issuer
    clock: MonotonicClock
    tokens: OidcTokenVerifier

    def get_owner(self, token: str) -> str:
        return self.tokens.verify(token).owner

    def claims(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        return build_claims(self.issuer.address, **changes)


def create_setup(issuer: Issuer, *, jwks_url: str | None = None) -> Setup:
    clock = MonotonicClock()
    keys = IssuerKeys(issuer.address, f"{issuer.address}/keys" if jwks_url is None else jwks_url, monotonic=clock)
    return Setup(issuer, clock, OidcTokenVerifier(issuer.address, AUDIENCE, "groups", "partner", keys))


@pytest.fixture
def setup() -> Iterator[Setup]:
    with serve_issuer(Issuer(keys=[RSA.jwk(), EC.jwk()])) as issuer:
        yield create_setup(issuer)


# ---------------------------------------------------------------------------------------------------- valid tokens


@pytest.mark.parametrize("key", [RSA, EC], ids=["RS256", "ES256"])
def test_valid_token_is_its_user_until_it_expires(setup: Setup, key: SigningKey) -> None:
    valid_claims = setup.claims(sub="auth0|5f7c8ec7c33c6c004bbafe82")

    principal = setup.tokens.verify(key.sign(valid_claims))

    assert principal.owner == "user:auth0|5f7c8ec7c33c6c004bbafe82"
    assert principal.expires_at == dt.datetime.fromtimestamp(valid_claims["exp"], dt.UTC)
    assert not principal.anonymous


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [AUDIENCE]},
        {"aud": ["another", AUDIENCE]},
        {"aud": None, "client_id": AUDIENCE, "token_use": "access"},
        {"aud": AUDIENCE, "token_use": "id"},
        {"aud": AUDIENCE, "client_id": "another"},
        {"iat": None},
        {"nbf": 1},
        {"sub": "a" * 255},
        {"nonsense": {"a": [1]}},
    ],
)
def test_valid_claims_are_accepted(setup: Setup, changes: dict[str, Any]) -> None:
    assert setup.get_owner(RSA.sign(setup.claims(**changes)))


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        (["staff", "partner"], {"staff", "partner"}),
        ("staff partner", {"staff", "partner"}),
        ([], set()),
        (["staff", 5, None], {"staff"}),
        ({"staff": True}, set()),
        (5, set()),
        (None, set()),
    ],
)
def test_groups_claim_is_parsed(setup: Setup, claim: object, groups: set[str]) -> None:
    valid_claims = setup.claims(groups=claim)

    assert setup.tokens.verify(RSA.sign(valid_claims)).groups == groups


def test_small_clock_skew_is_accepted(setup: Setup) -> None:
    assert setup.get_owner(RSA.sign(setup.claims(nbf=int(time.time()) + 3, iat=int(time.time()) + 3)))


def test_key_without_algorithm_is_accepted(setup: Setup) -> None:
    setup.issuer.keys = [{name: value for name, value in RSA.jwk().items() if name not in ("alg", "use")}]

    assert setup.get_owner(RSA.sign(setup.claims()))


def test_keys_of_unknown_types_are_ignored(setup: Setup) -> None:
    unknown = [{"kty": "PQC", "kid": "a"}, {"kty": "OKP", "crv": "X448", "kid": "b"}, {"kid": "c"}]
    setup.issuer.keys = [*unknown, RSA.jwk()]

    assert setup.get_owner(RSA.sign(setup.claims()))


# ------------------------------------------------------------------------------------------------------ invalid claims


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["another", "else"]},
        {"aud": []},
        {"aud": None},
        {"aud": None, "client_id": "another"},
        {"aud": "another", "client_id": AUDIENCE},
        {"exp": None},
        {"exp": int(time.time()) - 3_600},
        {"exp": 0},
        {"exp": "tomorrow"},
        {"exp": 10**18},
        {"nbf": "tomorrow"},
        {"sub": None},
        {"sub": ""},
        {"sub": "a" * 256},
        {"sub": "ada\n"},
        {"sub": "a da"},
        {"sub": "\x00"},
        {"sub": "größe"},
        {"sub": "\ud800"},
        {"token_use": "refresh"},
        {"token_use": ["access"]},
    ],
)
def test_invalid_claims_are_refused(setup: Setup, changes: dict[str, Any]) -> None:
    with pytest.raises(UnauthorizedError, match="invalid or expired"):
        setup.get_owner(RSA.sign(setup.claims(**changes)))


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_token_that_is_not_yet_valid_is_unavailable(setup: Setup, claim: str) -> None:
    # API Gateway would keep a denial for five minutes.
    with pytest.raises(UnavailableError):
        setup.get_owner(RSA.sign(setup.claims(**{claim: int(time.time()) + 60})))


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt", None])
def test_type_of_access_tokens_is_accepted(setup: Setup, kind: str | None) -> None:
    assert setup.get_owner(RSA.sign(setup.claims(), typ=kind))


@pytest.mark.parametrize("kind", ["logout+jwt", "dpop+jwt", "secevent+jwt", "JWE"])
def test_type_of_other_tokens_is_refused(setup: Setup, kind: str) -> None:
    with pytest.raises(UnauthorizedError):
        setup.get_owner(RSA.sign(setup.claims(), typ=kind))


def test_short_rsa_key_is_refused(setup: Setup) -> None:
    # RFC 7518, 3.3: at least 2,048 bits.
    short = SigningKey("short", "RS256", rsa.generate_private_key(public_exponent=65_537, key_size=1_024))
    setup.issuer.keys.append(short.jwk())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureKeyLengthWarning)
        token = short.sign(setup.claims())

    with pytest.raises(UnauthorizedError):
        setup.get_owner(token)


def test_encryption_key_is_refused(setup: Setup) -> None:
    setup.issuer.keys.append(OTHER_RSA.jwk() | {"use": "enc"})

    with pytest.raises(UnauthorizedError):
        setup.get_owner(OTHER_RSA.sign(setup.claims()))


def test_many_groups_are_cut_and_the_partner_group_is_kept(setup: Setup) -> None:
    # Microsoft Entra ID puts up to 200 groups of 36 characters into a token.
    names = [f"{number:036}" for number in range(500)]

    groups = setup.tokens.verify(RSA.sign(setup.claims(groups=[*names, "partner"]))).groups

    assert groups == {"partner", *names[: len(groups) - 1]}
    assert 40 < len(groups) < 60
    assert setup.tokens.verify(RSA.sign(setup.claims(groups=["g" * 3_000, "partner"]))).groups == {"partner"}


@pytest.mark.parametrize("payload", ["[]", '"ada"', "null", "{", "", '{"sub": 5}'])
def test_malformed_payload_is_refused(setup: Setup, payload: str) -> None:
    token = RSA.sign(setup.claims())
    header, _, signature = token.split(".")
    forged = base64.urlsafe_b64encode(payload.encode()).rstrip(b"=").decode()

    with pytest.raises(UnauthorizedError):
        setup.get_owner(f"{header}.{forged}.{signature}")


@pytest.mark.parametrize("subject", [5, ["ada"], {"id": "ada"}, True])
def test_subject_that_is_not_a_string_is_refused(setup: Setup, subject: object) -> None:
    # PyJWT refuses to encode such claims, so the payload is signed directly.
    from jwt.api_jws import PyJWS

    payload = json.dumps(setup.claims() | {"sub": subject}).encode()
    token = PyJWS().encode(payload, RSA.private, algorithm="RS256", headers={"kid": RSA.key_id})

    with pytest.raises(UnauthorizedError):
        setup.get_owner(token)


# ------------------------------------------------------------------------------------------------- invalid signatures


def test_signature_of_another_issuer_is_refused(setup: Setup) -> None:
    with pytest.raises(UnauthorizedError):
        setup.get_owner(OTHER_RSA.sign(setup.claims(), kid=RSA.key_id))
    with pytest.raises(UnauthorizedError):
        setup.get_owner(OTHER_EC.sign(setup.claims(), kid=EC.key_id))


def test_key_id_of_another_key_type_is_refused(setup: Setup) -> None:
    with pytest.raises(UnauthorizedError):
        setup.get_owner(RSA.sign(setup.claims(), kid=EC.key_id))
    with pytest.raises(UnauthorizedError):
        setup.get_owner(EC.sign(setup.claims(), kid=RSA.key_id))


@pytest.mark.parametrize("part", [0, 1, 2])
def test_changed_token_is_refused(setup: Setup, part: int) -> None:
    parts = RSA.sign(setup.claims(sub="ada" * 20)).split(".")
    middle = len(parts[part]) // 2
    letter = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + letter + parts[part][middle + 1 :]

    with pytest.raises(UnauthorizedError):
        setup.get_owner(".".join(parts))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None])
def test_unsigned_token_is_refused(setup: Setup, algorithm: str | None) -> None:
    for key_id in (RSA.key_id, EC.key_id):
        with pytest.raises(UnauthorizedError):
            setup.get_owner(build_raw_token({"alg": algorithm, "typ": "JWT", "kid": key_id}, setup.claims()))


@pytest.mark.parametrize("key", [RSA, EC], ids=["RSA", "EC"])
def test_public_key_as_shared_secret_is_refused(setup: Setup, key: SigningKey) -> None:
    for secret in (key.public_pem(), key.public_pem().strip(), json.dumps(key.jwk()).encode()):
        token = build_raw_token({"alg": "HS256", "typ": "JWT", "kid": key.key_id}, setup.claims(), secret=secret)
        with pytest.raises(UnauthorizedError):
            setup.get_owner(token)


def test_published_shared_secret_is_refused(setup: Setup) -> None:
    secret = b"a secret of thirty-two characters"
    published = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    setup.issuer.keys.append({"kty": "oct", "kid": "shared", "k": published, "alg": "HS256"})

    with pytest.raises(UnauthorizedError):
        setup.get_owner(build_raw_token({"alg": "HS256", "kid": "shared"}, setup.claims(), secret=secret))


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_other_algorithm_with_valid_key_is_refused(setup: Setup, algorithm: str) -> None:
    token = SigningKey(RSA.key_id, algorithm, RSA.private).sign(setup.claims())

    with pytest.raises(UnauthorizedError):
        setup.get_owner(token)


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_other_algorithm_with_published_key_is_refused(setup: Setup, algorithm: str) -> None:
    key = SigningKey("other", algorithm, RSA.private)
    setup.issuer.keys = [key.jwk()]

    with pytest.raises(UnauthorizedError):
        setup.get_owner(key.sign(setup.claims()))


def test_key_in_token_header_is_refused(setup: Setup) -> None:
    forger = SigningKey.rs256("rsa-1")

    with pytest.raises(UnauthorizedError):
        setup.get_owner(forger.sign(setup.claims(), jwk=forger.jwk()))
    with pytest.raises(UnauthorizedError):
        setup.get_owner(forger.sign(setup.claims(), jku="https://evil.example/keys"))


@pytest.mark.parametrize("key_id", [None, "", "unknown", "../rsa-1", "rsa-1 "])
def test_unknown_key_id_is_refused(setup: Setup, key_id: str | None) -> None:
    with pytest.raises(UnauthorizedError):
        setup.get_owner(RSA.sign(setup.claims(), kid=key_id))


@pytest.mark.parametrize("key_id", [5, ["rsa-1"], {"kid": "rsa-1"}, True])
def test_key_id_that_is_not_a_string_is_refused(setup: Setup, key_id: object) -> None:
    with pytest.raises(UnauthorizedError):
        setup.get_owner(build_raw_token({"alg": "RS256", "kid": key_id}, setup.claims()))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "token",
        "a.b.c",
        "eyJhbGciOiJSUzI1NiJ9",
        "eyJhbGciOiJSUzI1NiJ9.e30",
        "W10.e30.c2ln",
        "bnVsbA.e30.c2ln",
        "\x00.\x00.\x00",
        "größe.größe.größe",
        "\ud800.\ud800.\ud800",
        "a" * 100_000,
        "." * 100_000,
    ],
)
def test_malformed_token_is_refused(setup: Setup, token: str) -> None:
    with pytest.raises(UnauthorizedError):
        setup.get_owner(token)


# ------------------------------------------------------------------------------------------------- caching of keys


def test_keys_are_fetched_once(setup: Setup) -> None:
    for _ in range(5):
        setup.get_owner(RSA.sign(setup.claims()))
        setup.get_owner(EC.sign(setup.claims()))

    assert setup.issuer.requests == ["/keys"]


def test_new_key_is_fetched_for_first_token_with_its_id(setup: Setup) -> None:
    setup.get_owner(RSA.sign(setup.claims()))
    setup.issuer.keys = [RSA.jwk(), OTHER_RSA.jwk()]
    setup.clock.time += 11

    assert setup.get_owner(OTHER_RSA.sign(setup.claims()))
    assert setup.get_owner(RSA.sign(setup.claims()))
    assert setup.issuer.requests == ["/keys"] * 2


def test_unknown_key_ids_fetch_once_per_ten_seconds(setup: Setup) -> None:
    setup.get_owner(RSA.sign(setup.claims()))
    for second in range(31):
        setup.clock.time = 1_000 + second
        for _ in range(3):
            with pytest.raises((UnauthorizedError, UnavailableError)):
                setup.get_owner(OTHER_RSA.sign(setup.claims(), kid=f"guess-{second}"))

    assert len(setup.issuer.requests) == 1 + 2


def test_withdrawn_key_is_refused_after_ten_minutes(setup: Setup) -> None:
    token = RSA.sign(setup.claims())
    setup.get_owner(token)
    setup.issuer.keys = [EC.jwk()]

    setup.clock.time += 600
    assert setup.get_owner(token)
    setup.clock.time += 1
    with pytest.raises(UnauthorizedError):
        setup.get_owner(token)


BROKEN = {
    "error": (503, b"busy"),
    "missing": (404, b"not found"),
    "no JSON": (200, b"<html>"),
    "no text": (200, b"\xff\xfe"),
    "empty": (200, b""),
    "a list": (200, b"[]"),
    "null": (200, b"null"),
    "no keys": (200, b'{"keys": []}'),
    "keys of another shape": (200, b'{"keys": {"kid": "rsa-1"}}'),
    "no such field": (200, b'{"jwks": []}'),
    "only unusable keys": (200, b'{"keys": [{"kty": "PQC", "kid": "a"}]}'),
    "only keys for encryption": (200, json.dumps({"keys": [RSA.jwk() | {"use": "enc"}]}).encode()),
}

every_failure = pytest.mark.parametrize("failure", BROKEN.values(), ids=BROKEN.keys())


@every_failure
def test_missing_keys_are_unavailable(setup: Setup, failure: tuple[int, bytes]) -> None:
    setup.issuer.instead = failure

    for token in (RSA.sign(setup.claims()), OTHER_RSA.sign(setup.claims())):
        with pytest.raises(UnavailableError, match="cannot be verified right now"):
            setup.get_owner(token)

    setup.issuer.instead = None
    assert setup.get_owner(RSA.sign(setup.claims()))


@every_failure
def test_cached_keys_outlive_failing_issuer(setup: Setup, failure: tuple[int, bytes]) -> None:
    setup.get_owner(RSA.sign(setup.claims()))
    setup.issuer.instead = failure

    for _ in range(5):
        setup.clock.time += 601
        assert setup.get_owner(RSA.sign(setup.claims()))


@every_failure
def test_failing_issuer_is_asked_once_per_ten_seconds(setup: Setup, failure: tuple[int, bytes]) -> None:
    setup.get_owner(RSA.sign(setup.claims()))
    setup.issuer.instead = failure
    for second in range(31):
        setup.clock.time = 1_000 + 601 + second
        for _ in range(3):
            setup.get_owner(RSA.sign(setup.claims()))

    assert len(setup.issuer.requests) == 1 + 3


@every_failure
def test_new_key_id_is_unavailable_while_issuer_fails(setup: Setup, failure: tuple[int, bytes]) -> None:
    setup.get_owner(RSA.sign(setup.claims()))
    setup.issuer.keys.append(OTHER_RSA.jwk())
    setup.issuer.instead = failure
    setup.clock.time += 11

    for _ in range(2):
        with pytest.raises(UnavailableError):
            setup.get_owner(OTHER_RSA.sign(setup.claims()))
        assert setup.get_owner(RSA.sign(setup.claims()))

    setup.issuer.instead = None
    setup.clock.time += 11
    assert setup.get_owner(OTHER_RSA.sign(setup.claims()))
    with pytest.raises(UnauthorizedError):
        setup.get_owner(RSA.sign(setup.claims(), kid="unknown"))


def test_unreachable_issuer_is_unavailable() -> None:
    with serve_issuer(Issuer(keys=[RSA.jwk()])) as issuer:
        setup = create_setup(issuer)
    with pytest.raises(UnavailableError):
        setup.get_owner(RSA.sign(setup.claims()))


def test_cached_keys_outlive_unreachable_issuer() -> None:
    with serve_issuer(Issuer(keys=[RSA.jwk()])) as issuer:
        setup = create_setup(issuer)
        setup.get_owner(RSA.sign(setup.claims()))
    setup.clock.time += 601

    assert setup.get_owner(RSA.sign(setup.claims()))


# ---------------------------------------------------------------------------------------------------- discovery


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """Return the TLS context of a server whose certificate this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    # The default opener trusts the certificates of the time it was created.
    urllib.request.install_opener(urllib.request.build_opener())
    yield context
    monkeypatch.undo()
    urllib.request.install_opener(urllib.request.build_opener())


def test_keys_are_found_by_discovery_over_https(tls: ssl.SSLContext) -> None:
    with serve_issuer(Issuer(keys=[RSA.jwk()]), tls=tls) as issuer:
        setup = create_setup(issuer, jwks_url="")

        assert setup.get_owner(RSA.sign(setup.claims()))
        setup.clock.time += 601
        assert setup.get_owner(RSA.sign(setup.claims()))

    assert issuer.requests == ["/.well-known/openid-configuration", "/keys", "/keys"]


def test_discovery_over_http_is_refused() -> None:
    with serve_issuer(Issuer(keys=[RSA.jwk()])) as issuer:
        setup = create_setup(issuer, jwks_url="")

        with pytest.raises(UnavailableError):
            setup.get_owner(RSA.sign(setup.claims()))

    assert issuer.requests == []


@pytest.mark.parametrize(
    "document",
    [b"", b"<html>", b"[]", b"null", b"{}", b'{"jwks_uri": null}', b'{"jwks_uri": ""}', b'{"jwks_uri": "keys"}'],
)
def test_invalid_discovery_document_is_unavailable(tls: ssl.SSLContext, document: bytes) -> None:
    with serve_issuer(Issuer(keys=[RSA.jwk()]), tls=tls) as issuer:
        setup = create_setup(issuer, jwks_url="")
        issuer.instead = (200, document)

        with pytest.raises(UnavailableError):
            setup.get_owner(RSA.sign(setup.claims()))

        issuer.instead = None
        assert setup.get_owner(RSA.sign(setup.claims()))


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/keys", "ftp://localhost/keys", "file:///etc/passwd"])
def test_discovered_keys_must_be_https(tls: ssl.SSLContext, address: str) -> None:
    with serve_issuer(Issuer(keys=[RSA.jwk()]), tls=tls) as issuer:
        setup = create_setup(issuer, jwks_url="")
        issuer.instead = (200, json.dumps({"jwks_uri": address}).encode())

        with pytest.raises(UnavailableError):
            setup.get_owner(RSA.sign(setup.claims()))

    assert issuer.requests == ["/.well-known/openid-configuration"]
