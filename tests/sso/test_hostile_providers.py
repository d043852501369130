"""The hostile provider matrix: each row lies once. No session, one uniform answer, the true reason in the audit log."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from organizations.models import AuthSession
from sso import calls
from sso.refusals import Reason as R
from tests.people import Tenant
from tests.sso.hostile import (
    EC_KEY,
    OTHER_RSA_KEY,
    RSA_KEY,
    WEAK_KEY,
    Provider,
    Reply,
    encoded,
    signed_with_public_key,
    unsigned,
)
from tests.sso.journey import address, refusals, sign_in, start

NOW = int(time.time())
WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Lie:
    """`tell` changes what the provider says (or how it is connected); `reason` is what we must find out."""

    name: str
    reason: R
    tell: Callable[[Provider], None]

    def __str__(self) -> str:
        return self.name


def claim(**changes: object) -> Callable[[Provider], None]:
    return lambda provider: provider.claims.update(changes)


def userinfo(**changes: object) -> Callable[[Provider], None]:
    return lambda provider: provider.userinfo.update(changes)


def document(**changes: object) -> Callable[[Provider], None]:
    return lambda provider: provider.document.update(changes)


def answer(**changes: object) -> Callable[[Provider], None]:
    return lambda provider: provider.token_answer.update(changes)


def header(**changes: object) -> Callable[[Provider], None]:
    return lambda provider: provider.header.update(changes)


def reply(path: str, **parts: object) -> Callable[[Provider], None]:
    return lambda provider: provider.replies.update({path: Reply(**parts)})  # type: ignore[arg-type]


def put(**changes: object) -> Callable[[Provider], None]:
    def tell(provider: Provider) -> None:
        for name, value in changes.items():
            setattr(provider, name, value)

    return tell


LIES = [
    # The ID token (OpenID Connect Core 3.1.3.7).
    Lie("iss of another provider", R.ISSUER_WRONG, claim(iss="https://accounts.google.com")),
    Lie("iss with a slash more", R.ISSUER_WRONG, lambda p: p.claims.update(iss=p.issuer + "/")),
    Lie("iss missing", R.CLAIM_MISSING, claim(iss=None)),
    Lie("iss is a list", R.ISSUER_WRONG, lambda p: p.claims.update(iss=[p.issuer])),
    Lie("aud of another client", R.AUDIENCE_WRONG, claim(aud="another-client")),
    Lie("aud missing", R.CLAIM_MISSING, claim(aud=None)),
    Lie("aud empty", R.CLAIM_MISSING, claim(aud=[])),
    Lie("aud is a number", R.AUDIENCE_WRONG, claim(aud=7)),
    Lie("several aud without azp", R.AUTHORIZED_PARTY_WRONG, claim(aud=["promptguard", "another-client"])),
    Lie("foreign azp", R.AUTHORIZED_PARTY_WRONG, claim(azp="another-client")),
    Lie("expired", R.EXPIRED, claim(exp=NOW - 120)),
    Lie("exp missing", R.CLAIM_MISSING, claim(exp=None)),
    Lie("exp is text", R.TOKEN_MALFORMED, claim(exp="tomorrow")),
    Lie("issued in the future", R.ISSUED_IN_FUTURE, claim(iat=NOW + 3600)),
    Lie("iat missing", R.CLAIM_MISSING, claim(iat=None)),
    Lie("not valid yet", R.ISSUED_IN_FUTURE, claim(nbf=NOW + 3600)),
    Lie("sub missing", R.CLAIM_MISSING, claim(sub=None)),
    Lie("sub empty", R.CLAIMS_INVALID, claim(sub="")),
    Lie("sub too long", R.CLAIMS_INVALID, claim(sub="x" * 256)),
    Lie("nonce of another sign-in", R.NONCE_WRONG, claim(nonce="another")),
    Lie("nonce missing", R.NONCE_WRONG, claim(nonce=None)),
    Lie("nonce is a list", R.NONCE_WRONG, claim(nonce=["a"])),
    Lie("at_hash of another token", R.AT_HASH_WRONG, claim(at_hash="AAAAAAAAAAAAAAAAAAAAAA")),
    Lie("at_hash is a number", R.AT_HASH_WRONG, claim(at_hash=1)),
    # Signatures and keys.
    Lie("alg none", R.ALGORITHM_FORBIDDEN, put(sign=unsigned)),
    Lie("HS256 with the public key", R.ALGORITHM_FORBIDDEN, put(sign=signed_with_public_key)),
    Lie("an algorithm that discovery does not name", R.ALGORITHM_FORBIDDEN,
        document(id_token_signing_alg_values_supported=["ES256"])),
    Lie("another key under the same kid", R.SIGNATURE_WRONG, put(signing_key=OTHER_RSA_KEY)),
    Lie("kid of the EC key on an RSA signature", R.KEY_UNKNOWN, header(kid="ec")),
    Lie("unknown kid", R.KEY_UNKNOWN, header(kid="nobody")),
    Lie("kid is a number", R.TOKEN_MALFORMED, put(sign=lambda h, c: f"{encoded(h | {'kid': 7})}.{encoded(c)}.AAAA")),
    Lie("two keys with one kid", R.KEY_AMBIGUOUS, put(keys=[RSA_KEY, OTHER_RSA_KEY])),
    Lie("no kid and two keys", R.KEY_AMBIGUOUS,
        lambda p: (header(kid=None)(p), put(keys=[RSA_KEY, OTHER_RSA_KEY])(p))[0]),
    Lie("a key for encryption", R.KEY_UNKNOWN, put(keys=[RSA_KEY.as_dict(private=False) | {"use": "enc"}])),
    Lie("a key for another algorithm", R.KEY_UNKNOWN, put(keys=[RSA_KEY.as_dict(private=False) | {"alg": "PS256"}])),
    Lie("a weak key", R.KEY_WEAK, put(signing_key=WEAK_KEY, keys=[WEAK_KEY])),
    Lie("a key that is garbage", R.KEY_UNKNOWN, put(keys=[{"kty": "RSA", "kid": "rsa", "n": "!", "e": "AQAB"}])),
    Lie("keys are not a list", R.KEY_UNKNOWN, reply("/jwks", body=b'{"keys": {"a": 1}}')),
    Lie("a signature that is cut off", R.TOKEN_MALFORMED, answer(id_token="e30.e30")),
    Lie("an ID token that is not text", R.TOKEN_MALFORMED, answer(id_token={"sub": "x"})),
    Lie("an ID token of a megabyte", R.TOKEN_MALFORMED, answer(id_token="a" * 400_000)),
    Lie("no ID token", R.TOKEN_MALFORMED, answer(id_token=None)),
    # The other endpoints.
    Lie("no access token", R.TOKEN_REQUEST_FAILED, answer(access_token=None)),
    Lie("a token type we cannot use", R.TOKEN_REQUEST_FAILED, answer(token_type="mac")),
    Lie("an access token with a line break", R.USERINFO_FAILED,
        put(token_answer={"access_token": "a\r\nX-Evil: 1"}, claims={"at_hash": None})),
    Lie("a token endpoint that fails", R.TOKEN_REQUEST_FAILED, reply("/token", status=500)),
    Lie("a token endpoint that redirects", R.TOKEN_REQUEST_FAILED,
        reply("/token", status=307, headers={"Location": "http://127.0.0.1:1/"})),
    Lie("a token answer that is not JSON", R.TOKEN_REQUEST_FAILED, reply("/token", body=b"<html>")),
    Lie("a token answer that is a list", R.TOKEN_REQUEST_FAILED, reply("/token", body=b"[]")),
    Lie("userinfo of somebody else", R.SUBJECT_MISMATCH, userinfo(sub="subject-2")),
    Lie("userinfo without sub", R.SUBJECT_MISMATCH, userinfo(sub=None)),
    Lie("a userinfo endpoint that fails", R.USERINFO_FAILED, reply("/userinfo", status=503)),
    Lie("userinfo of a megabyte", R.USERINFO_FAILED, reply("/userinfo", body=b'"' + b"a" * 1_000_000 + b'"')),
    # Discovery.
    Lie("discovery names another issuer", R.DISCOVERY_INVALID, document(issuer="https://accounts.google.com")),
    Lie("discovery without a token endpoint", R.DISCOVERY_INVALID, document(token_endpoint=None)),
    Lie("an endpoint over plain HTTP", R.DISCOVERY_INVALID, document(jwks_uri="http://idp.example/jwks")),
    Lie("an endpoint that is a file", R.DISCOVERY_INVALID, document(token_endpoint="file:///etc/passwd")),
    Lie("an endpoint with a user name", R.DISCOVERY_INVALID, document(jwks_uri="https://a:b@idp.example/jwks")),
    Lie("an endpoint on a strange port", R.DISCOVERY_INVALID, document(jwks_uri="https://idp.example:25/")),
    Lie("keys on a loopback address", R.KEYS_UNAVAILABLE, document(jwks_uri="https://127.0.0.1/jwks")),
    Lie("keys on a mapped loopback address", R.KEYS_UNAVAILABLE, document(jwks_uri="https://[::ffff:7f00:1]/jwks")),
    Lie("keys in the cloud's metadata", R.KEYS_UNAVAILABLE, document(jwks_uri="https://169.254.169.254/latest")),
    Lie("a token endpoint in the private network", R.TOKEN_REQUEST_FAILED, document(token_endpoint="https://10.0.0.1/")),
    Lie("huge discovery", R.DISCOVERY_FAILED, reply(WELL_KNOWN, body=b"[" + b" " * 1_000_000 + b"]")),
    Lie("redirecting discovery", R.DISCOVERY_FAILED, reply(WELL_KNOWN, status=302, headers={"Location": "/other"})),
    Lie("slow discovery", R.DISCOVERY_FAILED, reply(WELL_KNOWN, pause_seconds=30)),
    Lie("discovery that is not JSON", R.DISCOVERY_FAILED, reply(WELL_KNOWN, body=b"\xff\xfe")),
    # Who it is said to be.
    Lie("no address", R.ADDRESS_MISSING, userinfo(email=None)),
    Lie("an unverified address", R.ADDRESS_NOT_VERIFIED, userinfo(email_verified=False)),
    Lie("an address of which nothing is said", R.ADDRESS_NOT_VERIFIED, userinfo(email_verified=None)),
    Lie("verified is a text", R.ADDRESS_NOT_VERIFIED, userinfo(email_verified="false")),
    Lie("a foreign domain", R.DOMAIN_NOT_ALLOWED, userinfo(email="boss@globex.example")),
    Lie("a subdomain", R.DOMAIN_NOT_ALLOWED, userinfo(email="boss@evil.acme.example")),
    Lie("two at signs", R.CLAIMS_INVALID, userinfo(email="boss@globex.example@acme.example")),
    Lie("a Kelvin sign for a k", R.CLAIMS_INVALID, userinfo(email="mi\u212ae@acme.example")),
    Lie("a line break in the address", R.CLAIMS_INVALID, userinfo(email="a@acme.example\n")),
    Lie("the address is a list", R.CLAIMS_INVALID, userinfo(email=["a@acme.example"])),
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_a_lie_opens_nothing(
    lie: Lie, connected: Tenant, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "TIMEOUT_SECONDS", 1.0)
    browser, before = Client(), AuthSession.objects.count()
    if lie.reason in (R.DISCOVERY_FAILED, R.DISCOVERY_INVALID):
        lie.tell(provider)
        response = browser.get(address("sso-authorize", connected))
    else:
        location = start(browser, connected)
        # What discovery says is cached from the start on; a lie in it is told before.
        if provider_lies_in_discovery(lie, provider):
            location = start(browser, connected)
        response = browser.get(address("sso-callback", connected), provider.authorize(location))
    assert refusals() == [lie.reason]
    assert response.status_code == 403
    assert "session" not in browser.cookies
    assert AuthSession.objects.count() == before
    assert lie.reason not in response.content.decode()


def provider_lies_in_discovery(lie: Lie, provider: Provider) -> bool:
    from django.core.cache import cache

    lie.tell(provider)
    cache.clear()
    return bool(provider.document)


def uniform(response: object) -> str:
    """The page without what belongs to each request."""
    import re

    return re.sub(r"<code>[^<]*</code>", "", response.content.decode())  # type: ignore[attr-defined]


def test_all_refusals_look_the_same(connected: Tenant, globex: Tenant, provider: Provider) -> None:
    provider.claims = {"aud": "another"}
    lied = sign_in(Client(), connected, provider)
    no_state = Client().get(address("sso-callback", connected), {"code": "x", "state": "y"})
    unknown = Client().get(address("sso-callback", globex), {"code": "x", "state": "y"})
    start_unknown = Client().get("/dashboard/auth/sso/nobody/authorize")
    pages = [lied, no_state, unknown, start_unknown]
    assert len({uniform(page) for page in pages}) == 1
    assert {page.status_code for page in pages} == {403}


def test_the_matrix_is_as_large_as_promised() -> None:
    assert len(LIES) >= 40
    assert {EC_KEY.kid, RSA_KEY.kid} == {"ec", "rsa"}
