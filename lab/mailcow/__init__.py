"""mailcow in the lab: a git repository with mailcow's interface, and the images its compose file names."""
