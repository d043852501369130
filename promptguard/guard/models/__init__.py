"""The guard's rows: decisions, policies, agents, tokens, and what people said about decisions."""

from promptguard.guard.models.agents import Agent, ToolCall, ToolProfile
from promptguard.guard.models.feedback import Feedback
from promptguard.guard.models.interactions import (
    EVENT_PREFIX,
    Decision,
    Interaction,
    content_place,
    event_id_of,
)
from promptguard.guard.models.policies import CanaryToken, PolicyVersion, Suppression, canary_place
from promptguard.guard.models.vault import VaultedValue, value_place

__all__ = [
    "EVENT_PREFIX",
    "Agent",
    "CanaryToken",
    "Decision",
    "Feedback",
    "Interaction",
    "PolicyVersion",
    "Suppression",
    "ToolCall",
    "ToolProfile",
    "VaultedValue",
    "canary_place",
    "content_place",
    "event_id_of",
    "value_place",
]
