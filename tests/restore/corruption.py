"""Ways in which a backup goes bad, each drawn from a seed."""

import gzip
import io
import random
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.restore.mail_host import MailHost
from tests.restore.snapshot import DAY, DOMAIN, sha256

Variant = TypeVar("Variant")

ARCHIVE = f"{DOMAIN}/{DAY}/alice.tar.gz.gpg"
KEY_PACKETS_BYTES = 120
"""More than what comes before the encrypted data: an ECDH session key packet has 94 bytes (RFC 6637)."""


@dataclass(frozen=True, kw_only=True)
class Bad:
    """One corruption."""

    kind: str
    what: str
    wrong_key: bool = False


class Seed(random.Random):
    """What a corruption draws from: places at random, variants in turn, so that a hundred seeds have tried each."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._turn = seed // len(KINDS)

    def in_turn(self, variants: Sequence[Variant]) -> Variant:
        """Give the variant whose turn it is."""
        return variants[self._turn % len(variants)]


def _archive(host: MailHost) -> Path:
    return host.tree.folder / ARCHIVE


def _packed(host: MailHost, data: bytes) -> None:
    """Put bytes into Alice's archive, encrypted and sealed as if they were hers."""
    host.tree.encrypt(data, _archive(host))
    host.tree.seal()


def flip(host: MailHost, rng: Seed) -> str:
    data = bytearray(_archive(host).read_bytes())
    place = rng.randrange(len(data))
    data[place] ^= 1 << rng.randrange(8)
    _archive(host).write_bytes(data)
    return f"bit in byte {place}"


def flip_and_seal(host: MailHost, rng: Seed) -> str:
    """Flip a bit before the sums were made: only gpg can know."""
    data = bytearray(_archive(host).read_bytes())
    place = rng.randrange(KEY_PACKETS_BYTES, len(data))
    data[place] ^= 1 << rng.randrange(8)
    _archive(host).write_bytes(data)
    host.tree.seal()
    return f"bit in byte {place}, sums made after it"


def truncate(host: MailHost, rng: Seed) -> str:
    data = _archive(host).read_bytes()
    length = rng.randrange(len(data))
    _archive(host).write_bytes(data[:length])
    return f"{length} of {len(data)} bytes"


def truncate_and_seal(host: MailHost, rng: Seed) -> str:
    return truncate(host, rng) + seal(host)


def seal(host: MailHost) -> str:
    host.tree.seal()
    return ", sums made after it"


def swap(host: MailHost, _rng: Seed) -> str:
    bob = _archive(host).with_name("bob b.ö.tar.gz.gpg")
    first, second = _archive(host).read_bytes(), bob.read_bytes()
    _archive(host).write_bytes(second)
    bob.write_bytes(first)
    return "Bob's archive under Alice's name"


def swap_and_seal(host: MailHost, rng: Seed) -> str:
    return swap(host, rng) + seal(host)


def another_days(host: MailHost, _rng: Seed) -> str:
    """Give Alice an archive of her own that is good in itself, only not the one of this day."""
    mail = {f"alice/Maildir/cur/170000000{n}.a:2,": b"of another day" for n in range(5)}
    host.tree.encrypt(gzip_of(tar_of(mail)), _archive(host))
    return "a good archive of another day under this day's name"


def another_days_in_the_manifest(host: MailHost, rng: Seed) -> str:
    said = another_days(host, rng)
    host.edit_manifest(sha256=sha256(_archive(host)))
    return f"{said}, and its sum in the manifest"


def missing_archive(host: MailHost, _rng: Seed) -> str:
    _archive(host).unlink()
    return "no archive"


def missing_sums(host: MailHost, rng: Seed) -> str:
    name = rng.in_turn(["SHA256SUMS", "manifest.json"])
    _archive(host).with_name(name).unlink()
    return f"no {name}"


def wrong_key(_host: MailHost, _rng: Seed) -> str:
    return "another private key"


def edit_manifest(host: MailHost, rng: Seed) -> str:
    changes = rng.in_turn(
        [
            {"sha256": "0" * 64},
            {"messages": 4},
            {"name": "bob b.ö"},
            {"name": "../alice"},
            {"archive": "../20261122/alice.tar.gz.gpg"},
            {"archive": "bob b.ö.tar.gz.gpg"},
            {"sha256": "x"},
        ]
    )
    host.edit_manifest(**changes)
    return f"manifest says {changes}"


def edit_day(host: MailHost, rng: Seed) -> str:
    old, new = rng.in_turn(
        [('"example.com"', '"example.org"'), ('"20261122"', '"20261121"'), ('"format": 1', '"format": 2')]
    )
    file = host.manifest()
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return f"manifest with {new}"


def cut_manifest(host: MailHost, rng: Seed) -> str:
    text = host.manifest().read_text(encoding="utf-8")
    length = rng.randrange(1, len(text) - 1)
    host.manifest().write_text(text[:length], encoding="utf-8")
    return f"{length} characters of the manifest"


def splice(host: MailHost, rng: Seed) -> str:
    """Put packets of another archive before, after, into or in the place of some of this one's."""
    mine, other = _archive(host).read_bytes(), _archive(host).with_name("bob b.ö.tar.gz.gpg").read_bytes()
    cut = rng.randrange(KEY_PACKETS_BYTES, len(mine))
    name, data = rng.in_turn(
        [
            ("after", mine + other),
            ("before", other + mine),
            ("twice", mine + mine),
            ("its tail", mine[:cut] + other[-(len(mine) - cut) :]),
            ("its key", other[:94] + mine[94:]),
            ("into", mine[:cut] + other + mine[cut:]),
            ("noise after", mine + rng.randbytes(64)),
        ]
    )
    _archive(host).write_bytes(data)
    return f"packets of Bob's archive: {name}" + seal(host)


def no_gzip(host: MailHost, rng: Seed) -> str:
    _packed(host, rng.randbytes(2_000))
    return "well encrypted noise"


def cut_gzip(host: MailHost, rng: Seed) -> str:
    packed = gzip_of(tar_of({"alice/Maildir/cur/1.a:2,": rng.randbytes(5_000)}))
    _packed(host, packed[: rng.randrange(100, len(packed) - 1)])
    return "well encrypted, compression cut off"


def unsafe_tar(host: MailHost, rng: Seed) -> str:
    name, data = rng.in_turn(list(unsafe_tars().items()))
    _packed(host, gzip_of(data))
    return f"well encrypted, {name}"


KINDS: tuple[Callable[[MailHost, Seed], str], ...] = (
    flip,
    flip_and_seal,
    truncate,
    truncate_and_seal,
    swap,
    swap_and_seal,
    another_days,
    another_days_in_the_manifest,
    missing_archive,
    missing_sums,
    wrong_key,
    edit_manifest,
    edit_day,
    cut_manifest,
    splice,
    no_gzip,
    cut_gzip,
    unsafe_tar,
)


def corrupt(host: MailHost, seed: int) -> Bad:
    """Do to a host's backup what a seed says; neighbouring seeds are of different kinds."""
    kind = KINDS[seed % len(KINDS)]
    return Bad(kind=kind.__name__, what=kind(host, Seed(seed)), wrong_key=kind is wrong_key)


def gzip_of(data: bytes) -> bytes:
    """Compress as the daily job does."""
    return gzip.compress(data, compresslevel=1, mtime=0)


def tar_of(files: dict[str, bytes], *others: tarfile.TarInfo, last: dict[str, bytes] | None = None) -> bytes:
    """Make an archive of files, of members of other kinds, and of files after those."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for member in [*map(_file, files), *others, *map(_file, last or {})]:
            content = {**files, **(last or {})}.get(member.name, b"")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def _file(name: str) -> tarfile.TarInfo:
    return tarfile.TarInfo(name)


def unsafe_tars() -> dict[str, bytes]:
    """Archives that would write elsewhere, or anything but mail."""

    def member(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
        made = tarfile.TarInfo(name)
        made.type, made.linkname = kind, link
        return made

    mail = {"alice/Maildir/cur/1.a:2,": b"x"}
    setuid = tarfile.TarInfo("alice/program")
    setuid.mode = 0o4755
    link_out = member("alice/out", tarfile.SYMTYPE, "../../bob")
    return {
        "a name with ..": tar_of({"alice/../bob/Maildir/cur/1.a": b"x"}),
        "an absolute name": tar_of({"/alice/Maildir/cur/1.a": b"x"}),
        "another top folder": tar_of({**mail, "bob/Maildir/cur/1.a": b"x"}),
        "a link that leads out": tar_of(mail, link_out),
        "an absolute link": tar_of(mail, member("alice/out", tarfile.SYMTYPE, "/etc")),
        "a hard link that leads out": tar_of(mail, member("alice/out", tarfile.LNKTYPE, "/etc/passwd")),
        "a file behind a link": tar_of(
            mail, member("alice/in", tarfile.SYMTYPE, "Maildir"), last={"alice/in/cur/2.a": b"x"}
        ),
        "a device": tar_of(mail, member("alice/device", tarfile.CHRTYPE)),
        "a pipe": tar_of(mail, member("alice/pipe", tarfile.FIFOTYPE)),
        "a setuid file": tar_of(mail, setuid),
        "one name twice": tar_of(mail, last=mail),
        "nothing in it": tar_of({}),
        "no archive": b"no archive" * 100,
    }
