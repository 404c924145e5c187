"""What watches the mail hosts: programs on them, and a small machine that asks, decides and tells."""
