"""The doors of security testing; a key needs the `proxy` scope (contract 1.7)."""

from rest_framework.request import Request
from rest_framework.response import Response

from promptguard.core.permissions import Permission as P
from promptguard.guard.serializers.redteam import CustomTestIn, TestCatalogue, TestIn, TestOut, TestSummary
from promptguard.guard.services import redteam
from promptguard.projects.developer import DeveloperView


class TestList(DeveloperView):
    """What can be run, without running it."""

    permissions = {"GET": P.REDTEAM_RUN}
    gives = {"GET": TestCatalogue}

    def get(self, request: Request) -> Response:
        return Response(redteam.catalogue())


class TestRun(DeveloperView):
    """One attack against a preset."""

    permissions = {"POST": P.REDTEAM_RUN}
    takes = {"POST": TestIn}
    gives = {"POST": TestOut}

    def post(self, request: Request, name: str) -> Response:
        return Response(redteam.run_named(name, self.body()["target_preset"]))


class TestRunAll(DeveloperView):
    """Every attack against a preset, with the share that was stopped and a grade."""

    permissions = {"POST": P.REDTEAM_RUN}
    takes = {"POST": TestIn}
    gives = {"POST": TestSummary}

    def post(self, request: Request) -> Response:
        return Response(redteam.run_all(self.body()["target_preset"]))


class TestRunCustom(DeveloperView):
    """A prompt of the caller's own against a preset."""

    permissions = {"POST": P.REDTEAM_RUN}
    takes = {"POST": CustomTestIn}
    gives = {"POST": TestOut}

    def post(self, request: Request) -> Response:
        asked = self.body()
        return Response(redteam.run_custom(asked["custom_prompt"], asked["target_preset"]))
