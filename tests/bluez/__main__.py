"""scripts/check-bluez: boots the guest, runs the steps, says PASS or FAIL.

Rule: the last line is PASS, with exit 0, or FAIL, with exit 1 and the path of all logs.
"""

import argparse
import asyncio
import importlib.util
import logging
import shutil
import sys
import time
from pathlib import Path

from tests.bluez.guest import GuestFailed
from tests.bluez.machine import missing
from tests.bluez.stage import Stage, stage
from tests.bluez.steps import Step, StepFailed
from tests.bluez.steps_doctor import STEPS as DOCTOR
from tests.bluez.steps_pair import STEPS as PAIR
from tests.bluez.steps_scan import STEPS as SCAN
from tests.bluez.steps_service import STEPS as SERVICE
from tests.bluez.steps_session import STEPS as SESSION
from tests.bluez.steps_trust import STEPS as TRUST

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache/bluez"
LOGS = CACHE / "logs"
STEPS: tuple[Step, ...] = (*SCAN, *DOCTOR, *PAIR, *SESSION, *TRUST, *SERVICE)
TAIL_LINES = 40


def main() -> int:
    """From the command line to the exit code."""
    options = _options()
    if options.list:
        for step in STEPS:
            _say(f"{step.name:20} {step.says}")
        return 0
    if packages := missing():
        sys.stderr.write(f"check-bluez: install {', '.join(packages)} (on Debian, with apt)\n")
        return 69
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    # The simulated watches refuse on purpose; what matters of that is a step's.
    logging.getLogger("bumble").setLevel(logging.CRITICAL)
    return asyncio.run(_run(options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/check-bluez", description=__doc__)
    parser.add_argument("--list", action="store_true", help="the steps, without running them")
    parser.add_argument(
        "--only", metavar="STEP,…", help="these; a later one may need what an earlier one does"
    )
    parser.add_argument(
        "--command", metavar="TEXT", help="with an adapter, run this in the guest's shell instead"
    )
    parser.add_argument(
        "--script", metavar="FILE", type=Path, help="await its `script(stage)`, with an adapter, instead"
    )
    return parser.parse_args()


async def _run(options: argparse.Namespace) -> int:
    began_s, doing = time.monotonic(), "boot"
    try:
        async with stage(CACHE, LOGS, _say) as there:
            _say(f"{time.monotonic() - began_s:6.1f} s  boot · {await there.versions()}")
            if options.command or options.script:
                return await _by_hand(there, options)
            for step in STEPS:
                if options.only is None or step.name in options.only.split(","):
                    doing = step.name
                    _say(await _one(there, step))
    except (GuestFailed, StepFailed, TimeoutError) as error:
        _tell_failure(doing, error)
        return 1
    _say(f"PASS ({time.monotonic() - began_s:.0f} s)")
    return 0


async def _one(there: Stage, step: Step) -> str:
    began_s = time.monotonic()
    there.guest.remark(f"--- step {step.name}: {step.says}")
    try:
        async with asyncio.timeout(step.deadline_s):
            seen = await step.do(there)
    except TimeoutError as error:
        raise StepFailed(f"not done within {step.deadline_s:.0f} s") from error
    return f"{time.monotonic() - began_s:6.1f} s  {step.name}: {step.says} · {seen}"


async def _by_hand(there: Stage, options: argparse.Namespace) -> int:
    await there.plug_adapter()
    await there.wait_powered()
    if options.command:
        done = await there.guest.run("bash", "-c", options.command)
        sys.stdout.write(done.output)
        sys.stderr.write(done.errors)
        return done.status
    spec = importlib.util.spec_from_file_location("script", options.script)
    assert spec is not None, "a file of Python"
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    await module.script(there)
    return 0


def _tell_failure(doing: str, error: Exception) -> None:
    for name in ("console.log", "guest.log"):
        path = LOGS / name
        lines = path.read_text("utf-8", "replace").splitlines()[-TAIL_LINES:] if path.is_file() else []
        _say("\n".join([f"── the end of {name}", *(line[:500] for line in lines)]))
    _say(f"── {str(error) or type(error).__name__}")
    _say(f"all logs: {LOGS}")
    _say(f"FAIL: step {doing}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
