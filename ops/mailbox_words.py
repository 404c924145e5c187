"""What happens to one person, in one sentence: from the engine's steps about her and what the server says."""

from collections.abc import Mapping

from ops.facts import Facts
from ops.happening import Happening, Kind
from ops.mailbox_edits import DEFAULTS, edits, forwarding, mail_that_comes, only_ways_in, quota, rules, until
from ops.steps import Step

_Said = tuple[Kind, str]
_REMADE = "gets a NEW first password: the one in Vault is gone"


def person(steps: Mapping[str, Step], *, recorded: bool, facts: Facts) -> Happening | None:
    """Say what happens to one person; None when nothing worth a line does.

    Args:
        steps: What would happen to what she has, by kind: ``Mailbox``, ``VaultSecret``, ``MoveIn``.
        recorded: Whether the stack's Roster has her address: a mailbox that would be made was there before.
        facts: What servers and Vault tell.
    """
    address = next(iter(steps.values())).name
    mailbox, secret = steps.get("Mailbox"), steps.get("VaultSecret")
    if mailbox is None:
        found = _only_secret(secret, recorded=recorded)
    else:
        found = _mailbox(mailbox, secret, recorded=recorded, facts=facts)
    moving = _moving_in(steps.get("MoveIn"))
    if found is None and not moving:
        return None
    kind, sentence = found or ("changes", "")
    return Happening(
        kind=kind,
        subject=address,
        sentence="; ".join(filter(None, (sentence, moving))),
        about_people=True,
        held=facts.held.get(address),
        not_reachable=address.rpartition("@")[2] in facts.not_reachable,
    )


def _mailbox(mailbox: Step, secret: Step | None, *, recorded: bool, facts: Facts) -> _Said:
    op = secret.op if secret else ""
    match mailbox.op:
        case "create" if mailbox.name in facts.held:
            return _there_already(mailbox, facts)
        case "create" if recorded and mailbox.name not in facts.never_made:
            return "recreates", _made_again(mailbox.name, facts, new_password=op == "create")
        case "create":
            return "adds", _made(mailbox, with_password=op == "create")
        case "delete":
            password = "; its first password goes from Vault" if op == "delete" else ""
            return "deletes", f"is deleted, with all mail in it{facts.bracket(mailbox.name)}{password}"
        case "replace":
            password = ", with a NEW first password" if op in {"create", "replace"} else ""
            gone = f"is deleted, with all mail in it{facts.bracket(mailbox.name)}"
            return "recreates", f"{gone}, and made again, EMPTY{password}"
        case _:
            return _changed(mailbox, facts, remade=op == "replace" or (recorded and op == "create"))


def _made(mailbox: Step, *, with_password: bool) -> str:
    new = {**DEFAULTS, **mailbox.new}
    password = " and a first password" if with_password else ""
    closed = "" if new.get("active", True) else f"closed from the start, its mail kept until {until(new)}"
    plain = {**new, **DEFAULTS, "protocols": new["protocols"]}
    ways_in = "" if new["protocols"] == DEFAULTS["protocols"] else only_ways_in(new)
    made = f"gets a mailbox of {quota(new)} MiB{password}"
    told = [made, closed, ways_in, *edits(plain, new), *rules(plain, new)]
    return "; ".join(filter(None, told))


def _made_again(address: str, facts: Facts, *, new_password: bool) -> str:
    password = ", with a NEW first password" if new_password else ""
    told = f"is made again, EMPTY{password}: the mailbox was deleted outside of this program"
    server = facts.not_reachable.get(address.rpartition("@")[2])
    if server:
        told += f" (what the server has is not known: {server} is not reachable)"
    if address in facts.unsure:
        told += "; or it was never made: Vault, which would know, does not answer"
    return told


def _there_already(mailbox: Step, facts: Facts) -> _Said:
    found, stack = facts.held[mailbox.name], mailbox.stack
    if found.owner == stack:
        return "adds", f"is on the server already, from an earlier run, and is taken up as it is ({found.phrase})"
    if found.owner is not None:
        return "refused", f"belongs to stack {found.owner}, and `up` refuses it ({found.phrase}); let one list name it"
    if facts.adopt:
        return "adds", f"is taken over as it is, mail and password untouched ({found.phrase})"
    return "refused", (
        f"is on the server already, not made by Mailstead, and `up` refuses it ({found.phrase});"
        " rename or delete it in mailcow, take it out of the list, or set adopt: true"
    )


def _changed(mailbox: Step, facts: Facts, *, remade: bool) -> _Said:
    old, new = {**DEFAULTS, **mailbox.old}, {**DEFAULTS, **mailbox.new}
    password, bracket = [_REMADE] if remade else [], facts.bracket(mailbox.name)
    was_open, is_open = bool(old.get("active", True)), bool(new.get("active", True))
    if was_open and not is_open:
        told = f"is closed; the mail is kept until {until(new)}{bracket}; {mail_that_comes(new)}"
        return "closes", "; ".join([told, *edits(old, new)])
    if is_open and not was_open:
        told = f"comes back: log-in is open again, mail and password are as they were{bracket}"
        onward = [forwarding({}, new)] if new.get("forward_to") else []
        return "reopens", "; ".join([told, *password, *edits(old, new), *onward])
    told = [*password, *edits(old, new), *rules(old, new)] or [_nothing_special(old, new)]
    return ("replaces" if remade else "changes"), "; ".join(told)


def _nothing_special(old: Mapping[str, object], new: Mapping[str, object]) -> str:
    if not new.get("active", True):
        return "is closed again: what is still open of it is ended"
    if old.get("secret_made") != new.get("secret_made"):
        return "gets the first password that Vault holds"
    return "is brought to what the list says"


def _only_secret(secret: Step | None, *, recorded: bool) -> _Said | None:
    match secret.op if secret else "":
        case "create" if not recorded:
            return "adds", "gets a first password"
        case "create" | "replace":
            return "replaces", _REMADE
        case "delete":
            return "deletes", "loses the first password in Vault"
        case _:
            return None


def _moving_in(step: Step | None) -> str:
    if step is None or step.only_follows_host:
        return ""
    match step.op:
        case "delete":
            return f"no more mail is brought from {step.old.get('host')}; what came stays"
        case "create" | "replace":
            return f"mail is brought from {step.new.get('host')}, where it is {step.new.get('user')}'s"
        case _:
            return f"mail is brought from {step.new.get('host')} with other settings"
