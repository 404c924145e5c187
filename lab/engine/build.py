"""Finding or building the engine: the command line, the Python language host, and the scripts that go beside them."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from lab import advice, caches
from lab.engine import go
from lab.errors import LabError
from lab.steps import Step

ACCEPTED: Final = (3, 259, 0)
"""The oldest engine we accept, and the one we build; a new major version is another program."""

VERSION: Final = "v3.259.0"
PROGRAMS: Final = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)

_HERE: Final = Path(__file__).parent
_RECIPE: Final = "1"  # raise it when the same sources shall be built otherwise
_SDK: Final = "github.com/pulumi/pulumi/sdk/v3"
_CLI: Final = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_HOST: Final = f"{_SDK}/python/cmd/pulumi-language-python"
_STAMP: Final = f"-X {_SDK}/go/common/version.Version={VERSION}"
_SCRIPTS: Final = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")


def parse_version(text: str) -> tuple[int, int, int] | None:
    """Read what ``pulumi version`` prints: v3.259.0, perhaps with a suffix."""
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text.strip())
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def is_accepted(version: tuple[int, int, int] | None) -> bool:
    """Say whether an engine of that version will do."""
    return version is not None and version[0] == ACCEPTED[0] and version >= ACCEPTED


def key() -> str:
    """Give the name of what would be built: changes with the sources, the recipe and the machine's kind."""
    digest = hashlib.sha256(f"{_RECIPE} {VERSION} {platform.machine()}".encode())
    for module in ("cli", "host"):
        for file in ("go.mod", "go.sum"):
            digest.update((_HERE / module / file).read_bytes())
    return digest.hexdigest()[:12]


def built_folder() -> Path:
    """Give the folder of the caches where this engine is, or will be."""
    return caches.root() / f"engine-{key()}"


def on_path() -> Path | None:
    """Find an engine on PATH with a version we accept; None if there is none, or only one of our own caches."""
    program = shutil.which("pulumi")
    if program is None or not shutil.which("pulumi-language-python"):
        return None
    if Path(program).is_relative_to(caches.root()):
        return None
    asked = subprocess.run(
        [program, "version"],
        env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Path(program).parent if is_accepted(parse_version(asked.stdout)) else None


def expected() -> Path:
    """Give the folder that has to be on PATH: of the engine that is there, or of the one that is built."""
    return on_path() or built_folder()


def ensure(step: Step) -> None:
    """Have an engine in the expected folder.

    Raises:
        LabError: it cannot be built.
    """
    target = built_folder()
    if on_path() or _is_complete(target):
        return
    with caches.alone(caches.root() / f"{target.name}.lock", lambda: step.say("another lab is building it; waiting")):
        if not _is_complete(target):
            _build(step, target)


def _is_complete(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in PROGRAMS)


def _build(step: Step, target: Path) -> None:
    step.note("no engine on PATH: building it from its Go modules, once; about five minutes and 4 GB of caches")
    work = target.with_name(f"{target.name}.building")
    caches.remove(work)  # of a build that was killed
    work.mkdir()
    toolchain = go.find(step)
    for module in ("cli", "host"):
        shutil.copytree(_HERE / module, work / module)  # building writes into go.sum
    made = work / "bin"
    made.mkdir()
    _compile(step, toolchain, work / "host", package=_HOST, output=made / "pulumi-language-python", stamp="")
    _compile(step, toolchain, work / "cli", package=_CLI, output=made / "pulumi", stamp=_STAMP)
    sdk = _module_folder(step, toolchain, work / "cli")
    for script in _SCRIPTS:
        copy = made / Path(script).name
        shutil.copyfile(sdk / script, copy)
        copy.chmod(0o755)
    caches.remove(target)
    made.rename(target)
    caches.remove(work)
    spare = caches.size_bytes(toolchain.caches) / 2**30
    step.note(f"built; {spare:.1f} GB of Go caches are not needed any more: {advice.FREE_GO_CACHE}")


def _compile(step: Step, toolchain: go.Go, module: Path, *, package: str, output: Path, stamp: str) -> None:
    environment, name = toolchain.environment(), output.name
    fetched = 0

    def count_fetched(line: str) -> None:
        nonlocal fetched
        if line.startswith("go: downloading"):
            fetched += 1
            step.say(f"{name}: fetching modules, {fetched}")

    step.say(f"{name}: looking what is needed")
    listed = step.run(
        toolchain.program, "list", "-deps", package, environment=environment, folder=module, on_line=count_fetched
    )
    total, compiled = len(listed.splitlines()), 0

    def count_compiled(line: str) -> None:
        nonlocal compiled
        if line and not line.startswith(("go:", "#")):
            compiled += 1
            step.say(f"{name}: compiling, {compiled} of at most {total} packages")

    step.run(
        *_gently(), toolchain.program, "build", "-v", "-o", output, "-ldflags", stamp, package,
        environment=environment, folder=module, on_line=count_compiled,
    )  # fmt: skip


def _module_folder(step: Step, toolchain: go.Go, module: Path) -> Path:
    listed = step.run(
        toolchain.program, "list", "-m", "-f", "{{.Dir}}", _SDK, environment=toolchain.environment(), folder=module
    ).strip()
    if not listed:
        raise LabError(f"the module {_SDK} was not fetched; remove the Go caches and try again")
    return Path(listed)


def _gently() -> tuple[str, ...]:
    """Leave the processor to the steps beside: the build takes all there is."""
    return ("nice",) if shutil.which("nice") else ()
