"""The demonstration page /lab/: echo, server events and broadcasts over a connection."""
