"""The production files: what can be checked of them without a container engine."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from leadscore.settings import PROJECT, Settings


class Strict(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping, as Compose does."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value if key.tag.endswith(":str")]
        assert len(keys) == len({*keys}), keys
        return super().construct_mapping(node, deep)


COMPOSE = yaml.load((PROJECT / "docker-compose.yml").read_text(), Strict)
SERVICES = COMPOSE["services"]
AIRFLOW = ["init", "api-server", "scheduler", "dag-processor", "triggerer"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
EXAMPLE = (PROJECT / ".env.example").read_text()
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?:(:[-?+])([^}]*))?\}")
SECRET = re.compile("password|secret|fernet|key", re.IGNORECASE)


def texts(node: object) -> list[str]:
    """Return every text below a node of the file."""
    if isinstance(node, dict):
        return [text for value in node.values() for text in texts(value)]
    if isinstance(node, list):
        return [text for value in node for text in texts(value)]
    return [str(node)]


def variables() -> dict[str, set[str]]:
    """Return every variable that compose fills in, with how: required, default ..."""
    found: dict[str, set[str]] = {}
    for text in texts(SERVICES):
        for name, how, _ in VARIABLE.findall(text):
            found.setdefault(name, set()).add(how)
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if value is None:
                found.setdefault(name, set()).add("passed on")
    return found


def documented() -> dict[str, bool]:
    """Return the variables of .env.example, with whether each must be given."""
    lines = re.findall(r"^(# )?([A-Z][A-Z0-9_]+)=", EXAMPLE, re.MULTILINE)
    return {name: not commented for commented, name in lines}


def command_of(service: str) -> str:
    command = SERVICES[service]["command"]
    return command[-1] if command[0] == "bash" else shlex.join(command)


def test_there_is_a_service_for_each_part_of_airflow_and_its_database() -> None:
    assert sorted(SERVICES) == sorted([*AIRFLOW, "postgres", "serve"])


def test_tasks_run_in_the_scheduler_with_one_slot_for_the_warehouse() -> None:
    environment = SERVICES["scheduler"]["environment"]
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "airflow pools set duckdb 1 " in command_of("init")


@pytest.mark.parametrize("service", sorted(set(SERVICES) - {"init"}))
def test_every_lasting_service_has_a_healthcheck_and_comes_back(service: str) -> None:
    check = SERVICES[service]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert "interval" in check
    assert SERVICES[service]["restart"] == "unless-stopped"


def test_airflow_starts_after_init_and_init_after_the_database() -> None:
    after = {name: SERVICES[name]["depends_on"] for name in AIRFLOW}
    assert after.pop("init") == {"postgres": {"condition": "service_healthy"}}
    # Tasks that start before the server answers would fail.
    server = after["scheduler"].pop("api-server")
    assert server == {"condition": "service_healthy"}
    for condition in after.values():
        assert condition == {"init": {"condition": "service_completed_successfully"}}


def test_ports_are_open_on_this_host_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports == [
        "127.0.0.1:${AIRFLOW_PORT:-8080}:8080",
        "127.0.0.1:${LEADSCORE_SERVE_PORT:-8050}:8050",
    ]


def test_nothing_runs_as_root_or_can_become_root() -> None:
    assert SERVICES["postgres"]["user"] == "postgres"
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["leadscore"]
    assert 'test "$UID" -ne 0' in DOCKERFILE
    for service in SERVICES.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_no_secret_stands_in_the_file_and_none_has_a_default() -> None:
    for name, how in variables().items():
        if SECRET.search(name):
            assert how <= {":?", "passed on"}, name
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if value and SECRET.search(name):
                assert VARIABLE.fullmatch(value), name
    address = SERVICES["scheduler"]["environment"][
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
    ]
    assert ":${POSTGRES_PASSWORD:?" in address


def test_every_variable_is_documented_and_required_ones_are_empty() -> None:
    example, used = documented(), variables()
    assert set(example) == set(used)
    for name, must_be_given in example.items():
        assert must_be_given == (":?" in used[name]), name
    assert not re.search(r"^\w+=.", EXAMPLE, re.MULTILINE)


def test_every_setting_of_the_project_can_be_set() -> None:
    ours = {f"LEADSCORE_{name.upper()}" for name in Settings.model_fields}
    ours.remove("LEADSCORE_SCORE_FROM")  # what one call asks for, not how a world is
    ours.remove("LEADSCORE_SERVE_TOKEN")  # tasks show nothing to anybody
    for service in AIRFLOW:
        given = {n for n in SERVICES[service]["environment"] if n.startswith("LEADS")}
        assert given == ours


def test_a_setting_that_is_not_given_keeps_its_default() -> None:
    for name, value in SERVICES["scheduler"]["environment"].items():
        if name.startswith("LEADSCORE_") and name != "LEADSCORE_DATA":
            assert value in (None, "${LEADSCORE_CONFIG_FOLDER:+/config}"), name


def test_only_the_scheduler_changes_the_data_and_the_config_is_read_only() -> None:
    binds = {
        (service, volume["source"], volume["target"], volume.get("read_only", False))
        for service in SERVICES
        for volume in SERVICES[service].get("volumes", [])
        if isinstance(volume, dict)
    }
    config = "${LEADSCORE_CONFIG_FOLDER:-./sources}"
    data = "${LEADSCORE_DATA_FOLDER:?an existing folder for extracts and scores}"
    assert binds == {
        ("scheduler", data, "/data", False),
        ("scheduler", config, "/config", True),
        ("serve", data, "/data", True),
    }
    assert (PROJECT / "sources").is_dir()
    assert SERVICES["scheduler"]["environment"]["LEADSCORE_DATA"] == "/data"


def test_named_volumes_are_declared_and_writable_by_the_user_of_the_image() -> None:
    named = {
        tuple(volume.split(":"))
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if isinstance(volume, str)
    }
    assert {name for name, _ in named} == set(COMPOSE["volumes"])
    assert ("logs", "/opt/airflow/logs") in named
    assert "AIRFLOW_HOME=/opt/airflow" in DOCKERFILE
    assert '--owner "$UID" --group "$GID" "$AIRFLOW_HOME/logs"' in DOCKERFILE


def test_the_image_copies_files_that_exist_and_leaves_out_secrets_and_data() -> None:
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    assert {".env", ".git", ".venv", "data"} <= set(ignored)
    copied = re.findall(r"^COPY (.+) \./?$", DOCKERFILE, re.MULTILINE)
    assert copied == ["pyproject.toml requirements.lock", "."]
    for name in copied[0].split():
        assert (PROJECT / name).is_file()
        assert name not in ignored
    folder = SERVICES["scheduler"]["environment"]["AIRFLOW__CORE__DAGS_FOLDER"]
    workdir = re.search(r"^WORKDIR (.+)$", DOCKERFILE, re.MULTILINE)
    assert workdir
    assert folder == f"{workdir[1]}/dags"


def test_the_secrets_can_be_made_as_documented() -> None:
    recipes = re.findall(r"^#   (openssl .*)$", EXAMPLE, re.MULTILINE)
    assert len(recipes) == 6
    for recipe in recipes:
        made = subprocess.run(
            recipe, shell=True, capture_output=True, text=True, check=True
        ).stdout.strip()
        assert len(made) >= 24
        assert "$" not in made


# Fails on a command or a setting that Airflow does not know, a key it cannot use.
CHECK = """
import json, os, sys
from airflow.cli.cli_parser import get_parser
from airflow.configuration import conf
from cryptography.fernet import Fernet
from sqlalchemy.engine import make_url

for command in json.load(sys.stdin):
    get_parser().parse_args(command[1:])
known = {
    f"AIRFLOW__{section}__{key}".upper()
    for section, keys in conf.configuration_description.items()
    for key in keys["options"]
}
unknown = {name for name in os.environ if name.startswith("AIRFLOW__")} - known
assert not unknown, unknown
Fernet(conf.get("core", "fernet_key"))
assert conf.getimport("core", "auth_manager")
make_url(conf.get("database", "sql_alchemy_conn")).get_dialect().import_dbapi()
"""


def filled_in(value: str) -> str:
    """Fill variables in as compose does, after a .env made as documented."""
    fernet = "5Vn1rXBSkBnGhc0sQ1JtXT4y1mSg2Ck9yXzkKk0fX3A="
    given = {"AIRFLOW_FERNET_KEY": fernet}

    def fill(match: re.Match[str]) -> str:
        name, how, rest = match.groups()
        if how == ":?":
            return given.get(name, "given")
        return rest if how == ":-" else ""

    return VARIABLE.sub(fill, value).replace("$$", "$")


def test_airflow_knows_every_command_and_every_setting(tmp_path: Path) -> None:
    script = "\n".join(command_of(service) for service in AIRFLOW)
    lines = filled_in(script).replace("\\\n", " ").splitlines()
    commands = [shlex.split(line) for line in lines if line]
    assert [command[0] for command in commands] == ["airflow"] * 7
    environment = {
        name: filled_in(value)
        for name, value in SERVICES["scheduler"]["environment"].items()
        if name.startswith("AIRFLOW__")
    }
    clean = {n: v for n, v in os.environ.items() if not n.startswith("AIRFLOW")}
    result = subprocess.run(
        [sys.executable, "-c", CHECK],
        input=json.dumps(commands),
        env={**clean, "AIRFLOW_HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
