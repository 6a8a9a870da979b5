"""Token budgets, counted as the chat models count them. The only file that imports tiktoken.

tiktoken fetches its vocabulary on first use; a question must never wait for that. So a vocabulary counts only
where it lies in the cache already, and the encoder's own tokenizer stands in where it doesn't.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# The names under which tiktoken keeps its vocabularies, newest first.
VOCABULARIES = {
    "o200k_base": "fb374d419588a4632f3f557e76b4b70aebbca790",
    "cl100k_base": "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
}


@dataclass(frozen=True, slots=True)
class TokenCounter:
    """Counts tokens; `vocabulary` names what it counts with, for /healthz."""

    vocabulary: str
    count: Callable[[str], int]


def open_counter(cache: Path | None, fallback: Callable[[str], int]) -> TokenCounter:
    """A tiktoken counter if `cache` (TIKTOKEN_CACHE_DIR) holds a vocabulary, else `fallback`, named "encoder"."""
    for name, file in VOCABULARIES.items():
        if cache is not None and (cache / file).is_file():
            return TokenCounter(name, _tiktoken_count(name))
    return TokenCounter("encoder", fallback)


def _tiktoken_count(name: str) -> Callable[[str], int]:
    import tiktoken

    encoding = tiktoken.get_encoding(name)
    # `<|endoftext|>` in a text is text.
    return lambda text: len(encoding.encode(text, disallowed_special=()))
