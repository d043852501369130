"""From a request to the flat list of strings to scan, newest first within the size budget; what is left
out is said.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from promptguard.guard.engine.content import Content, ContentTooLarge, Direction, Message, Origin, Segment
from promptguard.guard.engine.verdict import Unscanned

MAX_LEAVES = 5_000
MAX_DEPTH = 64
_MAX_BLOCK_PATH = 10
_TEXT_KEYS = {
    "text": "text",
    "input_text": "text",
    "output_text": "text",
    "thinking": "thinking",
    "refusal": "refusal",
    "reasoning": "text",
}
_MEDIA_BLOCKS = frozenset(
    {"image", "image_url", "input_image", "audio", "input_audio", "document", "file", "input_file", "video"}
)
_SILENT_BLOCKS = frozenset({"redacted_thinking", "cache_control"})
_TEXT_MIME_TYPES = ("text/", "application/json", "application/xml", "application/yaml", "application/csv")
_ROLE_ORIGINS = {
    "system": Origin.SYSTEM,
    "developer": Origin.SYSTEM,
    "assistant": Origin.ASSISTANT,
    "model": Origin.ASSISTANT,
    "tool": Origin.TOOL_RESULT,
    "function": Origin.TOOL_RESULT,
}


@dataclass(slots=True)
class Collection:
    """Segments to scan and the parts that could not be read."""

    segments: list[Segment] = field(default_factory=list)
    unscanned: list[Unscanned] = field(default_factory=list)
    attachments: int = 0

    def skip(self, reason: str, detail: str, index: int | None = None) -> None:
        """Record a part that is not read; attachments are numbered in order of arrival."""
        if index is None:
            index, self.attachments = self.attachments, self.attachments + 1
        self.unscanned.append(Unscanned(index, reason, detail))


def collect(content: Content, max_chars: int) -> Collection:
    """Flatten a request.

    Args:
        max_chars: budget in characters for all text together; older messages give way first.

    Raises:
        ContentTooLarge: the newest message alone is over the budget.
    """
    collection = Collection()
    spent = _collect_messages(content, max_chars, collection)
    spent = _collect_calls(content, max_chars, spent, collection)
    spent = _collect_documents(content, max_chars, spent, collection)
    _collect_media(content, max_chars - spent, collection)
    return collection


def _collect_messages(content: Content, max_chars: int, collection: Collection) -> int:
    last, spent = len(content.messages) - 1, 0
    chosen: list[list[Segment]] = []
    for index in range(last, -1, -1):
        segments = list(_message_segments(content, index, collection))
        size = sum(len(segment.text) for segment in segments)
        if index == last and size > max_chars:
            raise ContentTooLarge(size, max_chars)
        if spent + size > max_chars:
            collection.skip("over_size_budget", f"messages[{index}] was not read", index)
            continue
        spent += size
        chosen.append(segments)
    for segments in reversed(chosen):
        collection.segments.extend(segments)
    return spent


def _message_segments(content: Content, index: int, collection: Collection) -> Iterator[Segment]:
    message = content.messages[index]
    is_output = content.direction is Direction.OUTPUT
    origin = Origin.ASSISTANT if is_output else _ROLE_ORIGINS.get(message.role, Origin.USER)
    is_latest = index == len(content.messages) - 1
    for text, path, override in _message_texts(message, index, collection):
        yield Segment(text, override or origin, "messages", index, path, is_latest, is_output)


_Leaf = tuple[str, tuple[str | int, ...], Origin | None]


def _message_texts(message: Message, index: int, collection: Collection) -> Iterator[_Leaf]:
    if isinstance(message.content, str):
        yield message.content, ("content",), None
    elif message.content is not None:
        yield from _block_texts(message.content, ("content",), index, collection, None)
    for position, call in enumerate(message.tool_calls):
        leaves = call_arguments(call)
        if leaves is None:
            collection.skip("unsupported_tool_call", f"messages[{index}].tool_calls[{position}]", position)
            continue
        for text, path in _string_leaves(leaves[1], ("tool_calls", position, *leaves[0]), collection):
            yield text, path, Origin.TOOL_CALL


def _block_texts(
    blocks: Any,
    path: tuple[str | int, ...],
    index: int,
    collection: Collection,
    origin: Origin | None,
) -> Iterator[_Leaf]:
    if not isinstance(blocks, list) or len(path) > _MAX_BLOCK_PATH:
        collection.skip("unsupported_block", f"messages[{index}] holds content of an unknown shape", -1)
        return
    for position, block in enumerate(blocks):
        yield from _one_block(block, (*path, position), index, collection, origin)


def _one_block(
    block: Any,
    path: tuple[str | int, ...],
    index: int,
    collection: Collection,
    origin: Origin | None,
) -> Iterator[_Leaf]:
    if isinstance(block, str):
        yield block, path, origin
        return
    kind = block.get("type") if isinstance(block, Mapping) else None
    key = _TEXT_KEYS.get(kind, "text") if isinstance(kind, str) else "text"
    if kind == "tool_result":
        inner = block.get("content")
        if isinstance(inner, str):
            yield inner, (*path, "content"), Origin.TOOL_RESULT
        elif inner is not None:
            yield from _block_texts(inner, (*path, "content"), index, collection, Origin.TOOL_RESULT)
    elif kind == "tool_use":
        for text, leaf in _string_leaves(block.get("input"), (*path, "input"), collection):
            yield text, leaf, Origin.TOOL_CALL
    elif kind in _MEDIA_BLOCKS:
        _skip_media_block(block, f"messages[{index}] block {path[-1]}", collection)
    elif isinstance(block, Mapping) and isinstance(block.get(key), str) and kind not in _SILENT_BLOCKS:
        yield block[key], (*path, key), origin
    elif kind not in _SILENT_BLOCKS:
        collection.skip("unsupported_block", f"messages[{index}] block {path[-1]} was not read", -1)


def _skip_media_block(block: Mapping[str, Any], where: str, collection: Collection) -> None:
    holder = (
        block.get("source")
        or block.get("image_url")
        or block.get("file")
        or block.get("input_audio")
        or block
    )
    address = holder.get("url") if isinstance(holder, Mapping) else holder
    if isinstance(holder, Mapping) and holder.get("file_id"):
        collection.skip("file_id_unsupported", where)
    elif isinstance(address, str) and not address.startswith("data:"):
        collection.skip("url_only", f"{where}: addresses are never fetched")
    else:
        collection.skip("extractor_unavailable", f"{where}: no extractor reads this kind of media")


def call_arguments(call: Any) -> tuple[tuple[str | int, ...], Any] | None:
    """Path and value of a call's arguments in the OpenAI, Anthropic or LangChain shape, or None when in
    none of them.
    """
    if not isinstance(call, Mapping):
        return None
    function = call.get("function")
    if isinstance(function, Mapping) and isinstance(function.get("name"), str):
        return ("function", "arguments"), function.get("arguments")
    if isinstance(call.get("name"), str):
        for key in ("input", "args", "arguments"):
            if key in call:
                return (key,), call[key]
    return None


def _string_leaves(
    tree: Any, path: tuple[str | int, ...], collection: Collection
) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    stack: list[tuple[Any, tuple[str | int, ...]]] = [(tree, path)]
    for _ in range(MAX_LEAVES):
        if not stack:
            return
        node, here = stack.pop()
        if isinstance(node, str):
            yield node, here
        elif len(here) < MAX_DEPTH and isinstance(node, Mapping | list | tuple):
            items = node.items() if isinstance(node, Mapping) else enumerate(node)
            stack.extend(reversed([(child, (*here, key)) for key, child in items]))
        elif isinstance(node, Mapping | list | tuple):
            collection.skip("too_large", "tool arguments nest too deeply", -1)
    collection.skip("too_large", "tool arguments hold too many values", -1)


def _collect_calls(content: Content, max_chars: int, spent: int, collection: Collection) -> int:
    for index, call in enumerate(content.tool_calls):
        arguments = call_arguments(call)
        if arguments is None:
            collection.skip("unsupported_tool_call", f"context.tool_calls[{index}]", index)
            continue
        for text, path in _string_leaves(arguments[1], arguments[0], collection):
            if spent + len(text) > max_chars:
                collection.skip("over_size_budget", f"context.tool_calls[{index}] was not read", index)
                break
            spent += len(text)
            collection.segments.append(Segment(text, Origin.TOOL_CALL, "tool_calls", index, path))
    return spent


def _collect_documents(content: Content, max_chars: int, spent: int, collection: Collection) -> int:
    for index, document in enumerate(content.retrieved_context):
        text = document.get("content")
        if not isinstance(text, str):
            collection.skip("unsupported_type", f"retrieved_context[{index}] holds no text", index)
        elif spent + len(text) > max_chars:
            collection.skip("over_size_budget", f"retrieved_context[{index}] was not read", index)
        else:
            spent += len(text)
            collection.segments.append(
                Segment(text, Origin.RETRIEVED, "retrieved_context", index, ("content",))
            )
    return spent


def _collect_media(content: Content, remaining: int, collection: Collection) -> None:
    for index, item in enumerate(content.media):
        remaining -= _read_media(item, index, remaining, collection)
    for index, image in enumerate(content.images):
        where = f"images[{index}]"
        if image.startswith("data:"):
            collection.skip("extractor_unavailable", f"{where}: no extractor reads images")
        else:
            collection.skip("url_only", f"{where}: addresses are never fetched")


def _read_media(item: Mapping[str, Any], index: int, remaining: int, collection: Collection) -> int:
    where, encoded, mime_type = f"media[{index}]", item.get("base64"), str(item.get("mime_type") or "")
    if not isinstance(encoded, str) or not encoded:
        collection.skip("url_only", f"{where}: addresses are never fetched")
    elif not mime_type.startswith(_TEXT_MIME_TYPES):
        collection.skip("extractor_unavailable", f"{where}: no extractor reads this type")
    elif len(encoded) // 4 * 3 > remaining:
        collection.skip("too_large", where)
    else:
        try:
            text = base64.b64decode(encoded, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            collection.skip("undecodable", where)
        else:
            collection.attachments += 1
            collection.segments.append(Segment(text, Origin.DOCUMENT, "media", index, ()))
            return len(text)
    return 0
