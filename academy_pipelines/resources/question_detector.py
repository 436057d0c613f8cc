"""A YOLO model, brought by the user as an ONNX file, that finds questions on pages.

No model comes with this project: the usual training code and weights are under the AGPL.
"""

import ast
import functools
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from academy_pipelines.documents.detected_regions import check_class_names
from academy_pipelines.documents.detection import (
    Detection,
    DetectionPolicy,
    DetectorLayout,
    check_class_count,
    decoded,
    kept,
    letterboxed,
    on_page,
    sniffed_layout,
)
from academy_pipelines.errors import MisconfiguredError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

    from academy_pipelines.imaging import Gray

THREADS = 2
"""For one page at a time; more help little at these sizes."""
_ONLY_CLASS = {0: "question"}
_ONNX_ERRORS = (
    "EPFail",
    "EngineError",
    "Fail",
    "InvalidArgument",
    "InvalidGraph",
    "InvalidProtobuf",
    "ModelLoaded",
    "NoModel",
    "NoSuchFile",
    "NotImplemented",
    "RuntimeException",
)


class YoloDetector:
    """`layout` is sniffed from the model's output unless named; a process opens a model once."""

    def __init__(
        self,
        model_path: str | Path,
        input_size_px: int = 640,
        confidence_threshold: float = 0.4,
        iou_threshold: float = 0.5,
        layout: DetectorLayout | None = None,
    ) -> None:
        self._path, self._side_px = Path(model_path), input_size_px
        self._layout: DetectorLayout | None = layout
        self._policy = DetectionPolicy(confidence_threshold, iou_threshold)

    def detect(self, picture: "Gray") -> list[Detection]:
        """Return what is found on an upright page, the surest first, boxes in its pixels.

        Raises:
            MisconfiguredError: the model's file is missing, no ONNX, or no detector of questions.
            MalformedAnswerError: the model answered values that are no numbers.
        """
        model = self._opened()
        square, letterbox = letterboxed(picture, self._side_px)
        output = model.run(square)
        layout = sniffed_layout(output.shape, model.class_count) if self._layout is None else self._layout
        count = check_class_count(output.shape, layout, model.class_count)
        candidates = kept(decoded(output, layout), self._policy, once=layout == "end_to_end")
        return on_page(candidates, letterbox, model.names or _unnamed(count))

    def _opened(self) -> "_Model":
        try:
            version = self._path.stat()
        except OSError as error:
            message = f"YOLO_QUESTION_MODEL_PATH={self._path} cannot be read: {error.strerror}; name an ONNX file"
            raise MisconfiguredError(message) from error
        return _open(self._path, self._side_px, (version.st_mtime_ns, version.st_size))


@dataclass(frozen=True)
class _Model:
    """An open model; `names` are its classes by number, empty where it does not say."""

    session: "InferenceSession"
    names: dict[int, str]

    @property
    def class_count(self) -> int | None:
        return len(self.names) or None

    def run(self, square: "Gray") -> "NDArray[Any]":
        """Return the first output for one square picture."""
        taken = self.session.get_inputs()[0]
        kind = np.float16 if taken.type == "tensor(float16)" else np.float32
        planes = np.broadcast_to(square.astype(kind) / kind(255), (1, 3, *square.shape))
        try:
            outputs = self.session.run(None, {taken.name: np.ascontiguousarray(planes)})
        except _onnx_errors() as error:
            raise MisconfiguredError(f"YOLO_QUESTION_MODEL_PATH: the model takes no pictures: {error}") from error
        return np.asarray(outputs[0])


@functools.lru_cache(maxsize=1)
def _open(path: Path, side_px: int, _version: tuple[int, int]) -> _Model:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except _onnx_errors() as error:
        message = f"YOLO_QUESTION_MODEL_PATH={path} is no ONNX model that can be run: {error}"
        raise MisconfiguredError(f"{message}; export it anew, opset 18 or earlier") from error
    _check_input(session, path, side_px)
    names = _names(session, path)
    if names:
        check_class_names(names.values())
    return _Model(session, names)


def _check_input(session: "InferenceSession", path: Path, side_px: int) -> None:
    """Refuse a model that takes pictures of one size only, and another one than ours."""
    shape = session.get_inputs()[0].shape
    fixed = {size for size in shape[2:] if isinstance(size, int)}
    if len(shape) != 4 or fixed - {side_px}:  # noqa: PLR2004 - batch, channels, height, width
        message = f"YOLO_QUESTION_MODEL_PATH={path} takes pictures of {shape}, not [1, 3, {side_px}, {side_px}]"
        raise MisconfiguredError(f"{message}; set YOLO_QUESTION_INPUT_SIZE to its size")


def _names(session: "InferenceSession", path: Path) -> dict[int, str]:
    """Return the classes that the model's metadata names."""
    written = session.get_modelmeta().custom_metadata_map.get("names")
    if not written:
        return {}
    try:
        names = ast.literal_eval(written)
        by_number = dict(enumerate(names)) if isinstance(names, list) else dict(names)
        return {int(number): str(name) for number, name in by_number.items()}
    except (ValueError, SyntaxError, TypeError) as error:
        message = f"YOLO_QUESTION_MODEL_PATH={path} names its classes unreadably: {written[:80]!r}"
        raise MisconfiguredError(f"{message}; export it anew") from error


def _unnamed(count: int | None) -> dict[int, str]:
    """Return what the only class of a model without names is called."""
    if count not in {None, 1}:
        message = f"YOLO_QUESTION_MODEL_PATH: the model tells apart {count} classes and does not name them"
        raise MisconfiguredError(f"{message}; write `names` into its metadata")
    return _ONLY_CLASS


def _onnx_errors() -> tuple[type[Exception], ...]:
    """Return what onnxruntime raises, which has no common root of its own."""
    state = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    named = [getattr(state, name, None) for name in _ONNX_ERRORS]
    return (*[error for error in named if isinstance(error, type) and issubclass(error, Exception)], RuntimeError)
