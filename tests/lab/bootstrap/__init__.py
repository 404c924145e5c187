"""The lab itself: its names and decisions in milliseconds, and real labs killed, mended and taken down."""
