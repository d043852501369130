"""A body sent in chunks means the same as one with a length."""

import io
from typing import Any

import pytest

from promptguard.core.chunked import LARGEST_BODY, AcceptChunked


def length_and_body(environ: dict[str, Any]) -> tuple[str | None, bytes]:
    seen: list[Any] = []

    def application(given: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.extend([given.get("CONTENT_LENGTH"), given["wsgi.input"].read()])
        return []

    AcceptChunked(application)(environ, lambda *_: None)
    return seen[0], seen[1]


@pytest.mark.parametrize("encoding", ["chunked", "Chunked", "gzip, chunked"])
def test_a_chunked_body_gets_its_length(encoding: str) -> None:
    environ = {
        "HTTP_TRANSFER_ENCODING": encoding,
        "wsgi.input_terminated": True,
        "wsgi.input": io.BytesIO(b"12345"),
    }
    assert length_and_body(environ) == ("5", b"12345")


def test_a_body_over_the_limit_is_read_just_far_enough_to_be_refused() -> None:
    environ = {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input_terminated": True,
        "wsgi.input": io.BytesIO(bytes(LARGEST_BODY * 2)),
    }
    assert length_and_body(environ)[0] == str(LARGEST_BODY + 1)


def test_a_server_that_does_not_end_the_stream_is_left_alone() -> None:
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": io.BytesIO(b"12345")}
    assert length_and_body(environ)[0] is None
