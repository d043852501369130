"""Under `/dashboard/`."""

from django.urls import path

from promptguard.webhooks import views

dashboard = [
    path("projects/<uuid:project_id>/webhook", views.ProjectWebhook.as_view(), name="project-webhook"),
    path("webhooks/endpoints", views.EndpointList.as_view(), name="webhook-list"),
    path("webhooks/endpoints/<uuid:endpoint_id>", views.EndpointDetail.as_view(), name="webhook-detail"),
    path("webhooks/endpoints/<uuid:endpoint_id>/test", views.EndpointTest.as_view(), name="webhook-test"),
    path(
        "webhooks/endpoints/<uuid:endpoint_id>/rotate-secret",
        views.EndpointSecretRotation.as_view(),
        name="webhook-rotate-secret",
    ),
    path(
        "webhooks/endpoints/<uuid:endpoint_id>/replay", views.EndpointReplay.as_view(), name="webhook-replay"
    ),
    path("webhooks/deliveries", views.DeliveryList.as_view(), name="delivery-list"),
    path("webhooks/deliveries/<uuid:delivery_id>", views.DeliveryDetail.as_view(), name="delivery-detail"),
    path(
        "webhooks/deliveries/<uuid:delivery_id>/replay",
        views.DeliveryReplay.as_view(),
        name="delivery-replay",
    ),
    path("webhooks/event-types", views.EventTypeList.as_view(), name="event-type-list"),
]
