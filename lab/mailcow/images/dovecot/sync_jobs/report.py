"""What a job says at its end: the names, numbers and order are imapsync's, as far as somebody may read them."""

import time
from dataclasses import dataclass, field

CODES = {
    "EX_OK": 0,
    "EXIT_CATCH_ALL": 1,
    "EXIT_TLS_FAILURE": 12,
    "EX_USAGE": 64,
    "EXIT_CONNECTION_FAILURE_HOST1": 101,
    "EXIT_CONNECTION_FAILURE_HOST2": 102,
    "EXIT_WITH_ERRORS": 111,
    "EXIT_OVERQUOTA": 113,
    "EXIT_AUTHENTICATION_FAILURE_USER1": 161,
    "EXIT_AUTHENTICATION_FAILURE_USER2": 162,
}


@dataclass
class Report:
    """Counts of one run; what is `dry` transfers nothing."""

    dry: bool = False
    status: str = "EX_OK"
    folders: int = 0
    transferred: int = 0
    transferred_bytes: int = 0
    skipped: int = 0
    duplicates1: int = 0
    crossduplicates2: int = 0
    """Messages that were left out because they came in another folder."""
    identified1: int = 0
    """Messages of side 1 that count, each once."""
    missing2: int = 0
    """Of these: not on our side at the end."""
    only2: int = 0
    """Messages on our side that side 1 does not have."""
    lines: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.time)

    def says(self, line: str) -> None:
        """Add a line of what happens."""
        self.lines.append(line)

    def fails(self, status: str, line: str) -> None:
        """Note an error; the first one names the end."""
        self.errors.append(line)
        if self.status == "EX_OK":
            self.status = status

    def text(self) -> str:
        """Write it all down."""
        ended = time.time()
        return "\n".join(
            [
                "This is not imapsync: it is what stands for it in the lab.",
                *self.lines,
                "++++ Statistics",
                _line("Transfer started on", time.ctime(self._began)),
                _line("Transfer ended on", time.ctime(ended)),
                _line("Transfer time", f"{ended - self._began:.1f} sec"),
                _line("Folders synced", f"{self.folders}/{self.folders} synced"),
                _line("Messages transferred", self._transferred()),
                _line("Messages skipped", self.skipped),
                _line("Messages found duplicate on host1", self.duplicates1),
                _line("Messages found crossduplicate on host2", self.crossduplicates2),
                _line("Messages found in host1 not in host2", f"{self.missing2} messages"),
                _line("Messages found in host2 not in host1", f"{self.only2} messages"),
                _line("Messages deleted on host1", 0),
                _line("Messages deleted on host2", 0),
                _line("Total bytes transferred", self.transferred_bytes),
                f"Detected {len(self.errors)} errors",
                "",
                *self._judgement(),
                *(f"Err {number}/{len(self.errors)}: {line}" for number, line in enumerate(self.errors, 1)),
                f"Exiting with return value {CODES[self.status]} ({self.status}: the lab's stand-in)",
                "",
            ]
        )

    def _transferred(self) -> str:
        return f"0 (could be {self.transferred} without --dry mode)" if self.dry else str(self.transferred)

    def _judgement(self) -> list[str]:
        if self.folders == 0:
            return []
        if self.missing2:
            left = f"{self.missing2} among {self.identified1} identified messages"
            return [f"The sync is not finished, there are {left} in host1 that are not on host2."]
        return [f"The sync looks good, all {self.identified1} identified messages in host1 are on host2."]


def _line(name: str, value: object) -> str:
    return f"{name:<39} : {value}"
