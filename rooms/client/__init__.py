"""One connected client: its connection, its room, its list of rooms, and how features take part."""
