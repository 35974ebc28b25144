"""Private conversations of two users."""
