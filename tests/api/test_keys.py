"""Who may come in: keys, Host and Origin, rates. Over the app's own routes, on a real server."""

import hmac
import logging
import re
from collections.abc import Iterator

import httpx
import openai
import pytest
from callers import METHODS, routes_of, serving
from pydantic import SecretStr

from podium.address import base_url_of
from podium.cli import _check_host
from rag.api.app import create_app
from rag.api.door import Keys, is_loopback, rate_of
from rag.errors import BadInput
from rag.pipeline import Podium
from rag.settings import Settings, read_settings

KEYS = ("the-first-key-0123456789", "the-second-key-0123456789")


@pytest.fixture(scope="module")
def locked(podium: Podium) -> Iterator[httpx.Client]:
    with serving(podium, api_keys=tuple(map(SecretStr, KEYS))) as client:
        yield client


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_no_route_and_no_method_is_open_without_a_key(locked: httpx.Client, podium: Podium) -> None:
    routes = {path for path, _ in routes_of(create_app(podium, podium.settings).routes)}
    assert len(routes) >= 15
    for path in sorted(routes | {"/", "/nothing", "/v1/nothing"}):
        asked = re.sub(r"\{.*?\}", "1", path)
        for method in (*METHODS, "HEAD", "OPTIONS", "TRACE"):
            status = locked.request(method, asked).status_code
            open_ = {"GET": 200, "HEAD": 200} if path == "/healthz" else {}
            if path == "/login":
                # Where a key is entered: a POST without one is told so.
                continue
            if path == "/assets/{name}":
                open_ = {"GET": 404, "HEAD": 404}
            assert status == open_.get(method, 401), (method, path)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer wrong-key-0123456789",
        f"Bearer {KEYS[0][:-1]}",
        f"Bearer {KEYS[0]}x",
        f"Basic {KEYS[0]}",
        KEYS[0],
        "Bearer",
        f"Bearer {KEYS[0]}, {KEYS[1]}",
        "Bearer " + "k" * 10_000,
    ],
)
def test_a_wrong_key_stays_outside(locked: httpx.Client, header: str) -> None:
    answer = locked.get("/transcripts", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "key-01" not in answer.text


@pytest.mark.parametrize("key", KEYS)
def test_each_key_lets_in(locked: httpx.Client, key: str) -> None:
    assert locked.get("/transcripts", headers=bearer(key)).status_code == 200
    assert locked.get("/transcripts", headers={"authorization": f"bearer {key}"}).status_code == 200


def test_the_openai_client_and_its_key(locked: httpx.Client) -> None:
    url = str(locked.base_url.join("/v1"))
    with openai.OpenAI(base_url=url, api_key=KEYS[0]) as chat:
        assert list(chat.models.list())
    with openai.OpenAI(base_url=url, api_key="wrong", max_retries=0) as chat:
        with pytest.raises(openai.AuthenticationError) as refused:
            chat.models.list()
        assert refused.value.code == "invalid_api_key"


def test_every_key_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    compare = hmac.compare_digest

    def watched(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return compare(one, other)

    monkeypatch.setattr("rag.api.door.hmac.compare_digest", watched)
    keys = Keys(KEYS)
    name = keys.find(f"Bearer {KEYS[0]}")
    assert len(compared) == len(KEYS)
    assert all(len(one) == len(other) == 32 for one, other in compared)
    assert name is not None
    assert KEYS[0] not in name
    assert name != keys.find(f"Bearer {KEYS[1]}")


def test_keys_are_never_logged_or_shown(locked: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        locked.get("/transcripts", headers=bearer("some-wrong-key-that-is-secret"))
        locked.get("/transcripts", headers=bearer(KEYS[0]))
    podiums = "\n".join(record.getMessage() for record in caplog.records if record.name in ("podium", "uvicorn.error"))
    assert "wrong key" in podiums
    assert "secret" not in podiums
    assert KEYS[0] not in podiums
    assert KEYS[0] not in repr(Settings(api_keys=(SecretStr(KEYS[0]),)))


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODIUM_API_KEYS", f"{KEYS[0]}, {KEYS[1]}")
    assert [key.get_secret_value() for key in read_settings().api_keys] == list(KEYS)
    monkeypatch.setenv("PODIUM_API_KEYS", "secret")
    with pytest.raises(BadInput) as short:
        read_settings()
    assert "PODIUM_API_KEYS" in str(short.value)
    assert "secret" not in str(short.value)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1.evil.example"}, 421),
        ({"host": "a b"}, 421),
        ({"host": "localhost)"}, 421),
        ({"host": "localhost:80"}, 200),
        ({"host": "[::1]:80"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"origin": "http://[::1"}, 403),
        ({"origin": "http://localhost:3000"}, 403),
    ],
)
def test_a_foreign_host_or_origin_stays_outside(client: httpx.Client, headers: dict[str, str], status: int) -> None:
    answer = client.get("/transcripts", headers=headers)
    assert answer.status_code == status
    assert "evil" not in answer.text


def test_podiums_own_page_may_call_it(client: httpx.Client) -> None:
    origin = str(client.base_url).rstrip("/")
    assert client.get("/transcripts", headers={"origin": origin}).status_code == 200


def test_counts_and_descriptions_can_be_switched_off(podium: Podium) -> None:
    with serving(podium, metrics=False, docs=False) as client:
        assert [client.get(path).status_code for path in ("/metrics", "/docs", "/openapi.json")] == [404] * 3


def test_a_name_can_be_added(podium: Podium) -> None:
    with serving(podium, allowed_hosts=("podium.lan",), public_url="https://podium.example/") as client:
        for host, status in (("podium.lan", 200), ("podium.example", 200), ("localhost", 200), ("evil.example", 421)):
            assert client.get("/transcripts", headers={"host": host}).status_code == status
        ours = {"host": "podium.example", "origin": "https://podium.example"}
        assert client.get("/transcripts", headers=ours).status_code == 200


def test_cors_lets_one_origin_read(podium: Podium) -> None:
    with serving(podium, cors_origins=("https://chat.example",), api_keys=(SecretStr(KEYS[0]),)) as client:
        asked = {"origin": "https://chat.example", "access-control-request-method": "POST"}
        asked["access-control-request-headers"] = "authorization,content-type"
        preflight = client.options("/v1/chat/completions", headers=asked)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == "https://chat.example"
        refused = client.get("/v1/models", headers={"origin": "https://chat.example"})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "https://chat.example"
        foreign = client.get("/v1/models", headers={"origin": "https://evil.example"} | bearer(KEYS[0]))
        assert foreign.status_code == 403
        assert "access-control-allow-origin" not in foreign.headers


def test_without_cors_no_origin_may_read(client: httpx.Client) -> None:
    assert "access-control-allow-origin" not in client.get("/transcripts").headers


def test_a_flood_is_slowed_down(podium: Podium) -> None:
    with serving(podium, rate_limit="5/minute") as client:
        answers = [client.get("/transcripts") for _ in range(8)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/models").json()["error"]["code"] == "rate_limit_exceeded"


def test_an_address_that_a_client_gives_itself_is_not_believed(podium: Podium) -> None:
    def statuses(client: httpx.Client) -> list[int]:
        return [client.get("/transcripts", headers={"x-forwarded-for": f"10.0.0.{n}"}).status_code for n in range(5)]

    with serving(podium, rate_limit="3/minute") as client:
        assert statuses(client) == [200] * 3 + [429] * 2
    with serving(podium, rate_limit="3/minute", trusted_proxies=("127.0.0.1",)) as client:
        assert statuses(client) == [200] * 5


@pytest.mark.parametrize(("host", "url"), [("127.0.0.2", "http://127.0.0.2:"), ("::1", "http://[::1]:")])
def test_podium_answers_to_the_address_that_it_listens_on(podium: Podium, host: str, url: str) -> None:
    with serving(podium, host=host) as client:
        own = f"{url}{client.base_url.port}"
        assert httpx.get(f"{own}/transcripts").status_code == 200
        assert base_url_of(podium.settings.model_copy(update={"host": host})) == f"{url}8080"


def test_each_key_has_its_own_rate(podium: Podium) -> None:
    with serving(podium, rate_limit="3/minute", api_keys=tuple(map(SecretStr, KEYS))) as client:
        for key in KEYS:
            statuses = [client.get("/transcripts", headers=bearer(key)).status_code for _ in range(4)]
            assert statuses == [200] * 3 + [429]
        guesses = [client.get("/transcripts", headers=bearer(f"guess-{n}")).status_code for n in range(5)]
        assert guesses == [401] * 3 + [429] * 2


def test_rates_are_off_on_loopback_only() -> None:
    assert rate_of(Settings()) is None
    assert str(rate_of(Settings(host="0.0.0.0"))) == "120 per 1 minute"
    assert rate_of(Settings(host="0.0.0.0", rate_limit="off")) is None
    with pytest.raises(BadInput, match="PODIUM_RATE_LIMIT"):
        rate_of(Settings(rate_limit="many"))


def test_podium_does_not_listen_to_strangers_without_keys(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadInput, match="PODIUM_API_KEYS"):
        _check_host(Settings(host="0.0.0.0"))
    _check_host(Settings(host="0.0.0.0", api_keys=(SecretStr(KEYS[0]),)))
    assert capsys.readouterr().err == ""
    _check_host(Settings(host="0.0.0.0", listen_without_keys=True))
    assert "anyone" in capsys.readouterr().err


@pytest.mark.parametrize(("host", "loopback"), [("127.0.0.1", True), ("::1", True), ("localhost", True)])
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("::")
    assert not is_loopback("podium.example")
