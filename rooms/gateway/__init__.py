"""The edges of a connection: WebSocket and event stream, the handshake, and the frames of the core."""
