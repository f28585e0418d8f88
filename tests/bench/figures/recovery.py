"""Figure `recovery`: how long nobody listens after a daemon was killed.

A: `wearsync run` with one watch, from its start to READY=1 at the service manager's socket, after a kill -9
of the one before. B: an interpreter that imports the same modules, from its start to the last of them; which
they are, the daemon's own `-X importtime` tells. Beside it: the same A with a million rows in the journal ÷
with none. That a file was left unclean is looked into afterwards, in the background.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.bench.big_journal import YEARS_10, family
from tests.bench.figure import RATIO, Figure, Part, Round, at_most
from tests.bench.interleave import alternately

WEARERS = 6
ROUNDS = 9
READY_WITHIN_S = 20.0
# The daemon's first commits: without them there is nothing to recover.
LIVES_S = 0.3
_CONFIGURATION = f"""\
site = "bench"
[[watches]]
name = "Ours"
id = "{1:032x}"
address = "F0:F1:F2:F3:F4:F5"
"""
_RUN = ("-m", "wearsync", "run", "--broker", "mqtt://127.0.0.1:9", "--radio", "native")
_IMPORTED = re.compile(r"import time:[\s\d]+\|[\s\d]+\|\s+([\w.]+)$", re.MULTILINE)


@contextmanager
def _prepared(place: Path) -> Iterator[Round]:
    homes = {name: place / name for name in ("empty", "large")}
    journals = {name: a_home(home) for name, home in homes.items()}
    rows = family(journals["large"], wearers=WEARERS, days=YEARS_10)
    modules = _modules(homes["empty"])
    ready_s(homes["large"])
    floor = alternately(partial(ready_s, homes["empty"]), partial(_import_s, modules, place))
    large = alternately(partial(ready_s, homes["large"]), partial(ready_s, homes["empty"]))

    def once() -> dict[str, float]:
        ready_s, import_s = floor()
        large_s, empty_s = large()
        return {
            RATIO: ready_s / import_s,
            "rows": large_s / empty_s,
            "ready_ms": ready_s * 1000,
            "import_ms": import_s * 1000,
            "large_ms": large_s * 1000,
            "large_rows": rows,
        }

    yield once


def a_home(home: Path) -> Path:
    """A home with one watch, made where there is nothing yet; gives where its journal belongs."""
    home.mkdir()
    (home / "config.toml").write_text(_CONFIGURATION)
    (home / "state").mkdir(mode=0o700)
    return home / "state/journal.db"


def ready_s(home: Path, *options: str, log: str = "log") -> float:
    """One life: from its start to READY; killed afterwards."""
    at = str(home / "notify")
    Path(at).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, (home / log).open("wb") as said:
        manager.bind(at)
        manager.settimeout(READY_WITHIN_S)
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *options, *_RUN], env=_environment(home, {"NOTIFY_SOCKET": at}), stderr=said
        )
        try:
            while b"READY=1" not in manager.recv(4096):
                pass
            took_s = time.perf_counter() - began
            time.sleep(LIVES_S)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    return took_s


def _modules(home: Path) -> list[str]:
    """What a daemon has imported by the time that it is ready."""
    ready_s(home, "-X", "importtime", log="imports")
    until_ready, _, _ = (home / "imports").read_text().partition("daemon.ready")
    found = dict.fromkeys(_IMPORTED.findall(until_ready))
    check = "import sys, importlib\nfor name in sys.argv[1:]:\n    try: importlib.import_module(name)\n"
    check += "    except Exception: continue\n    print(name)"
    told = subprocess.run([sys.executable, "-c", check, *found], check=True, capture_output=True, text=True)
    return told.stdout.split()


def _import_s(modules: list[str], place: Path) -> float:
    script = place / "imports.py"
    script.write_text("".join(f"import {name}\n" for name in modules) + "print(flush=True)\n")
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, env=_environment(place, {})
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n", "it could not import them"
        took_s = time.perf_counter() - began
        process.kill()
    return took_s


def _environment(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    ours = {
        "HOME": str(home),
        "WEARSYNC_CONFIG": str(home / "config.toml"),
        "WEARSYNC_STATE_DIR": str(home / "state"),
    }
    return {**os.environ, **ours, **more}


RECOVERY = Figure(
    name="recovery",
    says="kill -9 → ready ÷ bare import of the same modules; with 1 M rows ÷ with none",
    parts=(
        Part(RATIO, "×", "ready ÷ imports", at_most(1.5)),
        Part("rows", "×", "1 M rows ÷ none", at_most(1.2)),
        Part("ready_ms", "ms", "from start to ready"),
        Part("import_ms", "ms", "imports alone"),
        Part("large_ms", "ms", "to ready with 1 M rows"),
        Part("large_rows", "", "rows of the large one"),
    ),
    rounds=ROUNDS,
    prepared=_prepared,
)
