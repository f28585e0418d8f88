"""One check after the other, each for as long as it may take; what breaks or hangs costs itself only.

Rule: nothing that a check does reaches whoever asked, but its finding.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing

from wearsync.doctor import bluetooth, broker, computer, configuration, daemon, page, storage, watches
from wearsync.doctor.case import Case, Section, gather
from wearsync.doctor.check import Check, Finding, Status
from wearsync.doctor.findings.itself import BROKE, HUNG, NOT_REACHED
from wearsync.doctor.request import Machine, Request
from wearsync.errors import UsageError

SECTIONS: tuple[Section, ...] = (
    Section("computer", "This computer", ("python", "libraries", "time_zones", "clock"), computer.look),
    Section("configuration", "Configuration", ("config", "secrets", "keys"), configuration.look),
    Section("daemon", "Daemon", ("daemon", "outbox", "unit"), daemon.look),
    Section("storage", "Journal", ("state_dir", "disk", "journal", "lock"), storage.look),
    Section(
        "bluetooth",
        "Bluetooth",
        ("radio", "dbus", "bluetoothd", "adapter", "sharing", "agent"),
        bluetooth.look,
        patience_s=12.0,
    ),
    Section("watches", "Watches", ("bond", "trust", "watch", "watch_clock"), watches.look, patience_s=20.0),
    Section(
        "broker",
        "Broker",
        (
            "broker_reach",
            "broker_tls",
            "broker_login",
            "broker_publish",
            "broker_commands",
            "broker_keeps",
            "home_assistant",
        ),
        broker.look,
        patience_s=12.0,
    ),
    Section("page", "Page", ("page",), page.look),
)

NAMES: tuple[str, ...] = tuple(
    name for section in SECTIONS for name in (section.name, *section.checks) if name
)
"""What may be asked for: sections and checks."""

log = logging.getLogger(__name__)


async def examine(
    request: Request,
    *,
    names: Collection[str] = (),
    machine: Machine | None = None,
    looking: Callable[[str], None] = lambda _name: None,
    sections: Collection[Section] = SECTIONS,
) -> AsyncGenerator[Check, None]:
    """Look at what is named, everything without; each check as soon as it is known. Raises `UsageError` for a
    name that there is not. `looking` is told the name of each check before it begins.
    """
    for name in names:
        if name not in NAMES:
            raise UsageError(f"no check is called {name!r}: there are {', '.join(dict.fromkeys(NAMES))}")
    looking("config")
    case = await gather(request, machine or Machine())
    for section in sections:
        if not names or section.name in names or set(section.checks) & set(names):
            async with aclosing(_section(section, case, looking)) as checks:
                async for check in checks:
                    if not names or section.name in names or check.name in names:
                        yield check


async def _section(
    section: Section, case: Case, looking_at: Callable[[str], None]
) -> AsyncGenerator[Check, None]:
    """Its checks; those that were not reached are said to be skipped, and why."""
    left = list(section.checks)
    because = "there is nothing to look at"
    looking = section.look(case)
    try:
        while True:
            try:
                if left:
                    looking_at(left[0])
                async with asyncio.timeout(section.patience_s):
                    check = await anext(looking)
            except StopAsyncIteration:
                break
            except TimeoutError:
                check = _of(HUNG, left, section.checks[-1], seconds=f"{section.patience_s:.0f}")
            except Exception as error:  # a defect of ours, or a world that nobody thought of
                log.debug("doctor.check_broke", exc_info=True)
                check = _of(BROKE, left, section.checks[-1], error=f"{type(error).__name__}: {error}")
            yield check
            left = left[left.index(check.name) + 1 :] if check.name in left else left
            if check.status is not Status.PASS:
                because = f"see {check.name}"
    finally:
        await looking.aclose()
    if case.settings is None and section.name != "configuration":
        because = "see config"
    for name in left:
        yield NOT_REACHED.told(because=because).model_copy(update={"name": name})


def _of(finding: Finding, left: list[str], name: str, **values: str) -> Check:
    return finding.told(**values).model_copy(update={"name": left[0] if left else name})
