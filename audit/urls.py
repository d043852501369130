"""Under `/dashboard/`."""

from django.urls import path

from audit import views

urlpatterns = [
    path("audit/events", views.EventList.as_view(), name="audit-event-list"),
    path("audit/events/<str:event>", views.EventDetail.as_view(), name="audit-event-detail"),
    path("audit/events/<str:event>/proof", views.EventProof.as_view(), name="audit-event-proof"),
    path("audit/checkpoint", views.CheckpointView.as_view(), name="audit-checkpoint"),
    path("audit/consistency", views.ConsistencyView.as_view(), name="audit-consistency"),
    path("audit/verify", views.VerifyView.as_view(), name="audit-verify"),
    path("audit/export", views.ExportView.as_view(), name="audit-export"),
]
