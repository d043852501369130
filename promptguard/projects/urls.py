"""Two maps: `dashboard` goes under `/dashboard/`, `developer` under `/api/v1/` and `/api/v1/proxy/`."""

from django.urls import path

from promptguard.projects import views

dashboard = [
    path("projects", views.ProjectList.as_view(), name="project-list"),
    path("projects/<uuid:project_id>", views.ProjectDetail.as_view(), name="project-detail"),
    path("projects/<uuid:project_id>/grants", views.ProjectGrantList.as_view(), name="project-grant-list"),
    path(
        "projects/<uuid:project_id>/grants/<uuid:user_id>",
        views.ProjectGrantDetail.as_view(),
        name="project-grant-detail",
    ),
    path("api-keys", views.ApiKeyList.as_view(), name="api-key-list"),
    path("api-keys/<uuid:key_id>", views.ApiKeyDetail.as_view(), name="api-key-detail"),
    path("api-keys/<uuid:key_id>/rotate", views.ApiKeyRotation.as_view(), name="api-key-rotate"),
    path("api-keys/<uuid:key_id>/toggle", views.ApiKeyToggle.as_view(), name="api-key-toggle"),
]
developer = [
    path("projects", views.DeveloperProjectList.as_view(), name="project-list"),
    path("api-keys", views.DeveloperApiKeyList.as_view(), name="api-key-list"),
    path("api-keys/<uuid:key_id>", views.DeveloperApiKeyDetail.as_view(), name="api-key-detail"),
    path("api-keys/<uuid:key_id>/toggle", views.DeveloperApiKeyToggle.as_view(), name="api-key-toggle"),
]
