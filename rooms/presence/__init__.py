"""Which clients are connected, to which process, and in which room."""
