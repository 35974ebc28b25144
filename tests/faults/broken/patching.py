"""Replacement of attributes of the product."""


def replace_attribute(owner: object, name: str, replacement: object) -> None:
    """Set `owner.name`; raises AttributeError if it does not exist, so that a rename cannot disarm it."""
    getattr(owner, name)
    setattr(owner, name, replacement)
