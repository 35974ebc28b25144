"""What people write, as HTML: a small part of Markdown, rendered once, when it is saved."""

from .render import plain as plain
from .render import render as render
