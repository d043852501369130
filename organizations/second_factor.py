"""The second factor: time-based one-time passwords (RFC 6238), and recovery codes for the day the phone is gone."""

import base64
import os
import re
import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlencode
from uuid import UUID

from django.utils import timezone
from django_otp.oath import TOTP

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.models import Membership, RecoveryCode, SecondFactor, User
from organizations.selectors import own_session
from promptguard.core.caller import Caller
from promptguard.core.crypto import open_sealed, seal, token_hash
from promptguard.core.errors import Conflict, Invalid
from promptguard.core.tenancy import platform_scope

ISSUER = "PromptGuard"
SECRET_BYTES = 20
# One step of 30 seconds either way: clocks drift, people type slowly.
DRIFT = 1
RECOVERY_CODES, RECOVERY_GROUPS = 10, 4
CODE = re.compile(r"[0-9]{6}\Z")
# Without the letters and digits that look alike.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class SecondFactorOn(Conflict):
    code = "second_factor_on"
    message = "The second factor is on already."


class SecondFactorOff(Conflict):
    code = "second_factor_off"
    message = "The second factor is not on; begin with POST /dashboard/auth/2fa."


class SecondFactorNeeded(Conflict):
    code = "second_factor_needed"
    message = "One of your organizations, or your role there, requires a second factor."


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs, shown until the first code confirms it."""

    secret: str
    otpauth_uri: str


def has_second_factor(user_id: UUID) -> bool:
    return SecondFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).exists()


def second_factor_is_right(user_id: UUID, otp: str) -> bool:
    """Whether `otp` is the app's present code, or an unused recovery code. Either works once."""
    otp = otp.strip().replace(" ", "")
    if CODE.match(otp):
        device = SecondFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).first()
        return device is not None and _spend_code(device, otp)
    unused = RecoveryCode.objects.filter(user_id=user_id, used_at__isnull=True)
    return unused.filter(code_hash=_recovery_hash(otp)).update(used_at=timezone.now()) == 1


def _spend_code(device: SecondFactor, otp: str) -> bool:
    """Right, and of a later time step than the last: the conditional UPDATE lets one of two racing copies in."""
    totp = TOTP(open_sealed(bytes(device.sealed_secret), device.user_id.bytes))
    if not totp.verify(int(otp), tolerance=DRIFT, min_t=device.last_step + 1):
        return False
    step = totp.t()
    older = SecondFactor.objects.filter(user_id=device.user_id, last_step__lt=step)
    return older.update(last_step=step) == 1


def start_second_factor(*, caller: Caller) -> Enrolment:
    """A new secret, not in force until `confirm_second_factor`. Raises SecondFactorOn."""
    user = User.objects.get(id=caller.person)
    if has_second_factor(user.id):
        raise SecondFactorOn()
    secret = os.urandom(SECRET_BYTES)
    sealed = {"sealed_secret": seal(secret, user.id.bytes), "confirmed_at": None, "last_step": 0}
    with platform_scope():
        SecondFactor.objects.update_or_create(user=user, defaults=sealed)
        record(Action.SECOND_FACTOR_STARTED, caller=caller, targets=[Target("user", user.id)])
    text = base64.b32encode(secret).decode()
    query = urlencode({"secret": text, "issuer": ISSUER, "algorithm": "SHA1", "digits": 6, "period": 30})
    return Enrolment(text, f"otpauth://totp/{ISSUER}:{quote(user.email)}?{query}")


def confirm_second_factor(*, caller: Caller, otp: str) -> list[str]:
    """The first right code puts the factor in force; returns the recovery codes, which nobody can read again.

    Raises SecondFactorOff when there is nothing to confirm, SecondFactorOn, and Invalid for a wrong code.
    """
    device = SecondFactor.objects.filter(user_id=caller.person).first()
    if device is None:
        raise SecondFactorOff()
    if device.confirmed_at is not None:
        raise SecondFactorOn()
    if not CODE.match(otp.strip()) or not _spend_code(device, otp.strip()):
        raise Invalid.field("otp", "The code is wrong.", "invalid_second_factor")
    now = timezone.now()
    with platform_scope():
        SecondFactor.objects.filter(user_id=device.user_id).update(confirmed_at=now)
        own_session(caller).update(second_factor_at=now)
        record(Action.SECOND_FACTOR_ENABLED, caller=caller, targets=[Target("user", device.user_id)])
        return _new_recovery_codes(device.user_id)


def disable_second_factor(*, caller: Caller) -> None:
    """Raises SecondFactorNeeded while an organization of the caller requires it, SecondFactorOff."""
    with platform_scope():
        mine = Membership.all_tenants.filter(user_id=caller.person)
        if any(each.demands_second_factor for each in mine.select_related("organization", "custom_role")):
            raise SecondFactorNeeded()
        deleted, _ = SecondFactor.objects.filter(user_id=caller.person, confirmed_at__isnull=False).delete()
        if not deleted:
            raise SecondFactorOff()
        RecoveryCode.objects.filter(user_id=caller.person).delete()
        record(Action.SECOND_FACTOR_DISABLED, caller=caller, targets=[Target("user", caller.person)])


def replace_recovery_codes(*, caller: Caller) -> list[str]:
    """Ten new ones; the old ones stop working. Raises SecondFactorOff."""
    if not has_second_factor(caller.person):
        raise SecondFactorOff()
    record(
        Action.SECOND_FACTOR_RECOVERY_CODES_REPLACED, caller=caller, targets=[Target("user", caller.person)]
    )
    return _new_recovery_codes(caller.person)


def unused_recovery_codes(user_id: UUID) -> int:
    return RecoveryCode.objects.filter(user_id=user_id, used_at__isnull=True).count()


def _new_recovery_codes(user_id: UUID) -> list[str]:
    codes = ["-".join(_group() for _ in range(RECOVERY_GROUPS)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user_id=user_id).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user_id=user_id, code_hash=_recovery_hash(code)) for code in codes
    )
    return codes


def _group() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(4))


def _recovery_hash(code: str) -> bytes:
    """4 × 4 of 31 characters are 79 bits: as with any random token, a fast hash suffices."""
    return token_hash(code.lower().replace("-", ""))
