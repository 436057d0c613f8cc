"""Many problems at half the price, within a day: the Batch API of an OpenAI-compatible endpoint."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol, final

from academy_pipelines.contracts.batches import BatchMessage, FileMessage
from academy_pipelines.errors import AcademyError, EngineRefusedError, UnavailableError
from academy_pipelines.resources.openai_calls import OpenAiAccess
from academy_pipelines.resources.problem_writer.batch_lines import (
    MOST_BYTES,
    MOST_REQUESTS,
    BatchRequest,
    BatchTerms,
    Outcome,
    outcomes,
    request_line,
    requests_in,
    results_in,
)
from academy_pipelines.resources.problem_writer.openai_writer import MODEL_VARIABLE
from academy_pipelines.resources.problem_writer.prices import BATCH_SHARE, PRICES, PriceTable
from academy_pipelines.resources.problem_writer.prompt import PROMPT_VERSION, WritingPolicy
from academy_pipelines.resources.problem_writer.writer import ProblemWriter

if TYPE_CHECKING:
    from openai import OpenAI

Stage = Literal["running", "ended", "failed"]
"""Whether to wait, to collect (also what expired or was cancelled half way), or to submit something else."""

_STAGES: dict[str, Stage] = {"completed": "ended", "expired": "ended", "cancelled": "ended", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class BatchState:
    """How far a batch is; `said` is the provider's own word, with its reason when the batch failed."""

    stage: Stage
    said: str
    total: int = 0
    completed: int = 0
    failed: int = 0


class ProblemBatches(Protocol):
    """Writes many problems while nobody waits. Every method may raise what `ProblemWriter.write` does."""

    def submit(self, requests: Sequence[BatchRequest]) -> str:
        """Hand in a batch and return its id; keep it at once, because nothing else leads to the results.

        Raises:
            EngineRefusedError: the batch is empty or too large; see `in_batches`.
        """
        ...

    def state(self, batch_id: str) -> BatchState:
        """Return how far a batch is. Cheap: ask every minute or two."""
        ...

    def collect(self, batch_id: str) -> dict[str, Outcome]:
        """Return what became of every request of a batch that has ended, by `custom_id`; collect as often as you like.

        Raises:
            UnavailableError: the batch is still running.
            EngineRefusedError: it failed as a whole.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@final
class OpenAiBatches:
    """Batches at OpenAI. The texts come back from the input file, so that collecting needs nothing but the id."""

    def __init__(self, access: OpenAiAccess, policy: WritingPolicy, prices: PriceTable = PRICES) -> None:
        self._access = access
        self._policy = policy
        self._terms = BatchTerms(policy, replace(prices, share=prices.share * BATCH_SHARE), access.host)

    @cached_property
    def _client(self) -> "OpenAI":
        return self._access.connect()

    def submit(self, requests: Sequence[BatchRequest]) -> str:
        """See `ProblemBatches`."""
        content = b"".join(request_line(request, self._policy) for request in requests)
        if not 0 < len(requests) <= MOST_REQUESTS or len(content) > MOST_BYTES:
            raise EngineRefusedError(
                f"a batch takes 1 to {MOST_REQUESTS} requests of {MOST_BYTES} bytes together, not {len(requests)} of "
                f"{len(content)}; split them with in_batches"
            )
        with self._access.translated(self._policy.model, MODEL_VARIABLE):
            kept = self._client.files.with_raw_response.create(file=("problems.jsonl", content), purpose="batch")
            made = self._client.batches.with_raw_response.create(
                completion_window="24h",
                endpoint="/v1/chat/completions",
                input_file_id=self._access.parsed(kept.content, FileMessage).id,
                metadata={"prompt_version": PROMPT_VERSION},
            )
        return self._access.parsed(made.content, BatchMessage).id

    def state(self, batch_id: str) -> BatchState:
        """See `ProblemBatches`."""
        return _state_of(self._look(batch_id))

    def collect(self, batch_id: str) -> dict[str, Outcome]:
        """See `ProblemBatches`."""
        batch = self._look(batch_id)
        state = _state_of(batch)
        if state.stage == "running":
            raise UnavailableError(f"the batch {batch_id} is {state.said}; collect it when it has ended")
        if state.stage == "failed":
            raise EngineRefusedError(f"the batch {batch_id} failed ({state.said}); submit a new one")
        files = filter(None, (batch.output_file_id, batch.error_file_id))
        results = itertools.chain.from_iterable(results_in(self._file(file_id)) for file_id in files)
        return outcomes(requests_in(self._file(batch.input_file_id)), results, self._terms)

    def close(self) -> None:
        """Close the connections."""
        if "_client" in self.__dict__:
            self._client.close()

    def _look(self, batch_id: str) -> BatchMessage:
        with self._access.translated(self._policy.model, MODEL_VARIABLE):
            answer = self._client.batches.with_raw_response.retrieve(batch_id)
        return self._access.parsed(answer.content, BatchMessage)

    def _file(self, file_id: str) -> bytes:
        with self._access.translated(self._policy.model, MODEL_VARIABLE):
            return self._access.masked(self._client.files.content(file_id).content)


@final
class MemoryProblemBatches:
    """Batches in memory, for tests and machines without a key: `writer` does the work when it is collected.

    A batch ends at the `looks`-th question about its state.
    """

    def __init__(self, writer: ProblemWriter, looks: int = 1) -> None:
        self._writer = writer
        self._looks = looks
        self._batches: dict[str, tuple[BatchRequest, ...]] = {}
        self._looked: dict[str, int] = {}

    def submit(self, requests: Sequence[BatchRequest]) -> str:
        """See `ProblemBatches`."""
        if not 0 < len(requests) <= MOST_REQUESTS:
            raise EngineRefusedError(f"a batch takes 1 to {MOST_REQUESTS} requests, not {len(requests)}")
        batch_id = f"batch_{len(self._batches) + 1}"
        self._batches[batch_id] = tuple(requests)
        self._looked[batch_id] = 0
        return batch_id

    def state(self, batch_id: str) -> BatchState:
        """See `ProblemBatches`."""
        total = len(self._known(batch_id))
        self._looked[batch_id] += 1
        if self._looked[batch_id] < self._looks:
            return BatchState("running", "in_progress", total)
        return BatchState("ended", "completed", total, total)

    def collect(self, batch_id: str) -> dict[str, Outcome]:
        """See `ProblemBatches`."""
        requests = self._known(batch_id)
        if self._looked[batch_id] < self._looks:
            raise UnavailableError(f"the batch {batch_id} is in_progress; collect it when it has ended")
        return {request.custom_id: self._outcome(request) for request in requests}

    def close(self) -> None:
        """Close the writer."""
        self._writer.close()

    def _known(self, batch_id: str) -> tuple[BatchRequest, ...]:
        if batch_id not in self._batches:
            raise EngineRefusedError(f"there is no batch {batch_id}; submit it again")
        return self._batches[batch_id]

    def _outcome(self, request: BatchRequest) -> Outcome:
        try:
            return self._writer.write(request.clean.text)
        except AcademyError as error:
            return error


def _state_of(batch: BatchMessage) -> BatchState:
    reasons = [f"{item.code}: {item.message}" for item in (batch.errors.data if batch.errors else None) or []]
    said = f"{batch.status}: {'; '.join(reasons[:3])}" if reasons else batch.status
    stage = _STAGES.get(batch.status, "running")
    counts = batch.request_counts
    if counts is None:
        return BatchState(stage, said)
    return BatchState(stage, said, counts.total, counts.completed, counts.failed)
