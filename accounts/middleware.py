"""The middleware that activates the language of the user's profile."""

from django.http import HttpRequest
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin


class ProfileLanguageMiddleware(MiddlewareMixin):
    """Activate the language of the user's profile, if it names one, instead of the browser's."""

    def process_request(self, request: HttpRequest) -> None:
        # `request.user` blocks, and Django calls this in a thread: `auser()` would query the user a second time.
        language = getattr(request.user, "language", "")
        if language and translation.check_for_language(language):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
