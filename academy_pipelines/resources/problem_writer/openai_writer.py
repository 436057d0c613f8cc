"""The writer that asks a language model at OpenAI, or at any endpoint that speaks its protocol."""

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, final

from academy_pipelines.contracts.completions import Completion
from academy_pipelines.contracts.problems import ProblemDraft, drafted_problem
from academy_pipelines.documents.cleaning import CleaningPolicy, CleanText
from academy_pipelines.documents.grounding import grounded
from academy_pipelines.documents.problem import Usage, WrittenProblem
from academy_pipelines.errors import MalformedAnswerError
from academy_pipelines.resources.openai_calls import OpenAiAccess
from academy_pipelines.resources.problem_writer.prices import PRICES, PriceTable, added, counted
from academy_pipelines.resources.problem_writer.prompt import (
    PROMPT_VERSION,
    Message,
    WritingPolicy,
    messages_for,
    repaired,
    request_body,
)
from academy_pipelines.resources.problem_writer.reading import Unfit, read_answer
from academy_pipelines.resources.problem_writer.writer import cleaned_for_model, sha256_of

if TYPE_CHECKING:
    from openai import OpenAI

MODEL_VARIABLE = "PROBLEM_GEN_MODEL"


@final
class OpenAiWriter:
    """Asks once; when the answer does not fit the schema, once more with what was wrong with it.

    What comes back is compared with the text: `warnings` tell where it strays (see `grounding`), and an answer that
    the model worked out is flagged for a person.
    """

    def __init__(
        self,
        access: OpenAiAccess,
        policy: WritingPolicy,
        prices: PriceTable = PRICES,
        cleaning: CleaningPolicy | None = None,
    ) -> None:
        self._access = access
        self._policy = policy
        self._prices = prices
        self._cleaning = cleaning or CleaningPolicy()

    @cached_property
    def _client(self) -> "OpenAI":
        return self._access.connect()

    def write(self, text: str) -> WrittenProblem:
        """See `ProblemWriter`."""
        clean = cleaned_for_model(text, self._cleaning)
        messages = messages_for(clean.text, self._policy.mode)
        completion = self._ask(messages)
        usage = self._usage(completion)
        read = read_answer(completion, self._policy)
        if isinstance(read, Unfit):
            completion = self._ask(repaired(messages, read.answer, read.complaint))
            usage = added(usage, self._usage(completion))
            read = read_answer(completion, self._policy)
        if isinstance(read, Unfit):
            raise MalformedAnswerError(f"{self._policy.model} answers no problem, even when told why: {read.complaint}")
        return written(read, clean, completion.model or self._policy.model, usage)

    def close(self) -> None:
        """Close the connections."""
        if "_client" in self.__dict__:
            self._client.close()

    def _ask(self, messages: list[Message]) -> Completion:
        with self._access.translated(self._policy.model, MODEL_VARIABLE):
            answer = self._client.chat.completions.with_raw_response.create(**request_body(messages, self._policy))
        return self._access.parsed(answer.content, Completion)

    def _usage(self, completion: Completion) -> Usage | None:
        return counted(completion.usage, completion.model or self._policy.model, self._prices)


def written(draft: ProblemDraft, clean: CleanText, model: str, usage: Usage | None) -> WrittenProblem:
    """Return a model's draft as a problem that was compared with its text."""
    problem = grounded(drafted_problem(draft), clean.text)
    if clean.is_truncated:
        problem = replace(problem, needs_review=True, warnings=(*problem.warnings, "truncated"))
    return WrittenProblem(problem, "openai", sha256_of(clean.text), model, PROMPT_VERSION, usage)
