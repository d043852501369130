"""The dashboard's doors to the chain: read it, prove it, verify it, take it away."""

import tempfile
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import FileResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from audit import exporting, proofs, selectors, verification
from audit.actions import Action
from audit.formats import FORMATS
from audit.models import AuditEvent
from audit.serializers import (
    CheckpointOut,
    ConsistencyOut,
    ConsistencyQuery,
    EventFilters,
    EventOut,
    ExportIn,
    ProofOut,
    VerdictOut,
)
from audit.services import record
from audit.verification.anchors import AnchorEvidence
from promptguard.core.errors import NotFound
from promptguard.core.pagination import Cursor
from promptguard.core.permissions import Permission as P
from promptguard.core.tenancy import organization_scope
from promptguard.core.views import TenantView

# Reading is recorded once in this time for each person: a page turned is not a new act.
READING_SECONDS = 300


class AuditView(TenantView, abstract=True):
    def note_reading(self) -> None:
        actor = self.caller.actor.id
        if cache.add(f"audit-queried:{self.caller.tenant}:{actor}", 1, READING_SECONDS):
            record(Action.AUDIT_QUERIED, caller=self.caller)

    def event(self, name: str) -> Any:
        found = selectors.event_named(self.caller, name)
        if found is None:
            raise NotFound()
        return found


class EventList(AuditView):
    """The organization's audit events, newest first."""

    permissions = {"GET": P.AUDIT_READ}
    gives = {"GET": EventOut}
    lists = True

    def get(self, request: Request) -> Response:
        self.note_reading()
        filters, limit = self.query(EventFilters), Cursor().get_page_size(request)
        rows = selectors.events_matching(self.caller, filters)
        if filters.get("cursor"):
            rows = selectors.before_cursor(rows, filters["cursor"])
        found = list(rows[: limit + 1])
        shown = EventOut(selectors.presented(self.caller, found[:limit]), many=True).data
        following = None
        if len(found) > limit:
            last = found[limit - 1]
            following = replace_query_param(request.build_absolute_uri(), "cursor", f"{last.epoch}.{last.seq}")
        return Response({"results": shown, "next": following, "previous": None})


class EventDetail(AuditView):
    """One event, by its number or its id; by id also while it waits to be sealed."""

    permissions = {"GET": P.AUDIT_READ}
    gives = {"GET": EventOut}

    def get(self, request: Request, event: str) -> Response:
        self.note_reading()
        (shown,) = selectors.presented(self.caller, [self.event(event)])
        return self.answer(shown)


class EventProof(AuditView):
    """The inclusion proof of one event against a signed checkpoint."""

    permissions = {"GET": P.AUDIT_READ}
    gives = {"GET": ProofOut}

    def get(self, request: Request, event: str) -> Response:
        found = self.event(event)
        if not isinstance(found, AuditEvent):
            raise proofs.NotSignedYet()
        return self.answer(proofs.event_proof(self.caller, found))


class CheckpointView(AuditView):
    """The newest signed checkpoint. Whoever keeps it is a witness."""

    permissions = {"GET": P.AUDIT_READ}
    gives = {"GET": CheckpointOut}

    def get(self, request: Request) -> Response:
        found = proofs.checkpoint_of(self.caller)
        if found is None:
            raise NotFound("Nothing has been signed yet.")
        return self.answer(proofs.presented_checkpoint(found))


class ConsistencyView(AuditView):
    """The proof that the log only grew between two sizes."""

    permissions = {"GET": P.AUDIT_READ}
    gives = {"GET": ConsistencyOut}

    def get(self, request: Request) -> Response:
        asked = self.query(ConsistencyQuery)
        return self.answer(proofs.consistency(self.caller, asked["epoch"], asked["from"], asked["to"]))


class VerifyView(AuditView):
    """Verify the organization's whole chain now."""

    permissions = {"POST": P.AUDIT_READ}
    gives = {"POST": VerdictOut}

    def scope(self) -> AbstractContextManager[None]:
        """The verifier opens a snapshot of its own, which must be the first thing in its transaction."""
        return nullcontext()

    def post(self, request: Request) -> Response:
        with verification.snapshot():
            evidence = AnchorEvidence.from_file(settings.AUDIT_ANCHOR_FILE)
            report = verification.verify_organization(self.caller.tenant, evidence)
        with organization_scope(self.caller.tenant):
            record(Action.AUDIT_VERIFIED, caller=self.caller, details={"exit": report.exit_code()})
        return self.answer(report.as_dict())


class ExportView(AuditView):
    """Download the chain: a bundle that verifies itself, or a stream format."""

    permissions = {"POST": P.AUDIT_EXPORT}
    takes = {"POST": ExportIn}

    def post(self, request: Request) -> Any:
        asked = self.body()
        chosen = asked["format"]
        details = {name: asked[name] for name in ("format", "epoch", "after")}
        record(Action.AUDIT_EXPORTED, caller=self.caller, details=details, reason=asked["reason"])
        file = tempfile.SpooledTemporaryFile(8 << 20)  # noqa: SIM115  FileResponse closes it
        exporting.write(self.caller.tenant, file, chosen, epoch=asked["epoch"], after=asked["after"])
        file.seek(0)
        extension = "zip" if chosen == "bundle" else FORMATS[chosen].extension
        media_type = "application/zip" if chosen == "bundle" else FORMATS[chosen].media_type
        return FileResponse(file, as_attachment=True, filename=f"audit.{extension}", content_type=media_type)
