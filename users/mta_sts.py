"""The MtaSts resource: a domain's MTA-STS policy, which mailcow serves to other mail servers."""

from typing import Final

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from core.mta_sts import Policy
from users.on_mail_host import OnMailHost
from users.ownership import owner_of
from users.properties import Properties, difference, normal, recorded

_IDENTITY: Final = ("domain",)
_EDITED: Final = ("mode", "mx", "max_age_s")
_INPUTS: Final = (*_IDENTITY, *_EDITED)


class MtaStsProvider(OnMailHost):
    """One domain's policy: set, changed, served no longer.

    mailcow's API has no route that reads one, so a refresh sees only whether the domain is there: a policy that
    somebody changes by hand is found by `mailstead dns check`, which fetches what is served.

    State holds this class as a reference, ``users.mta_sts.MtaStsProvider``: do not move or rename it.
    """

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded and compared."""
        return CheckResult(normal(news, lowered=("domain",)), [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """All but the domain is an edit."""
        return difference(_olds, _news, identity=_IDENTITY, edited=_EDITED)

    def create(self, props: Properties) -> CreateResult:
        """Have mailcow serve the policy; one that is there is made so.

        Raises:
            MailcowError: mailcow refused, is too old to know policies, or does not answer.
        """
        self._set(props)
        return CreateResult(str(props["domain"]), recorded(props, _INPUTS))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report what was set last, while the domain is there."""
        if self.host.mailcow.get_domain(id_) is None:
            return self.gone()
        live = recorded(props, _INPUTS)
        return ReadResult(id_, live, live)

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Change the policy that is served."""
        self._set(_news)
        return UpdateResult(recorded(_news, _INPUTS))

    def delete(self, _id: str, _props: Properties) -> None:
        """Serve it no longer; absence is done.

        Raises:
            MailcowError: mailcow refused, or does not answer.
        """
        row = self.host.mailcow.get_domain(_id)
        if row is None:
            self.host.prove_it_answers()
        elif owner_of(row.tags, stack=self.host.stack) not in {None, self.host.stack}:
            pulumi.log.info(f"domain {_id} belongs to another stack by now, so its MTA-STS policy stays")
        else:
            self.host.mailcow.rest_mta_sts(_id)

    def _set(self, props: Properties) -> None:
        policy = Policy(mode=str(props["mode"]), mx=tuple(props["mx"]), max_age_s=int(props["max_age_s"]))
        self.host.mailcow.set_mta_sts(str(props["domain"]), policy)


class MtaSts(Resource, module="mailstead", name="MtaSts"):
    """A domain whose mail other servers are told to deliver over TLS."""

    def __init__(self, name: str, *, policy: Policy, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register it; ``name`` is the domain's."""
        inputs = {"domain": name, "mode": policy.mode, "mx": list(policy.mx), "max_age_s": policy.max_age_s}
        super().__init__(MtaStsProvider(), name, inputs, opts)
