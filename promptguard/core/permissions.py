"""The permission vocabulary: everything anybody may be allowed to do, in alphabetical order."""

from enum import StrEnum


class Permission(StrEnum):
    """`noun:verb`. Roles (`organizations.roles`) and API key scopes (`projects.scopes`) are sets of these."""

    ACCOUNT_MANAGE = "account:manage"
    ACCOUNT_READ = "account:read"
    API_KEY_READ = "api_key:read"
    API_KEY_WRITE = "api_key:write"
    AUDIT_EXPORT = "audit:export"
    AUDIT_READ = "audit:read"
    BILLING_READ = "billing:read"
    DIRECTORY_SYNC = "directory:sync"
    GUARD_RUN = "guard:run"
    INTERACTION_READ = "interaction:read"
    INVITATION_READ = "invitation:read"
    INVITATION_WRITE = "invitation:write"
    MEMBER_READ = "member:read"
    MEMBER_WRITE = "member:write"
    ORGANIZATION_DELETE = "organization:delete"
    ORGANIZATION_READ = "organization:read"
    ORGANIZATION_TRANSFER = "organization:transfer"
    ORGANIZATION_WRITE = "organization:write"
    PROJECT_READ = "project:read"
    PROJECT_WRITE = "project:write"
    ROLE_READ = "role:read"
    ROLE_WRITE = "role:write"
    USAGE_READ = "usage:read"
