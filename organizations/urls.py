"""Under `/dashboard/`."""

from django.urls import path

from organizations import views

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
]
