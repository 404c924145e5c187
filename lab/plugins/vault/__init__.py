"""The lab's stand-in for the vault plugin 7.14.0: mounts, policies and AppRole of a real server."""
