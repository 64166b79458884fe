"""What is too large is refused before it is taken in, with a sentence, and by whatever way it comes."""

import asyncio
import json
from typing import Any

import pytest
from django.core.asgi import get_asgi_application

from factory_core.web.bodies import Message, bounded

FILE = b"multipart/form-data; boundary=b"
JSON = b"application/json"
PIECE = b"x" * (1 << 20)


def offered(headers: dict[bytes, bytes], pieces: int, accept: bytes = b"*/*") -> tuple[int, str, int]:
    """A request with a body of so many pieces of one MiB: the status, the answer, how many pieces were taken."""
    taken, answer = 0, []

    async def receive() -> Message:
        nonlocal taken
        if taken == pieces:
            await asyncio.Future()
        taken += 1
        return {"type": "http.request", "body": PIECE, "more_body": taken < pieces}

    async def send(message: Message) -> None:
        answer.append(message)

    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/api/v1/imports", "raw_path": b"/api/v1/imports", "query_string": b"", "root_path": "",
        "server": ("localhost", 80), "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"localhost"), (b"accept", accept), *headers.items()],
    }  # fmt: skip
    asyncio.run(asyncio.wait_for(bounded(get_asgi_application())(scope, receive, send), 30))
    body = b"".join(message.get("body", b"") for message in answer)
    return answer[0]["status"], body.decode(), taken


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("kind", "mebibytes", "code", "sentence"),
    [
        (FILE, 52, "file_too_large", "The file is larger than 50 MB. Save it in parts."),
        (JSON, 3, "body_too_large", "What was sent is larger than 2 MB. Send it in parts."),
    ],
)
def test_more_than_is_taken(kind: bytes, mebibytes: int, code: str, sentence: str) -> None:
    said = {b"content-type": kind, b"content-length": str(mebibytes << 20).encode()}
    status, answer, taken = offered(said, mebibytes)
    assert (status, json.loads(answer)["code"], json.loads(answer)["detail"]) == (413, code, sentence)
    assert taken == 0
    # Without a length it is taken up to the limit and not a piece further.
    status, answer, taken = offered({b"content-type": kind}, 1000)
    assert (status, json.loads(answer)["code"], taken) == (413, code, mebibytes)


@pytest.mark.django_db(transaction=True)
def test_a_person_is_told_on_a_page_in_his_language() -> None:
    said = {b"content-type": FILE, b"content-length": b"999999999999", b"accept-language": b"en"}
    status, answer, taken = offered(said, 2, b"text/html")
    assert (status, taken) == (413, 0)
    assert "The file is larger than 50 MB. Save it in parts." in answer


@pytest.mark.django_db(transaction=True)
def test_what_is_no_more_than_the_limit_goes_on_to_its_address() -> None:
    status, answer, taken = offered({b"content-type": JSON, b"content-length": str(2 << 20).encode()}, 2)
    assert (status, json.loads(answer)["code"], taken) == (401, "not_authenticated", 2)
