"""The container's file keeps its promises, as far as one can read; `scripts/check-container` builds it."""

import json
import re
from pathlib import Path

import yaml
from typer.main import get_group

from wearsync.cli.app import build

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "packaging" / "container"
APP = ROOT / "packaging" / "home-assistant" / "wearsync"
TEXT = (FOLDER / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
LINES = [line.split(maxsplit=1) for line in TEXT.splitlines() if line.strip() and not line.startswith("#")]
COMMANDS = set(get_group(build()).commands)


def said(instruction: str) -> list[str]:
    return [line[1] for line in LINES if line[0] == instruction]


def test_its_base_has_a_tag_and_is_one_for_both_stages() -> None:
    for file in (FOLDER / "Containerfile", APP / "Dockerfile"):
        bases = re.findall(r"^FROM (\S+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert bases == ["docker.io/library/debian:bookworm-slim"] * 2


def test_what_it_copies_is_there_or_is_built() -> None:
    [sources] = [each.split()[:-1] for each in said("COPY") if "--from" not in each]
    assert sources == ["packaging/container/requirements.lock", "dist/wearsync-*-py3-none-any.whl"]
    assert (ROOT / sources[0]).is_file()


def test_it_runs_as_a_user_of_its_own_with_its_data_in_a_volume() -> None:
    assert said("USER") == ["wearsync"]
    assert LINES.index(["USER", "wearsync"]) > max(at for at, line in enumerate(LINES) if line[0] == "RUN")
    assert said("VOLUME") == ["/data"]
    [environment] = said("ENV")
    assert {"HOME=/data", "XDG_CONFIG_HOME=/data", "XDG_STATE_HOME=/data"} <= set(environment.split())
    assert not re.search("password|token|secret|key", environment + "".join(said("ARG")), re.IGNORECASE)


def test_its_commands_are_ours() -> None:
    assert [json.loads(each) for each in said("ENTRYPOINT")] == [["wearsync"]]
    [health] = said("HEALTHCHECK")
    program, command = json.loads(health.partition(" CMD ")[2])
    assert program == "wearsync"
    [[run]] = [json.loads(each) for each in said("CMD")]
    assert {command, run} == {"healthy", "run"} <= COMMANDS
    # What the command allows itself is less than what it is given.
    assert re.search(r"--timeout=30s", health)
    assert said("STOPSIGNAL") == ["SIGTERM"]


def test_the_example_asks_for_no_more_than_it_needs() -> None:
    [service] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"].values()
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges" in service["security_opt"]
    assert {"privileged", "devices", "user"}.isdisjoint(service)
    inside = [volume.split(":")[1] for volume in service["volumes"]]
    assert inside == ["/data", "/run/dbus/system_bus_socket"]


def test_the_words_name_the_number_of_its_user() -> None:
    """D-Bus does not answer a user whom the host does not know: they are told to make one of that number."""
    [uid] = re.findall(r"useradd --uid (\d+) ", TEXT)
    assert f"--uid {uid} " in (ROOT / "docs" / "howto" / "container.md").read_text(encoding="utf-8")
    assert f"--uid {uid} " in (FOLDER / "compose.yaml").read_text(encoding="utf-8")
