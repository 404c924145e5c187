"""What `mailstead adopt` found and did, as text for people and as JSON for machines."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from core.people import MailDomain
from ops.adoption import Adopted


def sentences(adopted: Adopted, *, stack: str, dry_run: bool) -> Iterator[str]:
    """Say it in lines.

    Args:
        adopted: What came of it.
        stack: The stack.
        dry_run: Whether nothing was written.
    """
    yield f"{adopted.survey.hostname} runs mailcow {adopted.survey.version}."
    yield from (f"  {domain.name}: {_of_domain(domain)}" for domain in adopted.people.mail_list.domains)
    if adopted.people.left_out:
        yield "Not in the list, and left as it is there:"
        yield from (f"  {left_out}" for left_out in adopted.people.left_out)
    would = "would be" if dry_run else "was"
    yield _of_file(adopted, would)
    if adopted.key_written:
        yield "The API key is in Vault."
    if adopted.notes_written:
        yield (
            f"Vault {'would be' if dry_run else 'was'} told of {adopted.notes_written} people that their passwords are"
            " their own; none is made or changed."
        )
    if not dry_run:
        yield f"Next: mailstead preview --stack {stack}, and when it says what you expect: mailstead up --stack {stack}"


def as_json(adopted: Adopted) -> str:
    """Say it as JSON: what was found, left out and written."""
    document = {
        "hostname": adopted.survey.hostname,
        "version": adopted.survey.version,
        "domains": [
            {"name": domain.name, **_counts(domain), "catch_all": domain.catch_all}
            for domain in adopted.people.mail_list.domains
        ],
        "left_out": [asdict(left_out) for left_out in adopted.people.left_out],
        "list": asdict(adopted.file),
        "api_key_written": adopted.key_written,
        "notes_written": adopted.notes_written,
        "notices": list(adopted.notices),
    }
    return json.dumps(document, indent=2)


def _of_file(adopted: Adopted, would: str) -> str:
    file = adopted.file
    if file.beside:
        return (
            f"{file.name} {would} written; {file.beside} says something else and stays as it is:"
            f" compare them and take what you want, or add --force"
        )
    if not file.written and would == "was":
        return f"{file.name} says the same already."
    return f"{file.name} {would} written."


_NAMES: Final = {
    "users": ("person", "people"),
    "offboarded": ("switched off, as offboarded",) * 2,
    "aliases": ("alias", "aliases"),
    "lists": ("list", "lists"),
}


def _of_domain(domain: MailDomain) -> str:
    said = [f"{count} {_NAMES[key][count != 1]}" for key, count in _counts(domain).items() if count or key == "users"]
    return ", ".join([*said, *([f"the rest to {domain.catch_all}"] if domain.catch_all else [])])


def _counts(domain: MailDomain) -> dict[str, int]:
    people = (*domain.users, *(leaver.was for leaver in domain.offboarded))
    return {
        "users": len(domain.users),
        "offboarded": len(domain.offboarded),
        "aliases": len(domain.aliases) + sum(len(person.aliases) for person in people) + 2 * bool(domain.postmaster),
        "lists": len(domain.lists),
    }
