"""CI/: what a pipeline says in pull requests and issues, and how it comes to its keys; `gh` and Vault are played."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from core.errors import RefusedError
from ops.engine import Engine
from ops.project import Project

REPOSITORY = Path(__file__).parents[2]
TOKEN = "hvs.of-this-run"
# Keeps what it was asked, the body of a comment or issue, and answers with what lies in answers/.
_GH = """\
#!/bin/bash
printf '%s\\n' "$*" >>"$PLAY/gh.calls"
for word in "$@"; do
  case $word in
    body=@*) cp "${word#body=@}" "$PLAY/body" ;;
    */body.md) cp "$word" "$PLAY/body" ;;
  esac
done
case $* in
  *--paginate*) cat "$PLAY/comments" ;;
  "issue list"*) cat "$PLAY/issues" ;;
esac
"""
_CURL = """\
#!/bin/bash
printf '%s\\n' "$*" >>"$PLAY/curl.calls"
cat >"$PLAY/login"
cat "$PLAY/answer"
[[ -s $PLAY/answer ]]
"""


class Pipeline:
    """A checkout in a pipeline, with a `mailstead` that says what a test has it say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.play = folder / "play"
        programs = folder / "programs"
        for made in (folder / "CI", self.play, programs):
            made.mkdir()
        for script in ("preview-comment.sh", "drift-issue.sh", "stack-names.sh", "with-access.sh", "needs.sh"):
            shutil.copy(REPOSITORY / "CI" / script, folder / "CI" / script)
        (folder / "ops").mkdir()
        shutil.copy(REPOSITORY / "ops" / "engine.py", folder / "ops" / "engine.py")
        for name, text in (("gh", _GH), ("curl", _CURL)):
            self._program(programs / name, text)
        for name in ("comments", "issues"):
            (self.play / name).write_text("[]", encoding="utf-8")
        (self.play / "answer").write_text(json.dumps({"auth": {"client_token": TOKEN}}), encoding="utf-8")
        self.mailstead("", 0)

    def _program(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def mailstead(self, said: str, status: int, *, complained: str = "") -> None:
        """Have it say this and end with this exit code."""
        (self.play / "said").write_text(said, encoding="utf-8")
        (self.play / "complained").write_text(complained, encoding="utf-8")
        speak = 'echo "$*" >>"$PLAY/mailstead.calls"; cat "$PLAY/said"; cat "$PLAY/complained" >&2'
        self._program(self.folder / "mailstead", f"#!/bin/bash\n{speak}\nexit {status}\n")

    def pulumi(self, version: str) -> Path:
        """Have its Pulumi say this version."""
        path = self.folder / "programs" / "pulumi"
        self._program(path, f"#!/bin/bash\n[[ $1 == version ]] && echo '{version}'\n")
        return path

    def run(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.folder / "CI" / script), *arguments],
            check=False,
            capture_output=True,
            text=True,
            env={
                "PATH": f"{self.folder / 'programs'}:{os.environ['PATH']}",
                "PLAY": str(self.play),
                "GITHUB_REPOSITORY": "example/mail",
                "TMPDIR": str(self.play),
                **environment,
            },
        )

    def asked(self, program: str) -> list[str]:
        calls = self.play / f"{program}.calls"
        return calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []

    def body(self) -> str:
        return (self.play / "body").read_text(encoding="utf-8")


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline(tmp_path)


MARKER = "<!-- mailstead preview of stack prod -->"
COMMENT = f"{MARKER}\n### Mail\n| bob@example.com | **deleted** |\n"


@pytest.mark.parametrize("status", [0, 10, 11, 12])
def test_a_pull_request_gets_the_preview_in_words_and_the_job_is_green(pipeline: Pipeline, status: int) -> None:
    pipeline.mailstead(COMMENT, status)

    done = pipeline.run("preview-comment.sh", "prod", "7")

    assert done.returncode == 0
    assert pipeline.body() == COMMENT
    assert "--method POST repos/example/mail/issues/7/comments" in pipeline.asked("gh")[-1]
    assert pipeline.asked("mailstead") == ["preview --stack prod --markdown"]


def test_the_comment_of_an_earlier_run_is_written_over_and_those_of_others_are_not(pipeline: Pipeline) -> None:
    comments = [{"id": 1, "body": f"I like\n{MARKER}"}, {"id": 2, "body": "<!-- mailstead preview of stack dev -->\n"}]
    pages = json.dumps(comments) + json.dumps([{"id": 3, "body": f"{MARKER}\nof before"}])
    (pipeline.play / "comments").write_text(pages, encoding="utf-8")
    pipeline.mailstead(COMMENT, 10)

    pipeline.run("preview-comment.sh", "prod", "7")

    assert "--method PATCH repos/example/mail/issues/comments/3" in pipeline.asked("gh")[-1]


def test_a_refused_preview_is_said_and_makes_the_job_red(pipeline: Pipeline) -> None:
    pipeline.mailstead(COMMENT, 3)

    assert pipeline.run("preview-comment.sh", "prod", "7").returncode == 3
    assert pipeline.body() == COMMENT


def test_a_file_that_has_to_be_corrected_is_said_with_its_line_as_plain_text(pipeline: Pipeline) -> None:
    pipeline.mailstead("", 2, complained="mailstead: mail_list.yml:4: *bob* stands twice\n")

    done = pipeline.run("preview-comment.sh", "prod", "7")

    assert done.returncode == 2
    assert pipeline.body().startswith(f"{MARKER}\n### Mail: stack prod cannot be previewed\n")
    assert "    mailstead: mail_list.yml:4: *bob* stands twice\n" in pipeline.body()
    assert "stands twice" in done.stderr


def test_drift_opens_an_issue_that_says_what_differs(pipeline: Pipeline) -> None:
    pipeline.mailstead("eve@example.com was made by hand\n", 10)

    done = pipeline.run("drift-issue.sh", "prod")

    assert done.returncode == 10
    assert pipeline.asked("gh")[-1].startswith("issue create --repo example/mail --title Mail servers of stack prod")
    assert pipeline.body() == "    eve@example.com was made by hand\n"


def test_drift_keeps_one_issue_and_closes_it_when_nothing_differs(pipeline: Pipeline) -> None:
    open_ones = [
        {"number": 4, "title": "Mail servers of stack prod differ from the list, says bob"},
        {"number": 5, "title": "Mail servers of stack prod differ from the list"},
    ]
    (pipeline.play / "issues").write_text(json.dumps(open_ones), encoding="utf-8")
    pipeline.mailstead("a server could not be asked\n", 1)
    assert pipeline.run("drift-issue.sh", "prod").returncode == 1
    assert pipeline.asked("gh")[-1].startswith("issue edit 5 ")

    pipeline.mailstead("nothing differs\n", 0)
    assert pipeline.run("drift-issue.sh", "prod").returncode == 0
    assert pipeline.asked("gh")[-1].startswith("issue close 5 ")


def test_nothing_is_opened_where_nothing_differs(pipeline: Pipeline) -> None:
    assert pipeline.run("drift-issue.sh", "prod").returncode == 0

    assert [call.split()[:2] for call in pipeline.asked("gh")] == [["issue", "list"]]


def test_a_matrix_is_made_of_the_stacks_that_serve_people(pipeline: Pipeline) -> None:
    pipeline.mailstead('[{"name": "eu"}, {"name": "us"}]', 0)
    assert pipeline.run("stack-names.sh").stdout == 'names=["eu","us"]\n'

    pipeline.mailstead("[]", 3, complained="startup.io is served by no production stack\n")
    done = pipeline.run("stack-names.sh")
    assert done.returncode == 3
    assert "startup.io" in done.stderr


ACCESS = {
    "VAULT_ADDR": "https://vault.example.com",
    "VAULT_ROLE_ID": "the-role",
    "VAULT_SECRET_ID": "the-secret-id",
    "SSH_KEY": "the-ssh-key",
    "OCI_KEY": "the-cloud-key",
}
_LOOK = 'echo "$VAULT_TOKEN"; cat "$MAILSTEAD_SSH_KEY" "$TF_VAR_private_key_path"; stat -c %a "$MAILSTEAD_SSH_KEY"; env'


def test_a_command_has_its_keys_as_files_for_itself_alone_and_they_are_gone_afterwards(pipeline: Pipeline) -> None:
    done = pipeline.run("with-access.sh", "bash", "-c", _LOOK, **ACCESS)

    lines = done.stdout.splitlines()
    assert lines[:4] == [TOKEN, "the-ssh-key", "the-cloud-key", "600"]
    assert "the-secret-id" not in done.stdout
    kept = next(line.partition("=")[2] for line in lines if line.startswith("MAILSTEAD_SSH_KEY="))
    assert not Path(kept).parent.exists()


def test_no_secret_stands_in_an_argument(pipeline: Pipeline) -> None:
    pipeline.run("with-access.sh", "true", **ACCESS)

    (call,) = pipeline.asked("curl")
    assert not [secret for name, secret in ACCESS.items() if name != "VAULT_ADDR" and secret in call]
    assert json.loads((pipeline.play / "login").read_text(encoding="utf-8")) == {
        "role_id": "the-role",
        "secret_id": "the-secret-id",
    }


def test_a_failed_command_fails_the_job_and_leaves_no_key(pipeline: Pipeline) -> None:
    before = set(pipeline.play.iterdir())

    assert pipeline.run("with-access.sh", "bash", "-c", "exit 12", **ACCESS).returncode == 12
    assert {path.name for path in set(pipeline.play.iterdir()) - before} == {"curl.calls", "login"}


@pytest.mark.parametrize("missing", ["VAULT_ADDR", "VAULT_SECRET_ID", "SSH_KEY"])
def test_what_is_not_set_is_named(pipeline: Pipeline, missing: str) -> None:
    done = pipeline.run("with-access.sh", "true", **{name: text for name, text in ACCESS.items() if name != missing})

    assert done.returncode == 1
    assert f"{missing} is not set" in done.stderr


def test_a_vault_that_refuses_is_named_and_the_command_is_not_run(pipeline: Pipeline) -> None:
    (pipeline.play / "answer").write_text("", encoding="utf-8")

    done = pipeline.run("with-access.sh", "touch", str(pipeline.play / "ran"), **ACCESS)

    assert done.returncode == 1
    assert "does not let the machine in" in done.stderr
    assert not (pipeline.play / "ran").exists()


def test_all_that_a_runner_has_not_got_is_said_at_once(pipeline: Pipeline) -> None:
    done = pipeline.run("needs.sh", "gh", "bash", "no-such-program", "nor-this")

    assert done.returncode == 1
    assert "this machine has no no-such-program nor-this; install it on the runner" in done.stderr
    assert pipeline.run("needs.sh", "gh", "bash").returncode == 0


def refusal(pulumi: Path, folder: Path) -> str:
    """Say what `mailstead` itself says of a Pulumi that is too old."""
    engine = Engine(project=Project(folder=folder, stack="prod"), env=os.environ, program=str(pulumi))
    with pytest.raises(RefusedError) as refused:
        engine.require()
    return str(refused.value)


def test_a_pulumi_that_mailstead_would_refuse_is_said_beside_what_is_missing(pipeline: Pipeline) -> None:
    said = refusal(pipeline.pulumi("v3.9.1"), pipeline.folder)
    done = pipeline.run("needs.sh", "pulumi", "no-such-program")

    assert done.returncode == 1
    assert "this machine has no no-such-program;" in done.stderr
    assert f"needs: {said}" in done.stderr.splitlines()


@pytest.mark.parametrize("version", ["v{}", "v{}-alpha.1", "v4.0.0"])
def test_a_pulumi_that_is_new_enough_is_taken(pipeline: Pipeline, version: str) -> None:
    said = refusal(pipeline.pulumi("v3.9.1"), pipeline.folder)
    pipeline.pulumi(version.format(re.findall(r"[0-9.]+", said)[1]))

    assert pipeline.run("needs.sh", "pulumi").returncode == 0


def test_a_pulumi_that_does_not_say_its_version_is_not_taken(pipeline: Pipeline) -> None:
    pipeline.pulumi("")

    done = pipeline.run("needs.sh", "pulumi")

    assert done.returncode == 1
    assert "does not say its version" in done.stderr
