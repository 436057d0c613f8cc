"""The code's shape: short functions, short files, one place that swallows errors, real dependencies."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "academy_pipelines"
MODULES = sorted(PACKAGE.rglob("*.py"))

LONGEST_FUNCTION_LINES = 40
LONGEST_FILE_LINES = 250
USUAL_FUNCTION_LINES = 25
SWALLOWS_EVERYTHING = "defs/stages.py"

PROMISED = (
    "dagster",
    "dagster-webserver",
    "dagster-aws",
    "opencv-python-headless",
    "numpy",
    "onnxruntime",
    "pytesseract",
    "google-cloud-vision",
    "sentence-transformers",
    "openai",
    "pandas",
    "boto3",
)


def name_of(module: Path) -> str:
    return str(module.relative_to(PACKAGE))


@cache
def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text())


def functions() -> dict[str, int]:
    """Lines of every function, by place."""
    return {
        f"{name_of(module)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for module in MODULES
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_no_function_is_long():
    assert {place: lines for place, lines in functions().items() if lines > LONGEST_FUNCTION_LINES} == {}


def test_nine_of_ten_functions_are_short():
    lines = sorted(functions().values())
    assert lines[len(lines) * 9 // 10] <= USUAL_FUNCTION_LINES


def test_no_file_is_long():
    lines = {name_of(module): len(module.read_text().splitlines()) for module in MODULES}
    assert {module: count for module, count in lines.items() if count > LONGEST_FILE_LINES} == {}


def test_only_the_boundary_of_one_submissions_fate_swallows_everything():
    broad = [
        name_of(module)
        for module in MODULES
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.ExceptHandler) and catches_everything(node) and not raises_again(node)
    ]
    assert broad == [SWALLOWS_EVERYTHING]


def catches_everything(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or re.search(r"\b(Base)?Exception\b", ast.unparse(handler.type)) is not None


def raises_again(handler: ast.ExceptHandler) -> bool:
    """A handler that tidies up and lets the error go on swallows nothing."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


@pytest.mark.parametrize("package", PROMISED)
def test_every_promised_package_is_a_real_dependency(package: str):
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[\[<>=~! ]", requirement)[0] for requirement in project["dependencies"]}
    assert package in names


def test_every_dependency_is_pinned_by_the_constraints():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    asked = [
        *project["dependencies"],
        *project["optional-dependencies"]["deploy"],
        *project["optional-dependencies"]["dev"],
    ]
    names = {normal(re.split(r"[\[<>=~! ]", requirement)[0]) for requirement in asked} - {"academy-pipelines"}
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    assert names - {normal(line.split("==")[0]) for line in lines if "==" in line} == set()


def normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()
