"""Texts -> vectors on several machines: an encoder whose passages Ray's workers read. Only importer of ray.

Every worker loads the same model; its weights and the vector of its probe must be those of this process. A worker that
dies is replaced and its texts go to another, RETRIES times.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from embeddings.encoder import BATCH, Encoder, Progress, Stretches, Vectors

RETRIES = 3
# So many tasks a worker, that none waits long for the slowest.
SHARES = 2
LOCAL = "local"
_SAME_PROBE = 0.99999
# What one task gives back: the model's fingerprint, its probe, vectors of texts, and of their stretches.
_Read = tuple[str, Vectors, Vectors, list[Vectors]]


class WorkersUnavailable(RuntimeError):
    """The workers can't be reached, died again and again, or have another model."""


class SpreadEncoder(Encoder):
    """An Encoder whose `encode_stretches` runs on the workers at `address`; everything else runs here.

    `address` is `local`, for one worker a core of this machine, which listen to it alone, or where a cluster is:
    `ray://HOST:10001`. Raises WorkersUnavailable, and ModelUnavailable.
    """

    def __init__(self, model: str, address: str, *, download: bool = False, workers: int | None = None) -> None:
        super().__init__(model, download=download)
        try:
            import ray
        except ImportError as error:
            raise WorkersUnavailable(f"the library ray can't be imported: {error}") from error
        self._ray, self._download = ray, download
        own = {"address": "local", "num_cpus": workers, "_node_ip_address": "127.0.0.1", "include_dashboard": False}
        where = own if address == LOCAL else {"address": address}
        try:
            ray.init(**where, log_to_driver=False, ignore_reinit_error=True)
        except Exception as error:  # Ray raises that itself where its processes don't come up.
            what = "Ray can't be started here" if address == LOCAL else f"no Ray answers at {address}"
            why = str(error).strip().partition("\n")[0]
            raise WorkersUnavailable(f"{what}: {why}") from error
        self._work: Callable[..., Any] = ray.remote(num_cpus=1, max_retries=RETRIES)(_read).remote

    def encode_stretches(
        self, texts: Sequence[str], stretches: Sequence[Stretches], progress: Progress = lambda _: None
    ) -> tuple[Vectors, list[Vectors]]:
        """As of the encoder here, in the order of `texts`, whichever worker reads which."""
        self._check_lengths(texts)
        lengths = self.count_tokens(texts)
        # In whole batches of like length, as they are read here: then every vector is the same to the last bit.
        order = sorted(range(len(texts)), key=lambda at: -lengths[at])
        workers = max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        share = BATCH * -(-len(texts) // (BATCH * SHARES * workers))
        shares = [order[at : at + share] for at in range(0, len(order), share)]
        tasks = [
            self._work(self.name, self._download, [texts[at] for at in each], [stretches[at] for at in each])
            for each in shares
        ]
        whole = np.zeros((len(texts), self.dimension), dtype=np.float32)
        parts: list[Vectors] = [whole] * len(texts)
        for each, task in zip(shares, tasks, strict=True):
            fingerprint, probe, vectors, inner = self._result(task)
            if fingerprint != self.fingerprint or float(probe @ self.probe) < _SAME_PROBE:
                raise WorkersUnavailable(f"a worker's model {self.name} is not the one that is here")
            whole[each] = vectors
            for at, rows in zip(each, inner, strict=True):
                parts[at] = rows
            progress(len(each))
        return whole, parts

    def _result(self, task: Any) -> _Read:
        try:
            made: _Read = self._ray.get(task)
        except self._ray.exceptions.RayTaskError as error:
            raise WorkersUnavailable(f"a worker fails: {error.cause}") from error
        except (self._ray.exceptions.RayError, ConnectionError) as error:
            why = str(error).strip().partition("\n")[0]
            raise WorkersUnavailable(f"a worker died, and {RETRIES} after it: {why}") from error
        return made

    def close(self) -> None:
        """Let the workers go."""
        self._ray.shutdown()


def _read(model: str, download: bool, texts: Sequence[str], stretches: Sequence[Stretches]) -> _Read:
    encoder = _encoder(model, download)
    return encoder.fingerprint, encoder.probe, *encoder.encode_stretches(texts, stretches)


@lru_cache(maxsize=1)
def _encoder(model: str, download: bool) -> Encoder:
    """A worker's own, loaded for the first texts that it gets; on one core, since there is a worker for each."""
    return Encoder(model, download=download, threads=1)
