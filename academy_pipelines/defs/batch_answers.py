"""What batches of a language model have answered: handed in once, kept, and found again by the question."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from academy_pipelines.defs.document_artefacts import DocumentArtefacts
from academy_pipelines.documents.problem import WrittenProblem
from academy_pipelines.errors import EmptyDocumentError, MisconfiguredError

if TYPE_CHECKING:
    from academy_pipelines.resources.engines import BatchWriting
    from academy_pipelines.resources.problem_writer.batch_lines import BatchRequest


class BatchAnswers:
    """Answers by question, prompt and model; `writing` gives None where nobody writes in batches."""

    def __init__(self, kept: DocumentArtefacts, writing: "Callable[[], BatchWriting | None]") -> None:
        self._kept = kept
        self._writing = writing

    @property
    def are_given(self) -> bool:
        """Whether there is somebody who answers many questions within a day."""
        return self._writing() is not None

    def missing(self, questions: Iterable[str]) -> "list[BatchRequest]":
        """Return the questions that no batch has answered."""
        requests = filter(None, map(_request, questions))
        return [request for request in requests if not self._kept.has_answer(self._name(request.custom_id))]

    def hand_in(self, requests: "Sequence[BatchRequest]") -> str:
        """Hand questions in as one batch, each once; returns the batch's id.

        Raises:
            AcademyError: the batch was not taken.
        """
        return self._asked.batches.submit(list({request.custom_id: request for request in requests}.values()))

    def collect(self, batch_id: str) -> bool:
        """Keep the answers of a batch that has ended; False while it is at work.

        Raises:
            AcademyError: the batch failed as a whole, or cannot be asked for.
        """
        batches = self._asked.batches
        if batches.state(batch_id).stage == "running":
            return False
        for custom_id, outcome in batches.collect(batch_id).items():
            if isinstance(outcome, WrittenProblem):
                self._kept.keep_answer(self._name(custom_id), outcome)
        return True

    def to(self, question: str) -> WrittenProblem | None:
        """Return what a batch has answered to a question; None when none has."""
        request = _request(question) if self.are_given else None
        return request and self._kept.answer(self._name(request.custom_id))

    @property
    def _asked(self) -> "BatchWriting":
        found = self._writing()
        if found is None:
            raise MisconfiguredError("a batch is under way, and ACADEMY_PROBLEM_BATCHES is off; switch it on again")
        return found

    def _name(self, custom_id: str) -> str:
        return f"{self._asked.model}/{custom_id}"


def _request(question: str) -> "BatchRequest | None":
    from academy_pipelines.resources.problem_writer.batch_lines import batch_request

    try:
        return batch_request(question)
    except EmptyDocumentError:
        return None
