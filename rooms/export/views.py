"""Download of one's own data: the same export as `manage.py export user`."""

from collections.abc import AsyncIterator, Iterator

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header

from accounts.current_user import current_user
from common.db.threads import in_database

from .export import Export
from .formats import FORMATS


@login_required
def own_data(request: HttpRequest, format: str) -> StreamingHttpResponse:
    if format not in FORMATS:
        raise Http404
    user = current_user(request)
    write, content_type = FORMATS[format]
    disposition = content_disposition_header(True, f"tertulia-{user.username}.{format}") or ""
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    pieces = write(Export.of_user(user))
    return StreamingHttpResponse(stream(pieces), content_type=content_type, headers=headers)


async def stream(pieces: Iterator[str]) -> AsyncIterator[str]:
    """Make each piece when the client is ready for it; Django would collect a plain generator under ASGI."""
    while (piece := await in_database(next, pieces, None)) is not None:
        yield piece
