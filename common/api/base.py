"""The ground that every REST call stands on: how bodies are read, and the one shape of errors."""

import logging
import math

import pydantic_core
from asgiref.sync import iscoroutinefunction
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.http import Http404, JsonResponse
from django.urls import Resolver404, resolve
from django.utils.decorators import sync_and_async_middleware
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.parser import Parser

from common.errors import ExpectedError
from common.metrics.process import rest_errors
from common.throttle import Pace
from common.version import VERSION

log = logging.getLogger(__name__)

DESCRIPTION = (
    "Everything the chat does, for programs. What is said here arrives live in every open page, and the other way "
    "round. Send `Authorization: Bearer <token>` with a token made on the profile page or by `POST /api/v1/tokens`."
)


class Fault(Schema):
    """What went wrong: `code` for machines, `message` for people, in their language."""

    code: str
    message: str
    field: str | None = None


class Refused(Schema):
    error: Fault


# What any call may answer instead of what was asked for.
REFUSALS = dict.fromkeys((400, 401, 403, 404, 405, 409, 413, 415, 429, 503), Refused)


def answers(**kinds):
    """The `response` of a call: `answers(ok=Message, created=Message)`, and the refusals any call may give."""
    codes = {"ok": 200, "created": 201, "nothing": 204, "unchanged": 304}
    return {codes[kind]: schema for kind, schema in kinds.items()} | REFUSALS


class Interface(NinjaAPI):
    """The REST interface, which describes itself once: that costs as much as a hundred calls, and anybody may ask."""

    _described = None

    def get_openapi_schema(self, **options):
        self._described = self._described or super().get_openapi_schema(**options)
        return self._described


def make_api():
    """The REST interface, without any calls yet."""
    api = Interface(
        title="Tertulia",
        version=VERSION,
        description=DESCRIPTION,
        parser=StrictJSON(),
        throttle=Pace(),
        urls_namespace="api",
    )
    api.add_exception_handler(ExpectedError, lambda request, error: answer(error))
    api.add_exception_handler(AuthenticationError, lambda request, error: answer(ExpectedError("not_signed_in")))
    api.add_exception_handler(
        ValidationError, lambda request, error: answer(ExpectedError("bad_request", field=place(error)))
    )
    api.add_exception_handler(Http404, lambda request, error: answer(ExpectedError("no_such_address")))
    api.add_exception_handler(HttpError, lambda request, error: answer(meant_by(error)))
    api.add_exception_handler(DatabaseError, database_fault)
    return api


class StrictJSON(Parser):
    """One JSON value, as the standard has it: no NaN, no endless numbers or nesting, no halves of characters."""

    def parse_body(self, request):
        if request.content_type != "application/json":
            raise ExpectedError("unsupported_media_type")
        try:
            return pydantic_core.from_json(request.body, allow_inf_nan=False)
        except ValueError:
            raise ExpectedError("bad_request") from None


def meant_by(error):
    """The `ExpectedError` in an `HttpError`; what a parser raises, ninja wraps into one."""
    if isinstance(error, Throttled):
        return ExpectedError("slow_down", retry_after=error.wait)
    if isinstance(error.__context__, ExpectedError):
        return error.__context__
    return ExpectedError(CODES.get(error.status_code, "bad_request"))


def place(error):
    """The field at fault, as the caller named it."""
    where = [str(part) for part in error.errors[0]["loc"] if part not in ("body", "query", "path", "payload")]
    return where[0] if where else None


def database_fault(request, error):
    """A database that is away is nobody's bug; what it refuses to take is ours."""
    if isinstance(error, OperationalError | InterfaceError | InternalError):
        log.exception("The database did not answer %s", request.resolver_match.route)
        return answer(ExpectedError("unavailable", retry_after=1))
    raise error


# What Django answers by itself, in our words.
CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "csrf",
    404: "no_such_address",
    405: "method_not_allowed",
    413: "too_large",
    500: "internal",
}


def answer(error):
    """A `ExpectedError` as a response, in the language active now."""
    # Some sentences promise what only a page does: that it sends a message again.
    text = ExpectedError(error.code).text if error.code in ExpectedError.sentences else error.text
    fault = {"code": error.code, "message": text}
    if error.field is not None:
        fault["field"] = error.field
    response = JsonResponse({"error": fault}, status=error.status)
    response.refused_by = error.code  # type: ignore[attr-defined]
    if error.retry_after is not None:
        response["Retry-After"] = max(1, math.ceil(error.retry_after))
    # A refusal is no event for the log, and its address may hold a webhook's secret.
    response._has_been_logged = True  # type: ignore[attr-defined]
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


@sync_and_async_middleware
def one_shape_of_errors(get_response):
    """What Django itself refuses below `/api/` is told like everything else there."""
    if iscoroutinefunction(get_response):

        async def waiting(request):
            return reshaped(request, await get_response(request))

        return waiting

    def direct(request):
        return reshaped(request, get_response(request))

    return direct


def reshaped(request, response):
    if not request.path_info.startswith("/api/"):
        return response
    if response.status_code >= 400 and not response.get("Content-Type", "").startswith("application/json"):
        refused, response = response, answer(ExpectedError(CODES.get(response.status_code, "bad_request")))
        response.status_code = refused.status_code
        if "Allow" in refused:
            response["Allow"] = refused["Allow"]
    if hasattr(response, "refused_by"):
        rest_errors.add(response.refused_by)
    response.setdefault("Cache-Control", "private, no-cache")
    return response


@csrf_exempt  # the call it leads to looks after that itself
def unversioned(request, rest):
    """The same calls without the version, as other programs know them: `/api/users` is `/api/v1/users`."""
    try:
        found = resolve(f"/api/v1/{rest}")
    except Resolver404:
        raise Http404 from None
    if found.func is unversioned:
        raise Http404
    return found.func(request, *found.args, **found.kwargs)
