"""mailcow's web API in memory, at the level of HTTP: answers, and misbehaves, as BEHAVIOUR.md says of the real one."""
