"""The directory: everybody with an account, and the room they are in."""
