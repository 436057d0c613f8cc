"""How one scan is to be read: resolved from the job's payload once, then stored without anything secret."""

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from academy_pipelines.contracts.jobs import LegacyQuestionMessage, OmrPayload
from academy_pipelines.contracts.json_text import json_bytes, json_text, read_json_object
from academy_pipelines.contracts.templates import parse_template
from academy_pipelines.errors import ContractError, InvalidJobError, UnavailableError
from academy_pipelines.omr.template import SheetTemplate
from academy_pipelines.resources.template_source import TemplateSource

LEGACY_MODE = "legacy_questions"
"""The wire's word in `mode` for a result read without a template."""


@dataclass(frozen=True, slots=True)
class SheetRequest:
    """Exactly one of `meta` (the template's meta as JSON text, the same for the same print) and `questions` is filled.

    `size_px` is the first page's (width, height) as stored, upright, `further_px` those of the others; of a broken page
    (0, 0). `roster` holds the valid identifiers, None when any is; `exam_id` is None where the job names no exam.
    """

    mode: str
    size_px: tuple[int, int]
    meta: str | None
    questions: tuple[LegacyQuestionMessage, ...] = ()
    meta_fetch_error: str | None = None
    roster: frozenset[str] | None = None
    exam_id: str | None = None
    scan_sha256: str | None = None
    further_px: tuple[tuple[int, int], ...] = ()

    @property
    def page_count(self) -> int:
        """How many pages the file has."""
        return 1 + len(self.further_px)

    @property
    def is_legacy(self) -> bool:
        """Whether the job gave boxes in pixels instead of a template."""
        return self.meta is None

    @property
    def print_key(self) -> str:
        """The same text for every sheet of the same print."""
        return hashlib.sha256((self.meta or "").encode()).hexdigest()

    def template(self, page: int = 1) -> SheetTemplate:
        """Return the sheet to read; for a legacy job, one whose millimetres are the pixels of that page.

        Raises:
            InvalidTemplateError: the meta describes an impossible sheet.
            InvalidJobError: a legacy box is empty or leaves the picture.
        """
        from academy_pipelines.omr.legacy import LegacyQuestion, legacy_template

        if self.meta is not None:
            return _parsed(self.meta)
        questions = [
            LegacyQuestion(q.question_id, q.roi.x, q.roi.y, q.roi.w, q.roi.h, tuple(q.choices), q.axis)
            for q in self.questions
        ]
        return legacy_template(questions, (self.size_px, *self.further_px)[page - 1])

    def encode(self) -> bytes:
        """Return JSON for the store."""
        fields = {
            "mode": self.mode,
            "size_px": self.size_px,
            "meta": self.meta,
            "questions": [question.model_dump() for question in self.questions],
            "meta_fetch_error": self.meta_fetch_error,
            "roster": None if self.roster is None else sorted(self.roster),
            "exam_id": self.exam_id,
            "scan_sha256": self.scan_sha256,
            "further_px": self.further_px,
        }
        return json_bytes(fields)

    @classmethod
    def decode(cls, data: bytes) -> "SheetRequest":
        """Return what `encode` wrote."""
        fields = read_json_object(data)
        questions = tuple(LegacyQuestionMessage.model_validate(question) for question in fields["questions"])
        width_px, height_px = fields["size_px"]
        return cls(
            fields["mode"],
            (width_px, height_px),
            _as_text(fields["meta"]),
            questions,
            fields["meta_fetch_error"],
            frozenset(fields["roster"]) if fields.get("roster") else None,
            fields.get("exam_id"),
            fields.get("scan_sha256"),
            tuple((width_px, height_px) for width_px, height_px in fields.get("further_px", ())),
        )


def _as_text(meta: Mapping[str, Any] | str | None) -> str | None:
    return _sorted(json_text(meta)) if isinstance(meta, Mapping) else meta


@functools.lru_cache(maxsize=32)
def _sorted(meta: str) -> str:
    return json.dumps(json.loads(meta), sort_keys=True)


@functools.lru_cache(maxsize=32)
def _parsed(meta: str) -> SheetTemplate:
    return parse_template(read_json_object(meta))


def resolve(
    payload: OmrPayload, sizes_px: Sequence[tuple[int, int]], source: TemplateSource, scan_sha256: str | None = None
) -> SheetRequest:
    """Say how the job's file, with a page of each of `sizes_px` (width, height), is to be read.

    Raises:
        InvalidJobError: the payload names nothing to read by.
        ContractError, UnavailableError: the template cannot be fetched and there are no legacy questions.
    """
    roster = frozenset(payload.roster) if payload.roster else None
    size_px, *further_px = sizes_px
    request = _with_template(payload, size_px, source)
    known = replace(request, roster=roster, exam_id=payload.exam_id, scan_sha256=scan_sha256)
    return replace(known, further_px=tuple(further_px))


def _with_template(payload: OmrPayload, size_px: tuple[int, int], source: TemplateSource) -> SheetRequest:
    """Find the template: injected, else fetched, else the legacy questions stand in."""
    if payload.template_meta is not None:
        return SheetRequest(payload.mode, size_px, _as_text(payload.template_meta))
    problem = None
    if payload.template_fetch is not None:
        try:
            meta = source.fetch(payload.template_fetch, payload.question_count or 0)
            return SheetRequest(payload.mode, size_px, _as_text(meta))
        except (ContractError, UnavailableError) as error:
            if not payload.questions:
                raise
            problem = str(error)[:500]
    if not payload.questions:
        raise InvalidJobError(
            "the job has neither template_meta, nor template_fetch, nor legacy questions: nothing says what to read"
        )
    return SheetRequest(LEGACY_MODE, size_px, None, tuple(payload.questions), problem)
