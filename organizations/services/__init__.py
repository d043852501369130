"""What can be done to organizations and their people; each change audited in its own transaction."""

from organizations.services.custom_roles import create_role, delete_role, update_role
from organizations.services.grants import grant_project_role, revoke_project_role
from organizations.services.invitations import (
    accept_invitation,
    cancel_invitation,
    decline_invitation,
    invite,
    invite_many,
    previewed_invitation,
    resend_invitation,
)
from organizations.services.members import add_member, change_role, leave, remove_member
from organizations.services.organizations import (
    close_organization,
    create_organization,
    create_personal_organization,
    reopen_organization,
    update_organization,
)
from organizations.services.ownership import (
    accept_ownership,
    decline_ownership,
    offer_ownership,
    withdraw_ownership,
)

__all__ = [
    "accept_invitation",
    "accept_ownership",
    "add_member",
    "cancel_invitation",
    "change_role",
    "close_organization",
    "create_organization",
    "create_personal_organization",
    "create_role",
    "decline_invitation",
    "decline_ownership",
    "delete_role",
    "grant_project_role",
    "invite",
    "invite_many",
    "leave",
    "offer_ownership",
    "previewed_invitation",
    "remove_member",
    "reopen_organization",
    "resend_invitation",
    "revoke_project_role",
    "update_organization",
    "update_role",
    "withdraw_ownership",
]
