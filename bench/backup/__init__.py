"""The daily backup beside its floor: what tar, gzip and gpg take for the same mail."""
