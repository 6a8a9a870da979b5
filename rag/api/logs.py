"""What podium says of its running: one line an event, as text or JSON, to stderr. Nothing is imported to say it."""

import datetime
import json
import logging
import sys


class OneLine(logging.Formatter):
    """An event as one line, its traceback too: a log that breaks lines can be made to say anything."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        when = datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds")
        said = {"time": when, "level": record.levelname.lower(), "message": record.getMessage()}
        said |= getattr(record, "fields", {})
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        if self._as_json:
            return json.dumps(said, ensure_ascii=True, default=str)
        time, level, message, *more = said.values()
        names = list(said)[3:]
        told = " ".join(f"{name}={value}" for name, value in zip(names, more, strict=True))
        # A traceback's lines too, one behind the other.
        return " | ".join(f"{time} {level} {message} {told}".strip().splitlines())


def log_to_stderr(*, as_json: bool) -> None:
    """Let every library's log go through one plain handler; none may bring its own afterwards."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine(as_json=as_json))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("podium").setLevel(logging.INFO)
