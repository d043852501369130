"""What is judged: messages, tool calls, documents and media, in the shapes that OpenAI, Anthropic and
LangChain send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from promptguard.guard.engine.verdict import Location


class Direction(StrEnum):
    """Towards the model (input) or from it (output)."""

    INPUT = "input"
    OUTPUT = "output"


class Origin(StrEnum):
    """Who is speaking in a piece of text; thresholds and detectors depend on it."""

    USER = "user"
    SYSTEM = "system"
    ASSISTANT = "assistant"
    TOOL_RESULT = "tool_result"
    RETRIEVED = "retrieved"
    TOOL_CALL = "tool_call"
    DOCUMENT = "document"

    @property
    def is_indirect(self) -> bool:
        """True for text that nobody in the conversation wrote: instructions in it are suspect by
        themselves.
        """
        return self in (Origin.TOOL_RESULT, Origin.RETRIEVED, Origin.DOCUMENT)


class ContentTooLarge(ValueError):
    """The newest message alone is over the budget, so nothing meaningful could be scanned."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"the newest message has {size} characters, which exceeds the limit of {limit}")
        self.size = size
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `content` is a string, a list of content blocks, or None when there are only tool calls."""

    role: str
    content: str | list[dict[str, Any]] | None
    tool_calls: tuple[Mapping[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The message in wire shape; shares nested blocks with this object, so copy before changing them."""
        shaped: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.tool_calls:
            shaped["tool_calls"] = list(self.tool_calls)
        return shaped


@dataclass(frozen=True, slots=True)
class Content:
    """All that one evaluation reads.

    Attributes:
        tool_calls: calls beside the messages (`context.tool_calls`).
        retrieved_context: documents as `{content, source?, metadata?}`.
        media: attachments as `{type, mime_type, url? | base64?}`.
        images: web addresses or data URIs.
    """

    messages: tuple[Message, ...]
    direction: Direction = Direction.INPUT
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    retrieved_context: tuple[Mapping[str, Any], ...] = ()
    media: tuple[Mapping[str, Any], ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """One string to scan, with the way back to where it came from."""

    text: str
    origin: Origin
    source: str
    index: int
    path: tuple[str | int, ...]
    is_latest: bool = False
    is_output: bool = False

    def locate(self, start: int, end: int) -> Location:
        """The place of a raw span of this text."""
        return Location(self.source, self.index, self.path, start, end)

    @property
    def is_redactable(self) -> bool:
        """True when a redacted version can be handed back in `redacted_messages`."""
        return self.source == "messages"
