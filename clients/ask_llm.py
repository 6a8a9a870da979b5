"""llm, by its command: whole, streamed, a follow-up."""

import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from checks import ADDRESS, FOLLOW_UP, QUESTION, cites, run

# Its models and its log, apart from those of whoever runs this.
HOME = Path(tempfile.mkdtemp())
(HOME / "extra-openai-models.yaml").write_text(
    f"- model_id: podium\n  model_name: podium\n  api_base: {ADDRESS}/v1\n", "utf-8"
)


def llm(*words: str) -> str:
    command = [Path(sys.executable).with_name("llm"), *words, "--key", "none"]
    done = subprocess.run(
        command, env=os.environ | {"LLM_USER_PATH": str(HOME)}, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def prompt() -> None:
    cites(llm("-m", "podium", QUESTION, "--no-stream"))


def stream() -> None:
    cites(llm("-m", "podium", QUESTION))


def follow_up() -> None:
    assert llm("-c", FOLLOW_UP).strip()


run(version("llm"), prompt, stream, follow_up)
