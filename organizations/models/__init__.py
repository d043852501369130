"""The rows of this room, by what they are about: people, tenants, roles, credentials, mail."""

from organizations.limits.models import RateLimitOverride
from organizations.models.credentials import (
    AccountLink,
    AuthSession,
    PersonalAccessToken,
    RecoveryCode,
    SecondFactor,
)
from organizations.models.mail import OutgoingMail
from organizations.models.people import User
from organizations.models.roles import CustomRole, ProjectGrant
from organizations.models.tenants import Invitation, Membership, Organization, OwnershipOffer
from organizations.networks.models import AllowedNetwork

__all__ = [
    "AccountLink",
    "AllowedNetwork",
    "AuthSession",
    "CustomRole",
    "Invitation",
    "Membership",
    "Organization",
    "OutgoingMail",
    "OwnershipOffer",
    "PersonalAccessToken",
    "ProjectGrant",
    "RateLimitOverride",
    "RecoveryCode",
    "SecondFactor",
    "User",
]
