"""Moderation of rooms, reports to staff, and blocks between users."""

from .blocks import blocked_by as blocked_by
