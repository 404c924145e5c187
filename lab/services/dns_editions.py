"""The zones of a name server on disk: each edition is a file of its own, named by its zone and serial.

A new name makes BIND drop the edition before together with its journal of dynamic updates, which would not fit.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from lab import machine
from lab.errors import LabError
from lab.services import dns_files
from lab.services.dns_files import ROOT


def all_of(folder: Path) -> dict[str, list[Path]]:
    """Give every edition of every zone, that of a run that was killed included."""
    found: dict[str, list[Path]] = {}
    for file in _place(folder).iterdir():
        name, _, serial = file.name.rpartition(".")
        if serial.isdecimal():
            found.setdefault(ROOT if name == "root" else name, []).append(file)
    return found


def newest(folder: Path) -> dict[str, Path]:
    """Give the newest edition of every zone."""
    return {zone: max(editions, key=serial_of) for zone, editions in all_of(folder).items()}


def serial_of(file: Path) -> int:
    """Give the serial that an edition began with."""
    return int(file.name.rpartition(".")[2])


def write(folder: Path, zone: str, text: str, serial: int) -> Path:
    """Write an edition, whole or not at all.

    Raises:
        LabError: BIND's checker refuses it.
    """
    file = _place(folder) / f"{'root' if zone == ROOT else zone}.{serial}"
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, encoding="utf-8")
    # -i local: the other checks would ask the resolver of this machine.
    argv = [machine.find("named-checkzone") or "named-checkzone", "-i", "local", zone, str(new)]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise LabError(f"BIND does not take the zone {zone}: {' | '.join(ended.stdout.splitlines())}")
    return new.rename(file)


def declare(folder: Path, files: Mapping[str, Path]) -> None:
    """Tell the server which zones there are; it learns it when it starts or is told to reload."""
    file = folder / "zones.conf"
    new = file.with_suffix(".new")
    new.write_text(dns_files.zone_clauses(files), encoding="utf-8")
    new.replace(file)


def clear(folder: Path, files: Mapping[str, Path]) -> None:
    """Remove what is served no more, with the journals of dynamic updates."""
    served = {file.name for file in files.values()}
    for file in _place(folder).iterdir():
        if file.name.removesuffix(".jnl") not in served:
            file.unlink()


def _place(folder: Path) -> Path:
    place = folder / "zones"
    place.mkdir(parents=True, exist_ok=True)
    return place
