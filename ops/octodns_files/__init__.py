"""Files that are copied beside a configuration of octoDNS; nothing here imports them."""
