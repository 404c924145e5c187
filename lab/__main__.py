"""The lab's command line, `.venv/bin/python -m lab`: up | demo | env | status | down | clean-cache."""

import json
import shlex
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from lab import advice, bringup, caches, cleaning, stack, takedown, topology
from lab import status as lab_status
from lab.demo.story import Demo
from lab.errors import LabError
from lab.world import World

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="A whole world for Mailstead on this machine: engine, Docker, network, Vault, package mirror, images.",
    epilog=f"Examples:  {advice.bring_up('demo')}  ·  {advice.enter('demo')}  ·  {advice.END}",
    pretty_exceptions_enable=False,
)

_WORLD = Annotated[str, typer.Argument(help="What the world is called.")]
_INTERRUPTED = 130


@app.command(epilog=f"Example:  {advice.bring_up('try')}")
def up(world: _WORLD = "demo") -> None:
    """Bring a world up; run again, it mends what died and builds what changed."""
    console = Console(stderr=True)
    with _told(console):
        raised = bringup.up(world, console=console)
        console.print(f"world {raised.name} is up; use it with: {advice.enter(raised.name)}", highlight=False)


@app.command(epilog=f"Example:  {advice.bring_up('demo')}")
def demo() -> None:
    """Bring the world demo up and the product in it: people reading mail, then one person more."""
    # In a log nothing has to fit a window.
    console = Console() if sys.stdout.isatty() else Console(width=140)
    with _told(Console(stderr=True)):
        began = time.monotonic()
        world = bringup.up("demo", console=console)
        of_demo = stack.LabStack(world=world, project=topology.CLONE, name=world.name)
        Demo(stack=of_demo, console=console).run(lab_took_s=time.monotonic() - began)


@app.command(epilog=f"Example:  {advice.enter('demo')}")
def env(world: _WORLD = "demo") -> None:
    """Print the environment of somebody who works in a world, as a shell reads it."""
    with _told(Console(stderr=True)):
        found = World.load(topology.world_folder(topology.CLONE, world))
        print("unset PULUMI_CONFIG_PASSPHRASE VAULT_NAMESPACE")  # they would win over what follows
        exported = found.environment()
        of_world = stack.LabStack(world=found, project=topology.CLONE, name=world)
        if of_world.token_file.exists():
            exported["VAULT_TOKEN"] = of_world.mint_token()
        for name, value in exported.items():
            print(f"export {name}={shlex.quote(value)}")
        with suppress(stack.RunError):  # no stack yet
            for command in of_world.ssh_commands():
                sys.stderr.write(f"a mail host: {command}\n")  # standard output is for the shell


@app.command(epilog=f"Example:  {advice.LAB} status --json")
def status(*, as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False) -> None:
    """Say what is up."""
    with _told(Console(stderr=True)):
        found = lab_status.status()
        print(json.dumps(asdict(found), indent=2) if as_json else lab_status.in_words(found))


@app.command(epilog=f"Examples:  {advice.LAB} down demo  ·  {advice.END}")
def down(world: Annotated[str | None, typer.Argument(help="Which; all if not said.")] = None) -> None:
    """End a world, or all of this clone, and remove all that was theirs; caches and Debian packages stay."""
    console = Console(stderr=True)
    with _told(console):
        had_anything = (topology.CLONE / ".lab").exists()
        ended = (world,) if world else takedown.known_worlds(topology.CLONE)
        takedown.down(world, say=lambda text: console.print(text, highlight=False))
        for name in ended:
            stack.forget(topology.CLONE, name)
        console.print(takedown.in_words(ended, had_anything=had_anything), highlight=False, soft_wrap=True)


@app.command(name="clean-cache", epilog=f"Examples:  {advice.FREE_GO_CACHE}  ·  {advice.FREE_CACHES}")
def clean_cache(
    *,
    go: Annotated[bool, typer.Option("--go", help="Only what building the engine fetched and compiled.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove downloads and builds that outlive labs; the next lab makes them again."""
    with _told(Console(stderr=True)):
        parts = cleaning.removable(only_go=go)
        if not parts:
            print(f"nothing to remove in {caches.root()}")
            return
        for part in parts:
            print(f"{part.size_mib:8} MiB  {part.path.name:28} {part.meaning}")
        if yes or typer.confirm("Remove these?"):
            cleaning.remove(parts)


@contextmanager
def _told(console: Console) -> Generator[None]:
    """Turn what goes wrong into a sentence and an exit code; SIGTERM ends as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except LabError as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(error.exit_code) from None
    except OSError as error:  # the disk is full, a file may not be written
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(LabError.exit_code) from None
    except KeyboardInterrupt:
        console.print("stopped; the same command goes on from here, make down removes what there is")
        raise typer.Exit(_INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    app(prog_name=advice.LAB)
