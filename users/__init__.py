"""People: a dynamic resource for each mailbox, first password, domain, alias and DKIM key; the roster guards them."""
