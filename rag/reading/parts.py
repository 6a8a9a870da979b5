"""A paragraph and the part that it plays in a conference."""

from dataclasses import dataclass
from typing import Literal

from rag.reading.labels import Label
from rag.reading.layout import Paragraph

Role = Literal["question", "answer", "follow-up", "journalist", "text", "row", "stage", "note", "caption", "unclear"]
SPOKEN = frozenset(("question", "answer", "follow-up", "journalist"))
BOLD = 0.7


@dataclass(slots=True)
class Turn:
    """A paragraph and its part in the conference; `label` is set where one was believed, `start` is after it.

    `doubt` says in words what the reader had to decide without a label that settles it.
    """

    paragraph: Paragraph
    role: Role
    label: Label | None
    start: int
    person: str | None = None
    doubt: tuple[str, str] | None = None

    @property
    def text(self) -> str:
        return self.paragraph.text[self.start - self.paragraph.start :]

    @property
    def is_bold(self) -> bool:
        """Whether the page prints it bold."""
        return (self.paragraph.bold or 0) >= BOLD

    @property
    def asks(self) -> bool:
        """Whether a bold paragraph is a question and no heading: it asks, or is long."""
        return "?" in self.text or len(self.text) > 80
