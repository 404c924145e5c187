"""Another version of mailcow is told as what it is, and not as a set-up step that runs again."""

from tests.ops.steps import Plain, sentences, step

COMMAND = "command:remote:Command"


def line(version: str, *, script: str = "aaa") -> dict[str, str]:
    words = "sudo bash /home/ubuntu/.mailstead/scripts/install-mailcow.sh https://example.org/mailcow"
    text = f"{words} {version} # script sha256:{script} instance ocid1.instance.oc1..a"
    return {"create": text, "update": text}


def mailcow(number: int, old: dict[str, str], new: dict[str, str]) -> Plain:
    return step("update", COMMAND, f"mail-host-{number}-mailcow", old=old, new=new)


SENTENCE = (
    "goes from mailcow 2026-07a to 2026-09: a backup first, then mail waits for some minutes; if it is not sent"
    " and read with the new one, the old one comes back with its data"
)


def test_an_upgrade_is_told_with_both_versions_and_the_wait() -> None:
    assert sentences(mailcow(1, line("2026-07a"), line("2026-09"))) == [f"mail-host-1 {SENTENCE}"]


def test_hosts_that_are_upgraded_together_are_one_line() -> None:
    both = [mailcow(number, line("2026-07a"), line("2026-09")) for number in (1, 2)]

    assert sentences(*both) == [f"each of mail-host-1 and mail-host-2 {SENTENCE}"]


def test_the_same_version_by_another_script_is_no_upgrade() -> None:
    assert sentences(mailcow(1, line("2026-07a"), line("2026-07a", script="bbb"))) == [
        "mail-host-1 1 set-up step run again (mailcow)"
    ]
