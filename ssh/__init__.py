"""Client of SSH: commands, tunnels and the first look at a new host's key."""
