"""The guard's rows: decisions, policies, and what people said about decisions."""

from promptguard.guard.models.feedback import Feedback
from promptguard.guard.models.interactions import EVENT_PREFIX, Decision, Interaction, content_place
from promptguard.guard.models.policies import PolicyVersion, Suppression

__all__ = [
    "EVENT_PREFIX",
    "Decision",
    "Feedback",
    "Interaction",
    "PolicyVersion",
    "Suppression",
    "content_place",
]
