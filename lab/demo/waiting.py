"""Waiting for a command that must not be left alone when somebody ends us."""

import signal
import subprocess
from types import FrameType


def wait_patiently(process: "subprocess.Popen[bytes]") -> int:
    """Wait for a command also after Ctrl-C and SIGTERM: it ends its engine properly, which takes a while.

    The terminal sends Ctrl-C to both of us; SIGTERM comes to us alone and is passed on.

    Raises:
        KeyboardInterrupt: It was interrupted and has ended.
    """
    interrupted = False

    def pass_on(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        while True:
            try:
                status = process.wait()
            except KeyboardInterrupt:
                interrupted = True
                continue
            if interrupted:
                raise KeyboardInterrupt
            return status
    finally:
        signal.signal(signal.SIGTERM, before)
