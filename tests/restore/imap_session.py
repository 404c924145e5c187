"""A logged-in IMAP session over a Maildir, on standard input and output: what `doveadm exec imap` is for the drill.

Usage:  python3 imap_session.py MAILDIR
"""

import re
import sys
from pathlib import Path

INBOX = "INBOX"


def folders(maildir: Path) -> dict[str, Path]:
    """Name every folder as Dovecot does with "/" between levels."""
    found = {INBOX: maildir}
    for folder in sorted(maildir.glob(".*/cur")):
        found[folder.parent.name[1:].replace(".", "/")] = folder.parent
    return found


def messages(folder: Path) -> list[Path]:
    """List a folder's messages."""
    return sorted(file for part in ("cur", "new") if (folder / part).is_dir() for file in (folder / part).iterdir())


def main() -> None:
    """Answer until LOGOUT."""
    maildir = Path(sys.argv[1])
    out = sys.stdout.buffer
    out.write(b"* PREAUTH [CAPABILITY IMAP4rev1] Logged in\r\n")
    out.flush()
    opened: list[Path] = []
    for line in sys.stdin.buffer:
        tag, command, rest = [*line.decode().strip().split(" ", 2), ""][:3]
        match command.upper():
            case "CAPABILITY":
                out.write(b"* CAPABILITY IMAP4rev1\r\n")
            case "LIST":
                for name in folders(maildir):
                    out.write(f'* LIST (\\HasNoChildren) "/" "{name}"\r\n'.encode())
            case "EXAMINE":
                opened = messages(folders(maildir)[rest.strip('"')])
                out.write(f"* {len(opened)} EXISTS\r\n".encode())
            case "FETCH":
                first, last = map(int, re.findall(r"\d+", rest)[:2])
                for number in range(first, last + 1):
                    file = opened[number - 1]
                    body = file.read_bytes()
                    head = f"* {number} FETCH (X-GUID {file.name.partition(':')[0]} BODY[] {{{len(body)}}}\r\n"
                    out.write(head.encode() + body + b")\r\n")
            case "LOGOUT":
                out.write(b"* BYE\r\n")
            case _:
                pass
        out.write(f"{tag} OK done\r\n".encode())
        out.flush()
        if command.upper() == "LOGOUT":
            return


if __name__ == "__main__":
    main()
