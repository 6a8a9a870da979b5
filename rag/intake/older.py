"""An archive of the format before -> the same transcripts in this one, so that an ingest can go on from them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from embeddings.encoder import Encoder
from embeddings.index import read_flat
from rag.archive.arrays import read_array
from rag.archive.catalogue import Catalogue
from rag.archive.generations import current_generation, publish
from rag.archive.manifest import read_manifest, verify_files
from rag.errors import ArchiveDamaged, ArchiveMissing
from rag.intake.changes import Changes
from rag.intake.composing import Generation
from rag.intake.cutting import Cutter
from rag.intake.journal import Journal
from rag.intake.sources import Progress

FORMAT = 3


def renew(archive: Path, load_encoder: Callable[[], Encoder], progress: Progress) -> None:
    """Publish a generation in this format of what one of the format before holds, with its vectors.

    It keeps the recipe that it was made by, an older one: the ingest that follows reads its files anew. Does nothing
    with any other archive. Needs the lock. Raises ArchiveError.
    """
    try:
        name = current_generation(archive)
        manifest = read_manifest(archive, name, FORMAT)
    except (ArchiveMissing, ArchiveDamaged):
        return
    verify_files(archive, name, manifest)
    place = archive / "generations" / name
    catalogue = Catalogue([place / "catalogue.sqlite"])
    transcripts = [catalogue.transcript(head.id) for head in catalogue.transcript_heads()]
    cutter = Cutter(load_encoder(), Journal(archive), progress)
    if cutter.encoder.fingerprint == manifest["encoder"]["fingerprint"]:
        # So none has to be made again.
        _note_vectors(place, cutter)
    changes = Changes([transcript for transcript in transcripts if transcript], catalogue.files())
    generation = Generation(changes, cutter, None)
    publish(archive, lambda folder: {**generation.write(folder), "recipe": manifest["recipe"]})
    cutter.journal.discard()


def _note_vectors(place: Path, cutter: Cutter) -> None:
    """Give the journal the vectors of a generation, as if an ingest that was stopped had made them."""
    keys = read_array(place / "columns" / "passage_key.npy").astype(np.str_).tolist()
    counts = np.bincount(read_array(place / "columns" / "sentence_passage.npy"), minlength=len(keys))
    within = [each for key, count in zip(keys, counts, strict=True) for each in cutter.sentence_keys(key, int(count))]
    cutter.journal.add(keys, read_flat(place / "vectors.faiss"))
    cutter.journal.add(within, read_flat(place / "sentences.faiss"))
