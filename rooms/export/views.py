"""One's own data as a file: the same export that `manage.py export user` writes."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, StreamingHttpResponse
from django.utils.http import content_disposition_header

from common.db.threads import in_database

from .export import Export
from .formats import FORMATS


@login_required
def own_data(request, format):
    if format not in FORMATS:
        raise Http404
    write, content_type = FORMATS[format]
    name = f"tertulia-{request.user.username}.{format}"
    headers = {"Content-Disposition": content_disposition_header(True, name), "Cache-Control": "no-store"}
    pieces = write(Export.of_user(request.user))
    return StreamingHttpResponse(streamed(pieces), content_type=content_type, headers=headers)


async def streamed(pieces):
    """Piece by piece as the reader takes them: Django would gather what a plain generator yields."""
    while (piece := await in_database(next, pieces, None)) is not None:
        yield piece
