"""Exports of a room's log, or of everything stored about a user, as JSON or HTML."""
