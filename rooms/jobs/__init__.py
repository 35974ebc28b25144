"""Work that exactly one server process does for all."""
