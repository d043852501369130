"""Under `/dashboard/` and `/scim/v2/`."""

from django.urls import path

from sso.views import settings, sign_in

ORGANIZATION = "organizations/<uuid:organization_id>"

dashboard = [
    path("auth/sso/discover", sign_in.DiscoverView.as_view(), name="sso-discover"),
    path("auth/sso/signed-in", sign_in.SignedInView.as_view(), name="sso-signed-in"),
    path("auth/sso/token", sign_in.PairView.as_view(), name="sso-token"),
    path("auth/sso/link", sign_in.LinkView.as_view(), name="sso-link"),
    path("auth/sso/end-session", sign_in.EndSessionView.as_view(), name="sso-end-session"),
    path("auth/sso/<slug:slug>/authorize", sign_in.AuthorizeView.as_view(), name="sso-authorize"),
    path("auth/sso/<slug:slug>/callback", sign_in.CallbackView.as_view(), name="sso-callback"),
    path("auth/sso/<slug:slug>/logout", sign_in.LogoutView.as_view(), name="sso-logout"),
    path("auth/sso/<slug:slug>/backchannel", sign_in.BackchannelView.as_view(), name="sso-backchannel"),
    path("sso/providers", settings.TemplateList.as_view(), name="sso-provider-list"),
    path(f"{ORGANIZATION}/sso", settings.ConnectionView.as_view(), name="sso-connection"),
    path(f"{ORGANIZATION}/sso/test", settings.ConnectionTest.as_view(), name="sso-connection-test"),
    path(f"{ORGANIZATION}/domains", settings.DomainList.as_view(), name="domain-list"),
    path(f"{ORGANIZATION}/domains/<uuid:domain_id>", settings.DomainDetail.as_view(), name="domain-detail"),
    path(
        f"{ORGANIZATION}/domains/<uuid:domain_id>/verify",
        settings.DomainCheck.as_view(),
        name="domain-verify",
    ),
    path(f"{ORGANIZATION}/scim-tokens", settings.DirectoryTokenList.as_view(), name="scim-token-list"),
    path(
        f"{ORGANIZATION}/scim-tokens/<uuid:token_id>",
        settings.DirectoryTokenDetail.as_view(),
        name="scim-token-detail",
    ),
    path(f"{ORGANIZATION}/scim-requests", settings.DirectoryRequestList.as_view(), name="scim-request-list"),
]
