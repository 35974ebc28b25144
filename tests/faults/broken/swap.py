"""Changing the product from outside, and noticing when there is nothing any more to change."""


def swap(owner, name, replacement):
    """Put `replacement` in the place of `owner.name`, which must be there."""
    getattr(owner, name)  # an AttributeError here: the product has moved on, and this build breaks nothing
    setattr(owner, name, replacement)
