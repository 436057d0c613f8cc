"""The lines of a batch's files: requests out, results in. Nothing here is sent."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from academy_pipelines.contracts.batches import BatchRequestBody, BatchRequestLine, BatchResultLine
from academy_pipelines.contracts.completions import Completion, complaints
from academy_pipelines.documents.cleaning import CleaningPolicy, CleanText
from academy_pipelines.documents.problem import WrittenProblem
from academy_pipelines.errors import AcademyError, CalledOffError, MalformedAnswerError, UnavailableError
from academy_pipelines.resources.openai_calls import Refusal
from academy_pipelines.resources.problem_writer.openai_writer import MODEL_VARIABLE, written
from academy_pipelines.resources.problem_writer.prices import PriceTable, counted
from academy_pipelines.resources.problem_writer.prompt import PROMPT_VERSION, WritingPolicy, messages_for, request_body
from academy_pipelines.resources.problem_writer.reading import Unfit, read_answer
from academy_pipelines.resources.problem_writer.writer import cleaned_for_model, sha256_of

MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
"""Of one batch, from the reference of `POST /v1/batches`."""

_CUT = "-cut"

Outcome = WrittenProblem | AcademyError


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """One text of a batch; `custom_id` is the same for the same text and prompt, and joins the result to it."""

    custom_id: str
    clean: CleanText


@dataclass(frozen=True, slots=True)
class BatchTerms:
    """What lines are made with: how the model is used, at which prices, and where the endpoint is."""

    policy: WritingPolicy
    prices: PriceTable
    host: str


def batch_request(text: str, cleaning: CleaningPolicy | None = None) -> BatchRequest:
    """Return the request about the text of one question.

    Raises:
        EmptyDocumentError: there is nothing in the text.
    """
    clean = cleaned_for_model(text, cleaning or CleaningPolicy())
    cut = _CUT if clean.is_truncated else ""
    return BatchRequest(f"{sha256_of(clean.text)[:40]}-{PROMPT_VERSION}{cut}", clean)


def request_line(request: BatchRequest, policy: WritingPolicy) -> bytes:
    """Return a request as a line of the input file."""
    body = BatchRequestBody.model_validate(request_body(messages_for(request.clean.text, policy.mode), policy))
    return BatchRequestLine(custom_id=request.custom_id, body=body).model_dump_json().encode() + b"\n"


def in_batches(requests: Iterable[BatchRequest], policy: WritingPolicy) -> Iterator[tuple[BatchRequest, ...]]:
    """Yield requests in groups that one batch takes; a text that comes twice is asked about once."""
    group: list[BatchRequest] = []
    size_bytes = 0
    for request in {request.custom_id: request for request in requests}.values():
        line_bytes = len(request_line(request, policy))
        if group and (len(group) == MOST_REQUESTS or size_bytes + line_bytes > MOST_BYTES):
            yield tuple(group)
            group, size_bytes = [], 0
        group.append(request)
        size_bytes += line_bytes
    if group:
        yield tuple(group)


def requests_in(content: bytes) -> list[BatchRequest]:
    """Return the requests of an input file, with the texts as the model was shown them.

    Raises:
        MalformedAnswerError: a line is no request of ours.
    """
    return [_request_in(line) for line in content.splitlines() if line.strip()]


def results_in(content: bytes) -> list[BatchResultLine]:
    """Return the lines of an output or error file.

    Raises:
        MalformedAnswerError: a line is no result.
    """
    try:
        return [BatchResultLine.model_validate_json(line) for line in content.splitlines() if line.strip()]
    except ValidationError as error:
        raise MalformedAnswerError(f"a batch's file holds a line that is no result: {complaints(error)}") from error


def outcomes(
    requests: Sequence[BatchRequest], results: Iterable[BatchResultLine], terms: BatchTerms
) -> dict[str, Outcome]:
    """Return what became of every request, by `custom_id`; results come in any order."""
    found = {result.custom_id: result for result in results}
    return {request.custom_id: _outcome(request, found.get(request.custom_id), terms) for request in requests}


def _outcome(request: BatchRequest, result: BatchResultLine | None, terms: BatchTerms) -> Outcome:
    try:
        return _written(request, result, terms)
    except AcademyError as error:
        return error


def _written(request: BatchRequest, result: BatchResultLine | None, terms: BatchTerms) -> WrittenProblem:
    if result is None or result.response is None:
        raise _unanswered(result)
    if result.response.status_code != 200:  # noqa: PLR2004 - HTTP's OK
        raise _refusal(result.response.status_code, result.response.body).as_error(
            terms.host, terms.policy.model, MODEL_VARIABLE
        )
    try:
        completion = Completion.model_validate(result.response.body)
    except ValidationError as error:
        raise MalformedAnswerError(f"a batch's result holds no completion: {complaints(error)}") from error
    draft = read_answer(completion, terms.policy)
    if isinstance(draft, Unfit):
        raise MalformedAnswerError(
            f"{terms.policy.model} answers no problem: {draft.complaint}; ask it outside a batch"
        )
    model = completion.model or terms.policy.model
    return written(draft, request.clean, model, counted(completion.usage, model, terms.prices))


def _unanswered(result: BatchResultLine | None) -> AcademyError:
    code = result.error.code if result and result.error else "not in any file"
    if code == "batch_cancelled":
        return CalledOffError("the batch was cancelled before it came to this request")
    return UnavailableError(f"the batch ended without an answer to this request ({code}); submit it again")


def _refusal(status: int, body: dict[str, object]) -> Refusal:
    match body.get("error"):
        case {"code": str(code), "message": str(message)}:
            return Refusal(status, code, message)
        case {"message": str(message)}:
            return Refusal(status, None, message)
        case _:
            return Refusal(status, None, "no reason given")


def _request_in(line: bytes) -> BatchRequest:
    try:
        request = BatchRequestLine.model_validate_json(line)
    except ValidationError as error:
        raise MalformedAnswerError(f"a batch's input file holds no request of ours: {complaints(error)}") from error
    shown = next((part.content for part in request.body.messages if part.role == "user"), "")
    text = "\n".join(shown.split("\n")[1:-1])
    return BatchRequest(request.custom_id, CleanText(text, cut_chars=int(request.custom_id.endswith(_CUT))))
