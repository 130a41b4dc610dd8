"""Servers on loopback, and a client that may reach them: names that end in .test resolve to this machine."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import override

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from basic.http.client import HttpClient
from basic.http.transport import SocketTransport

LOOPBACK = "127.0.0.1"


def loopback_client(*, seconds: float = 10, context: ssl.SSLContext | None = None) -> HttpClient:
    """Return the real client with a resolver and a guard that allow this machine."""

    def this_machine(host: str, port: int) -> Sequence[str]:
        del host, port
        return [LOOPBACK]

    return HttpClient(
        resolve=this_machine,
        permits=lambda address: address == LOOPBACK,
        transport=SocketTransport(context),
        seconds=seconds,
    )


class Handler(BaseHTTPRequestHandler):
    """Responds by path, and echoes requests."""

    protocol_version = "HTTP/1.1"

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Handle all methods the same way."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        asked = self.rfile.read(length)
        path, _, argument = self.path.removeprefix("/").partition("/")
        getattr(self, f"answer_{path}", self.answer_echo)(argument, asked)

    def answer_echo(self, _: str, asked: bytes) -> None:
        headers = "".join(f"{name}: {value}\n" for name, value in self.headers.items())
        self.say(200, f"{self.command} {self.path}\n{headers}\n{asked.decode()}".encode())

    def answer_json(self, _: str, asked: bytes) -> None:
        del asked
        self.say(200, b'{"data": {"x": 1}}', {"Content-Type": "application/json"})

    def answer_redirect(self, location: str, asked: bytes) -> None:
        del asked
        self.say(302, b"", {"Location": location})

    def answer_large(self, size: str, asked: bytes) -> None:
        del asked
        self.say(200, b"x" * int(size))

    def answer_chunked(self, size: str, asked: bytes) -> None:
        del asked
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with suppress(OSError):
            for _ in range(int(size) // 1024):
                self.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")

    def answer_slowly(self, pieces: str, asked: bytes) -> None:
        del asked
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        with suppress(OSError):
            for _ in range(int(pieces)):
                self.wfile.write(b"x")
                time.sleep(0.02)

    def answer_gzip(self, _: str, asked: bytes) -> None:
        del asked
        self.say(200, b"\x1f\x8b", {"Content-Encoding": "gzip"})

    def answer_headers(self, count: str, asked: bytes) -> None:
        del asked
        self.say(200, b"", {f"X-{number}": "x" * 1_500 for number in range(int(count))})

    def say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    @override
    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run the server, with TLS if it gets a context; yield its port."""
    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        server.daemon_threads = True
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@contextmanager
def trickling(pieces: Callable[[], Iterator[bytes]], every: float = 0.02) -> Iterator[int]:
    """Run a server that sends pieces one after another with a pause between them; yield its port."""
    with socket.create_server((LOOPBACK, 0)) as listener:

        def answer() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65_536)
                    for piece in pieces():
                        connection.sendall(piece)
                        time.sleep(every)

        Thread(target=answer, daemon=True).start()
        yield listener.getsockname()[1]


class Authority:
    """Signs certificates for names that end in .test."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
        self._certificate = self._signed(self._name, self._key.public_key(), [], is_authority=True)

    def trusted(self) -> ssl.SSLContext:
        """Return a client context that trusts only this authority."""
        return ssl.create_default_context(cadata=_pem(self._certificate).decode())

    def server(self, name: str, folder: Path, seen: list[str | None]) -> ssl.SSLContext:
        """Return a server context for a name, which records the names that clients request."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        file = folder / f"{name}.pem"
        file.write_bytes(
            _pem(self._signed(subject, key.public_key(), [x509.DNSName(name)]))
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)

        def note(_: ssl.SSLObject | ssl.SSLSocket, asked: str | None, __: ssl.SSLContext) -> None:
            seen.append(asked)

        context.sni_callback = note
        return context

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        names: list[x509.GeneralName],
        *,
        is_authority: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if is_authority:
            builder = builder.add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    key_cert_sign=True,
                    crl_sign=True,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
