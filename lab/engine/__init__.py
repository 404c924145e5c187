"""Pulumi's engine for the lab: the one on PATH if it will do, else built from its Go modules and kept."""

from lab.engine.build import ensure

__all__ = ["ensure"]
