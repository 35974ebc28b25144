"""Pages in the language of one's profile."""

from django.utils import translation
from django.utils.deprecation import MiddlewareMixin


class ProfileLanguageMiddleware(MiddlewareMixin):
    """The profile's language wins over the browser's; without one the browser's stays."""

    def process_request(self, request):
        # `request.user` under an asynchronous server too (Django calls this in a thread): the page asks for it anyway,
        # and `auser()` would read the user a second time.
        language = getattr(request.user, "language", "")
        if language and translation.check_for_language(language):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
