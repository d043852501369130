"""Why a sign-in was refused: told to the audit log, never to whoever asked."""

from enum import StrEnum

from promptguard.core.errors import Forbidden


class Reason(StrEnum):
    """Stable words for the audit log."""

    ACCOUNT_DISABLED = "account_disabled"
    ACR_INSUFFICIENT = "acr_insufficient"
    ADDRESS_MISSING = "address_missing"
    ADDRESS_NOT_VERIFIED = "address_not_verified"
    ALGORITHM_FORBIDDEN = "algorithm_forbidden"
    AMR_INSUFFICIENT = "amr_insufficient"
    ANSWER_INVALID = "answer_invalid"
    AT_HASH_WRONG = "at_hash_wrong"
    AUDIENCE_WRONG = "audience_wrong"
    AUTHENTICATION_TOO_OLD = "authentication_too_old"
    AUTHORIZED_PARTY_WRONG = "authorized_party_wrong"
    CLAIM_MISSING = "claim_missing"
    CLAIMS_INVALID = "claims_invalid"
    CONNECTION_MISMATCH = "connection_mismatch"
    CONNECTION_UNKNOWN = "connection_unknown"
    DEACTIVATED_BY_DIRECTORY = "deactivated_by_directory"
    DISCOVERY_FAILED = "discovery_failed"
    DISCOVERY_INVALID = "discovery_invalid"
    DOMAIN_NOT_ALLOWED = "domain_not_allowed"
    DOMAIN_OF_ANOTHER = "domain_of_another"
    EXPIRED = "expired"
    HOSTED_DOMAIN_WRONG = "hosted_domain_wrong"
    ISSUED_IN_FUTURE = "issued_in_future"
    ISSUER_FORBIDDEN = "issuer_forbidden"
    ISSUER_PARAMETER_WRONG = "issuer_parameter_wrong"
    ISSUER_WRONG = "issuer_wrong"
    KEY_AMBIGUOUS = "key_ambiguous"
    KEY_UNKNOWN = "key_unknown"
    KEY_WEAK = "key_weak"
    KEYS_UNAVAILABLE = "keys_unavailable"
    LINK_NEEDS_PROOF = "link_needs_proof"
    LOGOUT_TOKEN_INVALID = "logout_token_invalid"
    LOGOUT_TOKEN_REPLAYED = "logout_token_replayed"
    NETWORK_NOT_ALLOWED = "network_not_allowed"
    NONCE_WRONG = "nonce_wrong"
    NOT_A_MEMBER = "not_a_member"
    PROVIDER_REFUSED = "provider_refused"
    SECRET_UNREADABLE = "secret_unreadable"
    SIGNATURE_WRONG = "signature_wrong"
    STATE_EXPIRED = "state_expired"
    STATE_UNKNOWN = "state_unknown"
    SUBJECT_MISMATCH = "subject_mismatch"
    TENANT_WRONG = "tenant_wrong"
    TOKEN_MALFORMED = "token_malformed"
    TOKEN_REQUEST_FAILED = "token_request_failed"
    UNEXPECTED = "unexpected"
    USERINFO_FAILED = "userinfo_failed"


class SignInRefused(Forbidden):
    """The one answer of every SSO door that says no. `reason` and `detail` stay inside."""

    code = "sso_failed"
    message = "Single sign-on did not succeed. Quote the request id to your administrator, who can see why."

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__()
        self.reason, self.detail = reason, detail[:200]
