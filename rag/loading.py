"""Settings -> the models that they name, and whether an archive was made with the encoder; EncoderUnavailable."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from embeddings.encoder import DEFAULT_MODEL, Encoder, ModelUnavailable
from embeddings.selector import Selector
from embeddings.spread import LOCAL, SpreadEncoder, WorkersUnavailable
from rag.archive.archive import Archive
from rag.errors import BadInput, EncoderMismatch, EncoderUnavailable
from rag.settings import Settings, report_no_use

# The cosine that the vectors of one sentence have at least, by the same weights on another processor.
SAME_PROBE = 0.999
_NAMED = "Set PODIUM_ENCODER to a saved model's folder, or allow the download with PODIUM_ENCODER_DOWNLOAD=1."
_OFF = "Install podium again, or do without it: PODIUM_SELECTOR=off."
_WORKERS = (
    "Nothing was published. See to the workers (pip install 'podium[ray]' on each) and run it again, which keeps the "
    "vectors that were made; or leave --on out."
)


def load_encoder(settings: Settings, threads: int | None = None, on: str = "") -> Encoder:
    """The encoder that the settings name, on so many cores, every one by default.

    `on` names workers that read passages for it; BadInput where it can't.
    """
    if on and on != LOCAL and not on.startswith("ray://"):
        remedy = f"Say --on {LOCAL}, or --on ray://HOST:10001."
        raise BadInput(f"--on {on!r} names no workers.", key="on", remedy=remedy)
    with _told("encoder", _NAMED), workers_told():
        if on:
            report_no_use()
            return SpreadEncoder(settings.encoder, on, download=settings.encoder_download)
        return Encoder(settings.encoder, download=settings.encoder_download, threads=threads)


def load_selector(settings: Settings, threads: int | None = None) -> Selector | None:
    """The selector, None where it is off or another encoder is named than it was made for."""
    with _told("selector", _OFF):
        return None if settings.selector == "off" or settings.encoder != DEFAULT_MODEL else Selector(threads=threads)


def check_encoder_name(archive: Archive, wanted: str) -> None:
    """EncoderMismatch where an archive was made with an encoder of another name."""
    made_with = archive.manifest["encoder"]["name"]
    if made_with != wanted:
        raise EncoderMismatch(
            f"the archive {archive.folder} was made with the encoder {made_with!r}, and the setting is {wanted!r}.",
            key="encoder",
            remedy=f"Set PODIUM_ENCODER={made_with}, or build it anew with `podium ingest PATH... --rebuild`.",
        )


def check_probe(archive: Archive, encoder: Encoder) -> None:
    """A fixed sentence must get the vector that the manifest remembers: same weights, tokenizer, normalisation."""
    probe = np.array(archive.manifest["encoder"]["probe"], dtype=np.float32)
    same = probe.shape == encoder.probe.shape and float(probe @ encoder.probe) >= SAME_PROBE
    if not same:
        raise EncoderMismatch(
            f"the encoder {encoder.name!r} gives other vectors than when the archive {archive.folder} was made.",
            key="encoder",
            remedy="Build it anew with `podium ingest PATH... --rebuild`.",
        )


@contextmanager
def workers_told() -> Iterator[None]:
    """Workers that can't be had, told as an encoder that can't."""
    try:
        yield
    except WorkersUnavailable as error:
        raise EncoderUnavailable(f"{error}.", key="on", remedy=_WORKERS) from error


@contextmanager
def _told(key: str, remedy: str) -> Iterator[None]:
    try:
        yield
    except ModelUnavailable as error:
        raise EncoderUnavailable(f"{error}.", key=key, remedy=remedy) from error
