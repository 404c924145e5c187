"""Finds in the list whom a command names: one person, or all of a domain."""

from core.addresses import address_in_dns, domain_in_dns
from core.desired import DesiredMailbox, DesiredState
from core.errors import RefusedError
from core.suggestions import did_you_mean, shown


def person(state: DesiredState, address: str, *, mail_list: str) -> DesiredMailbox:
    """Find the active person who has an address.

    Args:
        state: What the list says.
        address: As somebody typed it: in upper case, or with a domain as people write it, too.
        mail_list: The list's name, for errors.

    Raises:
        RefusedError: Nobody has it, it is an alias, or its person has left; says what to write.
    """
    wanted = _in_dns(address)
    found = {mailbox.address: mailbox for mailbox in state.mailboxes}.get(wanted)
    if found is None:
        raise RefusedError(_nobody(state, wanted, typed=address, mail_list=mail_list))
    if not found.active:
        raise RefusedError(
            f"{wanted} is offboarded in {mail_list} and cannot log in, so there is no password to give; "
            "who comes back goes from offboarded to users again"
        )
    return found


def people_of(state: DesiredState, domain: str, *, mail_list: str) -> tuple[DesiredMailbox, ...]:
    """Find everybody of a domain, those who have left too, in the list's order.

    Raises:
        RefusedError: The stack serves no such domain.
    """
    try:
        wanted = domain_in_dns(domain.strip().lower())
    except ValueError:
        wanted = domain
    served = [each.name for each in state.domains]
    if wanted not in served:
        meant = did_you_mean(wanted, served)
        advice = f"did you mean {meant}?" if meant else f"it serves {', '.join(served)}"
        raise RefusedError(f"stack {state.stack} serves no domain {shown(domain)} of {mail_list}; {advice}")
    return tuple(mailbox for mailbox in state.mailboxes if mailbox.domain == wanted)


def _in_dns(address: str) -> str:
    typed = address.strip().lower()
    try:
        return address_in_dns(typed)
    except ValueError:
        return typed  # nobody has it, and the nearest is offered


def _nobody(state: DesiredState, wanted: str, *, typed: str, mail_list: str) -> str:
    alias = next((alias for alias in state.aliases if alias.address == wanted), None)
    if alias is not None:
        return f"{wanted} is no mailbox: its mail goes to {', '.join(alias.goto)}; name the person instead"
    # Somebody may have typed only what stands before the @.
    names = {m.address if "@" in wanted else m.local_part: m.address for m in reversed(state.mailboxes)}
    meant = names.get(did_you_mean(wanted, names) or "")
    advice = f"did you mean {meant}?" if meant else "write the whole address, such as alice@example.com"
    return f"nobody in {mail_list} has the address {shown(typed)} in stack {state.stack}; {advice}"
