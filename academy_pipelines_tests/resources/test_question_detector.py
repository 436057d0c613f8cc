"""Real ONNX models that look at the picture: each layout finds the same rectangle, and what is no detector is refused.

The models find the box around everything dark in the square that they are given.
"""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from academy_pipelines.documents.detection import Detection, DetectorLayout
from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.errors import MisconfiguredError
from academy_pipelines.resources.question_detector import YoloDetector

SIDE_PX = 320
NAMES = "{0: 'question', 1: 'passage'}"
LAYOUTS: list[DetectorLayout] = ["v5", "v8", "end_to_end"]


class Graph:
    """Nodes and constants of a model under construction."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def add(self, operation: str, *inputs: str, **attributes) -> str:
        name = f"{operation}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [name], **attributes))
        return name

    def number(self, operation: str, one: str, other: float) -> str:
        return self.add(operation, one, self.constant(np.float32(other)))


def write_model(path: Path, layout: DetectorLayout, names: str | None = NAMES, side=SIDE_PX, half=False) -> Path:  # noqa: FBT002
    graph = Graph()
    kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    left, top, right, bottom, score = dark_box(graph, graph.add("Cast", "images", to=TensorProto.FLOAT), side)
    if layout == "end_to_end":
        row = [left, top, right, bottom, score, graph.number("Mul", score, 0)]
        output = rows(graph, [row, [graph.number("Mul", each, 0.25) for each in row]], 10)
    else:
        wide, high = graph.add("Sub", right, left), graph.add("Sub", bottom, top)
        across = graph.number("Mul", graph.add("Add", left, right), 0.5)
        down = graph.number("Mul", graph.add("Add", top, bottom), 0.5)
        sure = [score, graph.number("Mul", score, 0.1)]
        objectness = [graph.number("Add", graph.number("Mul", score, 0), 1)] if layout == "v5" else []
        row = [across, down, wide, high, *objectness, *sure]
        echo = [graph.number("Add", across, 1), *row[1:-2], *[graph.number("Mul", each, 0.9) for each in sure]]
        output = rows(graph, [row, echo], 40)
        output = graph.add("Transpose", output, perm=[0, 2, 1]) if layout == "v8" else output
    graph.nodes.append(helper.make_node("Cast", [output], ["output0"], to=kind))
    taken = helper.make_tensor_value_info("images", kind, [1, 3, side, side])
    given = helper.make_tensor_value_info("output0", kind, None)
    made = helper.make_model(
        helper.make_graph(graph.nodes, "detector", [taken], [given], graph.constants),
        ir_version=10,
        opset_imports=[helper.make_opsetid("", 18)],
    )
    if names is not None:
        helper.set_model_props(made, {"names": names})
    onnx.save(made, path)
    return path


def dark_box(graph: Graph, picture: str, side: int) -> list[str]:
    """Return the names of (1, 1, 1) left, top, right, bottom and score of what is dark."""
    grey = graph.add("ReduceMean", picture, graph.constant([1]), keepdims=0)
    dark = graph.add("Cast", graph.number("Less", grey, 0.2), to=TensorProto.FLOAT)
    edges: list[str] = []
    for axis in (1, 2):
        present = graph.add("ReduceMax", dark, graph.constant([axis]), keepdims=0)
        absent = graph.add("Sub", graph.constant(np.float32(1)), present)
        places = graph.constant(np.arange(side, dtype=np.float32)[None])
        far = graph.add("Add", graph.add("Mul", places, present), graph.number("Mul", absent, side))
        first = graph.add("ReduceMin", far, graph.constant([0, 1]), keepdims=0)
        last = graph.add("ReduceMax", graph.add("Mul", graph.number("Add", places, 1), present), keepdims=0)
        edges += [first, last]
    score = graph.number("Mul", graph.add("ReduceMax", dark, keepdims=0), 0.875)
    left, right, top, bottom = edges
    return [graph.add("Reshape", each, graph.constant([1, 1, 1])) for each in (left, top, right, bottom, score)]


def rows(graph: Graph, filled: list[list[str]], count: int) -> str:
    """Return (1, count, columns): the filled rows, then zeros."""
    columns = len(filled[0])
    lines = [graph.add("Concat", *row, axis=2) for row in filled]
    zeros = graph.constant(np.zeros((1, count - len(filled), columns), np.float32))
    return graph.add("Concat", *lines, zeros, axis=1)


def page(width: int, height: int, box: PixelBox) -> np.ndarray:
    pixels = np.full((height, width), 255, np.uint8)
    pixels[box.top : box.bottom, box.left : box.right] = 0
    return pixels


def is_near(found: PixelBox, box: PixelBox, tolerance_px: int) -> bool:
    pairs = zip(
        (found.left, found.top, found.right, found.bottom), (box.left, box.top, box.right, box.bottom), strict=True
    )
    return all(abs(one - other) <= tolerance_px for one, other in pairs)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_finds_the_same_box_once_on_upright_and_lying_pages(tmp_path, layout, half):
    detector = YoloDetector(write_model(tmp_path / "model.onnx", layout, half=half), SIDE_PX)
    for width, height in [(1240, 1754), (1754, 1000), (200, 180)]:
        box = PixelBox(width // 4, height // 3, width // 3, height // 5)
        [found] = detector.detect(page(width, height, box))
        assert found.label == "question"
        assert found.confidence == pytest.approx(0.875, abs=1e-3)
        assert is_near(found.box, box, 1 + max(width, height) // SIDE_PX)


def test_an_empty_page_has_no_questions(tmp_path):
    detector = YoloDetector(write_model(tmp_path / "model.onnx", "v8"), SIDE_PX)
    assert detector.detect(np.full((400, 300), 255, np.uint8)) == []


def test_a_higher_threshold_finds_less(tmp_path):
    detector = YoloDetector(write_model(tmp_path / "model.onnx", "v5"), SIDE_PX, confidence_threshold=0.9)
    assert detector.detect(page(400, 300, PixelBox(50, 50, 100, 100))) == []


def test_a_layout_that_is_named_is_not_sniffed(tmp_path):
    detector = YoloDetector(write_model(tmp_path / "model.onnx", "v8"), SIDE_PX, layout="v5")
    with pytest.raises(MisconfiguredError, match="read as layout v5"):
        detector.detect(page(400, 300, PixelBox(50, 50, 100, 100)))


def test_a_replaced_file_is_opened_anew(tmp_path):
    path = tmp_path / "model.onnx"
    detector = YoloDetector(write_model(path, "v8"), SIDE_PX)
    picture = page(400, 300, PixelBox(50, 50, 100, 100))
    assert [found.label for found in detector.detect(picture)] == ["question"]
    write_model(path, "v8", names="['문제', 'passage', ]")
    assert [found.label for found in detector.detect(picture)] == ["문제"]


def test_the_only_class_of_a_model_without_names_is_the_question(tmp_path):
    detector = YoloDetector(write_model(tmp_path / "model.onnx", "end_to_end", names=None), SIDE_PX)
    [found] = detector.detect(page(400, 300, PixelBox(50, 50, 100, 100)))
    assert isinstance(found, Detection)
    assert found.label == "question"


@pytest.mark.parametrize(
    ("names", "side", "message"),
    [
        ("{0: 'question'}", SIDE_PX, "does not tell apart its 1 classes"),
        (None, SIDE_PX, "tells apart 2 classes and does not name them"),
        ("{0: 'person', 1: 'car'}", SIDE_PX, "person, car"),
        ("__import__('os')", SIDE_PX, "names its classes unreadably"),
        ("{'a': 1}", SIDE_PX, "names its classes unreadably"),
        (NAMES, 640, "YOLO_QUESTION_INPUT_SIZE"),
    ],
)
def test_a_model_that_is_no_detector_of_questions_of_this_size_is_refused(tmp_path, names, side, message):
    detector = YoloDetector(write_model(tmp_path / "model.onnx", "v8", names, side), SIDE_PX)
    with pytest.raises(MisconfiguredError, match=message) as refused:
        detector.detect(page(400, 300, PixelBox(50, 50, 100, 100)))
    assert "YOLO_QUESTION_MODEL_PATH" in str(refused.value)


@pytest.mark.parametrize("content", [None, b"", b"<html>not found</html>", b"\x08\x0a" * 50])
def test_a_file_that_is_missing_or_no_model_is_refused_by_the_settings_name(tmp_path, content):
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MisconfiguredError, match=r"YOLO_QUESTION_MODEL_PATH=.*model\.onnx"):
        YoloDetector(path).detect(page(400, 300, PixelBox(50, 50, 100, 100)))


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(MisconfiguredError, match="YOLO_QUESTION_MODEL_PATH"):
        YoloDetector(tmp_path).detect(page(400, 300, PixelBox(50, 50, 100, 100)))
