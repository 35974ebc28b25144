"""Conditional GET for polling clients: 304 while nothing has changed."""

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags


def not_modified(request: HttpRequest, response: HttpResponse, state: str) -> HttpResponse | None:
    """Set the response's weak ETag to `state`; a 304 to return instead if the client's `If-None-Match` matches it."""
    etag = f'W/"{state}"'
    held = parse_etags(request.headers.get("If-None-Match", ""))
    if etag in held or "*" in held:
        return HttpResponse(status=304, headers={"ETag": etag})
    response["ETag"] = etag
    return None
