"""SHA-256 digests stored in place of secrets and names."""

import hashlib


def digest_of(text: str) -> str:
    """Hexadecimal SHA-256 of `text`; lone surrogates, which no encoding has, become question marks."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
