"""Life of the resources of people, over the wire that the engine uses."""
