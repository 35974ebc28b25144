"""From a message to every socket: the outbox writes it, and feeds bring what was committed to their subscribers."""
