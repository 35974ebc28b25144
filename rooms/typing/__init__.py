"""Who is typing at the moment."""
