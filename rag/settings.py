"""Settings, frozen, from PODIUM_* variables. The only reader of the environment, and the only writer."""

import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from rag.errors import BadInput

VERSION = version("podium")
SHORTEST_KEY = 16


def _listed(given: object) -> object:
    """`a, b c` as a variable gives it -> ("a", "b", "c")."""
    return tuple(given.replace(",", " ").split()) if isinstance(given, str) else given


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_listed)]


class Settings(BaseModel):
    """Every setting, its default and what it is for; `docs/settings.md` lists them.

    What isn't given is read from its variable, in capitals or not.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    archive: Annotated[Path, Field(description="The archive's folder.")] = Path("archive")
    encoder: Annotated[
        str,
        Field(
            description="The encoder: podium-MiniLM-L6, all-MiniLM-L6-v2, a saved model's folder, or a model's name."
        ),
    ] = "podium-MiniLM-L6"
    encoder_download: Annotated[
        bool, Field(description="Whether a named encoder that isn't in the local cache may be downloaded.")
    ] = False
    selector: Annotated[
        Literal["on", "off"],
        Field(
            description="Whether passages are read together with the question, where the encoder is podium's own; "
            "off: the plain cut."
        ),
    ] = "on"
    engine: Annotated[
        Literal["embedded", "milvus"],
        Field(description="What searches: embedded (the archive's own files), or milvus (with podium[milvus])."),
    ] = "embedded"
    milvus_uri: Annotated[
        str, Field(description="Where Milvus is: http://HOST:19530, or a file's path ending in .db for milvus-lite.")
    ] = "http://127.0.0.1:19530"
    milvus_token: Annotated[
        SecretStr, Field(description="What Milvus lets podium in by, as USER:PASSWORD or a token.")
    ] = SecretStr("")
    milvus_alias: Annotated[
        str,
        Field(
            pattern="^[A-Za-z_][A-Za-z0-9_]{0,99}$",
            description="The alias of the current generation's collection; every collection's name begins with it.",
        ),
    ] = "podium"
    milvus_seconds: Annotated[float, Field(gt=0, description="How long Milvus may take over one call.")] = 30.0
    reading_seconds: Annotated[
        float,
        Field(gt=0, description="How long a file may take to read, in seconds of work; one that takes longer is left."),
    ] = 60.0
    host: Annotated[str, Field(description="The address that `podium serve` listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="The port that `podium serve` listens on.")] = 8080
    public_url: Annotated[
        str, Field(description="The address that links start with, where it is not http://HOST:PORT.")
    ] = ""
    listen_without_keys: Annotated[
        bool,
        Field(description="Serve beyond this machine without API keys: anyone who reaches the port may ask."),
    ] = False
    api_keys: Annotated[
        Secrets,
        Field(description=f"API keys, any of which lets a caller in; each of {SHORTEST_KEY} characters or more."),
    ] = ()
    public_reading: Annotated[
        bool,
        Field(description="Whether transcripts may be read without a key; asking still takes one."),
    ] = False
    allowed_hosts: Annotated[
        Names,
        Field(description="Further names that podium may be called by in a Host header; those of this machine always."),
    ] = ()
    cors_origins: Annotated[
        Names, Field(description="Web pages' origins whose scripts may call podium, or *: https://chat.example.org.")
    ] = ()
    rate_limit: Annotated[
        str,
        Field(description="Requests a key or an address may send, as 120/minute, or off; empty: off on loopback only."),
    ] = ""
    at_once: Annotated[int, Field(ge=1, le=64, description="How many questions are answered at once.")] = 4
    workers: Annotated[
        int,
        Field(ge=1, le=64, description="How many processes answer questions; 1 is the one that serves, and no other."),
    ] = 1
    waiting: Annotated[int, Field(ge=0, description="How many questions may wait for their turn; more get a 503.")] = 64
    turn_seconds: Annotated[
        float, Field(gt=0, description="How long a question may wait for its turn before it gets a 503.")
    ] = 20.0
    connections: Annotated[
        int, Field(ge=16, description="How many connections are held; beyond them the one longest idle makes room.")
    ] = 1000
    patience_seconds: Annotated[
        float,
        Field(gt=0, description="How long a connection may take over a request's head, or take none of its answer."),
    ] = 10.0
    trusted_proxies: Annotated[
        Names, Field(description="Addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.")
    ] = ()
    log_json: Annotated[bool, Field(description="Whether the log's lines are JSON.")] = False
    grace_seconds: Annotated[
        int, Field(ge=0, description="How long running answers may take to finish when podium is told to stop.")
    ] = 10
    metrics: Annotated[bool, Field(description="Whether /metrics is served.")] = True
    docs: Annotated[bool, Field(description="Whether /docs and /openapi.json are served.")] = True
    writer_url: Annotated[
        str, Field(description="An OpenAI-compatible endpoint whose model picks sentences: https://…/v1.")
    ] = ""
    writer_model: Annotated[str, Field(description="The model that picks.")] = ""
    writer_key: Annotated[SecretStr, Field(description="The key of that endpoint.")] = SecretStr("")
    writer_seconds: Annotated[
        float, Field(gt=0, description="How long the model may take; then podium chooses by itself.")
    ] = 30.0
    writer_prompt_tokens: Annotated[
        int, Field(ge=200, description="How many tokens of sentences the model is given at most.")
    ] = 3000
    writer_max_tokens: Annotated[int, Field(ge=16, description="How many tokens the model may answer with.")] = 700
    max_body_bytes: Annotated[int, Field(ge=1024, description="The largest request body, in bytes.")] = 1_048_576
    body_seconds: Annotated[float, Field(gt=0, description="How long a request body may take to arrive.")] = 10.0
    tiktoken_cache: Annotated[
        Path | None,
        Field(
            validation_alias="TIKTOKEN_CACHE_DIR",
            description="Where tiktoken keeps its vocabularies (TIKTOKEN_CACHE_DIR, tiktoken's own variable).",
        ),
    ] = None

    @model_validator(mode="before")
    @classmethod
    def _from_variables(cls, given: Mapping[str, object]) -> dict[str, object]:
        # podium_port=8081 does too.
        variables = {name.upper(): value for name, value in os.environ.items()}
        named = {
            name: str(field.validation_alias or f"PODIUM_{name.upper()}") for name, field in cls.model_fields.items()
        }
        return {name: variables[key] for name, key in named.items() if key in variables} | dict(given)

    @field_validator("api_keys")
    @classmethod
    def _keys_are_long(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        # How many, and never which: an error is printed.
        short = sum(len(key.get_secret_value()) < SHORTEST_KEY for key in keys)
        if short:
            raise ValueError(f"{short} of the keys has fewer than {SHORTEST_KEY} characters")
        return keys


def report_no_use() -> None:
    """Let no Ray that is started from here report its use to its makers."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"


def read_settings(**given: object) -> Settings:
    """The settings of this process; a value given here goes before its variable. BadInput names a bad one."""
    try:
        return Settings(**{key: value for key, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"the setting {key} is not usable: {first['msg']}.",
            key=key,
            remedy=f"Change PODIUM_{key.upper()} or leave it out.",
        ) from error
