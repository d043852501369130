"""Under `/dashboard/`."""

from django.urls import path

from organizations import views
from organizations.limits import views as limits
from organizations.networks import views as networks

urlpatterns = [
    path("auth/signup", views.SignUpView.as_view(), name="auth-signup"),
    path("auth/login", views.SignInView.as_view(), name="auth-login"),
    path("auth/refresh", views.RefreshView.as_view(), name="auth-refresh"),
    path("auth/logout", views.SignOutView.as_view(), name="auth-logout"),
    path("auth/me", views.MeView.as_view(), name="auth-me"),
    path("organizations", views.OrganizationList.as_view(), name="organization-list"),
    path(
        "organizations/<uuid:organization_id>", views.OrganizationDetail.as_view(), name="organization-detail"
    ),
    path("organizations/<uuid:organization_id>/members", views.MemberList.as_view(), name="member-list"),
    path(
        "organizations/<uuid:organization_id>/invitations",
        views.InvitationList.as_view(),
        name="invitation-list",
    ),
    path(
        "organizations/<uuid:organization_id>/allowed-networks",
        networks.AllowedNetworkList.as_view(),
        name="network-list",
    ),
    path(
        "organizations/<uuid:organization_id>/allowed-networks/check",
        networks.AllowedNetworkCheck.as_view(),
        name="network-check",
    ),
    path(
        "organizations/<uuid:organization_id>/allowed-networks/<uuid:network_id>",
        networks.AllowedNetworkDetail.as_view(),
        name="network-detail",
    ),
    path("organizations/<uuid:organization_id>/key-policy", limits.KeyPolicy.as_view(), name="key-policy"),
    path("organizations/<uuid:organization_id>/rate-limits", limits.RateLimits.as_view(), name="rate-limits"),
    path("organizations/<uuid:organization_id>/retention", limits.Retention.as_view(), name="retention"),
]
