"""How one stage handles a whole batch: many submissions, each with its own fate.

A submission that fails leaves the batch and the others go on. A neighbour that fails for most of them is an
outage: then the stage itself fails and its retry policy waits. Between ops only a `Progress` is handed on.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import dagster as dg

from academy_pipelines.defs.event_log.batches import log_materializations
from academy_pipelines.defs.facts import Facts
from academy_pipelines.defs.heartbeat import in_parallel
from academy_pipelines.errors import AcademyError, UnavailableError
from academy_pipelines.resources.artefacts import Ticket
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.work import Problem

T = TypeVar("T")

OUTAGE_SHARE = 0.5
"""More transient failures than this share of a batch are the neighbour's, not the submissions'."""

OUTAGE_AT_LEAST = 3
"""Fewer failures than this prove no outage: the ledger tries those submissions again later, in a run of their own."""

RUNS_AT_ONCE = 2
"""As `max_concurrent_runs` in dagster.yaml."""

COMPUTE_THREADS = max(1, (os.cpu_count() or 2) // RUNS_AT_ONCE)
"""Of one run, so that all runs together have a thread a core: more only fight over the interpreter's lock."""

NOT_STARTED = "not accepted yet, held by another run, or no such job of this submission was ever claimed"

NETWORK_THREADS = 4
"""Requests under way at once; enough to hide latency, few enough for a small back end."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a batch stands between two stages; `wanted` are the partitions that the run was asked for.

    `commits` is False when the run was asked for some early artefacts only: such a run looks at jobs
    and never changes what the ledger says of them.
    """

    wanted: tuple[str, ...]
    tickets: tuple[Ticket, ...]
    failed: tuple[tuple[Ticket, str], ...] = ()
    commits: bool = True

    def without(self, problems: Mapping[Ticket, Problem]) -> "Progress":
        """Return the progress after these submissions have left the batch."""
        well = tuple(ticket for ticket in self.tickets if ticket not in problems)
        lost = tuple((ticket, problem.message) for ticket, problem in problems.items())
        return replace(self, tickets=well, failed=self.failed + lost)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What a stage made: a value for each submission that is still well."""

    progress: Progress
    values: Mapping[Ticket, T] = field(default_factory=dict)


def stage(asset: str | None, *, hands_on: bool = True, **options: object) -> Callable[..., dg.OpDefinition]:
    """Return the decorator of a stage's op.

    Its output `asset` is never yielded: only partitions that are logged explicitly become materialised. Its
    output `progress` goes to the next op.
    """
    outs = {asset: dg.Out(dg.Nothing, is_required=False)} if asset else {}
    if hands_on:
        outs["progress"] = dg.Out(Progress, is_required=False)
    return dg.op(out=outs, **options)  # pyright: ignore[reportArgumentType]


def is_selected(context: dg.OpExecutionContext, asset: str) -> bool:
    """Whether this run was asked for the asset, or its op only feeds another one."""
    return asset in context.selected_output_names


def hand_on(context: dg.OpExecutionContext, progress: Progress) -> Iterator[dg.Output[Progress]]:
    """Give the progress to the next op, if the run has one."""
    if is_selected(context, "progress"):
        yield dg.Output(progress, "progress")


def for_each(
    context: dg.OpExecutionContext,
    ledger: Ledger,
    progress: Progress,
    work: Callable[[Ticket], T],
    *,
    threads: int = COMPUTE_THREADS,
) -> Outcome[T]:
    """Do `work` for every submission that is still well.

    Raises:
        UnavailableError: most failed for reasons that time heals, and the stage's policy
            has attempts left.
    """
    values: dict[Ticket, T] = {}
    problems: dict[Ticket, Problem] = {}
    attempt = _guarded(context, work)
    for ticket, outcome in in_parallel(ledger, context.run_id, attempt, progress.tickets, threads):
        if isinstance(outcome, Problem):
            problems[ticket] = outcome
        else:
            values[ticket] = outcome
    _raise_if_outage(context, progress, problems)
    if problems and progress.commits:
        ledger.work.fail({ticket.job_id: problem for ticket, problem in problems.items()})
    for ticket, problem in problems.items():
        context.log.warning("submission %s: %s: %s", ticket.submission, problem.code, problem.message)
    context.log.info("%s: %d of %d submissions", context.op.name, len(values), len(progress.tickets))
    return Outcome(progress.without(problems), values)


def record(context: dg.OpExecutionContext, asset: str, facts: Mapping[Ticket, Facts | None]) -> None:
    """Materialise `asset` for exactly the submissions that have facts, if the run was asked for it."""
    if is_selected(context, asset):
        made = {ticket: values for ticket, values in facts.items() if values is not None}
        log_materializations(context, materializations(asset, made))


def fail_without_result(progress: Progress, accepted: Iterable[Ticket], what: str) -> None:
    """Raise `dagster.Failure` when a partition that the run was asked for has no accepted result; `what` they are."""
    with_result = {ticket.submission for ticket in accepted}
    without_result = [key for key in progress.wanted if key not in with_result]
    if without_result:
        reasons = {ticket.submission: message for ticket, message in progress.failed}
        told = {key: reasons.get(key, NOT_STARTED) for key in without_result}
        raise dg.Failure(
            f"{len(without_result)} {what} have no accepted result: {', '.join(without_result[:10])}",
            metadata={"without_result": dg.MetadataValue.json(told)},
            allow_retries=False,
        )


def materializations(asset: str, facts: Mapping[Ticket, Facts]) -> list[dg.AssetMaterialization]:
    """Return the event of each submission's partition of `asset`."""
    return [
        dg.AssetMaterialization(asset, partition=ticket.submission, metadata=_metadata(values))
        for ticket, values in facts.items()
    ]


def _guarded(context: dg.OpExecutionContext, work: Callable[[Ticket], T]) -> Callable[[Ticket], T | Problem]:
    def attempt(ticket: Ticket) -> T | Problem:
        try:
            return work(ticket)
        except AcademyError as error:
            return Problem.of(error)
        except Exception as error:  # the boundary between one submission's fate and its batch's
            context.log.exception("submission %s: a mistake of ours", ticket.submission)
            return Problem("internal_error", f"an internal error occurred ({type(error).__name__}); we have been told")

    return attempt


def _raise_if_outage(context: dg.OpExecutionContext, progress: Progress, problems: Mapping[Ticket, Problem]) -> None:
    transient = [problem for problem in problems.values() if problem.retryable]
    policy = context.op_def.retry_policy
    attempts_left = policy is not None and context.retry_number < policy.max_retries
    is_outage = len(transient) >= OUTAGE_AT_LEAST and len(transient) > OUTAGE_SHARE * len(progress.tickets)
    if attempts_left and is_outage:
        raise UnavailableError(f"{len(transient)} of {len(progress.tickets)} submissions: {transient[0].message}")


def _metadata(values: Facts) -> dict[str, dg.MetadataValue]:
    return {name: _metadata_value(name, value) for name, value in values.items()}


def _metadata_value(name: str, value: float | str) -> dg.MetadataValue:
    if isinstance(value, str):
        if name.endswith("_path"):
            return dg.MetadataValue.path(value)
        return dg.MetadataValue.url(value) if name.endswith("_url") else dg.MetadataValue.text(value)
    return dg.MetadataValue.int(value) if isinstance(value, int) else dg.MetadataValue.float(value)
