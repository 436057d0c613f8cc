"""The writer that needs no key: what is printed, and nothing else."""

from typing import final

from academy_pipelines.documents.cleaning import CleaningPolicy
from academy_pipelines.documents.extraction import extract_problem
from academy_pipelines.documents.problem import WrittenProblem
from academy_pipelines.resources.problem_writer.writer import cleaned, sha256_of


@final
class RuleWriter:
    """Extracts a problem by rules: no difficulty, tag or summary, and an answer only where the text states one."""

    def __init__(self, cleaning: CleaningPolicy | None = None) -> None:
        self._cleaning = cleaning or CleaningPolicy()

    def write(self, text: str) -> WrittenProblem:
        """See `ProblemWriter`; it never fails but for an empty text."""
        clean = cleaned(text, self._cleaning)
        return WrittenProblem(extract_problem(text, self._cleaning), "rules", sha256_of(clean.text))

    def close(self) -> None:
        """Nothing is open."""
