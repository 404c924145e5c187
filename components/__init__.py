"""Building blocks: one component a file, each usable without the others; they know no mail software."""
