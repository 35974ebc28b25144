"""Pages in the language of one's profile."""


def ProfileLanguageMiddleware(get_response):
    return get_response
