"""What the frame costs: the same sheets through the whole system and through a bare loop, in one run."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from academy_pipelines.contracts.results import omr_result
from academy_pipelines.contracts.templates import parse_template
from academy_pipelines.imaging import decode_gray, one_thread_each
from academy_pipelines.omr.objective import objective_template, template_meta
from academy_pipelines.omr.reading import read_sheet
from academy_pipelines.omr.registration import CaptureMode
from academy_pipelines.sandbox.capture import PHONE, SCAN, capture
from academy_pipelines.sandbox.drawing import FilledSheet, draw_sheet
from academy_pipelines.sandbox.jobs import NewJob
from academy_pipelines.sandbox.stack import LocalStack
from academy_pipelines.sandbox.store import SandboxStore

DISTINCT_SHEETS = 50
QUESTIONS = 20
PX_PER_MM = 11.8
"""300 dpi, as schools' scanners are set."""

SCANNER = replace(SCAN, long_side_px=3508, blur_px=1.0)
TWELVE_MEGAPIXELS = replace(PHONE, long_side_px=4000, blur_px=1.2, motion_px=2.5, jpeg_quality=85)
SEED = 20261122
TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True)
class FrameCost:
    """One measurement; times are wall seconds on all cores of this machine.

    `until_claimed_s` is how long the offered jobs waited for a sensor, `frame_s` the time from the first claim to
    the last accepted result.
    """

    sheets: int
    bare_s: float
    until_claimed_s: float
    frame_s: float
    bad_sheets_failed: int
    good_sheets_done: int

    @property
    def share(self) -> float:
        """The frame's throughput as a share of the bare loop's."""
        return self.bare_s / self.frame_s


def draw_files(folder: Path) -> list[Path]:
    """Write `DISTINCT_SHEETS` captured sheets: half 300-dpi scans, half 12-megapixel phone pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    template = objective_template(QUESTIONS)
    files: list[Path] = []
    for index in range(DISTINCT_SHEETS):
        rng = np.random.default_rng([SEED, index])
        answers = {n: (str(rng.choice(list("ABCDE"))),) for n in range(1, QUESTIONS + 1)}
        sheet = draw_sheet(FilledSheet(template, answers, f"{index:08d}"), PX_PER_MM, rng)
        file = folder / f"sheet-{index:02d}.jpg"
        file.write_bytes(capture(sheet, TWELVE_MEGAPIXELS if index % 2 else SCANNER, rng))
        files.append(file)
    return files


def read_one(file: Path) -> int:
    """Read one sheet as the bare loop does; returns the length of its result in bytes."""
    one_thread_each()
    template = parse_template(template_meta(objective_template(QUESTIONS), "bench"))
    registration, _, reading = read_sheet(decode_gray(file.read_bytes()), template, CaptureMode.AUTO)
    result = omr_result(reading, mode="auto", aligned=registration.warped, meta_used=True)
    return len(result.model_dump_json())


def bare_loop(files: Sequence[Path], processes: int) -> float:
    """Return the seconds that warm processes need to read all files."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(read_one, files[:processes]))
        started = time.perf_counter()
        list(pool.map(read_one, files, chunksize=4))
        return time.perf_counter() - started


def offer(stack: LocalStack, files: Sequence[Path], *, bad: int = 0) -> None:
    """Offer every file as a job, and `bad` web pages among them."""
    payload = {"template_meta": template_meta(objective_template(QUESTIONS), "bench"), "mode": "auto"}
    with SandboxStore(stack.folder / "data/sandbox/state") as store:
        for index, file in enumerate(files):
            kept = store.files.keep(file.read_bytes(), file.name)
            store.jobs.offer(NewJob("omr_grading", payload, kept, name=f"{index}"))
        for index in range(bad):
            kept = store.files.keep(b"<html>expired</html>", "page.jpg")
            store.jobs.offer(NewJob("omr_grading", payload, kept, name=f"bad-{index}"))


def measure(
    stack: LocalStack, files: Sequence[Path], processes: int, tell: Callable[[dict[str, int]], None]
) -> FrameCost:
    """Run both ways; the stack's sandbox and daemon are already up."""
    bare_s = bare_loop(files, processes)
    offered_at = time.time()
    offer(stack, files, bad=1)
    jobs = [job for job in stack.wait_until_settled(TIMEOUT_S, tell) if job["created_at"] >= offered_at]
    claimed_at = min(job["claimed_at"] or offered_at for job in jobs)
    return FrameCost(
        sheets=len(files),
        bare_s=bare_s,
        until_claimed_s=claimed_at - offered_at,
        frame_s=max(job["answered_at"] or 0.0 for job in jobs) - claimed_at,
        bad_sheets_failed=sum(job["state"] == "failed" for job in jobs),
        good_sheets_done=sum(job["state"] == "done" for job in jobs),
    )
