"""The list of public rooms and the people in them, kept current for clients."""
