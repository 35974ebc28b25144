"""Announcements of the site's staff to every connected user."""

from .models import Announcement as Announcement
