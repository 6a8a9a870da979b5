"""Settings, and the page that lists them."""

import re
from collections.abc import Iterator

import pytest
from conftest import ROOT
from pydantic import SecretStr

from rag.errors import BadInput
from rag.settings import Settings, read_settings

ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def told() -> dict[str, tuple[str, str]]:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    return {variable: (default, what) for variable, default, what in ROW.findall(page)}


def known() -> Iterator[tuple[str, str, str]]:
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, SecretStr) or default in ("", (), None):
            shown = "*none*"
        else:
            shown = f"`{int(default) if isinstance(default, bool) else default}`"
        yield str(field.validation_alias or f"PODIUM_{name.upper()}"), shown, field.description or ""


def test_the_page_lists_every_setting_and_no_other() -> None:
    settings = {variable: (default, what) for variable, default, what in known()}
    assert told() == settings
    assert all(what for _, what in settings.values())


def test_every_variable_that_the_docs_name_exists() -> None:
    variables = {variable for variable, _, _ in known()}
    for page in (ROOT / "docs").glob("*.md"):
        named = set(re.findall(r"\bPODIUM_[A-Z_]+[A-Z]\b", page.read_text("utf-8"))) - {"PODIUM_KEY", "PODIUM_MATERIAL"}
        assert named <= variables, page.name


@pytest.mark.parametrize(
    ("variable", "value", "setting", "read"),
    [
        ("PODIUM_PORT", "9000", "port", 9000),
        ("PODIUM_ALLOWED_HOSTS", "a.example, b.example", "allowed_hosts", ("a.example", "b.example")),
        ("PODIUM_CORS_ORIGINS", "https://a.example https://b.example", "cors_origins", ("https://a.example", "https://b.example")),
        ("PODIUM_METRICS", "0", "metrics", False),
        ("PODIUM_WRITER_SECONDS", "2.5", "writer_seconds", 2.5),
    ],
)  # fmt: skip
def test_variables_are_read(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, setting: str, read: object
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(read_settings(), setting) == read


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PODIUM_PORT", "70000"),
        ("PODIUM_AT_ONCE", "0"),
        ("PODIUM_BODY_SECONDS", "-1"),
        ("PODIUM_METRICS", "perhaps"),
        ("PODIUM_API_KEYS", "short"),
    ],
)
def test_a_bad_one_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadInput, match=variable):
        read_settings()


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]
