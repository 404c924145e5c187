"""The mail service among other people's servers: its records in a real name server, its mail judged by others."""
