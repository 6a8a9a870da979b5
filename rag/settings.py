"""Settings, frozen, from PODIUM_* variables. The only reader of the environment."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import BadInput


class Settings(BaseSettings):
    """Every setting, its default and what it is for; `docs/settings.md` lists them."""

    model_config = SettingsConfigDict(env_prefix="PODIUM_", frozen=True, extra="ignore", populate_by_name=True)

    archive: Annotated[Path, Field(description="The archive's folder.")] = Path("archive")
    encoder: Annotated[
        str,
        Field(description="The encoder: all-MiniLM-L6-v2 (packaged), a saved model's folder, or a model's name."),
    ] = "all-MiniLM-L6-v2"
    encoder_download: Annotated[
        bool, Field(description="Whether a named encoder that isn't in the local cache may be downloaded.")
    ] = False
    host: Annotated[str, Field(description="The address that `podium serve` listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="The port that `podium serve` listens on.")] = 8080
    public_url: Annotated[
        str, Field(description="The address that links start with, where it is not http://HOST:PORT.")
    ] = ""
    listen_without_keys: Annotated[
        bool,
        Field(description="Serve beyond this machine without API keys: anyone who reaches the port may ask."),
    ] = False
    max_body_bytes: Annotated[int, Field(ge=1024, description="The largest request body, in bytes.")] = 1_048_576
    body_seconds: Annotated[float, Field(gt=0, description="How long a request body may take to arrive.")] = 10.0
    tiktoken_cache: Annotated[
        Path | None,
        Field(
            validation_alias="TIKTOKEN_CACHE_DIR",
            description="Where tiktoken keeps its vocabularies (TIKTOKEN_CACHE_DIR, tiktoken's own variable).",
        ),
    ] = None


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
            value=str(first.get("input"))[:80],
            remedy=f"Change PODIUM_{key.upper()} or leave it out.",
        ) from error
