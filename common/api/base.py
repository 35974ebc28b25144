"""The REST API's base: JSON parsing, error responses, and the unversioned alias."""

import copy
import http.client
import logging
import math
from collections.abc import Callable
from typing import Any

import pydantic_core
from asgiref.sync import iscoroutinefunction
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.decorators import sync_and_async_middleware
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.schema import NinjaGenerateJsonSchema

from common.errors import CODES_BY_STATUS, ExpectedError
from common.metrics.process import rest_errors
from common.throttle import ClientThrottle
from common.version import VERSION

log = logging.getLogger(__name__)

DESCRIPTION = (
    "Everything the chat does, for programs. What is said here arrives live in every open page, and the other way "
    "round. Send `Authorization: Bearer <token>` with a token made on the profile page or by `POST /api/v1/tokens`."
)


class ErrorDetail(Schema, title="Fault"):
    """A machine-readable `code`, a translated `message`, and the invalid `field` if there is one."""

    code: str
    message: str
    field: str | None = None


class ErrorResponse(Schema, title="Refused"):
    """Body of every error response."""

    error: ErrorDetail


# Statuses of errors that any call may answer with.
ERROR_STATUSES = (400, 401, 403, 404, 405, 409, 413, 415, 429, 503)
REF_PREFIX = "#/components/schemas/"
STATUSES = {"ok": 200, "created": 201, "nothing": 204, "unchanged": 304}


def responses(**schemas: Any) -> dict[int, Any]:
    """Return the `response` of a call when it succeeds: `responses(ok=Message, created=Message)`.

    Error responses are documented by `add_error_responses`: ninja would build a model for each error of each call, a
    fifth of the CPU time of a server's start.
    """
    return {STATUSES[kind]: schema for kind, schema in schemas.items()}


class TertuliaAPI(NinjaAPI):
    """The REST API, with its OpenAPI schema cached: to build it takes as long as a hundred calls, and it is public."""

    _schema: OpenAPISchema | None = None

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the OpenAPI schema."""
        if self._schema is None:
            document = super().get_openapi_schema(**options)
            add_error_responses(document)
            self._schema = name_by_title(document)
        return self._schema


def add_error_responses(document: OpenAPISchema) -> None:
    """Add the error responses that any call may answer with to every call of the OpenAPI schema."""
    schema = ErrorResponse.model_json_schema(
        ref_template=REF_PREFIX + "{model}", mode="serialization", schema_generator=NinjaGenerateJsonSchema
    )
    document["components"]["schemas"] |= schema.pop("$defs") | {ErrorResponse.__name__: schema}
    content = {"application/json": {"schema": {"$ref": REF_PREFIX + ErrorResponse.__name__}}}
    errors = {status: {"description": http.client.responses[status], "content": content} for status in ERROR_STATUSES}
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"] |= copy.deepcopy(errors)


def name_by_title(document: OpenAPISchema) -> OpenAPISchema:
    """Name schemas by their titles, as generated clients do: a class keeps its public name when it is renamed."""
    schemas = document["components"]["schemas"]
    titles = {REF_PREFIX + name: schema["title"] for name, schema in schemas.items()}
    document["components"]["schemas"] = {schema["title"]: schema for schema in schemas.values()}
    _rename_refs(document, titles)
    return document


def _rename_refs(node: Any, titles: dict[str, str]) -> None:
    if isinstance(node, dict):
        if node.get("$ref") in titles:
            node["$ref"] = REF_PREFIX + titles[node["$ref"]]
        node = node.values()
    elif not isinstance(node, list):
        return
    for child in node:
        _rename_refs(child, titles)


class StrictJSONParser(Parser):
    """Parse a body as RFC 8259 has it: no NaN or Infinity, no unbounded nesting or numbers, no lone surrogates."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body's value; raises `unsupported_media_type` or `bad_request`."""
        if request.content_type != "application/json":
            raise ExpectedError("unsupported_media_type")
        try:
            return pydantic_core.from_json(request.body, allow_inf_nan=False)
        except ValueError:
            raise ExpectedError("bad_request") from None


def make_api() -> NinjaAPI:
    """Return the REST API without any calls."""
    api = TertuliaAPI(
        title="Tertulia",
        version=VERSION,
        description=DESCRIPTION,
        parser=StrictJSONParser(),
        throttle=ClientThrottle(),
        urls_namespace="api",
    )
    for kind in (ExpectedError, AuthenticationError, ValidationError, Http404, HttpError, DatabaseError):
        api.add_exception_handler(kind, handle_exception)
    return api


def handle_exception(request: HttpRequest, error: Any) -> HttpResponse:
    """Return the error response to an exception of a call; raises it again if it is a bug."""
    if isinstance(error, DatabaseError):
        if not isinstance(error, OperationalError | InterfaceError | InternalError):
            raise error
        route = request.resolver_match.route if request.resolver_match else ""
        log.error("The database did not answer %s", route, exc_info=error)
    return error_response(to_expected_error(error))


def to_expected_error(error: Exception) -> ExpectedError:
    """Return the `ExpectedError` that an exception of Django, ninja or the database stands for."""
    match error:
        case ExpectedError():
            return error
        case AuthenticationError():
            return ExpectedError("not_signed_in")
        case ValidationError():
            return ExpectedError("bad_request", field=_invalid_field(error))
        case Throttled():
            return ExpectedError("slow_down", retry_after=error.wait)
        case HttpError():
            # Ninja wraps errors of the parser in an HttpError.
            if isinstance(error.__context__, ExpectedError):
                return error.__context__
            return ExpectedError(CODES_BY_STATUS.get(error.status_code, "bad_request"))
        case Http404():
            return ExpectedError("no_such_address")
        case _:
            return ExpectedError("unavailable", retry_after=1)


def _invalid_field(error: ValidationError) -> str | None:
    """Return the invalid field by the name that the client uses."""
    path = [str(part) for part in error.errors[0]["loc"] if part not in ("body", "query", "path", "payload")]
    return path[0] if path else None


def error_response(error: ExpectedError) -> JsonResponse:
    """Return an error as a response, in the active language."""
    response = JsonResponse(error.to_dict(), status=error.status)
    response.error_code = error.code  # type: ignore[attr-defined]  # counted by `error_middleware`
    if error.retry_after is not None:
        response["Retry-After"] = max(1, math.ceil(error.retry_after or 0))
    # Keeps Django from logging the path, which may hold a webhook's secret; the access log has the request.
    response._has_been_logged = True  # type: ignore[attr-defined]
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


@sync_and_async_middleware
def error_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware: give errors that Django itself makes below `/api/` the API's JSON body, and count all of them."""
    if iscoroutinefunction(get_response):

        async def handle_async(request: HttpRequest) -> HttpResponseBase:
            return as_api_response(request, await get_response(request))

        return handle_async

    def handle(request: HttpRequest) -> HttpResponseBase:
        return as_api_response(request, get_response(request))

    return handle


def as_api_response(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return the response; below `/api/` with a JSON error body and cache headers."""
    if not request.path_info.startswith("/api/"):
        return response
    if response.status_code >= 400 and not response.get("Content-Type", "").startswith("application/json"):
        original = response
        response = error_response(ExpectedError(CODES_BY_STATUS.get(original.status_code, "bad_request")))
        response.status_code = original.status_code
        if "Allow" in original:
            response["Allow"] = original["Allow"]
    if hasattr(response, "error_code"):
        rest_errors.add(response.error_code)
    response.setdefault("Cache-Control", "private, no-cache")
    return response


@csrf_exempt  # the resolved view does its own CSRF check
def unversioned(request: HttpRequest, rest: str) -> HttpResponseBase:
    """View: alias of the versioned API, `/api/users` for `/api/v1/users`."""
    try:
        match = resolve(f"/api/v1/{rest}")
    except Resolver404:
        raise Http404 from None
    if match.func is unversioned:
        raise Http404
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return response
