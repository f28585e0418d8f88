"""`wearsync-sim`: a simulated watch in a process of its own, and the virtual air.

Rule: nothing that needs Bumble is imported before it is known to be there; every expected error is one line
on stderr and a documented exit code.
"""

import asyncio
import sys
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from wearsync import __version__
from wearsync.cli.ending import exit_code, parsed
from wearsync.cli.flags import bare_flags
from wearsync.cli.terminal import speak_plainly
from wearsync.errors import UsageError

__all__ = ["app", "main"]

EXIT_UNAVAILABLE = 69
# What a name has of 31 bytes: beside the profile's service data, or beside an advertisement's flags.
NAME_MAX_BYTES = {"wearsync": 10}
ANY_NAME_MAX_BYTES = 26
NEEDS_EXTRA = "wearsync-sim needs the simulator extra: pip install 'wearsync[all]'"
EPILOG = (
    "Exit codes: 0 ok (also when asked to stop) · 1 `world` or `check` found something · 2 usage · "
    "69 unavailable · 73 already running · 74 storage."
)
WEARER_HELP = (
    "Who wears it. diligent: answers in 1 to 3 s, taps when needed, never stops early. "
    "hasty: starts early by a tap, sometimes stops early, sometimes because it was too much. "
    "forgetful: misses questions, answers late. "
    "absent: the watch lies on its charger. "
    "keyboard: you (space tap, d double press, s start, 1 2 3 done, too much, it hurt, p pause, k skip, "
    "b back, e extra, z snooze, y n the pairing code, o pairing mode, q quit)."
)


class Radio(StrEnum):
    """How the world's radio works."""

    FAST = "fast"
    BLE = "ble"


class Phy(StrEnum):
    """How fast the air's radios are."""

    ONE = "1M"
    TWO = "2M"


def _show_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"wearsync-sim {__version__}\n")
        raise typer.Exit


app = typer.Typer(
    name="wearsync-sim",
    help="Simulated watches for wearsync: real Bluetooth LE peripherals in software.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line; ends the process."""
    if find_spec("bumble") is None:
        sys.stderr.write(NEEDS_EXTRA + "\n")
        sys.exit(EXIT_UNAVAILABLE)
    speak_plainly()
    bare_flags(app)
    sys.exit(exit_code("wearsync-sim", parsed(app, "wearsync-sim"), more=""))


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit."),
    ] = False,
) -> None:
    """Simulated watches for wearsync: real Bluetooth LE peripherals in software."""


@app.command()
def watch(
    driver: Annotated[
        str, typer.Option(metavar="NAME", help="Whose watch it is: wearsync, banglejs, infinitime …")
    ] = "wearsync",
    transport: Annotated[
        str,
        typer.Option(help="Any Bumble transport: tcp-client:HOST:PORT (an air), usb:0, hci-socket:0, vhci …"),
    ] = "tcp-client:127.0.0.1:9747",
    wearer: Annotated[str, typer.Option(help=WEARER_HELP)] = "diligent",
    pairing: Annotated[
        bool, typer.Option("--pairing", help="In pairing mode from the start, until a key has been proven.")
    ] = False,
    out_of_range: Annotated[
        list[str] | None,
        typer.Option(
            metavar="AT:FOR",
            help="Out of range AT s into the first hold, for FOR s.",
        ),
    ] = None,
    start_after: Annotated[
        float | None,
        typer.Option(metavar="S", min=0, help="The wearer starts a session on the watch after S s, once."),
    ] = None,
    open_: Annotated[
        bool,
        typer.Option(
            "--open",
            help="No encryption, no tags: for generic BLE apps. The daemon takes it only with --lab.",
        ),
    ] = False,
    trace: Annotated[bool, typer.Option("--trace", help="Print every frame, decoded.")] = False,
    capture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="HCI traffic as btsnoop, for Wireshark.")
    ] = None,
    dump_journal: Annotated[
        Path | None, typer.Option(metavar="FILE", help="At the end, its journal as JSON Lines; - is stdout.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What it advertises. Default: what real ones do.")] = None,
    state_dir: Annotated[
        Path | None, typer.Option(help="Identity, keys, bonds, flash. Default: one for each name.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the wearer's reactions.")] = None,
    drift: Annotated[
        float, typer.Option(metavar="PPM", help="Of the watch's clock.", min=-10_000, max=10_000)
    ] = 0.0,
) -> None:
    """A simulated watch and its wearer, until SIGTERM or Ctrl-C."""
    from wearsync_simulators.watch_process import Options, parse_outage, run
    from wearsync_simulators.watches.families import usual_name

    name = _checked_name(usual_name(driver) if name is None else name, driver)
    options = Options(
        driver=driver,
        transport=transport,
        wearer=wearer,
        pairing=pairing,
        outages=tuple(parse_outage(spec) for spec in out_of_range or ()),
        start_after_s=start_after,
        open=open_,
        trace=trace,
        capture=capture,
        dump_journal=dump_journal,
        name=name,
        state_dir=state_dir or _default_state_dir(name),
        seed=seed,
        drift_ppm=drift,
    )
    asyncio.run(run(options, say=_say, warn=_warn))


@app.command()
def air(
    listen: Annotated[
        str, typer.Option(metavar="tcp:ADDR:PORT", help="Where HCI hosts connect; each gets a controller.")
    ] = "tcp:127.0.0.1:9747",
    airtime: Annotated[
        Phy | None,
        typer.Option(
            help="Packets take the time that they take on this PHY, in connection events. Default: none.",
            show_default=False,
        ),
    ] = None,
    interval_ms: Annotated[
        float | None,
        typer.Option(
            metavar="MS",
            min=7.5,
            max=4000,
            help="With --airtime: the connection interval, whatever the host asks for.",
            show_default=False,
        ),
    ] = None,
    loss: Annotated[
        float,
        typer.Option(metavar="P", min=0, max=0.9, help="With --airtime: how likely a packet breaks."),
    ] = 0.0,
) -> None:
    """The virtual radio: whoever connects is in the same air, until SIGTERM or Ctrl-C."""
    from wearsync_simulators.radio.airtime import Airtime
    from wearsync_simulators.radio.tcp import parse_host_port
    from wearsync_simulators.watch_process import run_air

    if airtime is None and (interval_ms is not None or loss):
        raise UsageError("--interval-ms and --loss are of a radio with airtime: add --airtime 2M")
    host, port = parse_host_port(listen)
    timed = None if airtime is None else Airtime(phy=airtime.value, interval_ms=interval_ms, loss=loss)
    asyncio.run(run_air(host, port, say=_say, airtime=timed))


@app.command()
def world(
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="One seed is one run.")] = 1,
    days: Annotated[int, typer.Option(metavar="D", min=1, help="Simulated days.")] = 7,
    faults: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,…", help="Only these; none: a quiet world. Default: all.", show_default=False
        ),
    ] = None,
    watches: Annotated[int, typer.Option(metavar="N", min=1, max=100, help="Each with its own wearer.")] = 1,
    radio: Annotated[
        Radio, typer.Option(help="fast: above GATT. ble: real ATT, GATT and SMP over the virtual air.")
    ] = Radio.FAST,
    plant: Annotated[
        str | None,
        typer.Option(metavar="BUG", help="Plant a bug into the product: the world must find it."),
    ] = None,
    until_violated: Annotated[
        str | None,
        typer.Option(
            metavar="I1…I11",
            help="No further than until this is seen to be violated (I: any).",
            show_default=False,
        ),
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="The last line is JSON; all else goes to stderr.")
    ] = False,
) -> None:
    """Some days of the whole product in virtual time, everything going wrong; 1 if something is violated."""
    from wearsync_simulators.world import show

    raise typer.Exit(
        show.run(
            seed=seed,
            days=days,
            faults=None if faults is None else show.fault_names(faults),
            watches=watches,
            radio=radio.value,
            plant=None if plant is None else show.bug_name(plant),
            until_violated=None if until_violated is None else show.invariant(until_violated),
            as_json=json_,
            say=_say,
            warn=_remark,
        )
    )


@app.command()
def check(
    driver: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A driver, and its simulated watch.", show_default=False),
    ] = None,
    watch: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A paired watch of yours, which you wear.", show_default=False),
    ] = None,
    radio: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="With --watch: native, tcp:HOST:PORT …", show_default=False),
    ] = None,
    story: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this one; may be given again.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of what is drawn by chance.")] = 1,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer faults.")] = False,
    within: Annotated[
        float, typer.Option(metavar="S", min=1, help="With --watch: how long it waits for you, each time.")
    ] = 180.0,
    config: Annotated[Path | None, typer.Option(help="With --watch: as of wearsync.")] = None,
    state_dir: Annotated[Path | None, typer.Option(help="With --watch: as of wearsync.")] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="One object a story, the last one a summary.")
    ] = False,
) -> None:
    """The conformance kit: stories and faults for a driver and its watch; 1 if something fails."""
    from wearsync_simulators.kit.command import Wish
    from wearsync_simulators.kit.command import check as check_all

    wish = Wish(
        driver=driver,
        radio=radio,
        watch=watch,
        stories=tuple(story or ()),
        seed=seed,
        quick=quick,
        patience_s=within,
        config=config,
        state_dir=state_dir,
        as_json=json_,
    )
    if not check_all(wish, say=_say, remark=_remark):
        raise typer.Exit(1)


def _checked_name(name: str, driver: str) -> str:
    longest = NAME_MAX_BYTES.get(driver, ANY_NAME_MAX_BYTES)
    fits = 1 <= len(name.encode()) <= longest
    if not fits or not name.isprintable() or "/" in name or name.startswith("."):
        raise UsageError(f"--name {name!r}: 1 to {longest} bytes of text, without a slash or a leading dot")
    return name


def _default_state_dir(name: str) -> Path:
    from platformdirs import user_state_path

    return user_state_path("wearsync-sim") / name


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _remark(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _warn(line: str) -> None:
    sys.stderr.write(f"wearsync-sim: {line}\n")
    sys.stderr.flush()
