"""The log of each room: one write path, and paged and incremental reads."""
