"""The base of every door on the Developer API: an API key as the caller, the contract's error envelope."""

from promptguard.core.views import TenantView
from promptguard.projects.authentication import ApiKeyAuthentication


class DeveloperView(TenantView, abstract=True):
    plane = "developer"
    authentication_classes = [ApiKeyAuthentication]
