"""Signing up, proving an address, and the password."""

from rest_framework.request import Request
from rest_framework.response import Response

from organizations import accounts, throttles
from organizations.serializers.accounts import (
    Accepted,
    Address,
    LinkToken,
    NewPassword,
    PasswordChange,
    SignedUp,
    SignUp,
    UserOut,
)
from organizations.views.doors import AccountView, origin
from promptguard.core.permissions import Permission as P
from promptguard.core.views import PublicView

SENT = {"detail": "If there is such an account, a mail is on its way."}


class SignUpView(PublicView, reason="Nobody has an account before signing up."):
    """Create an account, with an organization and a project of its own."""

    takes = {"POST": SignUp}
    gives = {"POST": SignedUp}
    statuses = {"POST": 201}

    def post(self, request: Request) -> Response:
        asked = self.body()
        throttles.SIGN_UP_BY_IP.spend(origin(request).ip)
        accounts.sign_up_discreetly(origin=origin(request), **asked)
        shown = {"email": asked["email"], "name": asked["name"], "verification": accounts.verification_mode()}
        return self.answer(shown)


class EmailVerificationView(PublicView, reason="The mailed link is its own proof, and works once."):
    """Prove an address with the token of the mailed link."""

    takes = {"POST": LinkToken}
    gives = {"POST": UserOut}

    def post(self, request: Request) -> Response:
        throttles.LINK_BY_IP.spend(origin(request).ip)
        return self.answer(accounts.verify_email(origin=origin(request), **self.body()))


class EmailVerificationResendView(PublicView, reason="Whoever lost the link cannot sign in yet."):
    """Mail a new link to verify an address."""

    takes = {"POST": Address}
    gives = {"POST": Accepted}
    statuses = {"POST": 202}

    def post(self, request: Request) -> Response:
        email = self.body()["email"]
        spend_mail(request, email)
        accounts.request_verification(origin=origin(request), email=email)
        return self.answer(SENT)


class PasswordResetView(PublicView, reason="Whoever forgot the password cannot sign in."):
    """Mail a link to set a new password."""

    takes = {"POST": Address}
    gives = {"POST": Accepted}
    statuses = {"POST": 202}

    def post(self, request: Request) -> Response:
        email = self.body()["email"]
        spend_mail(request, email)
        accounts.request_password_reset(origin=origin(request), email=email)
        return self.answer(SENT)


class PasswordResetConfirmView(PublicView, reason="The mailed link is its own proof, and works once."):
    """Set a new password with the token of the mailed link; every session ends."""

    takes = {"POST": NewPassword}

    def post(self, request: Request) -> Response:
        throttles.LINK_BY_IP.spend(origin(request).ip)
        accounts.reset_password(origin=origin(request), **self.body())
        return self.answer()


class PasswordChangeView(AccountView):
    """Set a new password, knowing the old one; every other session ends."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    takes = {"POST": PasswordChange}

    def post(self, request: Request) -> Response:
        throttles.PROOF_BY_USER.spend(self.caller.user_id)
        accounts.change_password(caller=self.caller, **self.body())
        return self.answer()


def spend_mail(request: Request, email: str) -> None:
    throttles.MAIL_BY_IP.spend(origin(request).ip)
    throttles.MAIL_BY_ADDRESS.spend(email.strip().lower())
