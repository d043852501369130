"""The doors of the log of decisions."""

from uuid import UUID

from django.http import HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView
from promptguard.guard import selectors
from promptguard.guard.explanations import explanation
from promptguard.guard.exporting import comma_separated, ndjson
from promptguard.guard.serializers.interactions import (
    ExplanationOut,
    ExportQuery,
    FeedbackIn,
    FeedbackOut,
    InteractionDetailOut,
    InteractionOut,
    InteractionQuery,
)
from promptguard.guard.services.reviews import give_feedback, note_export

EXPORTS = {"ndjson": (ndjson, "application/x-ndjson"), "csv": (comma_separated, "text/csv; charset=utf-8")}


class InteractionList(TenantView):
    """The log of decisions, newest first, with the guide's filters."""

    permissions = {"GET": P.INTERACTION_READ}
    gives = {"GET": InteractionOut}
    lists = True

    def get(self, request: Request) -> Response:
        return self.page(selectors.listed_interactions(self.caller, self.query(InteractionQuery)))


class InteractionDetail(TenantView):
    """One decision with its findings and what is kept of its content."""

    permissions = {"GET": P.INTERACTION_READ}
    gives = {"GET": InteractionDetailOut}

    def get(self, request: Request, interaction_id: UUID) -> Response:
        return self.answer(self.one(selectors.interactions(self.caller), id=interaction_id))


class InteractionExplanation(TenantView):
    """Why the guard decided so: rule, place, threshold, policy version and OWASP entries."""

    permissions = {"GET": P.INTERACTION_READ}
    gives = {"GET": ExplanationOut}

    def get(self, request: Request, interaction_id: UUID) -> Response:
        interaction = self.one(selectors.interactions(self.caller), id=interaction_id)
        return self.answer(explanation(interaction))


class InteractionFeedback(TenantView):
    """What people said about this decision; say something too."""

    permissions = {"GET": P.INTERACTION_READ, "POST": P.INTERACTION_REVIEW}
    takes = {"POST": FeedbackIn}
    gives = {"GET": FeedbackOut, "POST": FeedbackOut}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request, interaction_id: UUID) -> Response:
        interaction = self.one(selectors.interactions(self.caller), id=interaction_id)
        return self.page(selectors.feedback(self.caller, interaction))

    def post(self, request: Request, interaction_id: UUID) -> Response:
        interaction = self.one(selectors.interactions(self.caller), id=interaction_id)
        return self.answer(give_feedback(caller=self.caller, interaction=interaction, **self.body()))


class InteractionExport(TenantView):
    """The log as NDJSON or CSV, with the same filters as the list. Content is never part of it."""

    permissions = {"GET": P.INTERACTION_READ}
    gives = {"GET": None}
    statuses = {"GET": 200}

    def get(self, request: Request) -> HttpResponseBase:
        asked = self.query(ExportQuery)
        lines, media_type = EXPORTS[asked["format"]]
        note_export(caller=self.caller, shape=asked["format"], filters=list(request.query_params))
        rows = selectors.exported_interactions(self.caller, asked)
        answer = StreamingHttpResponse(lines(rows), content_type=media_type)
        answer.headers["Content-Disposition"] = f'attachment; filename="interactions.{asked["format"]}"'
        return answer
