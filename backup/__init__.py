"""Backups of the mail hosts: what runs on them every night, and what brings it there."""
