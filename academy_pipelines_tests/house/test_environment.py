"""What the environment decides is written down, and nothing else reads it."""

import ast
import itertools
import re
from pathlib import Path

import pytest

from academy_pipelines import definitions, settings
from academy_pipelines.settings import SECRETS, Settings, load_settings

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "academy_pipelines"
FIELDS = {name.upper() for name in Settings.model_fields}

MAY_READ_THE_ENVIRONMENT = {
    "settings.py",
    "sandbox/stack.py",
    "defs/event_log/batches.py",
    "resources/programs/running.py",
    "resources/hls_measuring/__main__.py",
    "resources/homework_sampling/__main__.py",
}


def documented() -> dict[str, tuple[str, str]]:
    """Each variable of .env.example with its explanation and its default."""
    found: dict[str, tuple[str, str]] = {}
    lines = (REPOSITORY / ".env.example").read_text().splitlines()
    for above, line in itertools.pairwise(lines):
        if variable := re.fullmatch(r"([A-Z][A-Z0-9_]*)=(.*)", line):
            assert variable[1] not in found, f"{variable[1]} appears twice"
            found[variable[1]] = (above, variable[2])
    return found


def named_secrets() -> set[str]:
    """The variables that the composition root hands to Dagster by name."""
    trees = [ast.parse(path.read_text()) for path in Path(definitions.__file__).parent.glob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [call.args[0] for call in calls if ast.unparse(call.func) in {"secret", "is_set", "dg.EnvVar"}]
    return {argument.value for argument in named if isinstance(argument, ast.Constant)}


@pytest.fixture
def no_environment(monkeypatch):
    for name in FIELDS | set(SECRETS):
        monkeypatch.delenv(name, raising=False)


def test_the_example_names_exactly_the_variables_that_the_code_reads():
    assert set(documented()) == FIELDS | set(SECRETS)


def test_the_secrets_are_those_that_the_composition_root_hands_on_by_name():
    assert named_secrets() == set(SECRETS)
    assert not FIELDS & set(SECRETS)


@pytest.mark.parametrize("name", sorted(documented()))
def test_every_variable_is_explained_in_one_line(name: str):
    explanation, _ = documented()[name]
    assert re.fullmatch(r"# \S.{20,}\.", explanation), f"{name} has no explanation above it"


def test_the_example_states_the_defaults(no_environment):
    values = {name.lower(): value for name, (_, value) in documented().items() if name in FIELDS and value}
    defaults = load_settings()
    assert load_settings(**values) == defaults
    assert all(getattr(defaults, name.lower()) in {None, ""} for name in FIELDS - {name.upper() for name in values})


def test_the_example_states_the_defaults_of_secrets(no_environment):
    api = definitions.build_resources(load_settings())
    redis = definitions.build_resources(load_settings(ai_job_source="redis"))
    in_use = {
        "INTERNAL_WORKER_TOKEN": api["academy_api"].worker_token,
        "LEDGER_URL": api["ledger"].url,
        "REDIS_URL": redis["job_source"].url,
        "R2_ACCESS_KEY": api["object_store"].access_key or "",
        "R2_SECRET_KEY": api["object_store"].secret_key or "",
        "OPENAI_API_KEY": api["documents"].openai_api_key or "",
        "EMBEDDING_OPENAI_API_KEY": api["documents"].embedding_api_key or "",
        "ACADEMY_VECTORS_URL": api["documents"].vectors_url,
    }
    assert in_use == {name: documented()[name][1] for name in SECRETS}


def test_secrets_are_handed_on_by_name_and_never_by_value(no_environment, monkeypatch):
    for name in SECRETS:
        monkeypatch.setenv(name, "hunter2")
    for source in ("api", "redis"):
        resources = definitions.build_resources(load_settings(ai_job_source=source))
        assert "hunter2" not in str([vars(resource) for resource in resources.values()])


@pytest.mark.parametrize("module", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_these_modules_look_at_the_environment(module: Path):
    reads = re.search(r"\bos\.(environ|getenv|putenv)\b|from os import .*(environ|getenv)", module.read_text())
    if str(module.relative_to(PACKAGE)) not in MAY_READ_THE_ENVIRONMENT:
        assert reads is None, f"{module} reads the environment; that is the task of {settings.__name__}"
