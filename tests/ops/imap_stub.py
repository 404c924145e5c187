"""Another provider's IMAP server on loopback, with TLS and a certificate for ``localhost``."""

import base64
import datetime as dt
import re
import socketserver
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER = "alice.old"
PASSWORD = 'Plänted "Old" Pass_9zK'


@dataclass
class ImapStub:
    """What the server has and how it behaves; ``heard`` remembers the commands by their names."""

    folders: dict[bytes, int | None] = field(default_factory=dict[bytes, int | None])
    """Messages of each folder; None is refused."""
    hollow: tuple[bytes, ...] = ()
    """Folders that hold only folders."""
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    password: str = PASSWORD
    refusal: str = "AUTHENTICATIONFAILED"
    """Response code for a password that is wrong."""
    silent: bool = False
    """Takes connections and says nothing."""
    port: int = 0
    heard: list[str] = field(default_factory=list[str])
    tls: ssl.SSLContext | None = None
    begins_plain: bool = False
    """Without TLS until STARTTLS."""
    offers_starttls: bool = True


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        stub: ImapStub = cast("_Server", self.server).stub
        if stub.silent:
            cast("_Server", self.server).closing.wait(30)
            return
        if not stub.begins_plain and not self._encrypt(stub):
            return
        self._say(f"* OK [CAPABILITY {stub.capabilities}] ready")
        while line := self._in.readline():
            tag, _, rest = line.decode("latin-1").strip().partition(" ")
            word, _, arguments = rest.partition(" ")
            stub.heard.append(word.upper())
            if word.upper() == "LOGOUT":
                self._say("* BYE", f"{tag} OK done")
                return
            self._answer(stub, tag, word.upper(), arguments)

    def finish(self) -> None:
        super().finish()
        self.request.close()

    @property
    def _in(self) -> BinaryIO:
        return cast("BinaryIO", self.rfile)

    def _encrypt(self, stub: ImapStub) -> bool:
        assert stub.tls is not None
        try:
            self.request = stub.tls.wrap_socket(self.request, server_side=True)
        except OSError:  # the client does not trust us
            return False
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)
        return True

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.wfile.write(line.encode("latin-1") + b"\r\n")

    def _answer(self, stub: ImapStub, tag: str, word: str, arguments: str) -> None:
        match word:
            case "CAPABILITY":
                offered = f"{stub.capabilities} STARTTLS" if stub.offers_starttls else stub.capabilities
                self._say(f"* CAPABILITY {offered}", f"{tag} OK done")
            case "STARTTLS":
                self._say(f"{tag} OK done")
                self._encrypt(stub)
            case "AUTHENTICATE":
                self._say("+ ")
                given = base64.b64decode(self._in.readline()).decode().split("\0")
                self._judge(stub, tag, given == ["", USER, stub.password])
            case "LOGIN":
                quoted = re.sub(r'([\\"])', r"\\\1", stub.password)
                self._judge(stub, tag, arguments.endswith(f'{USER} "{quoted}"'))
            case "LIST":
                self._list(stub)
                self._say(f"{tag} OK done")
            case "STATUS":
                self._status(stub, tag, arguments)
            case _:
                self._say(f"{tag} BAD what")

    def _judge(self, stub: ImapStub, tag: str, right: bool) -> None:  # noqa: FBT001 — its only meaning
        # A server that repeats what it was given: what it says goes to the operator's screen.
        said = stub.password.encode("ascii", "replace").decode()
        self._say(f"{tag} OK done" if right else f"{tag} NO [{stub.refusal}] not you with {said}\x1b[2J")

    def _list(self, stub: ImapStub) -> None:
        for name in stub.hollow:
            self._say(f'* LIST (\\Noselect \\HasChildren) "/" "{name.decode()}"')
        for name in stub.folders:
            if b'"' in name:
                self._say(f'* LIST (\\HasNoChildren) "/" {{{len(name)}}}', name.decode("latin-1"))
            else:
                quoted = name.decode("latin-1").replace("\\", "\\\\")
                self._say(f'* LIST (\\HasNoChildren) "/" "{quoted}"')

    def _status(self, stub: ImapStub, tag: str, arguments: str) -> None:
        name = re.sub(r"\\(.)", r"\1", arguments.rpartition(" (")[0].strip('"')).encode("latin-1")
        messages = stub.folders.get(name)
        if messages is None:
            self._say(f"{tag} NO not for you")
        else:
            self._say(f"* STATUS {arguments.rpartition(' (')[0]} (MESSAGES {messages})", f"{tag} OK done")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, stub: ImapStub) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stub = stub
        self.closing = threading.Event()


@contextmanager
def serving(stub: ImapStub, folder: Path) -> Generator[Path]:
    """Serve, and give the file with the certificate that a client has to trust."""
    certificate = _certificate(folder)
    stub.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    stub.tls.load_cert_chain(certificate)
    with _Server(stub) as server:
        stub.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield certificate
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(tz=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "imap.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file
