"""The documents, and what writes those of them that are made from the code."""
