"""A browser without a screen: it follows redirects, keeps cookies, and fills in whatever form a page has."""

from html.parser import HTMLParser
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import requests

SECONDS = 30


class Form(HTMLParser):
    """The first form of a page: where it goes, its hidden fields, and the links beside it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.action, self.method = "", "get"
        self.fields: dict[str, str] = {}
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action, self.method = attributes["action"], attributes.get("method", "get")
        elif tag == "input" and attributes.get("type") == "hidden":
            self.fields[attributes["name"]] = attributes.get("value", "")
        elif tag == "a":
            self.links.append(attributes.get("href", ""))


class Browser:
    """One person's browser; `page` is what it shows."""

    page: requests.Response

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.session.close()

    def open(self, url: str, **how: Any) -> requests.Response:
        self.page = self.session.get(url, timeout=SECONDS, **how)
        return self.page

    @property
    def form(self) -> Form:
        found = Form(self.page.text)
        assert found.action, f"no form on {self.page.url} ({self.page.status_code})"
        return found

    def submit(self, *, follow: bool = True, **fields: str) -> requests.Response:
        """Send the page's form, its hidden fields and these."""
        form = self.form
        self.page = self.session.request(
            form.method, urljoin(self.page.url, form.action), data=form.fields | fields,
            timeout=SECONDS, allow_redirects=follow,
        )  # fmt: skip
        return self.page

    def post(self, url: str, body: dict[str, Any] | None = None) -> requests.Response:
        """What a script of our own page would send: JSON, with the token against forgery."""
        token = self.session.cookies.get("csrftoken") or ""
        return self.session.post(url, json=body or {}, headers={"X-CSRFToken": token}, timeout=SECONDS)
