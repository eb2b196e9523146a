"""Settings: order of sources, refusals by name, secrets that stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from runtime.errors import SettingsError
from runtime.settings import load_settings, read_secret


def write(folder: Path, text: str) -> Path:
    file = folder / "settings.toml"
    file.write_text(text)
    return file


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, '[kafka]\nbootstrap = "file:1"\ntopic_prefix = "file."\npartitions = 7\n')
    monkeypatch.setenv("PUNCHSTREAM_KAFKA__BOOTSTRAP", "environment:1")
    monkeypatch.setenv("PUNCHSTREAM_KAFKA__TOPIC_PREFIX", "environment.")
    kafka = load_settings(file, ("kafka.bootstrap=flag:1",)).kafka
    assert (kafka.bootstrap, kafka.topic_prefix, kafka.partitions) == ("flag:1", "environment.", 7)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[kafka]\nbootstrp = 1\n", "kafka.bootstrp: unknown key"),
        ("[kafak]\n", "kafak: unknown key"),
        ("[kafka]\nmin_insync_replicas = 2\n", "min_insync_replicas is greater than kafka.replication_factor"),
        ('[kafka]\nsecurity_protocol = "SASL_SSL"\n', "kafka.sasl_username is empty"),
        ('[clickhouse]\npassword = "x"\npassword_file = "/y"\n', "keep one"),
        ('[store]\nkind = "s3"\n', "store.bucket is empty"),
        ('[store]\nkind = "s3"\nbucket = "b"\nfolder = "/f"\n', "store.folder is set, which is for local"),
        ('[store]\nbucket = "b"\n', "store.kind is local, but store.bucket"),
        ('[store]\nkind = "s3"\nbucket = "b"\naccess_key_id = "a"\n', "go together"),
        ('[store]\nprefix = "/a"\n', "store.prefix"),
        ("[ingest]\nack_deadline_seconds = 0\n", "ingest.ack_deadline_seconds"),
        ("[ingest]\nmax_body_bytes = 99999999\n", "ingest.max_body_bytes"),
        ("[ingest]\ninline_body_bytes = 1000\n", "ingest.inline_body_bytes"),
        ("[kafka]\nmax_record_bytes = 1000000\n", "kafka.max_record_bytes"),
        ("[kafka]\nmax_record_bytes = 1048576\n", "set ingest.inline_body_bytes to 983040 or less"),
        (
            "[kafka]\nmax_record_bytes = 1048576\n[ingest]\ninline_body_bytes = 983041\n",
            "bodies of up to 983041 bytes would go into records",
        ),
        ("not toml", "is not TOML"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_settings(write(tmp_path, text))


@pytest.mark.parametrize("override", ["kafka", "kafka.nope=1", "nope.x=1", "kafka.bootstrap.x=1"])
def test_flags_that_name_nothing_are_refused(override: str) -> None:
    with pytest.raises(SettingsError):
        load_settings(None, (override,))


@pytest.mark.parametrize("name", ["PUNCHSTREAM_KAFKAA__BOOTSTRAP", "PUNCHSTREAM_KAFKA__BOOTSTRP"])
def test_unknown_environment_variables_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(SettingsError, match=r"(?i)kafkaa|bootstrp"):
        load_settings()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml: No such file"):
        load_settings(tmp_path / "nowhere.toml")


def test_secrets_are_never_printed_and_never_in_an_error(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, '[clickhouse]\npassword = "hunter2"\n'))
    assert "hunter2" not in repr(settings)
    with pytest.raises(SettingsError) as refused:
        load_settings(write(tmp_path, '[clickhouse]\npassword = "hunter2"\npassword_file = "/y"\n'))
    assert "hunter2" not in str(refused.value)


def test_a_secret_comes_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hunter2\n")
    assert read_secret(SecretStr(""), file, "clickhouse.password_file") == "hunter2"
    with pytest.raises(SettingsError, match=r"clickhouse\.password_file"):
        read_secret(SecretStr(""), tmp_path / "missing", "clickhouse.password_file")


@pytest.mark.parametrize("other", ["inline_body_bytes = 983040", "max_body_bytes = 983040"])
def test_a_cluster_of_small_records_is_served_with_small_or_stored_bodies(tmp_path: Path, other: str) -> None:
    settings = load_settings(write(tmp_path, f"[kafka]\nmax_record_bytes = 1048576\n[ingest]\n{other}\n"))
    assert settings.ingest.stores_bodies == other.startswith("inline")


def test_without_a_word_every_body_is_in_its_record() -> None:
    assert not load_settings().ingest.stores_bodies
