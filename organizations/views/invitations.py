"""Invitations, from both sides: those who send them, and those who hold the link."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any
from uuid import UUID

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from organizations import accounts, selectors, services, throttles
from organizations.serializers.accounts import InvitedSignUp, LinkToken
from organizations.serializers.organizations import (
    BulkReport,
    CsvIn,
    InvitationFilters,
    InvitationIn,
    InvitationOut,
    InvitationPreview,
    JoinedOut,
)
from organizations.views.doors import origin
from promptguard.core.caller import anonymous_caller
from promptguard.core.permissions import Permission as P
from promptguard.core.views import PublicView, TenantView


class CsvParser(BaseParser):
    """`text/csv` as the body itself."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, str]:
        try:
            return {"csv": stream.read().decode("utf-8-sig")}
        except UnicodeDecodeError as error:
            raise ParseError() from error


class InvitationList(TenantView):
    """Invitations (`status`: pending unless told, or accepted, declined, cancelled, expired, all); send one."""

    permissions = {"GET": P.INVITATION_READ, "POST": P.INVITATION_WRITE}
    takes = {"POST": InvitationIn}
    gives = {"GET": InvitationOut, "POST": InvitationOut}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.page(selectors.invitations(self.caller, **self.query(InvitationFilters)))

    def post(self, request: Request, organization_id: UUID) -> Response:
        asked = self.body()
        throttles.INVITATIONS_BY_ORGANIZATION.spend(organization_id)
        invitation, _ = services.invite(caller=self.caller, **asked)
        return self.answer(invitation)


class InvitationBulk(TenantView):
    """Invite everybody in a CSV file (`text/csv`, or JSON `{"csv": ...}`); the report says what became of each line."""

    permissions = {"POST": P.INVITATION_WRITE}
    takes = {"POST": CsvIn}
    gives = {"POST": BulkReport}
    parser_classes = [JSONParser, CsvParser]

    def scope(self) -> AbstractContextManager[None]:
        """Each line is a transaction of its own."""
        return nullcontext()

    def post(self, request: Request, organization_id: UUID) -> Response:
        asked = self.body()
        throttles.BULK_BY_ORGANIZATION.spend(organization_id)
        rows = services.invite_many(caller=self.caller, csv_text=asked["csv"])
        return self.answer({"invited": sum(row.status == "invited" for row in rows), "rows": rows})


class InvitationDetail(TenantView):
    """One invitation; take it back."""

    permissions = {"GET": P.INVITATION_READ, "DELETE": P.INVITATION_WRITE}
    gives = {"GET": InvitationOut}

    def get(self, request: Request, organization_id: UUID, invitation_id: UUID) -> Response:
        return self.answer(self.one(selectors.invitations(self.caller, "all"), id=invitation_id))

    def delete(self, request: Request, organization_id: UUID, invitation_id: UUID) -> Response:
        invitation = self.one(selectors.invitations(self.caller, "all"), id=invitation_id)
        services.cancel_invitation(caller=self.caller, invitation=invitation)
        return self.answer()


class InvitationResend(TenantView):
    """Send the invitation again with a new link; the old one stops working."""

    permissions = {"POST": P.INVITATION_WRITE}
    gives = {"POST": InvitationOut}

    def post(self, request: Request, organization_id: UUID, invitation_id: UUID) -> Response:
        invitation = self.one(selectors.invitations(self.caller, "all"), id=invitation_id)
        throttles.INVITATION_RESENT.spend(invitation_id)
        return self.answer(services.resend_invitation(caller=self.caller, invitation=invitation))


class InvitationPreviewView(
    PublicView, reason="Whoever holds the link may read what it offers before signing in."
):
    """What the link offers: organization, role, sender."""

    takes = {"POST": LinkToken}
    gives = {"POST": InvitationPreview}

    def post(self, request: Request) -> Response:
        throttles.LINK_BY_IP.spend(origin(request).ip)
        return self.answer(services.previewed_invitation(**self.body()))


class InvitationAcceptance(TenantView):
    """Join with the token of the mailed link, signed in with the address it was sent to."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    takes = {"POST": LinkToken}
    gives = {"POST": JoinedOut}
    needs_organization = False

    def post(self, request: Request) -> Response:
        throttles.LINK_BY_IP.spend(origin(request).ip)
        return self.answer(services.accept_invitation(caller=self.caller, **self.body()))


class InvitedSignUpView(
    PublicView, reason="The mailed link proves the address of somebody without an account."
):
    """Create an account for the invited address, and join at once."""

    takes = {"POST": InvitedSignUp}
    gives = {"POST": JoinedOut}
    statuses = {"POST": 201}

    def post(self, request: Request) -> Response:
        throttles.LINK_BY_IP.spend(origin(request).ip)
        return self.answer(accounts.sign_up_invited(origin=origin(request), **self.body()))


class InvitationDecline(PublicView, reason="The mailed link is proof enough to say no."):
    """Decline an invitation."""

    takes = {"POST": LinkToken}

    def post(self, request: Request) -> Response:
        throttles.LINK_BY_IP.spend(origin(request).ip)
        services.decline_invitation(caller=anonymous_caller(origin(request)), **self.body())
        return self.answer()
