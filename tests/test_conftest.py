"""The frame itself: the broker is a real one, the home is empty, and a skip in CI fails."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import aiomqtt
import pytest

from tests.mosquitto import Mosquitto
from tests.order import LONGEST

RECEIVE_DEADLINE_S = 5


async def test_broker_keeps_retained_messages_over_a_clean_restart(mosquitto: Mosquitto) -> None:
    port = mosquitto.port
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.publish("a/b", b"kept", qos=1, retain=True)
    mosquitto.stop()
    with pytest.raises(aiomqtt.MqttError):
        async with aiomqtt.Client("127.0.0.1", port, timeout=RECEIVE_DEADLINE_S):
            pass
    mosquitto.start()
    assert mosquitto.port == port
    async with aiomqtt.Client("127.0.0.1", port, timeout=RECEIVE_DEADLINE_S) as client:
        await client.subscribe("a/#")
        message = await anext(aiter(client.messages))
    assert message.payload == b"kept"


async def test_broker_takes_further_configuration(mosquitto: Mosquitto) -> None:
    mosquitto.configure("allow_anonymous false")
    with pytest.raises(aiomqtt.MqttError, match=r"[Nn]ot authori[sz]ed"):
        async with aiomqtt.Client("127.0.0.1", mosquitto.port, timeout=RECEIVE_DEADLINE_S):
            pass


def test_broker_that_cannot_start_says_why(mosquitto: Mosquitto) -> None:
    with pytest.raises(RuntimeError, match="no_such_option"):
        mosquitto.configure("no_such_option 1")


def test_home_is_empty_and_short(home: Path) -> None:
    assert Path.home() == home
    assert not list(home.iterdir())
    assert len(str(home)) < 60


@pytest.mark.parametrize(("ci", "counts"), [("", "1 passed, 3 skipped"), ("true", "1 passed, 3 errors")])
def test_skip_fails_in_ci_only(tmp_path: Path, ci: str, counts: str) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    for name in ("conftest.py", "mosquitto.py", "order.py"):
        shutil.copy(Path(__file__).parent / name, tests / name)
    skips = {
        "fixture": "import pytest\n\n@pytest.fixture\ndef x(): pytest.skip('no lamp')\n\ndef test(x): ...\n",
        "mark": "import pytest\n\n@pytest.mark.skip('no lamp')\ndef test(): ...\n",
        "module": "import pytest\n\npytest.skip('no lamp', allow_module_level=True)\n",
    }
    for name, source in skips.items():
        (tests / f"test_{name}.py").write_text(source)
    (tests / "test_good.py").write_text("def test(): ...\n")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-rs",
            "--continue-on-collection-errors",
            "tests",
        ],
        cwd=tmp_path,
        env=os.environ | {"CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert counts in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("no lamp") >= len(skips)
    assert (done.returncode != 0) is (ci == "true")


def test_files_that_last_longest_go_first(request: pytest.FixtureRequest) -> None:
    assert [name for name in LONGEST if not (Path(__file__).parent / name).is_file()] == []
    places = {Path(__file__).parent / name: at for at, name in enumerate(LONGEST)}
    order = [places.get(item.path, len(LONGEST)) for item in request.session.items]
    assert order == sorted(order)
