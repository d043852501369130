"""The second factor, and personal access tokens."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from organizations import access_tokens, second_factor, selectors, throttles
from organizations.serializers.accounts import (
    AccessTokenIn,
    AccessTokenOut,
    Code,
    EnrolmentOut,
    NewAccessToken,
    RecoveryCodes,
    SecondFactorState,
)
from organizations.services.governance import require_fresh
from promptguard.core.permissions import Permission as P
from promptguard.core.views import TenantView


class SecondFactorView(TenantView):
    """Whether my second factor is on; begin to set one up; switch it off. Changes ask for a fresh proof."""

    permissions = {"GET": P.ACCOUNT_MANAGE, "POST": P.ACCOUNT_MANAGE, "DELETE": P.ACCOUNT_MANAGE}
    gives = {"GET": SecondFactorState, "POST": EnrolmentOut}
    statuses = {"POST": 201}
    needs_organization = False

    def get(self, request: Request) -> Response:
        state = {
            "enabled": second_factor.has_second_factor(self.caller.person),
            "unused_recovery_codes": second_factor.unused_recovery_codes(self.caller.person),
        }
        return self.answer(state)

    def post(self, request: Request) -> Response:
        require_fresh(self.caller)
        return self.answer(second_factor.start_second_factor(caller=self.caller))

    def delete(self, request: Request) -> Response:
        require_fresh(self.caller)
        second_factor.disable_second_factor(caller=self.caller)
        return self.answer()


class SecondFactorConfirmView(TenantView):
    """The first code from the app puts the second factor in force; the recovery codes are shown once."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    takes = {"POST": Code}
    gives = {"POST": RecoveryCodes}
    needs_organization = False

    def post(self, request: Request) -> Response:
        throttles.PROOF_BY_USER.spend(self.caller.person)
        codes = second_factor.confirm_second_factor(caller=self.caller, **self.body())
        return self.answer({"recovery_codes": codes})


class RecoveryCodeList(TenantView):
    """Ten new recovery codes; the old ones stop working."""

    permissions = {"POST": P.ACCOUNT_MANAGE}
    gives = {"POST": RecoveryCodes}
    statuses = {"POST": 201}
    needs_organization = False

    def post(self, request: Request) -> Response:
        require_fresh(self.caller)
        return self.answer({"recovery_codes": second_factor.replace_recovery_codes(caller=self.caller)})


class AccessTokenList(TenantView):
    """My personal access tokens in this organization; create one, whose text is shown once."""

    permissions = {"GET": P.ACCOUNT_MANAGE, "POST": P.ACCOUNT_MANAGE}
    takes = {"POST": AccessTokenIn}
    gives = {"GET": AccessTokenOut, "POST": NewAccessToken}
    statuses = {"POST": 201}
    lists = True

    def get(self, request: Request, organization_id: UUID) -> Response:
        return self.page(selectors.access_tokens(self.caller))

    def post(self, request: Request, organization_id: UUID) -> Response:
        return self.answer(access_tokens.create_access_token(caller=self.caller, **self.body()))


class AccessTokenDetail(TenantView):
    permissions = {"DELETE": P.ACCOUNT_MANAGE}

    def delete(self, request: Request, organization_id: UUID, token_id: UUID) -> Response:
        token = self.one(selectors.access_tokens(self.caller), id=token_id)
        access_tokens.revoke_access_token(caller=self.caller, token=token)
        return self.answer()
