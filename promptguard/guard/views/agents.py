"""The doors of agent security (contract 1.6). Agent ids may hold slashes: applications choose them."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from promptguard.core.permissions import Permission as P
from promptguard.guard import rendering, selectors
from promptguard.guard.conversations import forget, memory_key
from promptguard.guard.engine.agents import ToolProfile
from promptguard.guard.serializers import agents as shapes
from promptguard.guard.services import agents as services
from promptguard.guard.services.traces import judge_behaviour, judge_trace
from promptguard.guard.views.policies import ProjectDoor
from promptguard.guard.views.scanning import attribution
from promptguard.projects.developer import GuardedView


class ToolValidation(GuardedView):
    """May this agent call this tool with these arguments? `X-Agent-Secret` proves who a registered agent is."""

    permissions = {"POST": P.GUARD_RUN}
    takes = {"POST": shapes.ToolCallIn}
    gives = {"POST": shapes.ToolCallOut}

    def post(self, request: Request) -> Response:
        asked = self.body()
        judged = services.judge_call(
            caller=self.caller,
            project=self.project(),
            agent_ref=asked["agent_id"],
            tool_name=asked["tool_name"],
            arguments=asked.get("arguments") or {},
            attribution=attribution(request, "agent", None, asked.get("session_id") or ""),
            secret=request.headers.get("X-Agent-Secret", ""),
        )
        return Response(asdict(judged))


class AgentStatistics(GuardedView):
    """What an agent tried so far; an id that nobody used yet has tried nothing."""

    permissions = {"GET": P.GUARD_RUN}
    gives = {"GET": shapes.AgentStats}

    def get(self, request: Request, agent_id: str) -> Response:
        return self.answer(selectors.agent_statistics(self.caller, self.project(), agent_id))


class AgentRegistration(GuardedView):
    """Register an agent; its secret is shown once."""

    permissions = {"POST": P.PROJECT_WRITE}
    takes = {"POST": shapes.AgentIn}
    gives = {"POST": shapes.AgentRegistered}

    def post(self, request: Request) -> Response:
        asked = self.body()
        return self.answer(
            services.register_agent(
                caller=self.caller,
                project=self.project(),
                name=asked["agent_name"],
                allowed_tools=asked["allowed_tools"],
            )
        )


class CredentialRotation(GuardedView):
    """A new secret for an agent; the old one stops at once."""

    permissions = {"POST": P.PROJECT_WRITE}
    gives = {"POST": shapes.CredentialRotated}

    def post(self, request: Request, agent_id: str) -> Response:
        agent = services.one_registered(self.caller, self.project(), agent_id)
        rotated = services.rotate_credential(caller=self.caller, agent=agent)
        return self.answer({"agent": rotated.agent, "secret": rotated.secret, "old_credential_revoked": True})


class BehaviourAnalysis(GuardedView):
    """Are these recent actions normal? (older clients)"""

    permissions = {"POST": P.GUARD_RUN}
    takes = {"POST": shapes.BehaviourIn}
    gives = {"POST": shapes.BehaviourOut}

    def post(self, request: Request) -> Response:
        asked = self.body()
        return Response(
            judge_behaviour(
                caller=self.caller,
                project=self.project(),
                actions=asked["recent_actions"],
                attribution=attribution(request, "agent", None, asked.get("session_id") or ""),
            )
        )


class MemoryScan(GuardedView):
    """May this be written into, or used from, an agent's memory?"""

    permissions = {"POST": P.GUARD_RUN}
    takes = {"POST": shapes.MemoryIn}
    gives = {"POST": shapes.MemoryOut}

    def post(self, request: Request) -> Response:
        asked = self.body()
        judged, interaction = services.judge_memory(
            caller=self.caller,
            project=self.project(),
            content=asked["content"],
            direction=asked["direction"],
            attribution=attribution(request, "memory"),
        )
        return Response(rendering.memory_body(judged, interaction))


class TraceAudit(GuardedView):
    """What did this agent do? The whole trace, after it happened."""

    permissions = {"POST": P.GUARD_RUN}
    takes = {"POST": shapes.TraceIn}
    gives = {"POST": shapes.TraceOut}

    def post(self, request: Request) -> Response:
        asked = self.body()
        report = judge_trace(
            caller=self.caller,
            project=self.project(),
            objective=asked["user_objective"],
            events=asked["events"],
            tool_labels=asked["tool_labels"] or {},
            attribution=attribution(request, "trace"),
        )
        return Response(rendering.trace_body(report))


class SessionEnd(GuardedView):
    """Forget what is remembered of a conversation."""

    permissions = {"POST": P.GUARD_RUN}
    gives = {"POST": shapes.SessionEnded}

    def post(self, request: Request, agent_id: str, session_id: str) -> Response:
        end_user = attribution(request, "agent").end_user
        forget(memory_key(self.project().id, end_user, session_id))
        body: dict[str, Any] = {"status": "ended", "agent_id": agent_id, "session_id": session_id}
        return self.answer(body | {"deprecated": True})


class AgentHealth(GuardedView):
    permissions = {"GET": P.GUARD_RUN}
    gives = {"GET": shapes.AgentSecurityHealth}

    def get(self, request: Request) -> Response:
        profile = services.profile_of(self.caller, self.project())
        ready = {"status": "healthy", "validator_status": "ready", "analyzer_status": "ready"}
        return self.answer(ready | {"blocked_tools_count": len(profile.blocked_tools)})


class ManifestScan(GuardedView):
    """Scan a tool server's `tools/list` result, and compare it with the pin of an earlier scan."""

    permissions = {"POST": P.GUARD_RUN}
    takes = {"POST": shapes.ManifestIn}
    gives = {"POST": shapes.ManifestOut}

    def post(self, request: Request) -> Response:
        asked = self.body()
        report = services.judge_manifest(
            tools=asked["tools"],
            pin=asked.get("pin") or None,
            other_servers=asked["other_servers"] or (),
        )
        return Response(rendering.manifest_body(report))


class ToolProfileView(ProjectDoor):
    """Which tools the project's agents may call, which are blocked, and which need a person's approval."""

    permissions = {"GET": P.PROJECT_READ, "PUT": P.PROJECT_WRITE}
    takes = {"PUT": shapes.ToolProfileIn}
    gives = {"GET": shapes.ToolProfileOut, "PUT": shapes.ToolProfileOut}

    def get(self, request: Request, project_id: UUID) -> Response:
        return self.shown(services.profile_of(self.caller, self.project(project_id)))

    def put(self, request: Request, project_id: UUID) -> Response:
        project = self.project(project_id)
        return self.shown(services.replace_profile(caller=self.caller, project=project, changes=self.body()))

    def shown(self, profile: ToolProfile) -> Response:
        return Response({name: sorted(getattr(profile, name)) for name in services.PROFILE_FIELDS})
