"""The images of a lab: built once from what lies in the repository, kept in the caches, keyed by their content."""

from lab.images.build import ensure

__all__ = ["ensure"]
