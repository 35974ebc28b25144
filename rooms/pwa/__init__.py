"""The installable web app (PWA): manifest and service worker."""
