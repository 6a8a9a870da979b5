"""What must not break the server: each bad request gets a 4xx that says what is wrong and echoes nothing."""

import gzip
import json
import socket
from typing import Any

import httpx
import pytest

from rag.api.bounds import read_json

MARKER = "xyzzy-plugh"
JSON = {"content-type": "application/json"}


def refused(answer: httpx.Response, *statuses: int) -> dict[str, Any]:
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 1000
    assert MARKER not in answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["detail"]
    return problem


BODIES = {
    "NaN": b'{"question": "%s", "k": NaN}',
    "Infinity": b'{"question": "%s", "k": Infinity}',
    "minus infinity": b'{"question": "%s", "k": -Infinity}',
    "1e400": b'{"question": "%s", "k": 1e400}',
    "five thousand digits": b'{"question": "%s", "k": ' + b"9" * 5000 + b"}",
    "half a character": b'{"question": "%s \\ud800"}',
    "half a character in a key": b'{"question": "%s", "\\udfff": 1}',
    "a key twice": b'{"question": "%s", "question": "other"}',
    "deep": b'{"question": ' + b"[" * 100_000 + b'"%s"' + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000 + b'"%s"' + b"}" * 100_000,
    "not UTF-8": b'{"question": "%s \xff"}',
    "cut short": b'{"question": "%s',
    "two values": b'{"question": "%s"} {}',
    "nothing": b"",
    "a comment": b'{"question": "%s"} // hello',
    "single quotes": b"{'question': '%s'}",
}


@pytest.mark.parametrize("path", ["/query", "/retrieval"])
@pytest.mark.parametrize("body", BODIES)
def test_what_is_not_json(client: httpx.Client, path: str, body: str) -> None:
    sent = BODIES[body].replace(b"%s", MARKER.encode())
    assert refused(client.post(path, content=sent, headers=JSON), 400)["field"] == "body"


@pytest.mark.parametrize("body", [b'{"a": 1.5, "b": [null, true, "\xc3\xa9"]}', b'{"a": "\\ud83d\\ude00"}', b"5"])
def test_what_is_json(body: bytes) -> None:
    assert read_json(body) == json.loads(body)


@pytest.mark.parametrize("path", ["/query", "/retrieval", "/v1/responses"])
def test_a_body_is_parsed_once(client: httpx.Client, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    parsed: list[Any] = []
    loads = json.loads
    monkeypatch.setattr(json, "loads", lambda given, **how: parsed.append(given) or loads(given, **how))
    sent = {"question": MARKER, "query": MARKER, "model": "podium", "input": MARKER}
    client.post(path, json=sent if path != "/query" else {"question": MARKER}).raise_for_status()
    assert len([each for each in parsed if MARKER in str(each)]) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_json_is_utf8(client: httpx.Client, encoding: str) -> None:
    sent = json.dumps({"question": MARKER}).encode(encoding)
    refused(client.post("/query", content=sent, headers=JSON), 400)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "text/json", ""]
)
def test_other_content_types(client: httpx.Client, kind: str) -> None:
    sent = json.dumps({"question": MARKER}).encode()
    assert refused(client.post("/query", content=sent, headers={"content-type": kind}), 415)["field"] == "content-type"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip"])
def test_compressed_bodies(client: httpx.Client, encoding: str) -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    refused(client.post("/query", content=bomb, headers=JSON | {"content-encoding": encoding}), 415)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "question"),
        ({"question": None}, "question"),
        ({"question": [MARKER]}, "question"),
        ({"question": MARKER, "unknown": MARKER}, "unknown"),
        ({"question": MARKER, MARKER * 20: 1}, None),
        ({"question": ""}, "question"),
        ({"question": " \n\t"}, "question"),
        ({"question": f"{MARKER}\x00"}, "question"),
        ({"question": MARKER * 10_000}, "question"),
        ({"question": "a", "k": 0}, "k"),
        ({"question": "a", "k": -1}, "k"),
        ({"question": "a", "k": 10**6}, "k"),
        ({"question": "a", "k": 2.5}, "k"),
        ({"question": "a", "k": True}, "k"),
        ({"question": "a", "k": "5"}, "k"),
        ({"question": "a", "max_tokens": True}, "max_tokens"),
        ({"question": "a", "today": 0}, "today"),
        ({"question": "a", "filters": {"date_from": 0}}, "filters.date_from"),
        ({"question": "a", "filters": {"date_to": "1609459200"}}, "filters.date_to"),
        ({"question": "a", "k": 10**200}, "k"),
        ({"question": "a", "max_tokens": 0}, "max_tokens"),
        ({"question": "a", "max_tokens": -5}, "max_tokens"),
        ({"question": "a", "history": MARKER}, "history"),
        ({"question": "a", "filters": {"date_from": "2021-02-30"}}, "filters.date_from"),
        ({"question": "a", "filters": {"date_from": MARKER}}, "filters.date_from"),
        ({"question": "a", "filters": {"date_from": "2022-01-01", "date_to": "2021-01-01"}}, "filters.date_from"),
        ({"question": "a", "filters": {"spokespeople": "Zhao Lijian"}}, "filters.spokespeople"),
        ({"question": "a", "filters": {"unknown": 1}}, "filters.unknown"),
        ({"question": "a", "filters": {"outlets": ["a"] * 60}}, "filters.outlets"),
    ],
)
def test_fields_that_cannot_be_used(client: httpx.Client, sent: dict[str, Any], field: str | None) -> None:
    problem = refused(client.post("/query", json=sent), 422)
    assert field is None or problem["field"] == field


@pytest.mark.parametrize("sent", [[], "a", 5, None, True])
def test_json_that_is_no_object(client: httpx.Client, sent: Any) -> None:
    refused(client.post("/query", content=json.dumps(sent), headers=JSON), 422)


def test_a_body_over_the_limit(client: httpx.Client) -> None:
    refused(client.post("/query", json={"question": MARKER * 200_000}), 413)


def test_a_body_over_the_limit_that_does_not_say_so(client: httpx.Client) -> None:
    parts = (b" " * 100_000 for _ in range(30))
    refused(client.post("/query", content=parts, headers=JSON), 413)


IDS = (
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "....//....//etc/passwd",
    "a%0ab",
    "a%0d%0aset-cookie:%20a=b",
    "a%00b",
    "%ff%fe",
    "%ed%a0%80",
    "x" * 10_000,
    "%F0%9F%98%80",
    "' OR 1=1 --",
    "%25s%25n",
    "<script>alert(1)</script>",
)


@pytest.mark.parametrize("place", ["/transcripts/{}", "/exchanges/{}/1", "/exchanges/{}", "/read/{}", "/v1/models/{}"])
@pytest.mark.parametrize("id_", IDS)
def test_ids_that_nobody_has(client: httpx.Client, place: str, id_: str) -> None:
    path = place.format(id_)
    answer = raw(client, f"GET {path.replace(' ', '%20')} HTTP/1.1")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] in (b"404", b"422"), head
    assert b"set-cookie" not in head.lower()
    assert len(body) < 1000
    assert b"passwd" not in body
    assert b"alert" not in body


@pytest.mark.parametrize(
    "number", ["0", "-1", "999999", "1e3", "9" * 30, "9" * 5000, "NaN", "1.5", "1_0", "+1", "01", "%201", "1.0"]
)
def test_numbers_that_no_exchange_has(client: httpx.Client, number: str) -> None:
    refused(client.get(f"/exchanges/2021-03-18-zhao-lijian/{number}"), 404, 422)


@pytest.mark.parametrize(
    "query",
    [
        "q=",
        "q=%00",
        "k=5",
        "q=a&k=0",
        "q=a&k=NaN",
        "q=a&k=1_0",
        "q=a&date_from=2021-02-30",
        "q=a&date_from=0",
        "q=a&date_from=2022-01-01&date_to=2021-01-01",
        "q=a&spokesperson=Nobody%20At%20All",
        "q=" + "x" * 5000,
        "q=a&max_tokens=1e400",
    ],
)
def test_addresses_that_ask_for_nothing(client: httpx.Client, query: str) -> None:
    refused(client.get(f"/query?{query}"), 422)


@pytest.mark.parametrize(
    "question",
    [
        "the of and to",
        "😀😀😀",
        "?!?!",
        "'; DROP TABLE transcripts; --",
        '" OR "1"="1',
        "(.*)+$ [a-z]{99999}",
        "NEAR(a b) AND NOT *",
        "中国外交部发言人说了什么？",
        "\u202eright to left\u200b",
        "e\u0301" * 500,
        "x" * 2000,
    ],
)
def test_odd_questions_are_just_words(client: httpx.Client, question: str) -> None:
    answer = client.post("/query", json={"question": question})
    assert answer.status_code == 200
    assert answer.json()["question"] == question.strip()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_other_methods(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/query", headers=JSON, content=b"{}")
    refused(answer, 405)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_other_methods_need_no_json_to_be_refused(client: httpx.Client, method: str) -> None:
    refused(client.request(method, "/query", content=b"a=b"), 405)


@pytest.mark.parametrize("path", ["/healthz", "/transcripts", "/openapi.json", "/query?q=the+trial", "/nothing"])
def test_head_is_get_without_the_body(client: httpx.Client, path: str) -> None:
    whole, head = client.get(path), client.head(path)
    assert head.status_code == whole.status_code and head.content == b""
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert client.get("/healthz").status_code == 200


def test_a_body_of_half_a_million_values_is_refused_before_it_is_checked(client: httpx.Client) -> None:
    many = b"1," * 500_000 + b"1"
    for path, body in (("/query", b'{"question":"a","history":[%s]}'), ("/v1/chat/completions", b'{"messages":[%s]}')):
        answer = client.post(path, content=body % many, headers=JSON)
        assert answer.status_code == 400 and "values" in answer.text
    assert b"1,1" not in answer.content


def test_many_errors_are_counted_and_not_listed(client: httpx.Client) -> None:
    problem = refused(client.post("/query", json={"question": "a", "history": [1] * 90}), 422)
    assert problem["field"] == "history.0" and "89 more" in problem["detail"]


def test_tools_do_not_tell_back_what_they_were_sent(client: httpx.Client) -> None:
    asked = {"name": "ask", "arguments": {"question": "a", "limit": MARKER, "date_from": MARKER}}
    sent = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked}
    headers = JSON | {"accept": "application/json, text/event-stream"}
    answer = client.post("/mcp", json=sent, headers=headers)
    assert "date_from" in answer.text and MARKER not in answer.text


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-length: -5\r\n\r\n",
        b"POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcde",
        b"POST /query HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: localhost\r\nx: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
)
def test_what_is_not_http(client: httpx.Client, request_: bytes) -> None:
    answer = exchange(client, request_, patience=0.5)
    assert answer == b"" or answer.split()[1][:1] == b"4"
    assert client.get("/healthz").status_code == 200


def raw(client: httpx.Client, line: str) -> bytes:
    """The answer to a request line as it stands: httpx would tidy the path."""
    return exchange(client, f"{line}\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())


def exchange(client: httpx.Client, sent: bytes, patience: float = 3) -> bytes:
    with socket.create_connection((client.base_url.host, client.base_url.port or 80), patience) as connection:
        received = []
        try:
            connection.sendall(sent)
            while part := connection.recv(65536):
                received.append(part)
        except (ConnectionResetError, BrokenPipeError, TimeoutError):
            pass
        return b"".join(received)
