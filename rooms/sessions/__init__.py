"""Connections end with the session or token they were opened with."""
