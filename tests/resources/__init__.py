"""Life of each dynamic resource, over the wire that the engine uses."""
