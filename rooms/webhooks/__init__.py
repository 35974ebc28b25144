"""Webhooks: other systems post messages into a room, and receive its messages."""
