"""The whole map on one page. `tests/surface.py` counts every door that leads from here."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from audit.urls import urlpatterns as audit
from compliance.urls import urlpatterns as compliance
from organizations.urls import urlpatterns as organizations
from organizations.views.pages import LinkPage
from promptguard.core import health
from promptguard.core.docs import ApiDocs, OpenApi
from promptguard.guard import urls as guard
from promptguard.projects import urls as projects
from promptguard.webhooks import urls as webhooks
from sso import urls as sso
from sso.scim import urls as scim

dashboard: list[URLPattern | URLResolver] = [
    *audit,
    *organizations,
    *compliance,
    *projects.dashboard,
    *guard.dashboard,
    *sso.dashboard,
    *webhooks.dashboard,
    path("openapi.json", OpenApi.as_view(plane="dashboard"), name="openapi"),
]
developer = [
    *projects.developer,
    *guard.developer,
    path("health", health.HealthView.as_view(), name="health"),
]
urlpatterns = [
    path("", ApiDocs.as_view(), name="home"),
    path("links/<slug:page>", LinkPage.as_view(), name="link-page"),
    path("health", health.HealthView.as_view(), name="health"),
    path("health/live", health.HealthView.as_view(), name="health-live"),
    path("health/ready", health.ReadinessView.as_view(), name="health-ready"),
    path("metrics", health.MetricsView.as_view(), name="metrics"),
    path("api/openapi.json", OpenApi.as_view(plane="developer"), name="openapi"),
    path("api/docs", ApiDocs.as_view(), name="api-docs"),
    path("api/v1", health.ApiRootView.as_view(), name="api-root"),
    path("api/v1/proxy", health.ApiRootView.as_view(), name="proxy-root"),
    # Python and Node clients call every namespace below /proxy, the others do not (contract 0.1).
    path("api/v1/proxy/", include((developer, "proxy"))),
    path("api/v1/", include((developer, "api"))),
    path("dashboard/", include((dashboard, "dashboard"))),
    path("scim/v2/<uuid:connection_id>/", include((scim.urlpatterns, "scim"))),
    path("admin/", admin.site.urls),
]
handler400 = "promptguard.core.errors.bad_request"
handler404 = "promptguard.core.errors.not_found"
handler500 = "promptguard.core.errors.server_error"
