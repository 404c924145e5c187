"""`mailstead stacks`: which stack serves which domain, for people and for a pipeline's matrix."""

import json

from typer.testing import CliRunner

from ops.cli import app
from tests.ops.workplace import LIST, STACK_FILE, Operator

SECOND = LIST + "  - name: startup.io\n    users: [carol]\n"


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["stacks", *arguments])
    return result.exit_code, result.stdout, result.stderr


def write(here: Operator, stack: str, *, domains: str, production: bool) -> None:
    text = f"{STACK_FILE}  mailstead:domain_names: {domains}\n  mailstead:production: {str(production).lower()}\n"
    (here.project.folder / f"Pulumi.{stack}.yaml").write_text(text, encoding="utf-8")


def test_a_pipeline_reads_the_names_of_the_stacks_that_serve_people(here: Operator) -> None:
    (here.project.folder / "mail_list.yml").write_text(SECOND, encoding="utf-8")
    write(here, "eu", domains="[example.com]", production=True)
    write(here, "us", domains="[startup.io]", production=True)

    status, said, _ = run("--production", "--json")

    assert status == 0
    assert [(one["name"], one["domains"]) for one in json.loads(said)] == [
        ("eu", ["example.com"]),
        ("us", ["startup.io"]),
    ]


def test_a_domain_that_no_production_stack_serves_ends_with_refused(here: Operator) -> None:
    (here.project.folder / "mail_list.yml").write_text(SECOND, encoding="utf-8")
    write(here, "prod", domains="[example.com]", production=True)

    status, said, complained = run()

    assert status == 3
    assert "prod   yes            mail_list.yml  example.com" in said
    assert "startup.io of mail_list.yml is served by no production stack" in complained


def test_the_problems_of_all_stack_files_come_at_once_and_those_of_their_list_once(here: Operator) -> None:
    (here.project.folder / "mail_list.yml").write_text(LIST.replace("alice", "Alice"), encoding="utf-8")
    write(here, "prod", domains="[example.com]", production=True)
    for name, key in (("one", "regoin"), ("two", "zone")):
        (here.project.folder / f"Pulumi.{name}.yaml").write_text(
            f"{STACK_FILE}  mailstead:{key}: x\n", encoding="utf-8"
        )

    status, _, complained = run()

    assert status == 2
    assert "Pulumi.one.yaml:6" in complained
    assert "Pulumi.two.yaml:6" in complained
    assert complained.count("mail_list.yml:3") == 1
