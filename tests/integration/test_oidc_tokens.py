"""Tokens of an OpenID Connect issuer: real keys, real signatures, and everything somebody could forge."""

import base64
import datetime as dt
import ipaddress
import json
import ssl
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

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
class Stopwatch:
    """A monotonic clock that stands until it is moved."""

    time: float = 1_000.0

    def __call__(self) -> float:
        return self.time


@dataclass(slots=True)
class Door:
    """A verifier and the issuer it trusts."""

    issuer: Issuer
    watch: Stopwatch
    tokens: OidcTokenVerifier

    def opens(self, token: str) -> str:
        return self.tokens.verify(token).owner

    def claims(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON holds
        return build_claims(self.issuer.address, **changes)


def a_door(issuer: Issuer, *, jwks_url: str | None = None) -> Door:
    watch = Stopwatch()
    keys = IssuerKeys(issuer.address, f"{issuer.address}/keys" if jwks_url is None else jwks_url, monotonic=watch)
    return Door(issuer, watch, OidcTokenVerifier(issuer.address, AUDIENCE, "groups", keys))


@pytest.fixture
def door() -> Iterator[Door]:
    with serve_issuer(Issuer(keys=[RSA.jwk(), EC.jwk()])) as issuer:
        yield a_door(issuer)


# ---------------------------------------------------------------------------------------------------- good tokens


@pytest.mark.parametrize("key", [RSA, EC], ids=["RS256", "ES256"])
def test_a_good_token_is_its_user_until_it_runs_out(door: Door, key: SigningKey) -> None:
    given = door.claims(sub="auth0|5f7c8ec7c33c6c004bbafe82")

    principal = door.tokens.verify(key.sign(given))

    assert principal.owner == "user:auth0|5f7c8ec7c33c6c004bbafe82"
    assert principal.expires_at == dt.datetime.fromtimestamp(given["exp"], dt.UTC)
    assert not principal.anonymous


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [AUDIENCE]},
        {"aud": ["somebody", AUDIENCE]},
        {"aud": None, "client_id": AUDIENCE, "token_use": "access"},
        {"aud": AUDIENCE, "token_use": "id"},
        {"aud": AUDIENCE, "client_id": "somebody"},
        {"iat": None},
        {"nbf": 1},
        {"sub": "a" * 255},
        {"nonsense": {"a": [1]}},
    ],
)
def test_a_token_may_name_us_in_more_than_one_way(door: Door, changes: dict[str, Any]) -> None:
    assert door.opens(RSA.sign(door.claims(**changes)))


@pytest.mark.parametrize(
    ("named", "groups"),
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
def test_a_token_says_which_groups_its_user_belongs_to(door: Door, named: object, groups: set[str]) -> None:
    given = door.claims(groups=named)

    assert door.tokens.verify(RSA.sign(given)).groups == groups


def test_a_clock_that_is_a_little_ahead_keeps_nobody_out(door: Door) -> None:
    assert door.opens(RSA.sign(door.claims(nbf=int(time.time()) + 3, iat=int(time.time()) + 3)))


def test_a_published_key_need_not_say_its_algorithm(door: Door) -> None:
    door.issuer.keys = [{name: value for name, value in RSA.jwk().items() if name not in ("alg", "use")}]

    assert door.opens(RSA.sign(door.claims()))


def test_keys_of_kinds_we_do_not_know_are_passed_over(door: Door) -> None:
    strange = [{"kty": "PQC", "kid": "a"}, {"kty": "OKP", "crv": "X448", "kid": "b"}, {"kid": "c"}]
    door.issuer.keys = [*strange, RSA.jwk()]

    assert door.opens(RSA.sign(door.claims()))


# ------------------------------------------------------------------------------------------------------ bad claims


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "somebody"},
        {"aud": ["somebody", "else"]},
        {"aud": []},
        {"aud": None},
        {"aud": None, "client_id": "somebody"},
        {"aud": "somebody", "client_id": AUDIENCE},
        {"exp": None},
        {"exp": int(time.time()) - 3_600},
        {"exp": 0},
        {"exp": "tomorrow"},
        {"exp": 10**18},
        {"nbf": int(time.time()) + 3_600},
        {"nbf": "tomorrow"},
        {"iat": int(time.time()) + 3_600},
        {"sub": None},
        {"sub": ""},
        {"sub": "a" * 256},
    ],
)
def test_a_token_with_a_claim_that_is_wrong_is_refused(door: Door, changes: dict[str, Any]) -> None:
    with pytest.raises(UnauthorizedError, match="does not verify"):
        door.opens(RSA.sign(door.claims(**changes)))


@pytest.mark.parametrize("payload", ["[]", '"ada"', "null", "{", "", '{"sub": 5}'])
def test_claims_that_are_none_are_refused(door: Door, payload: str) -> None:
    token = RSA.sign(door.claims())
    header, _, signature = token.split(".")
    forged = base64.urlsafe_b64encode(payload.encode()).rstrip(b"=").decode()

    with pytest.raises(UnauthorizedError):
        door.opens(f"{header}.{forged}.{signature}")


@pytest.mark.parametrize("subject", [5, ["ada"], {"id": "ada"}, True])
def test_a_subject_that_is_no_text_is_refused(door: Door, subject: object) -> None:
    # The library signs no such token, so the claims go in by hand and are signed as a text would be.
    from jwt.api_jws import PyJWS

    payload = json.dumps(door.claims() | {"sub": subject}).encode()
    token = PyJWS().encode(payload, RSA.private, algorithm="RS256", headers={"kid": RSA.key_id})

    with pytest.raises(UnauthorizedError):
        door.opens(token)


# ------------------------------------------------------------------------------------------------- bad signatures


def test_a_token_signed_with_a_key_of_somebody_else_is_refused(door: Door) -> None:
    with pytest.raises(UnauthorizedError):
        door.opens(OTHER_RSA.sign(door.claims(), kid=RSA.key_id))
    with pytest.raises(UnauthorizedError):
        door.opens(OTHER_EC.sign(door.claims(), kid=EC.key_id))


def test_a_key_of_another_kind_cannot_stand_in(door: Door) -> None:
    with pytest.raises(UnauthorizedError):
        door.opens(RSA.sign(door.claims(), kid=EC.key_id))
    with pytest.raises(UnauthorizedError):
        door.opens(EC.sign(door.claims(), kid=RSA.key_id))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_token_that_was_changed_in_one_letter_is_refused(door: Door, place: int) -> None:
    parts = RSA.sign(door.claims(sub="ada" * 20)).split(".")
    middle = len(parts[place]) // 2
    letter = "A" if parts[place][middle] != "A" else "B"
    parts[place] = parts[place][:middle] + letter + parts[place][middle + 1 :]

    with pytest.raises(UnauthorizedError):
        door.opens(".".join(parts))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None])
def test_an_unsigned_token_is_refused(door: Door, algorithm: str | None) -> None:
    for key_id in (RSA.key_id, EC.key_id):
        with pytest.raises(UnauthorizedError):
            door.opens(build_raw_token({"alg": algorithm, "typ": "JWT", "kid": key_id}, door.claims()))


@pytest.mark.parametrize("key", [RSA, EC], ids=["RSA", "EC"])
def test_a_public_key_is_no_shared_secret(door: Door, key: SigningKey) -> None:
    for secret in (key.public_pem(), key.public_pem().strip(), json.dumps(key.jwk()).encode()):
        token = build_raw_token({"alg": "HS256", "typ": "JWT", "kid": key.key_id}, door.claims(), secret=secret)
        with pytest.raises(UnauthorizedError):
            door.opens(token)


def test_a_shared_secret_is_no_key_even_when_the_issuer_publishes_it(door: Door) -> None:
    secret = b"a secret of thirty-two characters"
    published = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    door.issuer.keys.append({"kty": "oct", "kid": "shared", "k": published, "alg": "HS256"})

    with pytest.raises(UnauthorizedError):
        door.opens(build_raw_token({"alg": "HS256", "kid": "shared"}, door.claims(), secret=secret))


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_another_algorithm_is_refused_though_the_key_is_right(door: Door, algorithm: str) -> None:
    token = SigningKey(RSA.key_id, algorithm, RSA.private).sign(door.claims())

    with pytest.raises(UnauthorizedError):
        door.opens(token)


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_another_algorithm_is_refused_even_when_the_issuer_publishes_a_key_for_it(door: Door, algorithm: str) -> None:
    key = SigningKey("other", algorithm, RSA.private)
    door.issuer.keys = [key.jwk()]

    with pytest.raises(UnauthorizedError):
        door.opens(key.sign(door.claims()))


def test_a_token_may_not_bring_its_own_key(door: Door) -> None:
    forger = SigningKey.rs256("rsa-1")

    with pytest.raises(UnauthorizedError):
        door.opens(forger.sign(door.claims(), jwk=forger.jwk()))
    with pytest.raises(UnauthorizedError):
        door.opens(forger.sign(door.claims(), jku="https://evil.example/keys"))


@pytest.mark.parametrize("key_id", [None, "", "unknown", "../rsa-1", "rsa-1 "])
def test_a_token_that_names_no_key_of_the_issuer_is_refused(door: Door, key_id: str | None) -> None:
    with pytest.raises(UnauthorizedError):
        door.opens(RSA.sign(door.claims(), kid=key_id))


@pytest.mark.parametrize("key_id", [5, ["rsa-1"], {"kid": "rsa-1"}, True])
def test_a_key_id_that_is_no_text_is_refused(door: Door, key_id: object) -> None:
    with pytest.raises(UnauthorizedError):
        door.opens(build_raw_token({"alg": "RS256", "kid": key_id}, door.claims()))


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
def test_what_is_no_token_is_refused(door: Door, token: str) -> None:
    with pytest.raises(UnauthorizedError):
        door.opens(token)


# ------------------------------------------------------------------------------------------------- keys over time


def test_keys_are_fetched_once(door: Door) -> None:
    for _ in range(5):
        door.opens(RSA.sign(door.claims()))
        door.opens(EC.sign(door.claims()))

    assert door.issuer.requests == ["/keys"]


def test_a_new_key_is_found_by_the_first_token_that_names_it(door: Door) -> None:
    door.opens(RSA.sign(door.claims()))
    door.issuer.keys = [RSA.jwk(), OTHER_RSA.jwk()]
    door.watch.time += 11

    assert door.opens(OTHER_RSA.sign(door.claims()))
    assert door.opens(RSA.sign(door.claims()))
    assert door.issuer.requests == ["/keys"] * 2


def test_tokens_with_unknown_keys_fetch_once_per_ten_seconds(door: Door) -> None:
    door.opens(RSA.sign(door.claims()))
    for second in range(31):
        door.watch.time = 1_000 + second
        for _ in range(3):
            with pytest.raises(UnauthorizedError):
                door.opens(OTHER_RSA.sign(door.claims(), kid=f"guess-{second}"))

    assert len(door.issuer.requests) == 1 + 2


def test_a_key_that_was_withdrawn_opens_nothing_after_ten_minutes(door: Door) -> None:
    token = RSA.sign(door.claims())
    door.opens(token)
    door.issuer.keys = [EC.jwk()]

    door.watch.time += 600
    assert door.opens(token)
    door.watch.time += 1
    with pytest.raises(UnauthorizedError):
        door.opens(token)


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

however_it_fails = pytest.mark.parametrize("failure", BROKEN.values(), ids=BROKEN.keys())


@however_it_fails
def test_a_token_is_not_called_bad_while_there_are_no_keys(door: Door, failure: tuple[int, bytes]) -> None:
    door.issuer.instead = failure

    for token in (RSA.sign(door.claims()), OTHER_RSA.sign(door.claims())):
        with pytest.raises(UnavailableError, match="cannot be verified right now"):
            door.opens(token)

    door.issuer.instead = None
    assert door.opens(RSA.sign(door.claims()))


@however_it_fails
def test_known_keys_outlive_a_failure_of_the_issuer(door: Door, failure: tuple[int, bytes]) -> None:
    door.opens(RSA.sign(door.claims()))
    door.issuer.instead = failure

    for _ in range(5):
        door.watch.time += 601
        assert door.opens(RSA.sign(door.claims()))


@however_it_fails
def test_a_failing_issuer_is_asked_once_per_ten_seconds(door: Door, failure: tuple[int, bytes]) -> None:
    door.opens(RSA.sign(door.claims()))
    door.issuer.instead = failure
    for second in range(31):
        door.watch.time = 1_000 + 601 + second
        for _ in range(3):
            door.opens(RSA.sign(door.claims()))

    assert len(door.issuer.requests) == 1 + 3


@however_it_fails
def test_a_token_with_a_new_key_is_not_called_bad_while_the_issuer_fails(
    door: Door, failure: tuple[int, bytes]
) -> None:
    door.opens(RSA.sign(door.claims()))
    door.issuer.keys.append(OTHER_RSA.jwk())
    door.issuer.instead = failure
    door.watch.time += 11

    for _ in range(2):
        with pytest.raises(UnavailableError):
            door.opens(OTHER_RSA.sign(door.claims()))
        assert door.opens(RSA.sign(door.claims()))

    door.issuer.instead = None
    door.watch.time += 11
    assert door.opens(OTHER_RSA.sign(door.claims()))
    with pytest.raises(UnauthorizedError):
        door.opens(RSA.sign(door.claims(), kid="unknown"))


def test_an_issuer_nobody_listens_for_is_unavailable() -> None:
    with serve_issuer(Issuer(keys=[RSA.jwk()])) as issuer:
        door = a_door(issuer)
    with pytest.raises(UnavailableError):
        door.opens(RSA.sign(door.claims()))


def test_known_keys_outlive_a_server_that_is_down() -> None:
    with serve_issuer(Issuer(keys=[RSA.jwk()])) as issuer:
        door = a_door(issuer)
        door.opens(RSA.sign(door.claims()))
    door.watch.time += 601

    assert door.opens(RSA.sign(door.claims()))


# ---------------------------------------------------------------------------------------------------- discovery


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """A server's context, with a certificate this process trusts."""
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
    # The usual opener trusts what was trusted when it was made.
    urllib.request.install_opener(urllib.request.build_opener())
    yield context
    monkeypatch.undo()
    urllib.request.install_opener(urllib.request.build_opener())


def test_keys_are_found_by_discovery_over_https(tls: ssl.SSLContext) -> None:
    with serve_issuer(Issuer(keys=[RSA.jwk()]), tls=tls) as issuer:
        door = a_door(issuer, jwks_url="")

        assert door.opens(RSA.sign(door.claims()))
        door.watch.time += 601
        assert door.opens(RSA.sign(door.claims()))

    assert issuer.requests == ["/.well-known/openid-configuration", "/keys", "/keys"]


def test_discovery_over_plain_http_is_not_done() -> None:
    with serve_issuer(Issuer(keys=[RSA.jwk()])) as issuer:
        door = a_door(issuer, jwks_url="")

        with pytest.raises(UnavailableError):
            door.opens(RSA.sign(door.claims()))

    assert issuer.requests == []


@pytest.mark.parametrize(
    "document",
    [b"", b"<html>", b"[]", b"null", b"{}", b'{"jwks_uri": null}', b'{"jwks_uri": ""}', b'{"jwks_uri": "keys"}'],
)
def test_a_discovery_document_that_is_none_is_unavailability(tls: ssl.SSLContext, document: bytes) -> None:
    with serve_issuer(Issuer(keys=[RSA.jwk()]), tls=tls) as issuer:
        door = a_door(issuer, jwks_url="")
        issuer.instead = (200, document)

        with pytest.raises(UnavailableError):
            door.opens(RSA.sign(door.claims()))

        issuer.instead = None
        assert door.opens(RSA.sign(door.claims()))


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/keys", "ftp://localhost/keys", "file:///etc/passwd"])
def test_discovery_may_not_lead_to_keys_over_anything_but_https(tls: ssl.SSLContext, address: str) -> None:
    with serve_issuer(Issuer(keys=[RSA.jwk()]), tls=tls) as issuer:
        door = a_door(issuer, jwks_url="")
        issuer.instead = (200, json.dumps({"jwks_uri": address}).encode())

        with pytest.raises(UnavailableError):
            door.opens(RSA.sign(door.claims()))

    assert issuer.requests == ["/.well-known/openid-configuration"]
