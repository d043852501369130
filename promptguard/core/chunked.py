"""Bodies sent in chunks (RFC 9112, section 7.1): Django reads none without a Content-Length."""

import io
from collections.abc import Callable, Iterable
from typing import Any

LARGEST_BODY = 1_048_576
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class AcceptChunked:
    """Gives a chunked body its length; one over the limit keeps one byte too many, and is refused by it.

    Only where the server says that it ends the stream itself (`wsgi.input_terminated`).
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and environ.get(
            "wsgi.input_terminated"
        ):
            body = environ["wsgi.input"].read(LARGEST_BODY + 1)
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        return self.application(environ, start_response)
