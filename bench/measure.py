"""What is measured: the product, the engine without it, and mailcow's API without both."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import requests
import yaml

from bench.costs import CostlyMailcow
from mailcow.transport import session_over_tls
from tests.chaos.campaign.records import ROOT
from tests.chaos.campaign.stack import API_KEY, HOSTNAME, KEY_PATH
from tests.chaos.exchange import served
from tests.chaos.real.certificates import server_context
from tests.chaos.real.openbao import OpenBao
from tests.chaos.real.pulumi import Ended, Pulumi, people_config
from tests.clients.openbao import TOKEN, running

DOMAIN: Final = "bench.example"
_THREADS: Final = 4
"""As many calls at once as the engine's plugin makes."""


@dataclass(frozen=True, kw_only=True)
class Product:
    """What the product needs."""

    up_s: float
    """First update, in seconds."""
    preview_s: float
    """A preview that finds nothing to do."""
    resources: int
    exchanges: int
    """With mailcow, in the update."""


@dataclass(frozen=True, kw_only=True)
class Floor:
    """What the engine needs for as many resources of people, whose providers do nothing."""

    up_s: float
    preview_s: float
    resources: int


def product(people: int) -> Product:
    """Bring people up with the real program, on a mailcow in memory that costs what a real one does."""
    mailcow = CostlyMailcow()
    with _mailcow_over_tls(mailcow) as (folder, port, bundle), running(folder) as vault:
        OpenBao(vault).write(KEY_PATH, {"key": API_KEY})
        mail_list = folder / "mail_list.yml"
        names = [f"user{number}" for number in range(people)]
        mail_list.write_text(yaml.safe_dump({"domains": [{"name": DOMAIN, "users": names}]}), encoding="utf-8")
        engine = Pulumi(
            folder / "stack",
            config=people_config(mailcow_port=port, ca_bundle=bundle, mail_list=mail_list),
            environment={"VAULT_ADDR": vault, "VAULT_TOKEN": TOKEN},
        )
        engine.begin()
        # As `mailstead up` does when it touches nobody but people.
        up_s = _timed(lambda: engine.up(checkpoints=False))
        exchanges = mailcow.exchanges
        preview_s = _timed(lambda: engine.preview("--expect-no-changes"))
    made = len(mailcow.tables.mailboxes)
    if made != people:
        raise RuntimeError(f"{made} mailboxes were made, not {people}")
    return Product(up_s=up_s, preview_s=preview_s, resources=2 * people, exchanges=exchanges)


def engine_floor(people: int) -> Floor:
    """Bring up as many resources as people have, a first password and a mailbox each, that do nothing."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Pulumi(
            Path(folder) / "stack",
            project=ROOT / "bench" / "floor",
            config={},
            environment={"FLOOR_RESOURCES": str(2 * people)},
        )
        engine.begin()
        up_s = _timed(lambda: engine.up(checkpoints=False))
        preview_s = _timed(lambda: engine.preview("--expect-no-changes"))
    return Floor(up_s=up_s, preview_s=preview_s, resources=2 * people)


def api_floor_s(people: int) -> float:
    """Add as many mailboxes by four threads, and nothing else; in seconds."""
    mailcow = CostlyMailcow()
    with _mailcow_over_tls(mailcow) as (_, port, bundle):
        here = threading.local()

        def post(route: str, body: dict[str, object]) -> None:
            session: requests.Session | None = getattr(here, "session", None)
            if session is None:
                session = here.session = session_over_tls(connect_to=f"127.0.0.1:{port}", ca_bundle=str(bundle))
            answer = session.post(
                f"https://{HOSTNAME}/api/v1/{route}", json=body, headers={"X-API-Key": API_KEY}, timeout=60
            )
            if "danger" in answer.text or not answer.text:
                raise RuntimeError(f"{route}: {answer.text[:200]}")

        post("add/domain", {"domain": DOMAIN, "mailboxes": people, "quota": 10**7, "key_size": 0})
        started = time.monotonic()
        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(lambda number: post("add/mailbox", _mailbox(number)), range(people)))
        return time.monotonic() - started


def _mailbox(number: int) -> dict[str, object]:
    word = "Bench-Password-1"
    name: dict[str, object] = {"local_part": f"user{number}", "domain": DOMAIN, "name": "", "quota": 2048}
    return {**name, "password": word, "password2": word, "active": "1"}


def _timed(command: Callable[[], Ended]) -> float:
    started = time.monotonic()
    ended = command()
    if ended.status != 0:
        raise RuntimeError(ended.output[-3000:])
    return time.monotonic() - started


@contextmanager
def _mailcow_over_tls(mailcow: CostlyMailcow) -> Iterator[tuple[Path, int, Path]]:
    """Serve it; gives a folder for whoever uses it, the port, and the file of its certificate's authority."""
    with tempfile.TemporaryDirectory() as folder:
        context, bundle = server_context(HOSTNAME, Path(folder))
        with served(mailcow.answer, tls=context) as port:
            yield Path(folder), port, bundle
