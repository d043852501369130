"""A syslog receiver over TLS (RFC 5425), with a certificate of its own."""

import datetime as dt
import socket
import ssl
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.webhooks import names

NAME = "receiver.test"


def certificate(folder: Path) -> Path:
    """Key and self-signed certificate for `NAME`, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "receiver.pem"
    plain = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, plain[1], plain[0])
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class SyslogReceiver:
    """Takes one connection after another and keeps what it got; `hangs_up` after so many bytes without reading on."""

    def __init__(self, pem: Path, hangs_up: int | None = None) -> None:
        self.received: list[bytes] = []
        self._hangs_up = hangs_up
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        self._listener = socket.create_server((names.RECEIVER, 0))
        self.url = f"syslog+tls://{NAME}:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(plain, server_side=True) as stream:
                    self._read(stream)
            except OSError:
                continue

    def _read(self, stream: ssl.SSLSocket) -> None:
        got = b""
        while piece := stream.recv(65_536):
            got += piece
            if self._hangs_up is not None and len(got) >= self._hangs_up:
                return
        self.received.append(got)
        stream.unwrap().close()

    def messages(self) -> list[str]:
        """What was received, taken apart by the lengths in front (RFC 5425, section 4.3)."""
        found, rest = [], b"".join(self.received)
        while rest:
            length, _, rest = rest.partition(b" ")
            found.append(rest[: int(length)].decode())
            rest = rest[int(length) :]
        return found

    def close(self) -> None:
        if self._listener.fileno() < 0:
            return
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)
