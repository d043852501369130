"""Under `/dashboard/`."""

from django.urls import URLPattern, URLResolver, include, path

from organizations.limits import views as limits
from organizations.networks import views as networks
from organizations.views import accounts, credentials, invitations, members, organizations, sessions

Patterns = list[URLPattern | URLResolver]

account: Patterns = [
    path("signup", accounts.SignUpView.as_view(), name="auth-signup"),
    path("login", sessions.SignInView.as_view(), name="auth-login"),
    path("refresh", sessions.RefreshView.as_view(), name="auth-refresh"),
    path("logout", sessions.SignOutView.as_view(), name="auth-logout"),
    path("reauthenticate", sessions.ReauthenticationView.as_view(), name="auth-reauthenticate"),
    path("me", sessions.MeView.as_view(), name="auth-me"),
    path("sessions", sessions.SessionList.as_view(), name="session-list"),
    path("sessions/<uuid:session_id>", sessions.SessionDetail.as_view(), name="session-detail"),
    path("verify-email", accounts.EmailVerificationView.as_view(), name="email-verify"),
    path("verify-email/resend", accounts.EmailVerificationResendView.as_view(), name="email-verify-resend"),
    path("password/reset", accounts.PasswordResetView.as_view(), name="password-reset"),
    path(
        "password/reset/confirm", accounts.PasswordResetConfirmView.as_view(), name="password-reset-confirm"
    ),
    path("password/change", accounts.PasswordChangeView.as_view(), name="password-change"),
    path("2fa", credentials.SecondFactorView.as_view(), name="second-factor"),
    path("2fa/confirm", credentials.SecondFactorConfirmView.as_view(), name="second-factor-confirm"),
    path("2fa/recovery-codes", credentials.RecoveryCodeList.as_view(), name="recovery-code-list"),
]
organization: Patterns = [
    path("", organizations.OrganizationDetail.as_view(), name="organization-detail"),
    path("/reopen", organizations.OrganizationReopen.as_view(), name="organization-reopen"),
    path("/settings", organizations.OrganizationSettings.as_view(), name="organization-settings"),
    path("/transfer-ownership", organizations.OwnershipTransfer.as_view(), name="ownership-transfer"),
    path("/transfer-ownership/accept", organizations.OwnershipAcceptance.as_view(), name="ownership-accept"),
    path("/transfer-ownership/decline", organizations.OwnershipDecline.as_view(), name="ownership-decline"),
    path("/members", members.MemberList.as_view(), name="member-list"),
    path("/members/<uuid:user_id>", members.MemberDetail.as_view(), name="member-detail"),
    path("/leave", members.Leave.as_view(), name="organization-leave"),
    path("/permissions", members.OwnPermissionList.as_view(), name="permission-list"),
    path("/roles", members.RoleList.as_view(), name="role-list"),
    path("/roles/<uuid:role_id>", members.RoleDetail.as_view(), name="role-detail"),
    path("/invitations", invitations.InvitationList.as_view(), name="invitation-list"),
    path("/invitations/bulk", invitations.InvitationBulk.as_view(), name="invitation-bulk"),
    path(
        "/invitations/<uuid:invitation_id>", invitations.InvitationDetail.as_view(), name="invitation-detail"
    ),
    path(
        "/invitations/<uuid:invitation_id>/resend",
        invitations.InvitationResend.as_view(),
        name="invitation-resend",
    ),
    path("/access-tokens", credentials.AccessTokenList.as_view(), name="access-token-list"),
    path(
        "/access-tokens/<uuid:token_id>", credentials.AccessTokenDetail.as_view(), name="access-token-detail"
    ),
    path(
        "/allowed-networks",
        networks.AllowedNetworkList.as_view(),
        name="network-list",
    ),
    path(
        "/allowed-networks/check",
        networks.AllowedNetworkCheck.as_view(),
        name="network-check",
    ),
    path(
        "/allowed-networks/<uuid:network_id>",
        networks.AllowedNetworkDetail.as_view(),
        name="network-detail",
    ),
    path("/key-policy", limits.KeyPolicy.as_view(), name="key-policy"),
    path("/rate-limits", limits.RateLimits.as_view(), name="rate-limits"),
    path("/retention", limits.Retention.as_view(), name="retention"),
]
urlpatterns: Patterns = [
    path("auth/", include(account)),
    path("organizations", organizations.OrganizationList.as_view(), name="organization-list"),
    path("organizations/<uuid:organization_id>", include(organization)),
    path("invitations/preview", invitations.InvitationPreviewView.as_view(), name="invitation-preview"),
    path("invitations/accept", invitations.InvitationAcceptance.as_view(), name="invitation-accept"),
    path("invitations/sign-up", invitations.InvitedSignUpView.as_view(), name="invitation-sign-up"),
    path("invitations/decline", invitations.InvitationDecline.as_view(), name="invitation-decline"),
]
