"""What is running."""

VERSION = "0.1.0"
PROTOCOL = 1
