"""The guard's doors: scan, redact, vocabularies, usage."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from promptguard.core.permissions import Permission as P
from promptguard.guard import selectors, services
from promptguard.guard.engine import Content, Direction, Message
from promptguard.guard.keeping import encodable
from promptguard.guard.rendering import guard_body, preset_bodies, scan_body, usage_body, verdict_headers
from promptguard.guard.serializers.scanning import (
    GuardIn,
    GuardOut,
    PresetOut,
    RedactIn,
    RedactOut,
    RestoreIn,
    RestoreOut,
    ScanIn,
    ScanOut,
    UsageOut,
)
from promptguard.guard.services import Attribution
from promptguard.guard.services.vault import event_scope, restore_text, session_scope
from promptguard.projects.developer import DeveloperView, GuardedView


class GuardView(GuardedView):
    """Decide on messages: allow, redact or block (contract 1.3)."""

    permissions = {"POST": P.GUARD_RUN}
    takes = {"POST": GuardIn}
    gives = {"POST": GuardOut}

    def post(self, request: Request) -> Response:
        asked = self.body()
        screening = services.screen(
            caller=self.caller,
            project=self.project(asked.get("project_id")),
            content=content_of(asked),
            attribution=attribution(request, "guard", asked.get("model"), session_of(asked)),
        )
        return Response(guard_body(screening), headers=verdict_headers(screening))


class ScanView(GuardedView):
    """Decide on one text (contract 1.4)."""

    permissions = {"POST": P.GUARD_RUN}
    takes = {"POST": ScanIn}
    gives = {"POST": ScanOut}

    def post(self, request: Request) -> Response:
        asked = self.body()
        role = "assistant" if asked["direction"] is Direction.OUTPUT else "user"
        screening = services.screen(
            caller=self.caller,
            project=self.project(asked["project_id"]),
            content=Content(messages=(Message(role, asked["content"]),), direction=asked["direction"]),
            attribution=attribution(request, "scan"),
        )
        return Response(scan_body(screening), headers=verdict_headers(screening))


class RedactView(GuardedView):
    """Replace personal data and secrets in one text (contract 1.5)."""

    permissions = {"POST": P.GUARD_RUN}
    takes = {"POST": RedactIn}
    gives = {"POST": RedactOut}

    def post(self, request: Request) -> Response:
        asked = self.body()
        redaction = services.redact(
            caller=self.caller,
            project=self.project(asked["project_id"]),
            text=asked["content"],
            entities=asked["entities"],
            attribution=attribution(request, "redact"),
        )
        return Response(
            {"original": asked["content"], "redacted": redaction.text, "piiFound": list(redaction.found)}
        )


class RestoreView(GuardedView):
    """Put the values behind the tokens of a session, or of one event, back into a text (the model's answer).

    What it answers is the very data that was taken out: of an answer kept for an Idempotency-Key it is masked.
    """

    permissions = {"POST": P.GUARD_RUN}
    takes = {"POST": RestoreIn}
    gives = {"POST": RestoreOut}

    def post(self, request: Request) -> Response:
        asked = self.body()
        end_user = attribution(request, "restore").end_user
        restored, count = restore_text(
            caller=self.caller,
            project=self.project(asked.get("project_id")),
            scope=restore_scope(end_user, asked),
            text=asked["content"],
        )
        return Response({"restored": restored, "tokens_restored": count})


class PresetList(DeveloperView):
    """The policies that ship with the product, as a bare array (contract 1.8)."""

    permissions = {"GET": P.PROJECT_READ}
    gives = {"GET": PresetOut}

    def get(self, request: Request) -> Response:
        return Response(preset_bodies())


class PresetDetail(DeveloperView):
    permissions = {"GET": P.PROJECT_READ}
    gives = {"GET": PresetOut}

    def get(self, request: Request, name: str) -> Response:
        return Response(preset_bodies(name))


class UsageStats(DeveloperView):
    """How much of this month's allowance is used (contract 1.8)."""

    permissions = {"GET": P.USAGE_READ}
    gives = {"GET": UsageOut}

    def get(self, request: Request) -> Response:
        now = timezone.now()
        reset = selectors.month_start(selectors.month_start(now) + timedelta(days=32))
        return self.answer(usage_body(selectors.used_this_month(self.caller, now), reset))


def content_of(asked: dict[str, Any]) -> Content:
    """The engine's input from a validated guard body; null means absent everywhere."""
    context = asked.get("context") or {}
    return Content(
        messages=tuple(
            Message(message["role"], message.get("content"), tuple(message.get("tool_calls") or ()))
            for message in asked["messages"]
        ),
        direction=Direction(asked["direction"]),
        tool_calls=tuple(context.get("tool_calls") or ()),
        retrieved_context=tuple(asked.get("retrieved_context") or ()),
        media=tuple(asked.get("media") or ()),
        images=tuple(asked.get("images") or ()),
    )


def restore_scope(end_user: str, asked: dict[str, Any]) -> bytes:
    if "event_id" in asked:
        return event_scope(asked["event_id"])
    return session_scope(end_user, asked["session_id"])


def session_of(asked: dict[str, Any]) -> str:
    return (asked.get("context") or {}).get("session_id") or ""


def attribution(
    request: Request, endpoint: str, model: str | None = None, session_id: str = ""
) -> Attribution:
    end_user = encodable(request.headers.get("X-End-User", ""))[:255]
    return Attribution(endpoint, model or "", end_user, session_id)
