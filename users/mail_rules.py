"""One Sieve filter of ours a mailbox, which forwards and replies as the list says; people's own rules run after it."""

import pulumi

from core.sieve import same_script
from mailcow.rows import FilterRow, NewFilter
from users.host_provider import MailHost


class MailRules:
    """Our filter of one mailbox in mailcow, known by its description."""

    def __init__(self, host: MailHost, address: str) -> None:
        self._host = host
        self._address = address

    def are(self, script: str) -> bool:
        """Tell whether our filter runs and says this."""
        return any(row.active and same_script(row.script, script) for row in self._ours(self._all()))

    def add(self, script: str) -> None:
        """Make our filter in a mailbox that was made just now and has none."""
        self._host.mailcow.add_filter(self._wanted(script))

    def bring_to(self, script: str) -> None:
        """Make, change or delete our filter; empty text for none. Whatever is left over of ours goes."""
        found = self._all()
        ours = self._ours(found)
        for surplus in ours[1:] if script else ours:
            self._host.mailcow.delete_filter(self._address, surplus.id)
        if not script:
            if not ours:
                self._host.prove_it_answers()  # that there is none is said by what is not shown
            return
        if ours and ours[0].active and same_script(ours[0].script, script):
            return
        self._say_what_rests(found)
        if ours:
            self._host.mailcow.edit_filter(ours[0].id, self._wanted(script))
        else:
            self._host.mailcow.add_filter(self._wanted(script))

    def _all(self) -> tuple[FilterRow, ...]:
        return self._host.mailcow.list_filters(self._address)

    def _ours(self, found: tuple[FilterRow, ...]) -> list[FilterRow]:
        return [row for row in found if row.kind == "prefilter" and row.description == self._host.tag]

    def _say_what_rests(self, found: tuple[FilterRow, ...]) -> None:
        """Say which other filter stops running: mailcow runs one of a kind."""
        ours = self._ours(found)
        for row in found:
            if row.active and row.kind == "prefilter" and row not in ours:
                pulumi.log.warn(
                    f"mailcow runs one prefilter a mailbox: {row.description!r} of {self._address} rests from now on,"
                    " as the list forwards or answers her mail; make it a postfilter in mailcow to have both"
                )

    def _wanted(self, script: str) -> NewFilter:
        return NewFilter(
            username=self._address, kind="prefilter", script=script, description=self._host.tag, active=True
        )
