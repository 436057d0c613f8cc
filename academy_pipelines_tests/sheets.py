"""Sheets drawn for tests, with truth by construction, and offered to a sandbox academy."""

import functools
import json
from pathlib import Path

import numpy as np

from academy_pipelines.omr.objective import objective_template, template_meta
from academy_pipelines.sandbox.stack import LocalStack

IDENTIFIER = "20260417"


def answers_of(seed: int) -> dict[int, tuple[str, ...]]:
    rng = np.random.default_rng(seed)
    return {number: (str(rng.choice(list("ABCDE"))),) for number in range(1, 11)}


@functools.cache
def scan(seed: int) -> bytes:
    """A clean 150-dpi scan of objective_10, filled with `answers_of(seed)`."""
    from academy_pipelines.imaging import encode_jpeg
    from academy_pipelines.sandbox.drawing import FilledSheet, draw_sheet

    filled = FilledSheet(objective_template(10), answers_of(seed), IDENTIFIER)
    return encode_jpeg(draw_sheet(filled, 6.0, np.random.default_rng(seed)), 85)


@functools.cache
def doubtful_scan(seed: int, identifier: str = "2026 417") -> bytes:
    """The same with two marks in questions 3 and 8, and by default a digit missing."""
    from academy_pipelines.imaging import encode_jpeg
    from academy_pipelines.sandbox.drawing import FilledSheet, draw_sheet

    answers = {**answers_of(seed), 3: ("A", "C"), 8: ("D", "E")}
    filled = FilledSheet(objective_template(10), answers, identifier)
    return encode_jpeg(draw_sheet(filled, 6.0, np.random.default_rng(seed)), 85)


@functools.cache
def meta() -> dict:
    return json.loads(json.dumps(template_meta(objective_template(10), "objective_10")))


def offer_sheets(stack: LocalStack, count: int) -> None:
    """Offer `count` sheets with their truth to the stack's academy."""
    from academy_pipelines.sandbox.jobs import NewJob
    from academy_pipelines.sandbox.store import SandboxStore

    with SandboxStore(Path(stack.folder) / "data/sandbox/state") as store:
        for seed in range(count):
            truth = {
                "answers": {str(n): list(labels) for n, labels in answers_of(seed).items()},
                "identifier": IDENTIFIER,
            }
            file = store.files.keep(scan(seed), f"sheet-{seed}.jpg")
            payload = {"template_meta": meta(), "mode": "scan"}
            store.jobs.offer(NewJob("omr_grading", payload, file, name=f"sheet-{seed}", truth=truth))
