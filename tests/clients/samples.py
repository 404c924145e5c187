"""What the tests of mailcow's client ask it to make."""

from mailcow.rows import NewDomain, NewMailbox

PASSWORD = "Planted.Secret-22"
BOB = NewMailbox(address="bob@a.example", name="Bob", quota_mib=2048, active=True, tags=("mailstead-prod",))
DOMAIN = NewDomain(
    name="full.example",
    description="The full one",
    max_aliases=50,
    max_mailboxes=20,
    default_quota_mib=512,
    max_quota_mib=2048,
    quota_mib=20480,
    tags=("mailstead-prod",),
)
