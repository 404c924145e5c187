"""The lab's stand-in for mailcow's web API: behaviour as recorded, on a real MariaDB and a real Redis."""
