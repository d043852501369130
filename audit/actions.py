"""Everything that can be recorded, in alphabetical order: `noun.verb_past`, how grave it is, and how to say it."""

from enum import StrEnum
from typing import Self


class Severity(StrEnum):
    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


class Outcome(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"
    DENIED = "denied"


class Action(StrEnum):
    """The webhook event type is the same string. `sentence` may use {actor} and {target}."""

    severity: Severity
    sentence: str

    def __new__(cls, value: str, severity: Severity, sentence: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.severity = severity
        member.sentence = sentence
        return member

    ACCESS_RULE_CREATED = "access_rule.created", Severity.NOTICE, "{actor} created the access rule {target}."
    ACCESS_RULE_DELETED = "access_rule.deleted", Severity.NOTICE, "{actor} deleted the access rule {target}."
    ACCESS_RULE_UPDATED = "access_rule.updated", Severity.NOTICE, "{actor} changed the access rule {target}."
    ACCESS_TOKEN_CREATED = (
        "access_token.created",
        Severity.NOTICE,
        "{actor} created the personal access token {target}.",
    )
    ACCESS_TOKEN_REVOKED = (
        "access_token.revoked",
        Severity.NOTICE,
        "{actor} revoked the personal access token {target}.",
    )
    AGENT_CREDENTIAL_ROTATED = (
        "agent.credential_rotated",
        Severity.NOTICE,
        "{actor} rotated the secret of {target}.",
    )
    AGENT_REGISTERED = "agent.registered", Severity.NOTICE, "{actor} registered the agent {target}."
    ALLOWED_NETWORKS_CLEARED = (
        "allowed_networks.cleared",
        Severity.CRITICAL,
        "{actor} emptied the IP allow-list.",
    )
    ALLOWED_NETWORK_ADDED = "allowed_network.added", Severity.WARNING, "{actor} allowed the network {target}."
    ALLOWED_NETWORK_REMOVED = (
        "allowed_network.removed",
        Severity.WARNING,
        "{actor} took the network {target} off the IP allow-list.",
    )
    ALLOWED_NETWORK_UPDATED = (
        "allowed_network.updated",
        Severity.INFO,
        "{actor} renamed the network {target}.",
    )
    API_KEY_CREATED = "api_key.created", Severity.NOTICE, "{actor} created the API key {target}."
    API_KEY_DELETED = "api_key.deleted", Severity.NOTICE, "{actor} deleted the API key {target}."
    API_KEY_DISABLED = "api_key.disabled", Severity.NOTICE, "{actor} disabled the API key {target}."
    API_KEY_ENABLED = "api_key.enabled", Severity.NOTICE, "{actor} enabled the API key {target}."
    API_KEY_EXPIRING = "api_key.expiring", Severity.WARNING, "The API key {target} is about to expire."
    API_KEY_ROTATED = "api_key.rotated", Severity.NOTICE, "{actor} rotated the API key {target}."
    API_KEY_TRANSFERRED = "api_key.transferred", Severity.NOTICE, "{actor} took over the API key {target}."
    API_KEY_UPDATED = "api_key.updated", Severity.NOTICE, "{actor} changed the API key {target}."
    AUDIT_EXPORTED = "audit.exported", Severity.NOTICE, "{actor} exported the audit log."
    AUDIT_KEY_ROTATED = (
        "audit.key_rotated",
        Severity.CRITICAL,
        "{actor} rotated the key that signs checkpoints.",
    )
    AUDIT_PRUNED = "audit.pruned", Severity.NOTICE, "Events past their retention were removed."
    AUDIT_QUERIED = "audit.queried", Severity.INFO, "{actor} read the audit log."
    AUDIT_RESTORED = "audit.restored", Severity.CRITICAL, "The log continues from a restored backup."
    AUDIT_VERIFIED = "audit.verified", Severity.INFO, "{actor} verified the audit log."
    AUTHENTICATION_FAILED = "authentication.failed", Severity.WARNING, "A sign-in failed."
    AUTHENTICATION_RENEWED = (
        "authentication.renewed",
        Severity.INFO,
        "{actor} signed in again on the same session.",
    )
    AUTHENTICATION_SIGNED_IN = "authentication.signed_in", Severity.INFO, "{actor} signed in."
    AUTHENTICATION_SIGNED_OUT = "authentication.signed_out", Severity.INFO, "{actor} signed out."
    AUTHENTICATION_TOKEN_REUSED = (
        "authentication.token_reused",
        Severity.CRITICAL,
        "A refresh token of {actor} was used twice.",
    )
    AUTHENTICATION_SSO_REFUSED = "authentication.sso_refused", Severity.WARNING, "A single sign-on was refused."
    AUTHENTICATION_SSO_SIGNED_IN = (
        "authentication.sso_signed_in",
        Severity.INFO,
        "{actor} signed in through the identity provider.",
    )
    AUTHENTICATION_SSO_SIGNED_OUT = (
        "authentication.sso_signed_out",
        Severity.INFO,
        "The identity provider signed {target} out.",
    )
    CANARY_PLANTED = "canary.planted", Severity.NOTICE, "{actor} planted a canary token in {target}."
    CANARY_RETIRED = "canary.retired", Severity.WARNING, "{actor} retired a canary token of {target}."
    COMPLIANCE_REPORTED = (
        "compliance.reported",
        Severity.NOTICE,
        "{actor} made a package of evidence for auditors.",
    )
    DATA_EXPORTED = "data.exported", Severity.NOTICE, "A package of personal data is ready."
    DATA_EXPORT_FETCHED = "data.export_fetched", Severity.NOTICE, "{actor} downloaded a package of personal data."
    DATA_EXPORT_REQUESTED = (
        "data.export_requested",
        Severity.NOTICE,
        "{actor} asked for a copy of their data.",
    )
    DATA_PURGED = "data.purged", Severity.NOTICE, "Rows past their retention were removed."
    DIRECTORY_GROUP_CHANGED = "directory.group_changed", Severity.NOTICE, "The directory changed the group {target}."
    DIRECTORY_TOKEN_CREATED = (
        "directory.token_created",
        Severity.CRITICAL,
        "{actor} created the directory token {target}.",
    )
    DIRECTORY_TOKEN_REVOKED = (
        "directory.token_revoked",
        Severity.NOTICE,
        "{actor} revoked the directory token {target}.",
    )
    DIRECTORY_USER_CHANGED = "directory.user_changed", Severity.NOTICE, "The directory changed the person {target}."
    ERASURE_CANCELLED = "erasure.cancelled", Severity.NOTICE, "{actor} took back the request to be erased."
    ERASURE_COMPLETED = (
        "erasure.completed",
        Severity.CRITICAL,
        "A person was erased, and looked for again in vain.",
    )
    ERASURE_REQUESTED = "erasure.requested", Severity.CRITICAL, "{actor} asked to be erased."
    INTERACTION_REVIEWED = "interaction.reviewed", Severity.INFO, "{actor} judged the decision {target}."
    INTERACTIONS_EXPORTED = "interactions.exported", Severity.NOTICE, "{actor} exported the log of decisions."
    INTERACTIONS_SEALED = "interactions.sealed", Severity.INFO, "A batch of interactions was sealed."
    INVITATION_ACCEPTED = "invitation.accepted", Severity.NOTICE, "{actor} accepted the invitation {target}."
    INVITATION_CANCELLED = (
        "invitation.cancelled",
        Severity.NOTICE,
        "{actor} cancelled the invitation {target}.",
    )
    INVITATION_CREATED = "invitation.created", Severity.NOTICE, "{actor} sent the invitation {target}."
    INVITATION_DECLINED = "invitation.declined", Severity.NOTICE, "{actor} declined the invitation {target}."
    INVITATION_RESENT = "invitation.resent", Severity.INFO, "{actor} sent the invitation {target} again."
    LEGAL_HOLD_PLACED = "legal_hold.placed", Severity.CRITICAL, "{actor} placed the legal hold {target}."
    LEGAL_HOLD_RELEASED = (
        "legal_hold.released",
        Severity.CRITICAL,
        "{actor} released the legal hold {target}.",
    )
    MEMBER_ADDED = "member.added", Severity.NOTICE, "{actor} added the member {target}."
    MEMBER_LEFT = "member.left", Severity.NOTICE, "{actor} left the organization."
    MEMBER_REMOVED = "member.removed", Severity.NOTICE, "{actor} removed the member {target}."
    MEMBER_ROLE_CHANGED = "member.role_changed", Severity.NOTICE, "{actor} changed the role of {target}."
    NETWORK_DENIED = "network.denied", Severity.WARNING, "{actor} came from a network that is not allowed."
    OPERATOR_CHANGED = "operator.changed", Severity.CRITICAL, "An operator changed {target}."
    OPERATOR_EXPORTED = "operator.exported", Severity.CRITICAL, "An operator exported {target}."
    OPERATOR_VIEWED = "operator.viewed", Severity.NOTICE, "An operator viewed {target}."
    ORGANIZATION_CLOSED = "organization.closed", Severity.CRITICAL, "{actor} closed the organization."
    ORGANIZATION_CREATED = "organization.created", Severity.NOTICE, "{actor} created the organization."
    ORGANIZATION_OWNERSHIP_OFFERED = (
        "organization.ownership_offered",
        Severity.CRITICAL,
        "{actor} offered the ownership to {target}.",
    )
    ORGANIZATION_OWNERSHIP_OFFER_ENDED = (
        "organization.ownership_offer_ended",
        Severity.NOTICE,
        "{actor} withdrew or declined the offer of ownership.",
    )
    ORGANIZATION_OWNERSHIP_TRANSFERRED = (
        "organization.ownership_transferred",
        Severity.CRITICAL,
        "{actor} transferred the ownership to {target}.",
    )
    ORGANIZATION_REOPENED = "organization.reopened", Severity.CRITICAL, "{actor} reopened the organization."
    ORGANIZATION_UPDATED = (
        "organization.updated",
        Severity.NOTICE,
        "{actor} changed the organization's settings.",
    )
    PASSWORD_CHANGED = "password.changed", Severity.NOTICE, "{actor} changed the password."
    PASSWORD_RESET = "password.reset", Severity.WARNING, "{actor} set a new password through the reset link."
    PASSWORD_RESET_REQUESTED = "password.reset_requested", Severity.NOTICE, "A password reset was requested."
    PERMISSION_DENIED = (
        "permission.denied",
        Severity.WARNING,
        "{actor} tried something that the role does not allow.",
    )
    PII_REDACTED = "pii.redacted", Severity.NOTICE, "The guard redacted personal data in {target}."
    POLICY_ACTIVATED = "policy.activated", Severity.NOTICE, "{actor} activated a policy of {target}."
    POLICY_DRAFTED = "policy.drafted", Severity.INFO, "{actor} drafted a policy for {target}."
    POLICY_ROLLED_BACK = "policy.rolled_back", Severity.WARNING, "{actor} rolled the policy of {target} back."
    PRIVACY_ERASED = "privacy.erased", Severity.CRITICAL, "The personal values of a person were erased."
    PROJECT_ACCESS_GRANTED = (
        "project_access.granted",
        Severity.NOTICE,
        "{actor} gave {target} a role in one project.",
    )
    PROJECT_ACCESS_REVOKED = (
        "project_access.revoked",
        Severity.NOTICE,
        "{actor} took the role in one project from {target}.",
    )
    PROJECT_CREATED = "project.created", Severity.NOTICE, "{actor} created the project {target}."
    PROJECT_DELETED = "project.deleted", Severity.WARNING, "{actor} deleted the project {target}."
    PROJECT_UPDATED = "project.updated", Severity.NOTICE, "{actor} changed the project {target}."
    RATE_LIMIT_OVERRIDDEN = "rate_limit.overridden", Severity.WARNING, "An operator changed the rate limit."
    RATE_LIMIT_RESTORED = (
        "rate_limit.restored",
        Severity.NOTICE,
        "An operator restored the plan's rate limit.",
    )
    RETENTION_CHANGED = "retention.changed", Severity.CRITICAL, "{actor} changed how long records are kept."
    ROLE_CREATED = "role.created", Severity.NOTICE, "{actor} created the role {target}."
    ROLE_DELETED = "role.deleted", Severity.NOTICE, "{actor} deleted the role {target}."
    ROLE_UPDATED = "role.updated", Severity.NOTICE, "{actor} changed the role {target}."
    SECOND_FACTOR_DISABLED = (
        "second_factor.disabled",
        Severity.WARNING,
        "{actor} switched the second factor off.",
    )
    SECOND_FACTOR_ENABLED = "second_factor.enabled", Severity.NOTICE, "{actor} switched the second factor on."
    SECOND_FACTOR_RECOVERY_CODES_REPLACED = (
        "second_factor.recovery_codes_replaced",
        Severity.NOTICE,
        "{actor} replaced the recovery codes.",
    )
    SECOND_FACTOR_STARTED = "second_factor.started", Severity.INFO, "{actor} began to set up a second factor."
    SESSIONS_REVOKED = "sessions.revoked", Severity.NOTICE, "{actor} revoked every other session."
    SESSION_REVOKED = "session.revoked", Severity.NOTICE, "{actor} revoked the session {target}."
    SSO_BREAK_GLASS_USED = (
        "sso.break_glass_used",
        Severity.CRITICAL,
        "{actor} signed in with a password although single sign-on is enforced.",
    )
    SSO_CONNECTION_CREATED = "sso.connection_created", Severity.CRITICAL, "{actor} connected an identity provider."
    SSO_CONNECTION_DELETED = "sso.connection_deleted", Severity.CRITICAL, "{actor} removed the identity provider."
    SSO_CONNECTION_TESTED = "sso.connection_tested", Severity.INFO, "{actor} tested the identity provider."
    SSO_CONNECTION_UPDATED = "sso.connection_updated", Severity.CRITICAL, "{actor} changed the identity provider."
    SSO_DOMAIN_CHECKED = "sso.domain_checked", Severity.INFO, "The domain {target} was looked for and not proven."
    SSO_DOMAIN_CLAIMED = "sso.domain_claimed", Severity.NOTICE, "{actor} claimed the domain {target}."
    SSO_DOMAIN_LAPSED = "sso.domain_lapsed", Severity.CRITICAL, "The proof of the domain {target} lapsed."
    SSO_DOMAIN_REMOVED = "sso.domain_removed", Severity.CRITICAL, "{actor} gave up the domain {target}."
    SSO_DOMAIN_VERIFIED = "sso.domain_verified", Severity.CRITICAL, "{actor} verified the domain {target}."
    SSO_IDENTITY_LINKED = (
        "sso.identity_linked",
        Severity.CRITICAL,
        "{actor} was linked to an identity of the provider.",
    )
    SUPPRESSION_CREATED = "suppression.created", Severity.WARNING, "{actor} silenced a rule for {target}."
    SUPPRESSION_DELETED = (
        "suppression.deleted",
        Severity.NOTICE,
        "{actor} let a silenced rule of {target} speak again.",
    )
    THREAT_BLOCKED = "threat.blocked", Severity.WARNING, "The guard blocked {target}."
    THREAT_DETECTED = "threat.detected", Severity.NOTICE, "The guard detected a threat in {target}."
    TOOL_PROFILE_CHANGED = (
        "tool_profile.changed",
        Severity.NOTICE,
        "{actor} changed the tool profile of {target}.",
    )
    USAGE_OVERAGE = "usage.overage", Severity.WARNING, "Usage went beyond what the plan includes."
    USAGE_THRESHOLD = "usage.threshold", Severity.NOTICE, "Usage reached a threshold of the plan's quota."
    USER_CREATED = "user.created", Severity.NOTICE, "{actor} signed up."
    USER_EMAIL_VERIFIED = "user.email_verified", Severity.INFO, "{actor} verified the e-mail address."
    USER_SIGN_UP_REPEATED = (
        "user.sign_up_repeated",
        Severity.NOTICE,
        "Somebody signed up with an address that has an account.",
    )
    USER_VERIFICATION_REQUESTED = (
        "user.verification_requested",
        Severity.INFO,
        "A new link to verify an address was requested.",
    )
    WEBHOOK_CREATED = "webhook.created", Severity.NOTICE, "{actor} created the webhook {target}."
    WEBHOOK_DELETED = "webhook.deleted", Severity.NOTICE, "{actor} deleted the webhook {target}."
    WEBHOOK_DISABLED = "webhook.disabled", Severity.WARNING, "The webhook {target} was switched off: it kept failing."
    WEBHOOK_REPLAYED = "webhook.replayed", Severity.NOTICE, "{actor} asked for deliveries of {target} to be repeated."
    WEBHOOK_SECRET_ROTATED = "webhook.secret_rotated", Severity.NOTICE, "{actor} rotated the secret of {target}."
    WEBHOOK_TESTED = "webhook.tested", Severity.INFO, "{actor} sent a test event to the webhook {target}."
    WEBHOOK_UPDATED = "webhook.updated", Severity.NOTICE, "{actor} changed the webhook {target}."


def action_name(text: str) -> str:
    """`project.created` -> `PROJECT_CREATED`, the member's name; stored events may be older than the vocabulary."""
    return text.upper().replace(".", "_")
