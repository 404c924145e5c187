"""A mail server of others at the end of a connection: greeting, STARTTLS, AUTH, and refusals that a test asks for."""

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Server:
    """Answers one connection after the other, each in a thread of its own."""

    certificate: Path
    name: str = "relay"
    """By which it greets."""
    user: str = "me"
    password: str = ""
    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    """What is said to a word instead of yes: ``{"RCPT": "553 not yours"}``."""
    features: tuple[str, ...] = ("STARTTLS", "AUTH PLAIN LOGIN")
    heard: list[str] = field(default_factory=list[str])

    def connect(self, _host: str, _port: int) -> socket.socket:
        """Open a connection."""
        near, far = socket.socketpair()
        threading.Thread(target=self._serve, args=(far,), daemon=True).start()
        return near

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), connection:
            connection.sendall(self._said("CONNECT", "220 relay ESMTP"))
            if self._talk(connection):
                connection.sendall(b"220 go on\r\n")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.certificate)
                with context.wrap_socket(connection, server_side=True) as secured:
                    self._talk(secured)

    def _talk(self, connection: socket.socket) -> bool:
        """Answer line by line; True when TLS is to begin, False at the end."""
        with connection.makefile("rb", buffering=0) as reader:
            while line := reader.readline():
                text = line.decode().strip()
                word = text.partition(" ")[0].upper()
                self.heard.append(text)
                if word == "EHLO":
                    lines = [self.name, *self.features]
                    said = "".join(f"250{'-' if one != lines[-1] else ' '}{one}\r\n" for one in lines).encode()
                elif word == "STARTTLS" and word not in self.answers:
                    return True
                elif word == "AUTH":
                    said = self._said("AUTH", self._judged(text.split()[-1]))
                else:
                    said = self._said(word, "221 bye" if word == "QUIT" else "250 yes")
                connection.sendall(said)
        return False

    def _judged(self, typed: str) -> str:
        good = base64.b64encode(f"\0{self.user}\0{self.password}".encode()).decode()
        return "235 welcome" if typed == good else f"535 5.7.8 authentication failed for {typed}"

    def _said(self, word: str, usual: str) -> bytes:
        return f"{self.answers.get(word, usual)}\r\n".encode()
