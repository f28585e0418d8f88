"""python -m tests.bench.peers: boots the guest, runs the course, prints the table.

Rule: it prints; it fails only if nothing could be measured. What the guest said stands in .cache/bluez/peers.
"""

import argparse
import asyncio
import json
import logging
import shutil
import sys
import time
from pathlib import Path

from tests.bench.machine import machine
from tests.bench.peers.course import Course, Marks
from tests.bench.peers.ears import Ears
from tests.bench.peers.layer import CACHE, peers_layer, versions
from tests.bench.peers.peripheral import Restless
from tests.bench.peers.table import as_json, lines
from tests.bench.peers.tools import Tool, tools
from tests.bench.report import head
from tests.bluez.guest import GuestFailed
from tests.bluez.home import CONFIG, pair
from tests.bluez.machine import missing
from tests.bluez.stage import Stage, stage
from tests.mosquitto import Mosquitto, mosquitto_executable

LOGS = CACHE / "peers"
ROUNDS = 2


def main() -> int:
    """From the command line to the exit code."""
    options = _options()
    if packages := missing():
        sys.stderr.write(f"peers: install {', '.join(packages)} (on Debian, with apt)\n")
        return 69
    if options.json is not None and not options.json.parent.is_dir():
        sys.stderr.write(f"peers: there is no directory {options.json.parent}: make it first\n")
        return 2
    executable = mosquitto_executable()
    assert executable is not None
    shutil.rmtree(LOGS, ignore_errors=True)
    (LOGS / "broker").mkdir(parents=True)
    for name in ("bumble", "mqtt"):  # what is done here on purpose
        logging.getLogger(name).setLevel(logging.CRITICAL)
    broker = Mosquitto(executable=executable, directory=LOGS / "broker")
    broker.start()
    try:
        return asyncio.run(_run(options, broker))
    except (GuestFailed, RuntimeError) as error:
        sys.stderr.write(f"peers: {error}\npeers: all logs: {LOGS}\n")
        return 1
    finally:
        broker.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", description=__doc__)
    parser.add_argument("names", metavar="TOOL", nargs="*", help="some of them; all, if none is named")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help="turns of each tool alone")
    parser.add_argument("--no-outage", action="store_true", help="leave the broker's minute out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's values there, too")
    return parser.parse_args()


async def _run(options: argparse.Namespace, broker: Mosquitto) -> int:
    chosen = [each for each in tools(broker.port) if not options.names or each.name in options.names]
    all_marks = [Marks(tool) for tool in chosen]
    async with stage(CACHE, LOGS, _say, more=peers_layer) as there, Ears(broker.port, chosen) as ears:
        guest = await there.versions()
        _say(f"{guest} · {versions()}")
        await there.plug_adapter()
        await there.wait_powered()
        for tool in chosen:
            await _prepare(there, tool)
        course = Course(there, broker, ears, _say)
        for number in range(options.rounds):
            for marks in all_marks if number % 2 == 0 else all_marks[::-1]:
                await course.turn(marks)
        if not options.no_outage:
            await course.outage([marks for marks in all_marks if not marks.tool.alone])
            for marks in all_marks:
                if marks.tool.alone:
                    await course.outage([marks])
        for tool in chosen:
            await tool.watch.power_off()
    about = dict(machine(CACHE)) | {"guest": guest, "others": versions()}
    for line in (*head(about), "", *lines(all_marks)):
        sys.stdout.write(f"{line}\n")
    if options.json is not None:
        options.json.write_text(json.dumps({"machine": about, **as_json(all_marks)}, indent=1) + "\n")
    return 0


async def _prepare(there: Stage, tool: Tool) -> None:
    """Its watch is on; wearsync's is paired, and its sessions are the longest there are."""
    await tool.watch.power_on(there.air)
    if isinstance(tool.watch, Restless):
        await there.guest.run("sed", "-i", "s/^rounds = .*/rounds = 10/", CONFIG)
        done = await pair(there, tool.watch.watch, "Sim")
        if done.status:
            raise GuestFailed(f"the watch could not be paired: {done.errors}")


def _say(line: str) -> None:
    sys.stdout.write(f"{time.monotonic() - BEGAN_S:6.0f} s  {line}\n")
    sys.stdout.flush()


BEGAN_S = time.monotonic()

if __name__ == "__main__":
    sys.exit(main())
