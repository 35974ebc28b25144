"""Pages in the language of one's profile."""

from asgiref.sync import iscoroutinefunction
from django.utils import translation
from django.utils.decorators import sync_and_async_middleware


@sync_and_async_middleware
def ProfileLanguageMiddleware(get_response):
    """The profile's language wins over the browser's; without one the browser's stays."""

    def answer(request):
        speak_as(request, request.user)
        return get_response(request)

    async def answer_async(request):
        speak_as(request, await request.auser())
        return await get_response(request)

    return answer_async if iscoroutinefunction(get_response) else answer


def speak_as(request, user):
    """Answer `request` in the language of `user`."""
    language = getattr(user, "language", "")
    if language and translation.check_for_language(language):
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()
