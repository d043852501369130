"""The providers that the guide names: the form of their issuers, and what each does differently."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sso.models.connections import Provider
from sso.refusals import Reason, SignInRefused

# Claims of these say who the tenant is; without a concrete one anybody's tenant could sign in.
SHARED_TENANTS = ("common", "organizations", "consumers")
MICROSOFT_CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
ENTRA = re.compile(r"https://login\.microsoftonline\.com/([^/]+)/v2\.0\Z")
GOOGLE = "https://accounts.google.com"
HOST_ALONE = re.compile(r"https://[^/?#]+\Z")


@dataclass(frozen=True, slots=True)
class Template:
    """What a settings page needs to offer one provider."""

    provider: Provider
    label: str
    issuer_format: str
    scopes: str
    hint: str


TEMPLATES = (
    Template(
        Provider.OKTA, "Okta", "https://{domain}.okta.com", "openid email profile groups",
        "Add a groups claim to the ID token to map groups to roles.",
    ),
    Template(
        Provider.ENTRA, "Microsoft Entra ID (Azure AD)", "https://login.microsoftonline.com/{tenant}/v2.0",
        "openid email profile",
        "Use the tenant's id (a GUID); `common` would let in every Microsoft account. Add the optional claim `email`; "
        "groups arrive as object ids.",
    ),
    Template(
        Provider.GOOGLE, "Google Workspace", GOOGLE, "openid email profile",
        "The hosted domain must be one that you verified here.",
    ),
    Template(
        Provider.AUTH0, "Auth0", "https://{domain}.auth0.com", "openid email profile",
        "With a domain of your own the issuer is `https://` and that domain.",
    ),
    Template(
        Provider.OIDC, "Any OpenID Connect provider", "https://{host}/{path}", "openid email profile",
        "Any URL serving .well-known/openid-configuration.",
    ),
)  # fmt: skip
SCOPES = {template.provider: template.scopes for template in TEMPLATES}


def canonical_issuer(provider: str, issuer: str) -> str:
    """The issuer as its provider spells it: the guide writes Auth0's without its final slash."""
    if recognised(issuer) is Provider.ENTRA:
        return issuer.lower()
    is_auth0 = provider == Provider.AUTH0 or issuer.endswith(".auth0.com")
    return issuer + "/" if is_auth0 and HOST_ALONE.match(issuer) else issuer


def recognised(issuer: str) -> Provider | None:
    """The provider that this issuer can only be."""
    if issuer.rstrip("/") == GOOGLE:
        return Provider.GOOGLE
    return Provider.ENTRA if issuer.startswith("https://login.microsoftonline.com") else None


def issuer_objection(issuer: str) -> str:
    """Why this issuer may not be configured; empty when it may."""
    if recognised(issuer) is Provider.ENTRA:
        match = ENTRA.match(issuer)
        if match is None or not GUID.match(match[1]) or match[1] in (*SHARED_TENANTS, MICROSOFT_CONSUMERS):
            return (
                "Microsoft's names one tenant by its id, as in https://login.microsoftonline.com/{GUID}/v2.0"
            )
    return ""


def check_tenant(issuer: str, claims: Mapping[str, Any], verified_domains: frozenset[str]) -> None:
    """Rules of providers that serve many tenants from one issuer or key set. Raises SignInRefused."""
    if issuer_objection(issuer):
        raise SignInRefused(Reason.ISSUER_FORBIDDEN)
    match recognised(issuer):
        case Provider.ENTRA:
            tenant = ENTRA.match(issuer)
            if tenant is None or claims.get("tid") != tenant[1]:
                raise SignInRefused(Reason.TENANT_WRONG)
        case Provider.GOOGLE:
            if str(claims.get("hd", "")).lower() not in verified_domains:
                raise SignInRefused(Reason.HOSTED_DOMAIN_WRONG)
