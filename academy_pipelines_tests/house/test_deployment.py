"""The configuration for many machines is loadable: every class it names exists and takes what it is given."""

import shutil
from pathlib import Path

import dagster as dg
import yaml
from sqlalchemy import make_url

from academy_pipelines.defs.stages import RUNS_AT_ONCE

REPOSITORY = Path(__file__).parents[2]


def test_the_configuration_for_many_machines_opens_a_real_instance(tmp_path, postgres_url, monkeypatch):
    url = make_url(postgres_url)
    variables = {
        "DAGSTER_PG_HOST": url.host,
        "DAGSTER_PG_PORT": str(url.port),
        "DAGSTER_PG_USER": url.username,
        "DAGSTER_PG_PASSWORD": "unused",
        "DAGSTER_PG_DB": url.database,
        "DAGSTER_CELERY_BROKER": "redis://127.0.0.1:1/0",
        "DAGSTER_CELERY_BACKEND": "redis://127.0.0.1:1/1",
        "DAGSTER_LOGS_BUCKET": "logs",
        "DAGSTER_LOGS_ENDPOINT": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "unused",
        "AWS_SECRET_ACCESS_KEY": "unused",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    shutil.copy(REPOSITORY / "deploy/dagster.yaml", tmp_path / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert type(instance.event_log_storage).__name__ == "BatchPostgresEventLogStorage"
        assert type(instance.run_launcher).__name__ == "CeleryRunLauncher"
        assert type(instance.compute_log_manager).__name__ == "S3ComputeLogManager"
        instance.add_dynamic_partitions("submissions", ["1", "2"])
        assert instance.get_dynamic_partitions("submissions") == ["1", "2"]


def test_a_run_takes_its_share_of_the_cores():
    default = yaml.safe_load((REPOSITORY / "dagster.yaml").read_text())
    assert default["concurrency"]["runs"]["max_concurrent_runs"] == RUNS_AT_ONCE


def test_materialisations_are_not_printed_besides_being_stored():
    for configuration in ("dagster.yaml", "deploy/dagster.yaml"):
        assert yaml.safe_load((REPOSITORY / configuration).read_text())["python_logs"]["python_log_level"] == "INFO"
