"""The rows of this room: connections and who came through them; domains; the directory."""

from sso.models.connections import Connection, GroupRole, Identity, SsoSession
from sso.models.directory import (
    DirectoryGroup,
    DirectoryGroupMember,
    DirectoryRequest,
    DirectoryToken,
    DirectoryUser,
)
from sso.models.domains import Domain

__all__ = [
    "Connection",
    "DirectoryGroup",
    "DirectoryGroupMember",
    "DirectoryRequest",
    "DirectoryToken",
    "DirectoryUser",
    "Domain",
    "GroupRole",
    "Identity",
    "SsoSession",
]
