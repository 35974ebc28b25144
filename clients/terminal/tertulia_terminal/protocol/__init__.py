"""Client side of docs/protocol.md, without a user interface: frames, connection, outbox, and the state they build."""
