"""Signing in to the operators' console: throttled, recorded, and with the second factor of whoever has one."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from audit.actions import Action
from audit.services import record
from organizations import throttles
from organizations.models import User
from organizations.second_factor import has_second_factor, second_factor_is_right
from organizations.sessions import NO_ACCOUNT, SecondFactorWrong, SignInFailed, refused
from promptguard.core.caller import Actor, ActorType, Caller, Via
from promptguard.core.errors import RateLimited
from promptguard.core.strict import is_strict
from promptguard.core.tenancy import platform_scope

CODE_FIELD = {"form": "login-form", "autocomplete": "one-time-code", "inputmode": "numeric"}


class SecondFactorMissing(SignInFailed):
    code = "second_factor_required"
    message = "Strict mode asks operators for a second factor: set one up at POST /dashboard/auth/2fa first."


class OperatorSignIn(AuthenticationForm):
    """Address, password, and the code of the second factor where there is one."""

    otp = forms.CharField(
        label="Second factor, if you have one",
        required=False,
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs=CODE_FIELD),
    )

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError; the same for a wrong password and for a person who is no operator."""
        email, origin = self.cleaned_data.get("username", ""), self.request.origin
        try:
            throttles.spend_sign_in(email, origin.ip)
        except RateLimited as error:
            raise ValidationError(error.message, code=error.code) from error
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            known = User.objects.filter(email=email.strip().lower()).values_list("id", flat=True).first()
            refused(SignInFailed(), known or NO_ACCOUNT, origin)
            raise
        self._check_second_factor()
        return cleaned

    def _check_second_factor(self) -> None:
        user, origin = self.get_user(), self.request.origin
        demanded = has_second_factor(user.id)
        if demanded and not second_factor_is_right(user.id, self.cleaned_data.get("otp", "")):
            raise ValidationError(refused(SecondFactorWrong(), user.id, origin).message, code="second_factor")
        if not demanded and is_strict():
            raise ValidationError(
                refused(SecondFactorMissing(), user.id, origin).message, code="second_factor"
            )
        caller = Caller(None, Actor(ActorType.OPERATOR, user.id, Via.ADMIN), origin=origin)
        with platform_scope():
            record(Action.AUTHENTICATION_SIGNED_IN, caller=caller, details={"second_factor": demanded})
