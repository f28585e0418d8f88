"""Our app on a watch whose maker lets us write one: looked for, installed, brought up to date, taken out.

Rule: nothing is written to a watch before the person has said yes; the driver's installer does the writing
and verifies it, here is who asks and tells.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

from wearsync.daemon.link_runner import LinkRunner
from wearsync.daemon.pairing.owner import Owner
from wearsync.drivers.base import Disconnect, DriverSession
from wearsync.errors import TryAgain, UnfitWatch, UsageError
from wearsync.messages import AppFound, AppProgress, Goodbye, Pair, Up
from wearsync.ports import Clock, Radio, Sighting

Action = Literal["install", "remove"]


class Installer(DriverSession, Protocol):
    """A driver session that looks for the app, says `AppFound`, does its work when it is told `Pair(None)`,
    and says `AppFound` again.
    """

    @property
    def half_done(self) -> str | None:
        """What to tell people if the link went now; None: nothing is half done."""


@dataclass(frozen=True, slots=True)
class WatchApp:
    """Our app for one family of watches; `installer` makes a fresh one for each link."""

    version: str
    installer: Callable[[Action], Installer]


class AppInstallation:
    """What is done with the app on the watch that was seen. All methods raise `TryAgain`, `UnfitWatch`,
    `UsageError` when the person says no, and what `Radio.connect` raises.
    """

    def __init__(
        self,
        *,
        app: WatchApp,
        radio: Radio,
        clock: Clock,
        entropy: Callable[[int], bytes],
        owner: Owner,
    ) -> None:
        self._app = app
        self._radio = radio
        self._clock = clock
        self._entropy = entropy
        self._owner = owner

    async def install(self, sighting: Sighting) -> None:
        """See to it that the watch has the app: of this version or a later one, or of an earlier one that the
        person or the watch's settings leave there.
        """
        name, version = sighting.name or sighting.address, self._app.version
        self._owner.say(f"looking for the wearsync app on {name}")
        async with self._talk(sighting, self._app.installer("install")) as talk:
            found = await talk.found()
            if found.version is not None and not _is_older(found.version, version):
                return
            if found.version is not None and not found.writable:
                self._owner.say(f"{name} lets nobody write programs: its wearsync app stays {found.version}")
                return
            _require_writable(found, name)
            if found.version is None:
                await self._agree(f"install the wearsync app {version} on {name}?")
            elif not await self._owner.go_ahead(
                f"bring the wearsync app on {name} from {found.version} to {version}?"
            ):
                self._owner.say(f"the wearsync app on {name} stays {found.version}")
                return
            self._owner.say(f"installing the wearsync app {version}: keep the watch near")
            talk.go_on()
            await talk.found()
        self._owner.say(f"the wearsync app {version} is on {name}")

    async def remove(self, sighting: Sighting) -> bool:
        """Take the app out; whether there was one."""
        name = sighting.name or sighting.address
        async with self._talk(sighting, self._app.installer("remove")) as talk:
            found = await talk.found()
            _require_writable(found, name)
            if found.version is None:
                return False
            if not await self._owner.go_ahead(
                f"take the wearsync app {found.version} off {name}? Holds that only the watch has go with it."
            ):
                raise UsageError(f"the wearsync app stays on {name}")
            self._owner.say("taking the wearsync app out: keep the watch near")
            talk.go_on()
            await talk.found()
        return True

    async def _agree(self, question: str) -> None:
        hint = "It takes 20 s, and `wearsync pair --remove-app` takes it out again."
        if not await self._owner.go_ahead(f"{question} {hint}"):
            raise UsageError("without its app this watch can't be paired: nothing was written to it")

    @asynccontextmanager
    async def _talk(self, sighting: Sighting, installer: Installer) -> AsyncIterator["_AppTalk"]:
        """A talk with the installer; at its end the watch is let go."""
        talk = _AppTalk(installer, self._owner.progress)
        talk.runner = LinkRunner(
            link=await self._radio.connect(sighting),
            session=installer,
            clock=self._clock,
            entropy=self._entropy(32),
            on_message=talk.heard,
        )
        talk.running = asyncio.create_task(talk.runner.run(), name="app-install")
        try:
            yield talk
            talk.runner.send(Goodbye())
            await talk.running
        except asyncio.CancelledError:
            if installer.half_done is not None:
                self._owner.say(installer.half_done)
            raise
        finally:
            talk.running.cancel()
            await asyncio.gather(talk.running, return_exceptions=True)


class _AppTalk:
    """What the installer says, for who waits for it."""

    runner: LinkRunner
    running: asyncio.Task[Disconnect]

    def __init__(self, installer: Installer, progress: Callable[[int], None]) -> None:
        self._installer = installer
        self._progress = progress
        # The installer says it twice: before and after.
        self._found: asyncio.Queue[AppFound] = asyncio.Queue(2)

    def heard(self, message: Up) -> None:
        """Take one message of the installer."""
        match message:
            case AppFound():
                self._found.put_nowait(message)
            case AppProgress(done_bytes, total_bytes):
                self._progress(100 * done_bytes // max(1, total_bytes))
            case _:
                pass

    def go_on(self) -> None:
        """The person has said yes."""
        self.runner.send(Pair(None))

    async def found(self) -> AppFound:
        """The installer's next word on what is there. Raises why it has ended without one."""
        word = asyncio.create_task(self._found.get(), name="app-found")
        try:
            await asyncio.wait({word, self.running}, return_when=asyncio.FIRST_COMPLETED)
            if word.done():
                return word.result()
            end = self.running.result()
        finally:
            word.cancel()
        half_done = self._installer.half_done
        reason = end.reason if half_done is None else f"{end.reason}; {half_done}"
        raise UnfitWatch(reason) if end.fault == "unfit" else TryAgain(reason)


def _require_writable(found: AppFound, name: str) -> None:
    if not found.writable:
        raise TryAgain(
            f"{name} lets nobody write programs: switch on Settings → Bluetooth → Programmable on the watch, "
            "then try again"
        )


def _is_older(version: str, than: str) -> bool:
    """Whether it goes before the other one, number by number; what is no version goes before all."""
    return _numbers(version) < _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()
