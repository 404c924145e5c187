"""The lab ring: the lab itself, its stand-ins held to recorded facts, and the product's stories in it."""
