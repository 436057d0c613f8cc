"""The code location loads light, describes itself, and every tool of Dagster's works in the checkout."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml

from academy_pipelines.definitions import build_definitions
from academy_pipelines.settings import load_settings

REPOSITORY = Path(__file__).parents[2]

HEAVY = (
    "torch",
    "sentence_transformers",
    "transformers",
    "onnxruntime",
    "google.cloud.vision",
    "openai",
    "pandas",
    "cv2",
)


def finished(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program that has run in the checkout with this environment and no other."""
    return subprocess.run(
        argv, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def output_of(*argv: str) -> str:
    """What a program prints, which must succeed."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = finished(*argv, **inherited, DAGSTER_DISABLE_TELEMETRY="1", PYTHONWARNINGS="ignore")
    assert done.returncode == 0, f"{argv[0]} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


@pytest.fixture(scope="module")
def repository() -> dg.RepositoryDefinition:
    return build_definitions(load_settings()).get_repository_def()


def test_loading_the_code_location_needs_no_environment_and_imports_nothing_heavy():
    program = (
        "import sys, json, academy_pipelines.definitions as d; d.defs.get_repository_def(); "
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    loaded = finished(sys.executable, "-c", program)
    assert loaded.returncode == 0, loaded.stderr
    assert json.loads(loaded.stdout.splitlines()[-1]) == []


def test_a_wrong_value_stops_the_code_location_and_names_its_variable():
    done = finished(sys.executable, "-c", "import academy_pipelines.definitions", ACADEMY_BATCH_SIZE="many")
    assert done.returncode != 0
    assert "MisconfiguredError" in done.stderr
    assert "ACADEMY_BATCH_SIZE='many'" in done.stderr


def test_dagster_validates_the_definitions():
    output_of(tool("dagster"), "definitions", "validate", "-w", "workspace.yaml")


def test_dg_checks_the_definitions_in_the_checkout():
    assert "All definitions loaded successfully" in output_of(tool("dg"), "check", "defs")


def test_dg_lists_the_definitions_in_the_checkout(repository: dg.RepositoryDefinition):
    said = output_of(tool("dg"), "list", "defs", "--json")
    listed = json.loads(said[said.index("{") : said.rindex("}") + 1])
    assert {asset["asset_key"] for asset in listed["assets"]} == {
        key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()
    }
    assert {sensor["name"] for sensor in listed["sensors"]} == {sensor.name for sensor in repository.sensor_defs}
    assert {schedule["name"] for schedule in listed["schedules"]} == {s.name for s in repository.schedule_defs}


def test_every_asset_says_what_it_is_and_whose(repository: dg.RepositoryDefinition):
    nodes = list(repository.asset_graph.asset_nodes)
    assert nodes
    for node in nodes:
        assert len(node.description or "") > 20, node.key
        assert node.group_name != "default", node.key
        assert node.owners, node.key
        assert node.kinds, node.key
        assert node.code_version, node.key


def test_every_job_sensor_and_schedule_says_what_it_is_and_whose(repository: dg.RepositoryDefinition):
    jobs = [job for job in repository.get_all_jobs() if not job.name.startswith("__")]
    named = [*jobs, *repository.sensor_defs, *repository.schedule_defs]
    assert len(named) >= 3
    for definition in named:
        assert len(definition.description or "") > 20, definition.name
        assert definition.owners, definition.name


def test_whatever_watches_the_clock_or_the_world_is_switched_on(repository: dg.RepositoryDefinition):
    for sensor in repository.sensor_defs:
        assert sensor.default_status is dg.DefaultSensorStatus.RUNNING, sensor.name
    for schedule in repository.schedule_defs:
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING, schedule.name


def test_every_op_says_what_it_does(repository: dg.RepositoryDefinition):
    for job in repository.get_all_jobs():
        for node in job.all_node_defs:
            if isinstance(node, dg.OpDefinition):
                assert len(node.description or "") > 20, f"{job.name}: {node.name}"


def test_the_workspace_names_the_code_location():
    (entry,) = yaml.safe_load((REPOSITORY / "workspace.yaml").read_text())["load_from"]
    module = importlib.import_module(entry["python_module"]["module_name"])
    assert isinstance(module.defs, dg.Definitions)


@pytest.mark.parametrize("path", ["dagster.yaml", "deploy/dagster.yaml"])
def test_every_class_that_an_instance_file_names_can_be_imported(path: str):
    named = list(classes(yaml.safe_load((REPOSITORY / path).read_text())))
    assert len(named) >= 4
    for module, name in named:
        assert isinstance(getattr(importlib.import_module(module), name), type)


def classes(part: object):
    """Every (module, class) named anywhere in a parsed instance file."""
    if isinstance(part, dict):
        if {"module", "class"} <= part.keys():
            yield part["module"], part["class"]
        for value in part.values():
            yield from classes(value)


def test_the_instance_file_makes_an_instance(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dagster.yaml").write_text((REPOSITORY / "dagster.yaml").read_text())
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert type(instance.event_log_storage).__name__ == "BatchSqliteEventLogStorage"
        assert instance.get_runs() == []
        assert instance.run_retries_enabled
    assert (tmp_path / "data/dagster").is_dir()
