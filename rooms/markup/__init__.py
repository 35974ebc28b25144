"""Message text to safe HTML: a small subset of Markdown, rendered once, when the message is stored."""

from .render import plain as plain
from .render import render as render
