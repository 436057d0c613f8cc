"""The right answers of an exam."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """The right answer of one question; several labels must all be marked, and an empty tuple means: not counted."""

    question: int
    right: tuple[str, ...]

    @property
    def is_counted(self) -> bool:
        """Whether the question counts for the score."""
        return bool(self.right)


@dataclass(frozen=True, slots=True)
class ExamKey:
    """The key of one exam, by question number, each once."""

    entries: tuple[KeyEntry, ...]

    @property
    def questions(self) -> tuple[int, ...]:
        """Every question that the key names."""
        return tuple(entry.question for entry in self.entries)

    @property
    def counted(self) -> tuple[KeyEntry, ...]:
        """The questions that count for the score."""
        return tuple(entry for entry in self.entries if entry.is_counted)
