"""Where the buttons in our mails lead: one small page for each, which talks to the dashboard API."""

from typing import Any

from django.template.response import TemplateResponse
from rest_framework.request import Request

from promptguard.core.errors import NotFound
from promptguard.core.views import PublicView

# What each page says and asks for; the script reads the token from behind the `#`, which no server sees.
PAGES: dict[str, dict[str, Any]] = {
    "invitation": {
        "title": "Your invitation",
        "words": "Join with a new account, or sign in with the one you have.",
        "fields": ("name", "email", "password", "otp"),
        "actions": (
            ("invitation-new", "Create my account and join"),
            ("invitation-join", "Sign in and join"),
        ),
        "refusal": ("invitation-decline", "Decline"),
    },
    "ownership": {
        "title": "Become the owner",
        "words": "Sign in to accept the organization that was offered to you.",
        "fields": ("email", "password", "otp"),
        "actions": (("ownership-accept", "Sign in and accept"),),
        "refusal": ("ownership-decline", "Sign in and decline"),
    },
    "password": {
        "title": "Set a new password",
        "words": "Every device will be signed out.",
        "fields": ("password",),
        "actions": (("password-reset", "Set this password"),),
    },
    "verify": {
        "title": "Verify your address",
        "words": "One click, and your account is complete.",
        "fields": (),
        "actions": (("email-verify", "Verify my address"),),
    },
}


class LinkPage(
    PublicView, reason="Whoever opens a mailed link is not signed in yet; the page itself knows nothing."
):
    """A page behind a mailed link."""

    def get(self, request: Request, page: str) -> Any:
        if page not in PAGES:
            raise NotFound()
        response = TemplateResponse(request._request, "organizations/link_page.html", PAGES[page])
        # The address bar holds a token: it goes to no other site, and into no cache.
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        return response
