"""The environment is read strictly: what does not parse names its variable, what is missing has a default."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.errors import MisconfiguredError
from academy_pipelines.settings import SECRETS, Settings, is_set, load_settings


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_an_environment_everything_is_local():
    settings = load_settings()
    assert settings.api_base_url == "http://localhost:8000"
    assert (settings.ai_job_source, settings.store_url, settings.r2_endpoint) == ("api", "data/store", None)


def test_a_variable_replaces_its_default(monkeypatch):
    monkeypatch.setenv("ACADEMY_BATCH_SIZE", "32")
    assert load_settings().academy_batch_size == 32


def test_an_empty_variable_counts_as_not_set(monkeypatch):
    for name in ("ACADEMY_BATCH_SIZE", "API_BASE_URL", "R2_ENDPOINT"):
        monkeypatch.setenv(name, "")
    assert load_settings() == Settings()


def test_settings_do_not_change_while_we_run():
    with pytest.raises(ValueError, match="frozen"):
        load_settings().academy_batch_size = 1


WRONG = {
    "API_BASE_URL": ["localhost:8000", "ftp://academy.example", "https://academy.example/api", "https://a.example:web"],
    "AI_JOB_SOURCE": ["kafka", "API"],
    "AI_WORKER_POLL_INTERVAL": ["soon", "0", "-1", "nan"],
    "ACADEMY_BATCH_SIZE": ["many", "0", "1001", "1.5"],
    "ACADEMY_CLAIMS_PER_TICK": ["0", "1e9"],
    "ACADEMY_MAX_ATTEMPTS": ["0", "often"],
    "ACADEMY_LEASE_SECONDS": ["1", "inf"],
    "ACADEMY_DOWNLOAD_ALLOWED_HOSTS": ["minio", "minio:9000,files", "http://minio:9000", "minio:0", "minio:port"],
    "ACADEMY_DOWNLOAD_MAX_BYTES": ["64MB", "10"],
    "DOWNLOAD_TIMEOUT_SECONDS": ["0", "30s"],
    "ACADEMY_LIVE_PARTITIONS": ["9", "all"],
    "ACADEMY_RETIRE_AFTER_DAYS": ["0", "a month"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_value_that_does_not_parse_is_an_error_naming_its_variable(monkeypatch, name: str, value: str):
    monkeypatch.setenv(name, value)
    with pytest.raises(MisconfiguredError, match=f"{name}='{value}'.*see .env.example"):
        load_settings()


def test_every_wrong_variable_is_named_at_once(monkeypatch):
    monkeypatch.setenv("ACADEMY_BATCH_SIZE", "many")
    monkeypatch.setenv("AI_JOB_SOURCE", "kafka")
    with pytest.raises(MisconfiguredError, match=r"AI_JOB_SOURCE.*ACADEMY_BATCH_SIZE"):
        load_settings()


def test_a_password_in_an_address_is_refused_and_not_shown(monkeypatch):
    monkeypatch.setenv("API_BASE_URL", "https://worker:hunter2@academy.example")
    with pytest.raises(MisconfiguredError, match="API_BASE_URL") as refusal:
        load_settings()
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("api", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("http://academy.example", "academy.example:80"),
        ("https://academy.example/", "academy.example:443"),
    ],
)
def test_files_may_always_come_from_the_back_end_itself(api: str, host: str):
    assert load_settings(api_base_url=api).allowed_hosts == {host}


def test_further_hosts_are_named_with_their_ports():
    settings = load_settings(academy_download_allowed_hosts=" minio:9000, ,files.local:80 ")
    assert settings.allowed_hosts == {"localhost:8000", "minio:9000", "files.local:80"}


@given(st.text(max_size=60))
def test_whatever_the_back_ends_address_is_it_is_refused_or_its_host_is_known(address: str):
    try:
        settings = load_settings(api_base_url=address)
    except MisconfiguredError:
        return
    assert all(host.rpartition(":")[2].isdecimal() for host in settings.allowed_hosts)


def test_secrets_are_no_settings():
    assert not {name.upper() for name in Settings.model_fields} & set(SECRETS)


@pytest.mark.parametrize(("value", "expected"), [("x", True), ("", False), (None, False)])
def test_a_secret_is_set_when_its_variable_holds_something(monkeypatch, value, expected):
    monkeypatch.delenv("REDIS_URL", raising=False)
    if value is not None:
        monkeypatch.setenv("REDIS_URL", value)
    assert is_set("REDIS_URL") is expected


def test_the_least_confidence_is_the_readers_own_by_default():
    from academy_pipelines.omr.answers import AnswerPolicy

    assert load_settings().academy_min_confidence == AnswerPolicy().min_confidence
