from pathlib import Path

import pytest
from click.testing import CliRunner

from obia.schema.errors import BadSetting
from obia.server.cli import cli
from obia.server.settings import Secret, Settings


def load(home: Path, **environment: str) -> Settings:
    return Settings.load({"OBIA_HOME": str(home), **environment})


def test_the_environment_wins_over_the_file_and_each_value_knows_its_origin(tmp_path: Path) -> None:
    (tmp_path / "obia.toml").write_text('batch_size = 7\nlog_level = "info"\nallowed_hosts = ["a", "b"]\n')

    settings = load(tmp_path, OBIA_BATCH_SIZE="9")

    assert (settings.batch_size, settings.origins["batch_size"]) == (9, "OBIA_BATCH_SIZE")
    assert (settings.log_level, settings.origins["log_level"]) == ("INFO", "obia.toml")
    assert settings.allowed_hosts == ("a", "b")
    assert settings.origins["lease_seconds"] == "default"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BATCH_SIZE", "many"),
        ("BATCH_SIZE", "0"),
        ("LEASE_SECONDS", "-1"),
        ("LEASE_SECONDS", "nan"),
        ("GRAPH_URL", "http://x"),
        ("STORE_URL", "s3://bucket/x"),
        ("STORE_URL", "file://relative"),
        ("TRACE", "maybe"),
        ("INBOX", "relative"),
        ("GRAPH_HEAP", "lots"),
        ("LOG_LEVEL", "LOUD"),
        ("ALLOWED_HOSTS", "http://archive.example/"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "archive.example:8000"),
        ("ALLOWED_HOSTS", ","),
        ("ALLOWED_ORIGINS", "portal"),
        ("ALLOWED_ORIGINS", "https://portal.example/page"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_setting(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSetting) as caught:
        load(tmp_path, **{f"OBIA_{name}": value})

    assert f"OBIA_{name}" in caught.value.message
    assert "\n" not in caught.value.message


def test_hosts_and_origins_as_people_write_them(tmp_path: Path) -> None:
    origins = "https://portal.example, http://localhost:3000"
    settings = load(tmp_path, OBIA_ALLOWED_HOSTS="archive.example,[::1], 10.0.0.7", OBIA_ALLOWED_ORIGINS=origins)

    assert settings.allowed_hosts == ("archive.example", "[::1]", "10.0.0.7")
    assert settings.allowed_origins == ("https://portal.example", "http://localhost:3000")


@pytest.mark.parametrize("command", ["serve", "work"])
def test_who_serves_or_works_needs_the_inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    (tmp_path / "key").write_bytes(b"")
    monkeypatch.setenv("OBIA_HOME", str(tmp_path))
    monkeypatch.setenv("OBIA_INBOX", str(tmp_path / "gone"))

    done = CliRunner().invoke(cli, [command])

    assert isinstance(done.exception, BadSetting)
    assert done.exception.message == f"OBIA_INBOX: {str(tmp_path / 'gone')!r} is no folder that is there"


@pytest.mark.parametrize("text", ["no_such = 1", "batch_size = ", "batch_size = 'x'"])
def test_a_wrong_file_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "obia.toml").write_text(text)

    with pytest.raises(BadSetting, match=r"obia\.toml"):
        load(tmp_path)


def test_secrets_are_masked(tmp_path: Path) -> None:
    settings = load(tmp_path, OBIA_GRAPH_PASSWORD="hunter2hunter2", OBIA_REDIS_URL="redis://:hunter2hunter2@h/0")

    shown = f"{settings} {settings!r} {settings.describe()} {settings.graph_password:>20}"

    assert "hunter2" not in shown
    assert settings.graph_password == Secret("hunter2hunter2")
    assert settings.graph_password and settings.graph_password.reveal() == "hunter2hunter2"


def test_a_wrong_secret_is_not_echoed(tmp_path: Path) -> None:
    with pytest.raises(BadSetting) as caught:
        load(tmp_path, OBIA_REDIS_URL="http://:hunter2hunter2@h/0")

    assert "hunter2" not in caught.value.message
