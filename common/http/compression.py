"""Pages travel compressed, as static files do."""

from django.middleware.gzip import GZipMiddleware


class CompressedPages(GZipMiddleware):
    """Only whole pages: frames and streams are small and often, and are not to wait.

    Django pads what it compresses by a random length (Heal the Breach), and masks its CSRF tokens anew in each page.
    """

    def process_response(self, request, response):
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page and not response.streaming else response
