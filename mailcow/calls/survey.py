"""What is read of a mailcow that somebody else has set up, in one request a kind; nothing is changed."""

from collections.abc import Mapping

from mailcow import wire
from mailcow.calls.changing import Changing
from mailcow.rows import FilterRow


class SurveyCalls(Changing):
    """Calls that only taking a server over makes."""

    def list_alias_domains(self) -> Mapping[str, str]:
        """Read all domains that only stand for another, each with that one."""
        answer = self._caller.read("alias-domain", "all", doing="list the alias domains")
        return {str(row["alias_domain"]): str(row["target_domain"]) for row in answer or ()}

    def list_all_filters(self) -> tuple[FilterRow, ...]:
        """Read the Sieve filters of all mailboxes, without the rules that people keep by their mail programs.

        Its route is in no recorded exchange: it is as mailcow's own source has it (``json_api.php``, ``filters``).
        """
        answer = self._caller.read("filters", "all", doing="list the filters")
        return tuple(wire.sieve_filter(row) for row in answer or ())

    def prove_it_may_change(self) -> None:
        """Make sure that the API key may do more than read, by a change of nothing: deleting no domain.

        Raises:
            MailcowRefusedError: It may only read, or is not let in at all.
            MailcowUnavailableError: mailcow is not up.
        """
        self._caller.change("delete/domain", [], doing="change anything")
