"""Tables' columns that do to the reader what a bad page might; a process of its own has to import them."""

import os
import signal
from typing import Any


class Stuck(dict[str, str]):
    """Keeps the reader at work for ever."""

    def get(self, *given: Any) -> Any:
        while True:
            pass


class Fatal(dict[str, str]):
    """Ends the process that reads."""

    def get(self, *given: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)


class Faulty(dict[str, str]):
    """Is more than the reader can cope with."""

    def get(self, *given: Any) -> Any:
        raise IndexError("list index out of range")
