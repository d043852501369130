"""The operators' page of the posture: one line for each check, the gravest failures first."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from compliance.posture.catalogue import BY_ID, CHECKS
from compliance.posture.check import Check
from compliance.posture.models import PostureResult
from compliance.posture.services import SEVERITIES, remember
from promptguard.core.admin import OperatorAdmin

COLOURS = {"fails": "danger", "unknown": "warning", "passes": "success"}
WORDS = {"fail": "fails", "unknown": "unknown", "pass": "passes"}
SHOWN = (
    "check_id", "title", "shown_status", "severity", "detail", "meaning", "fix", "references", "since", "checked_at",
    "violations",
)  # fmt: skip
GRAVITY = {"critical": "danger", "high": "warning", "medium": "info", "low": ""}


def check_of(row: PostureResult) -> Check:
    return BY_ID[row.check_id]


@admin.register(PostureResult)
class PostureResultAdmin(OperatorAdmin):
    list_display = ("shown_status", "title", "severity", "detail", "since", "fix")
    list_display_links = ("title",)
    list_filter = ("status",)
    search_fields = ("check_id", "detail")
    list_before_template = "compliance/posture_summary.html"
    fields = SHOWN

    def get_queryset(self, request: HttpRequest) -> QuerySet[PostureResult]:
        rows: QuerySet[PostureResult] = super().get_queryset(request)
        gravity = [When(check_id=check.id, then=Value(SEVERITIES.index(check.severity))) for check in CHECKS]
        status = [When(status="fail", then=Value(0)), When(status="unknown", then=Value(1))]
        return (
            rows.filter(check_id__in=BY_ID)
            .annotate(
                order=Case(*status, default=Value(2), output_field=IntegerField()),
                gravity=Case(*gravity, default=Value(9), output_field=IntegerField()),
            )
            .order_by("order", "gravity", "check_id")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(SHOWN)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not PostureResult.objects.exists():  # a fresh installation: its worker has not come to it yet
            remember()
        counts = {word: PostureResult.objects.filter(status=status).count() for status, word in WORDS.items()}
        last = PostureResult.objects.order_by("-checked_at").values_list("checked_at", flat=True).first()
        told = {"posture_counts": counts, "posture_checked_at": last}
        response: HttpResponse = super().changelist_view(request, (extra_context or {}) | told)
        return response

    @display(description="Status", label=COLOURS)
    def shown_status(self, row: PostureResult) -> str:
        return WORDS[row.status]

    @display(description="Check")
    def title(self, row: PostureResult) -> str:
        return check_of(row).title

    @display(description="Severity", label=GRAVITY)
    def severity(self, row: PostureResult) -> str:
        return str(check_of(row).severity)

    @display(description="What it means")
    def meaning(self, row: PostureResult) -> str:
        return check_of(row).meaning

    @display(description="How to mend it")
    def fix(self, row: PostureResult) -> str:
        return "" if row.status == "pass" else check_of(row).fix

    @display(description="Asked for by")
    def references(self, row: PostureResult) -> str:
        return ", ".join(check_of(row).references)
