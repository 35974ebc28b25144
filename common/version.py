"""Versions of the release and of the client protocol."""

VERSION = "0.1.0"
PROTOCOL = 1
