"""Steps: systemd runs the unit that `wearsync service` prints, in its sandbox, and the daemon does its work
there.

Rule: the unit is as printed; only its watchdog waits for less, and the broker is the host's.
"""

import tempfile
import time
from pathlib import Path

from tests.bluez.settings import HOST
from tests.bluez.stage import Stage
from tests.bluez.steps import Step, expect
from tests.mosquitto import Mosquitto, mosquitto_executable
from wearsync_simulators.watches.simulated_watch import SimulatedWatch

__all__ = ["STEPS"]

UNIT = "/etc/systemd/system/wearsync.service"
WATCHDOG_S = 15
# What the design allows, by systemd's own reckoning (10: all open).
EXPOSURE_MAX = 1.5
# What SIGTERM leaves. Under emulation the product is some ten times slower, and `systemctl` too.
STOP_S = 5.0
SLOWER = 2.0

INSTALL = f"""\
install -d -o wearsync -g wearsync -m 750 /etc/wearsync
wearsync --config /etc/wearsync/config.toml config init
chown wearsync: /etc/wearsync/config.toml
wearsync service > {UNIT}
mkdir {UNIT}.d
printf '[Service]\\nWatchdogSec={WATCHDOG_S}\\n' > {UNIT}.d/here.conf
echo "Environment=WEARSYNC_BROKER_URL=mqtt://{HOST}:$1" >> {UNIT}.d/here.conf
systemctl daemon-reload
systemctl start wearsync
"""
# Somebody who is neither root nor wearsync, with these groups.
AS_NOBODY = """\
import os, sys
os.setgroups([int(sys.argv[1])] if sys.argv[1] else [])
os.setgid(65534); os.setuid(65534); os.environ["HOME"] = "/nonexistent"
os.execvp(sys.argv[2], sys.argv[2:])
"""
REWRITE, RELOAD = "sed -i /etc/wearsync/config.toml -e", "systemctl reload wearsync"
MEMBER, STRANGER = "990", ""
WRITABLE = """\
pid=$(systemctl show -P MainPID wearsync)
for place in /etc/wearsync /var/lib/wearsync /run/wearsync /etc /var/lib /usr /run /run/lock; do
    nsenter -t "$pid" -m touch $place/try 2> /dev/null && echo $place
    nsenter -t "$pid" -m rm -f $place/try
done
"""


async def _bash(stage: Stage, text: str, *arguments: str) -> str:
    done = await stage.guest.run("bash", "-ec", text, "bash", *arguments)
    expect(done.status == 0, "exit 0", (text, done.status, done.output, done.errors))
    return done.output


async def _show(stage: Stage, property_: str) -> str:
    return (await _bash(stage, f"systemctl show -P {property_} wearsync")).strip()


async def _status_until(stage: Stage, part: str) -> str:
    while part not in (status := await _show(stage, "StatusText")):
        pass
    return status


async def _starts(stage: Stage) -> str:
    executable = mosquitto_executable()
    assert executable is not None
    with tempfile.TemporaryDirectory() as directory:
        broker = Mosquitto(executable=executable, directory=Path(directory))
        broker.start()
        try:
            await _bash(stage, INSTALL, str(broker.port))
            expect(await _show(stage, "ActiveState") == "active", "an active service")
            await _status_until(stage, "broker connected")
        finally:
            broker.kill()
    line = await _bash(stage, "systemd-analyze --no-pager security wearsync | tail -n 1")
    exposure = line.split(":")[1].split()[0]
    expect(float(exposure) <= EXPOSURE_MAX, f"an exposure of {EXPOSURE_MAX}", line)
    open_to_it = (await _bash(stage, WRITABLE)).split()
    wanted = ["/etc/wearsync", "/var/lib/wearsync", "/run/wearsync"]
    expect(open_to_it == wanted, f"{wanted} to be all that it can write", open_to_it)
    return f"broker connected, exposure {exposure}, writes only what is its own"


async def _commanded(stage: Stage) -> str:
    watch = SimulatedWatch(name="Scanned", pairing=True)
    await watch.power_on(stage.air)
    try:
        as_nobody = ("python3", "-c", AS_NOBODY)
        done = await stage.guest.run(*as_nobody, MEMBER, "wearsync", "scan", "--seconds", "5")
    finally:
        await watch.power_off()
    expect(done.status == 0, "a member of the group to be answered", (done.output, done.errors))
    expect(watch.address in done.output, f"{watch.address}, seen through the sandbox", done.output)
    done = await stage.guest.run(*as_nobody, STRANGER, "wearsync", "today")
    expect(done.status == 69 and "added to its group" in done.errors, "a stranger to be refused", done)
    return "a member sees the watch, a stranger is told how to become one"


async def _reloaded(stage: Stage) -> str:
    """Its sandbox lets it read what root has written, and ask the daemon."""
    good = await stage.guest.run("bash", "-ec", f"{REWRITE} 's/^rounds = 2/rounds = 3/'; {RELOAD}")
    expect(good.status == 0, "a reload", (good.output, good.errors))
    bad = await stage.guest.run("bash", "-ec", f"{REWRITE} 's/^rounds = 3/rounds = 99/'; {RELOAD}")
    expect(bad.status != 0, "a bad file to fail the reload", bad.output)
    await _bash(stage, "systemctl kill --signal HUP wearsync")
    line = await _status_until(stage, "the new configuration is not used")
    expect("routine.rounds is 99" in line, "the key that is wrong", line)
    log = await _bash(stage, "journalctl --no-pager --output cat --unit wearsync")
    for part in ("new: routine", "it must be at most 10 (the daemon goes on with what it had)"):
        expect(part in log, f"{part!r} in its log", log)
    await _bash(stage, f"{REWRITE} 's/^rounds = 99/rounds = 2/'; systemctl is-active wearsync")
    return "taken, and refused with the reason"


async def _frozen(stage: Stage) -> str:
    await _status_until(stage, "broker away")
    before = await _show(stage, "NRestarts")
    expect(before == "0", "no restart without a broker", before)
    await _bash(stage, "systemctl kill --signal STOP wearsync")
    began_s = time.monotonic()
    while await _show(stage, "NRestarts") == "0":
        pass
    frozen_s = time.monotonic() - began_s
    log = await _bash(stage, "journalctl --no-pager --output cat --unit wearsync")
    # Wherever it was frozen, the command line's own frame is at the bottom.
    stack = ("Fatal Python error: Aborted", "wearsync/__main__.py")
    for part in ("Watchdog timeout", *stack, "result 'watchdog'"):
        expect(part in log, f"{part!r} in its log", log)
    while await _show(stage, "ActiveState") != "active":
        pass
    return (
        f"ended with its stacks after {frozen_s:.0f} s, ready again after {time.monotonic() - began_s:.0f} s"
    )


async def _stops(stage: Stage) -> str:
    began_s = time.monotonic()
    await _bash(stage, "systemctl stop wearsync")
    stopped_s = time.monotonic() - began_s
    expect(stopped_s <= SLOWER * STOP_S, f"an end within {STOP_S} s", stopped_s)
    result = await _bash(
        stage, "systemctl show -p Result,ExecMainStatus,ActiveState wearsync; ls -d /run/wear* || true"
    )
    expect(
        sorted(result.split()) == ["ActiveState=inactive", "ExecMainStatus=0", "Result=success"],
        "an end in order that leaves no socket",
        result,
    )
    await _bash(stage, f"rm -r {UNIT} {UNIT}.d /etc/wearsync /var/lib/wearsync; systemctl daemon-reload")
    return f"{stopped_s:.1f} s, in order"


STEPS = (
    Step("service", "systemd runs the printed unit in its sandbox", _starts, deadline_s=300.0),
    Step("service-group", "the service's group commands it, nobody else", _commanded),
    Step(
        "service-reload",
        "`systemctl reload` takes a new configuration, or fails",
        _reloaded,
        deadline_s=300.0,
    ),
    Step("service-frozen", "the watchdog ends a frozen service, and begins anew", _frozen, deadline_s=300.0),
    Step("service-stop", "`systemctl stop` ends it in order", _stops),
)
