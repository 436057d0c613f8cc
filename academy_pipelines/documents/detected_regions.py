"""Which objects that a detector found are questions and passages, in reading order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from academy_pipelines.documents.detection import Detection
from academy_pipelines.documents.reading_order import reading_order
from academy_pipelines.documents.region import Region, RegionKind
from academy_pipelines.errors import MisconfiguredError


def _usual_names() -> dict[str, RegionKind]:
    questions = ("question", "questions", "problem", "problems", "item", "quiz", "문제", "문항", "질문")
    passages = ("passage", "passages", "지문")
    return {**dict.fromkeys(questions, "question"), **dict.fromkeys(passages, "passage")}


@dataclass(frozen=True, slots=True)
class ClassNamePolicy:
    """What the classes of detectors are called, in lower case; objects of other classes are left out."""

    kinds: Mapping[str, RegionKind] = field(default_factory=_usual_names)


def check_class_names(names: Iterable[str], policy: ClassNamePolicy | None = None) -> None:
    """Raise `MisconfiguredError` when none of a model's classes is a question."""
    policy = policy or ClassNamePolicy()
    given = list(names)
    if "question" not in {policy.kinds.get(name.strip().lower()) for name in given}:
        message = f"YOLO_QUESTION_MODEL_PATH: the model finds {', '.join(given)}, and none of these is a question"
        raise MisconfiguredError(f"{message}; name its class one of {', '.join(policy.kinds)}")


def detected_regions(
    page: int, detections: Iterable[Detection], policy: ClassNamePolicy | None = None
) -> tuple[Region, ...]:
    """Return the questions and passages of page `page` (1 for the first) in reading order, without labels."""
    policy = policy or ClassNamePolicy()
    found = [
        Region(page, each.box, kind, confidence=each.confidence)
        for each in detections
        if (kind := policy.kinds.get(each.label.strip().lower())) is not None
    ]
    return tuple(found[place] for place in reading_order([region.box for region in found]))
