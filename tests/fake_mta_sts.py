"""The MTA-STS policies of the mailcow held in memory."""

from core.errors import MailcowRefusedError
from core.mta_sts import Policy
from mailcow.rows import DomainRow


class FakeMtaSts:
    """The part of ``FakeMailcow`` that these are; ``policies`` holds what is served, by domain."""

    domains: dict[str, DomainRow]

    def __init__(self) -> None:
        super().__init__()
        self.policies: dict[str, Policy] = {}

    def set_mta_sts(self, domain: str, policy: Policy) -> None:
        self._change(f"set MTA-STS {domain}")
        if domain not in self.domains:
            raise MailcowRefusedError(f"mailcow refused to set the MTA-STS policy of {domain}: access denied")
        self.policies[domain] = policy

    def rest_mta_sts(self, domain: str) -> None:
        self._change(f"rest MTA-STS {domain}")
        self.policies.pop(domain, None)

    def _change(self, what: str) -> None:
        raise NotImplementedError
