"""What people install: the wheel, built from the sdist, holds the two packages and works far from here, with
each extra and without; and what an upgrade does to a daemon that runs.
"""

import re
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata

from tests.mosquitto import Mosquitto
from tests.packaging.installation import (
    ROOT,
    Installed,
    build,
    dependencies,
    metadata_of,
    new_environment,
    other_version,
    wheel_in,
)
from tests.simulators.processes import Running, an_air, running, sim
from wearsync import __version__
from wearsync.control.calls import (
    BackupParams,
    CommandParams,
    ExportParams,
    ForgetParams,
    HistoryParams,
    LogParams,
    PairParams,
    RenameParams,
    ResyncParams,
    ScanParams,
    StatusParams,
)
from wearsync.control.client import ControlClient
from wearsync.control.protocol import Answer, Question
from wearsync.control.results import BackupResult, Done, PairResult, ScanResult, StatusResult
from wearsync.daemon.history import History
from wearsync.model import Side, Verb

UNAVAILABLE = 69
HOW_TO_GET_IT = "pip install 'wearsync[all]'"
# What a key would look like.
PRIVATE = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}")
# Not the day of the build: its figure would be in every archive.
EPOCH_S = "1700000000"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, and the wheel built from it (so that the sdist is whole)."""
    out = tmp_path_factory.mktemp("dist")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", EPOCH_S)
        build(out)
    return out


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel with its dependencies as locked, without any extra."""
    made = new_environment(tmp_path_factory.mktemp("installed"))
    made.install(wheel_in(dist), dependencies(wheel_in(dist)))
    return made


@pytest.fixture(scope="module")
def with_simulator(dist: Path, installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The same, and the extra `simulator`."""
    made = new_environment(tmp_path_factory.mktemp("simulator"), beside=installed)
    made.install(wheel_in(dist), dependencies(wheel_in(dist), extra="simulator"))
    return made


@pytest.fixture(scope="module")
def with_web(dist: Path, installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The same, and the extra `web`."""
    made = new_environment(tmp_path_factory.mktemp("web"), beside=installed)
    made.install(wheel_in(dist), dependencies(wheel_in(dist), extra="web"))
    return made


def test_wheel_holds_the_two_packages_and_nothing_else(dist: Path) -> None:
    with zipfile.ZipFile(wheel_in(dist)) as wheel:
        names = set(wheel.namelist())
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"wearsync", "wearsync_simulators"}
    assert len(tops) == 3
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert not [name for name in names if name.endswith(".pyc")]
    # Code and data, all of it: pages, units, apps, py.typed.
    for base, package in ((ROOT, "wearsync"), (ROOT / "simulators", "wearsync_simulators")):
        files = {path for path in (base / package).rglob("*") if path.is_file()}
        ours = {path.relative_to(base).as_posix() for path in files if "__pycache__" not in path.parts}
        assert f"{package}/py.typed" in ours
        assert ours == {name for name in names if name.startswith(f"{package}/")}


def test_sdist_carries_the_tests_and_the_lock(dist: Path) -> None:
    [path] = dist.glob("*.tar.gz")
    with tarfile.open(path) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"requirements.lock", "LICENSE", "tests/conftest.py", "scripts/check"} <= names
    assert not [name for name in names if name.startswith((".venv", ".cache", ".git/"))]


def test_nothing_private_is_in_the_packages(dist: Path) -> None:
    [path] = dist.glob("*.tar.gz")
    with zipfile.ZipFile(wheel_in(dist)) as wheel, tarfile.open(path) as sdist:
        parts = {name: wheel.read(name) for name in wheel.namelist()}
        for member in sdist.getmembers():
            assert (member.uid, member.uname, member.gname) == (0, "", ""), member.name
            if (file := sdist.extractfile(member)) is not None:
                parts[member.name] = file.read()
    for name, data in parts.items():
        assert str(ROOT).encode() not in data, name
        assert PRIVATE.search(data) is None, name


def test_two_builds_are_the_same_bytes(dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also the wheel, once made from the sdist and once from the tree."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH_S)
    for kind in ("wheel", "sdist"):
        build(tmp_path, only=kind)
    first, second = ({path.name: path.read_bytes() for path in where.iterdir()} for where in (dist, tmp_path))
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_metadata_is_what_an_index_takes(dist: Path) -> None:
    said = Metadata.from_email(metadata_of(wheel_in(dist)), validate=True)
    assert (said.name, str(said.version)) == ("wearsync", __version__)
    assert said.license_expression == "Apache-2.0"
    assert said.description_content_type == "text/markdown"
    assert said.description
    assert said.summary
    assert set(said.provides_extra or ()) >= {"all", "broker", "simulator", "web"}
    major_minor = f"Programming Language :: Python :: {sys.version_info[0]}.{sys.version_info[1]}"
    assert major_minor in (said.classifiers or ()) or sys.version_info >= (3, 14)


def test_installed_it_says_its_version(installed: Installed) -> None:
    done = installed.run("wearsync", "--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"wearsync {__version__}\n", "")


def test_installed_it_says_its_commands(installed: Installed) -> None:
    done = installed.run("wearsync", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    for command in ("run", "scan", "pair", "today", "demo"):
        assert command in done.stdout


def test_installed_it_writes_a_configuration_that_is_right(installed: Installed) -> None:
    path = str(installed.elsewhere / "c" / "config.toml")
    for command in ("init", "check"):
        done = installed.run("wearsync", "--config", path, "config", command)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_installed_packages_come_from_the_venv(installed: Installed) -> None:
    done = installed.run(
        "python", "-c", "import wearsync, wearsync_simulators as s; print(wearsync.__file__, s.__file__)"
    )
    assert done.returncode == 0, done.stderr
    assert str(ROOT) not in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        ("wearsync", "demo"),
        ("wearsync", "scan", "--radio", "tcp:127.0.0.1:9"),
        ("wearsync-sim", "watch"),
        ("wearsync-sim", "--help"),
    ],
    ids=" ".join,
)
def test_without_the_extra_a_command_says_how_to_get_it(
    installed: Installed, command: tuple[str, ...]
) -> None:
    _says_how_to_get_it(installed, *command)


def test_with_the_simulator_alone_the_demo_asks_for_the_broker(with_simulator: Installed) -> None:
    _says_how_to_get_it(with_simulator, "wearsync", "demo")
    assert with_simulator.run("wearsync-sim", "--help").returncode == 0


def test_with_the_page_alone_there_is_no_simulator(with_web: Installed) -> None:
    done = with_web.run("python", "-c", "import prometheus_client, segno, starlette, uvicorn")
    assert (done.returncode, done.stderr) == (0, "")
    _says_how_to_get_it(with_web, "wearsync", "demo")


def test_with_all_the_demo_runs(
    dist: Path, with_simulator: Installed, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Watch, wearer, daemon, broker and subscriber, from nothing but what was installed."""
    made = new_environment(tmp_path_factory.mktemp("all"), beside=with_simulator)
    made.install(wheel_in(dist), dependencies(wheel_in(dist), extra="broker"))
    done = made.run("wearsync", "demo", "--speed", "60", "--rounds", "1", "--json")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert '"lost":0' in done.stdout.splitlines()[-1].replace(" ", "")


async def test_an_upgrade_leaves_the_running_daemon_as_it_was(
    dist: Path, with_simulator: Installed, mosquitto: Mosquitto, home: Path, tmp_path: Path
) -> None:
    """Its files are other ones from one moment to the next: it loads none of them, whatever it is asked to do
    for the first time then. Commands are of the new version at once, and say what is to be done.
    """
    later = other_version(wheel_in(dist), "99.0", tmp_path)
    config, state = home / "config.toml", home / "s"
    assert with_simulator.run("wearsync", "--config", str(config), "config", "init").returncode == 0
    wearsync = (with_simulator.scripts / "wearsync", "--config", config, "--state-dir", state)
    client = ControlClient(state / "control.sock")
    async with an_air() as (_air, place):
        daemon = (*wearsync, "run", "--radio", f"tcp:{place}", "--broker", mosquitto.url)
        watch = ("--transport", f"tcp-client:{place}", "--wearer", "hasty", "--pairing")
        telling = ("env", "-u", "PYTHONPATH", with_simulator.scripts / "python", "-X", "importtime", *daemon)
        async with sim("watch", *watch), running(*telling) as old:
            await old.until("broker.connected", err=True)
            with_simulator.install(later)
            imported = len(_imported(old.err))
            assert imported > 300
            await _everything(client, old, tmp_path)
            mosquitto.stop()
            await old.until("broker.away", err=True)
            mosquitto.start()
            await old.until("broker.connected", err=True, times=2)
            said = with_simulator.run("wearsync", *map(str, wearsync[1:]), "healthy")
            assert said.returncode == 0
            assert said.stderr == f"the running daemon is {__version__}, this is 99.0: restart it\n"
            assert await old.stop() == 0
            assert _imported(old.err)[imported:] == []
        async with running("env", "-u", "PYTHONPATH", *daemon) as new:
            await new.until("broker.connected", err=True)
            assert (await client.call(StatusParams(), StatusResult)).version == "99.0"
            assert await new.stop() == 0


async def _everything(client: ControlClient, daemon: Running, out: Path) -> None:
    """What a daemon can be asked to do."""

    async def person(_question: Question) -> Answer:
        return Answer(yes=True)

    await client.call(PairParams(name="W", yes=True), PairResult, on_ask=person)
    await daemon.until("link.ready", err=True)
    await client.call(CommandParams(verb=Verb.START), Done)
    for call in (LogParams(side=Side.LEFT, seconds=30), ExportParams(), ResyncParams()):
        await client.call(call, Done)
    await client.call(BackupParams(path=str(out / "copy.sqlite")), BackupResult)
    await client.call(HistoryParams(), History)
    await client.call(ScanParams(seconds=0.1), ScanResult)
    await client.call(CommandParams(verb=Verb.STOP), Done)
    await client.call(RenameParams(watch="W", name="V"), Done)
    await client.call(ForgetParams(watch="V"), Done)


def _imported(lines: list[str]) -> list[str]:
    """The modules that were loaded, but for Python's own, which this upgrade leaves alone."""
    names = [line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")]
    return [name for name in names if name.partition(".")[0] not in sys.stdlib_module_names]


def _says_how_to_get_it(installed: Installed, *command: str) -> None:
    done = installed.run(*command)
    assert done.returncode == UNAVAILABLE, done.stdout + done.stderr
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert HOW_TO_GET_IT in line
