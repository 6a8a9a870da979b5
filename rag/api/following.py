"""Which generation is served: the newest that CURRENT names and that opens, watched for as long as the app runs."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable

from rag.archive.generations import current_generation
from rag.archive.manifest import verify_files
from rag.errors import PodiumError
from rag.pipeline import Podium

LOOK_SECONDS = 1.0
CHECK_SECONDS = 600.0
# What takes long, as the checksums of a large archive do, is followed by a rest this many times as long.
REST = 9

log = logging.getLogger("podium")


class Following:
    """Swaps to each new generation, and reads the served one's files anew now and then; no error ends it.

    `trouble` says why the generation that CURRENT names isn't served, `damage` which file of the served one has
    changed on disk since it was opened; both are empty where all is well.
    """

    def __init__(self, podium: Podium) -> None:
        self._podium = podium
        self.trouble = ""
        self.damage = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow for as long as the app runs."""
        tasks = [
            asyncio.create_task(_every(LOOK_SECONDS, self.look)),
            asyncio.create_task(_every(CHECK_SECONDS, self.check)),
        ]
        yield
        for task in tasks:
            task.cancel()

    def look(self) -> None:
        """Swap to the generation that CURRENT names, if it is another."""
        swapped = False
        try:
            # Opened beside the one that serves, which is let go only once the other is whole.
            swapped = self._podium.refresh()
            trouble = ""
        except Exception as error:
            trouble = _said(error)
        # An archive that can't be read is looked at every second, and told of once.
        if trouble and trouble != self.trouble:
            log.error("still serving generation %s: %s", self._podium.archive.name, trouble)
        elif swapped or (self.trouble and not trouble):
            log.info("now serving generation %s", self._podium.archive.name)
        self.trouble = trouble

    def check(self) -> None:
        """Read every file of the served generation and compare it with its checksum."""
        served = self._podium.archive
        try:
            verify_files(served.folder, served.name, served.manifest)
            damage = ""
        except Exception as error:
            damage = _said(error)
        with contextlib.suppress(PodiumError):
            if current_generation(served.folder) != served.name:
                # Its files may go once another generation is named: what is missing then is no damage.
                return
        if damage and damage != self.damage:
            log.error("generation %s has changed on disk: %s", served.name, damage)
        self.damage = damage


async def _every(seconds: float, work: Callable[[], None]) -> None:
    while True:
        began = time.monotonic()
        await asyncio.to_thread(work)
        await asyncio.sleep(rest_after(time.monotonic() - began, seconds))


def rest_after(took: float, least: float) -> float:
    """How many seconds to wait after work that took so long: it gets a tenth of the time at most."""
    return max(least, REST * took)


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, PodiumError) else f"{type(error).__name__}: {error}"
