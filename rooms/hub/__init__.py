"""The hub of a server process: what ties clients, rooms, features and other processes together."""
