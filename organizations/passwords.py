"""What a good password is, and checking one in the same time whether or not there is an account."""

from functools import cache
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from organizations.models import User
from promptguard.core.errors import Invalid

# zxcvbn: 3 is "safely unguessable", more than 10^8 guesses (Wheeler, USENIX Security 2016).
LEAST_SCORE = 3
# Its matching is quadratic; what matters shows at the beginning.
MEASURED_CHARACTERS = 72


class GuessabilityValidator:
    """Refuses what an attacker with lists of leaked passwords, names and keyboard walks guesses soon (zxcvbn).

    Together with Django's list of 20,000 leaked passwords this is the local breach list: nothing leaves the house.
    """

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        from zxcvbn import zxcvbn

        about = [part for part in (getattr(user, "email", ""), getattr(user, "name", "")) if part]
        if zxcvbn(password[:MEASURED_CHARACTERS], user_inputs=about)["score"] < LEAST_SCORE:
            raise ValidationError(self.get_help_text(), code="password_guessable")

    def get_help_text(self) -> str:
        return "This password is easy to guess. Several uncommon words make a good one."


def set_password(user: User, password: str) -> None:
    """Hash onto `user`, unsaved. Raises Invalid for a weak password."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid.field("password", " ".join(error.messages), "weak_password") from error
    user.set_password(password)


def password_is_right(user: User | None, password: str) -> bool:
    """One hash is computed, whether or not there is an account, and whether or not it has a password."""
    if user is None or not user.has_usable_password():
        check_password(password, _decoy())
        return False
    return user.check_password(password)


@cache
def _decoy() -> str:
    """A hash that nobody's password matches, made with today's parameters."""
    return make_password("no account has this password \x00")
