"""The product's life on the real engine, in the order of the files: first up, people, faults, crashes, host, end."""
