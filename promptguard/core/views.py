"""The doors. A view declares who may open it, what it takes and what it gives; one class per URL."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar, Never, TypeVar, cast

from django.conf import settings
from django.db import models, transaction
from django.http import HttpResponse, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from promptguard.core import idempotency
from promptguard.core.access import Allow, HasDeclaredPermission, require_allowed_network
from promptguard.core.caller import Caller
from promptguard.core.errors import Forbidden, NotFound, TooLarge
from promptguard.core.pagination import Cursor
from promptguard.core.permissions import Permission
from promptguard.core.ratelimit import Decision, enforce, limiter
from promptguard.core.shapes import shown_once
from promptguard.core.tenancy import organization_scope

VERBS = ("get", "post", "put", "patch", "delete")
M = TypeVar("M", bound=models.Model)
Handler = Callable[..., HttpResponseBase]


class UndeclaredDoor(TypeError):
    """A view class that would be open, or shut, by mistake; raised while importing it."""


class Door(APIView):
    """What both kinds of views share. `takes` and `gives` also write the OpenAPI document."""

    http_method_names = [*VERBS, "head"]
    plane: ClassVar[str] = "dashboard"
    takes: ClassVar[Mapping[str, type[BaseSerializer[Any]]]] = {}
    gives: ClassVar[Mapping[str, type[BaseSerializer[Any]] | None]] = {}
    statuses: ClassVar[Mapping[str, int]] = {}
    lists: ClassVar[bool] = False

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The order at the door: authenticate → network allow-list → permission → rate limit → idempotency.

        The first four in `initial`, as DRF calls its hooks; the last in `perform`, around the handler.
        """
        self.args, self.kwargs = args, kwargs
        self.request = request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            refuse_large_body(request)
            self.initial(request, *args, **kwargs)
            verb = (request.method or "").lower()
            known = verb in self.http_method_names
            handler = (
                getattr(self, verb, self.http_method_not_allowed) if known else self.http_method_not_allowed
            )
            response = self.perform(handler)
        except Exception as error:  # noqa: BLE001  DRF decides what each means
            response = self.handle_exception(error)
        self.response = self.finalize_response(request, cast(Response, response), *args, **kwargs)
        return self.response

    def scope(self) -> AbstractContextManager[None]:
        return nullcontext()

    def perform(self, handler: Handler) -> HttpResponseBase:
        """The handler inside `scope()`: a failing one leaves nothing behind."""
        with self.scope():
            return handler(self.request, *self.args, **self.kwargs)

    def permission_denied(
        self, request: Request, message: str | None = None, code: str | None = None
    ) -> Never:
        raise Forbidden()

    def body(self) -> dict[str, Any]:
        """The validated body in the shape that `takes` declares for this verb. Raises Invalid."""
        return self._validated(self.takes[self.request.method or ""], self.request.data)

    def query(self, shape: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """The validated query string. Raises Invalid."""
        return self._validated(shape, self.request.query_params)

    def _validated(self, shape: type[BaseSerializer[Any]], given: Any) -> dict[str, Any]:
        serializer = shape(data=given, context={"request": self.request})
        serializer.is_valid(raise_exception=True)
        validated: dict[str, Any] = serializer.validated_data
        return validated

    def answer(self, outcome: Any = None, headers: dict[str, str] | None = None) -> Response:
        """Render `outcome` as `gives` and `statuses` declare for this verb."""
        verb = "GET" if self.request.method == "HEAD" else self.request.method or ""
        shape = self.gives.get(verb)
        status = self.statuses.get(verb, 204 if shape is None else 200)
        return Response(None if shape is None else shape(outcome).data, status=status, headers=headers)

    def page(self, rows: models.QuerySet[Any]) -> Response:
        """One page of `rows` in the shape that `gives` declares."""
        shape, paginator = self.gives["GET"], Cursor()
        assert shape is not None
        found = paginator.paginate_queryset(rows, self.request, view=self)
        return paginator.get_paginated_response(shape(found, many=True).data)


def refuse_large_body(request: Request) -> None:
    """Raises TooLarge before a byte is read: Django's own limit does not see bodies that DRF parses."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise TooLarge("The request body exceeds 1 MB.")


class TenantView(Door):
    """A door with a Caller. Verbs defined and verbs declared must agree, else the class does not import.

    `needs_organization = False` marks doors about the person rather than a tenant (who am I, my sessions).
    """

    permissions: ClassVar[Mapping[str, Permission]]
    needs_organization: ClassVar[bool] = True
    permission_classes = [HasDeclaredPermission]
    _admitted: Caller | None = None
    _rate: Decision | None = None

    def __init_subclass__(cls, *, abstract: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if abstract:
            return
        defined = {verb.upper() for verb in VERBS if hasattr(cls, verb)}
        declared = set(getattr(cls, "permissions", {}))
        if defined != declared:
            raise UndeclaredDoor(f"{cls.__name__}: defines {sorted(defined)} but declares {sorted(declared)}")
        if not defined:
            raise UndeclaredDoor(f"{cls.__name__}: no verb at all")

    @property
    def caller(self) -> Caller:
        """Who asks, confined to the projects where they hold what this door needs."""
        caller = self.request.user
        assert isinstance(caller, Caller)
        verb = "GET" if self.request.method == "HEAD" else self.request.method or ""
        return caller.under(self.permissions[verb])

    def scope(self) -> AbstractContextManager[None]:
        if self.caller.organization_id is None:
            return nullcontext()
        return organization_scope(self.caller.organization_id)

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        if isinstance(request.user, Caller):
            self._admitted = request.user
            require_allowed_network(request.user)

    def check_throttles(self, request: Request) -> None:
        self._rate = enforce(self.caller.limits)

    def perform(self, handler: Handler) -> HttpResponseBase:
        """The handler, once for each Idempotency-Key; a repeated request gets the first one's answer."""
        claim = idempotency.claim(self.caller, self.request._request)
        if not isinstance(claim, idempotency.Claim):
            return super().perform(handler) if claim is None else claim
        try:
            # One transaction for the effect and for the note that it happened.
            with transaction.atomic():
                response = self.rendered(super().perform(handler))
                if idempotency.is_kept(response):
                    claim.complete(response, shown_once(self.gives.get(self.request.method or "")))
                    return response
        except Exception as error:  # noqa: BLE001  DRF decides what each means
            response = self._refused(claim, error)
            if idempotency.is_kept(response):
                claim.complete(response, ())
                return response
        claim.release()
        return response

    def _refused(self, claim: idempotency.Claim, error: Exception) -> HttpResponse:
        try:
            return self.rendered(self.handle_exception(error))
        except Exception:
            claim.release()
            raise

    def rendered(self, response: HttpResponseBase) -> HttpResponse:
        """The answer as bytes, before DRF would have made it so."""
        finished: HttpResponse = self.finalize_response(self.request, response, *self.args, **self.kwargs)
        return finished.render() if isinstance(finished, Response) else finished

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Every answer to a known caller says how much of the rate limit is left, a refusal too."""
        finished = super().finalize_response(request, response, *args, **kwargs)
        if self._admitted is not None:
            rate = self._rate or limiter.charge(self._admitted.limits, cost=0)
            for name, value in rate.headers().items():
                finished.headers.setdefault(name, value)
        return finished

    def one(self, rows: models.QuerySet[M], **lookup: Any) -> M:
        """The only way to load an object: what the caller cannot see does not exist. Raises NotFound."""
        found = rows.filter(**lookup).first()
        if found is None:
            raise NotFound()
        return found


class PublicView(Door):
    """A door without a Caller. `reason` says why it may stand open."""

    reason: ClassVar[str]
    authentication_classes = []
    permission_classes = [Allow]

    def __init_subclass__(cls, *, reason: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if len(reason) < 20:
            raise UndeclaredDoor(f"{cls.__name__}: a public door needs a written reason")
        cls.reason = reason
