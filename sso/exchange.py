"""Asking a provider's token endpoint, as the client that the organization registered there."""

import base64
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from promptguard.core.http import Answer
from sso.calls import fetch
from sso.discovery import Metadata

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def ask_token_endpoint(metadata: Metadata, client_id: str, secret: str, payload: Mapping[str, str]) -> Answer:
    """Basic where the provider takes it (RFC 6749, 2.3.1), else in the body; a public client names itself.

    Raises FetchFailed.
    """
    headers, body = dict(FORM), {**payload, "client_id": client_id}
    if secret and "client_secret_basic" in metadata.token_authentication:
        pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    elif secret:
        body["client_secret"] = secret
    return fetch("POST", metadata.token_endpoint, headers=headers, body=urlencode(body).encode())
