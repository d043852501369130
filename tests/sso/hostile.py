"""An OpenID provider of our own, on joserfc and a real socket, that can be told to lie in every way."""

import base64
import hashlib
import hmac
import json
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "promptguard", "s3cret / with: odd+characters"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
ALGORITHMS = ["RS256", "ES256", "HS256", "none", "PS256"]


def _rsa(kid: str, bits: int = 2048) -> RSAKey:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the weak key is meant to be weak
        return _made(kid, bits)


def _made(kid: str, bits: int) -> RSAKey:
    return RSAKey.generate_key(bits, {"kid": kid, "use": "sig"}, private=True)


RSA_KEY, OTHER_RSA_KEY, WEAK_KEY = _rsa("rsa"), _rsa("rsa"), _rsa("weak", 1024)
EC_KEY = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}, private=True)


@dataclass
class Reply:
    """A raw answer that replaces the provider's own."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    pause_seconds: float = 0


@dataclass
class Provider:
    """`claims`, `header`, `userinfo`, `document`: what is changed in an honest answer; None removes a member."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    token_answer: dict[str, Any] = field(default_factory=dict)
    keys: list[Any] = field(default_factory=lambda: [RSA_KEY, EC_KEY])
    signing_key: Any = field(default_factory=lambda: RSA_KEY)
    algorithm: str = "RS256"
    sign: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
    replies: dict[str, Reply] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    # What the `Date` header says; empty for the truth.
    date: str = ""
    denies_client: bool = False

    def reset(self) -> None:
        fresh = Provider(issuer=self.issuer)
        for name, value in vars(fresh).items():
            setattr(self, name, value)

    # -- what an honest provider says, with the changes applied --

    def discovery(self) -> dict[str, Any]:
        honest = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/logout",
            "id_token_signing_alg_values_supported": ALGORITHMS,
            "authorization_response_iss_parameter_supported": True,
        }
        return changed(honest, self.document)

    def id_token(self, nonce: str, access_token: str) -> str:
        now = int(time.time())
        digest = hashlib.sha256(access_token.encode()).digest()[:16]
        honest = {
            "iss": self.issuer,
            "sub": "subject-1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": nonce,
            "sid": "provider-session-1",
            "at_hash": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }
        return self.signed(changed(honest, self.claims))

    def signed(self, claims: dict[str, Any]) -> str:
        header = changed({"alg": self.algorithm, "kid": self.signing_key.kid}, self.header)
        if self.sign is not None:
            return self.sign(header, claims)
        return str(jwt.encode(header, claims, self.signing_key, algorithms=[self.algorithm]))

    def logout_token(self, **changes: Any) -> str:
        now = int(time.time())
        honest = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": f"logout-{time.time_ns()}",
            "sub": "subject-1",
            "events": {LOGOUT_EVENT: {}},
        }
        return self.signed(changed(honest, changes))

    def about_the_person(self) -> dict[str, Any]:
        honest = {
            "sub": "subject-1",
            "email": "new@acme.example",
            "email_verified": True,
            "name": "New Colleague",
        }
        return changed(honest, self.userinfo)

    # -- the browser's part --

    def authorize(self, location: str) -> dict[str, str]:
        """The person says yes: the query of the callback that follows."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        code = f"code-{len(self.codes)}-{time.time_ns()}"
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    # -- the endpoints --

    def answer(self, path: str, method: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        self.seen.append(path)
        match path:
            case "/.well-known/openid-configuration":
                return 200, self.discovery()
            case "/jwks":
                return 200, {
                    "keys": [
                        key if isinstance(key, dict) else key.as_dict(private=False) for key in self.keys
                    ]
                }
            case "/userinfo" if headers.get("Authorization") == "Bearer the-access-token":
                return 200, self.about_the_person()
            case "/token" if method == "POST":
                return self.exchange(headers, body)
        return 404, {}

    def exchange(self, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        """As strict as a real one: client, code, redirect URI and PKCE must fit."""
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if self.denies_client:
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked["code_challenge_method"] != "S256" or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != asked["redirect_uri"] or not headers.get("Authorization", "").startswith(
            "Basic "
        ):
            return 401, {"error": "invalid_client"}
        honest = {"access_token": "the-access-token", "token_type": "Bearer", "expires_in": 60}
        honest["id_token"] = self.id_token(asked["nonce"], "the-access-token")
        return 200, changed(honest, self.token_answer)


def changed(honest: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (honest | changes).items() if value is not None}


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{encoded(header | {'alg': 'none'})}.{encoded(claims)}."


def signed_with_public_key(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """The classic: the RSA public key, which everybody knows, as an HMAC secret."""
    message = f"{encoded(header | {'alg': 'HS256'})}.{encoded(claims)}"
    digest = hmac.digest(RSA_KEY.as_pem(private=False), message.encode(), "sha256")
    return f"{message}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


class Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        self.respond(b"")

    def do_POST(self) -> None:
        self.respond(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def respond(self, body: bytes) -> None:
        path = urlsplit(self.path).path
        if reply := self.provider.replies.get(path):
            self.provider.seen.append(path)
            self.send(reply)
            return
        status, document = self.provider.answer(path, self.command, self.headers, body)
        self.send(Reply(status, json.dumps(document).encode()))

    def send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        half = len(reply.body) // 2
        try:
            self.wfile.write(reply.body[:half])
            if reply.pause_seconds:
                stopped.wait(reply.pause_seconds)
            self.wfile.write(reply.body[half:])
        except OSError:
            self.close_connection = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        return self.provider.date or super().date_time_string(timestamp)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet."""


stopped = threading.Event()


def serve(provider: Provider) -> ThreadingHTTPServer:
    handler = type("BoundHandler", (Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server
