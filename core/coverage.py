"""Which stack serves which domain: of the stacks that serve people, exactly one has each domain of the lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ServedStack:
    """A stack and what it serves.

    Attributes:
        name: The stack's name.
        production: Whether it serves people; others are for trying things.
        mail_list: Name of its list of people.
        domains: The domains of that list which it serves.
    """

    name: str
    production: bool
    mail_list: str
    domains: tuple[str, ...]


def coverage_problems(stacks: Sequence[ServedStack], listed: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Say which domains nobody serves and which ones two stacks fight over.

    Args:
        stacks: All stacks of the project.
        listed: The domains of each list, by the list's name.

    Returns:
        One sentence a problem, with what to write instead; empty when each domain has exactly one stack.
    """
    serving = [stack for stack in stacks if stack.production]
    if not serving:
        return ("no stack serves people; write mailstead:production: true into the stack file of the one that does",)
    problems: list[str] = []
    for mail_list, domains in sorted(listed.items()):
        for domain in domains:
            names = [stack.name for stack in serving if domain in stack.domains]
            if not names:
                problems.append(
                    f"{domain} of {mail_list} is served by no production stack;"
                    " add it to domain_names of the one that is to serve it"
                )
            elif len(names) > 1:
                problems.append(
                    f"{domain} of {mail_list} is served by {len(names)} production stacks, {' and '.join(names)};"
                    " take it out of domain_names of all but one"
                )
    return tuple(dict.fromkeys(problems))
