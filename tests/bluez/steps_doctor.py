"""Steps: the doctor names what is wrong with a real bluetoothd, and finds nothing where nothing is.

Rule: each fault is mended again before the step ends.
"""

import json

from tests.bluez.stage import Stage
from tests.bluez.steps import Step, expect

__all__ = ["STEPS"]

CHECKS = ("radio", "dbus", "bluetoothd", "adapter", "sharing", "agent")
# What prepares each fault, and what mends it.
FAULTS = {
    "adapter_off": ("bluetoothctl power off", "bluetoothctl power on"),
    "rfkill_soft": (
        "echo 1 | tee /sys/class/rfkill/rfkill*/soft",
        "echo 0 | tee /sys/class/rfkill/rfkill*/soft; bluetoothctl power on",
    ),
    "bluetoothd_stopped": ("systemctl stop bluetooth", "systemctl start bluetooth"),
}
# One start of Python for all: under emulation that takes longer than what it is started for.
LOOK = """\
import asyncio, subprocess, sys
from wearsync.cli.doctor import examined
from wearsync.doctor import Request
for prepare, mend in zip(sys.argv[1::2], sys.argv[2::2]):
    subprocess.run(prepare, shell=True, check=True, stdout=subprocess.DEVNULL)
    asyncio.run(examined(Request(), ["bluetooth"], as_json=True))
    subprocess.run(mend, shell=True, check=True, stdout=subprocess.DEVNULL)
"""


async def _doctor(stage: Stage) -> str:
    acts = [act for pair in (("true", "true"), *FAULTS.values()) for act in pair]
    done = await stage.guest.run("python3", "-c", LOOK, *acts)
    expect(done.status == 0, "exit 0", (done.output, done.errors))
    well, *ill = (json.loads(line)["checks"] for line in done.output.splitlines())
    said = [(check["name"], check["status"]) for check in well]
    expect(said == [(name, "pass") for name in CHECKS], "each Bluetooth check to pass", well)
    found = [next(check["finding"] for check in each if check["status"] == "fail") for each in ill]
    expect(found == [*FAULTS], ", ".join(FAULTS), ill)
    await stage.wait_powered()
    return f"{well[2]['says']}, well; then {', '.join(found)}"


STEPS = (Step("doctor", "doctor finds what is wrong with Bluetooth, and only that", _doctor),)
