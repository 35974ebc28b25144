"""Names of people and rooms: how they are cleaned, shown and told apart."""

import unicodedata


def clean(text):
    return unicodedata.normalize("NFKC", text).strip()


def key(text):
    return clean(text).casefold()


def is_presentable(text):
    return not any(unicodedata.category(c).startswith("C") for c in text)


def shown(text):
    return clean(text)[:50]
