"""The first talk: what a watch says up to its proof, and what becomes of a key that is not proven."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.daemon.home import Home, Person, at_home
from tests.simulators.watches.virtual_time import in_virtual_time
from wearsync.daemon.link_runner import LinkRunner
from wearsync.daemon.pairing.ceremony import Ceremony, Proven
from wearsync.daemon.pairing.first_steps import FirstSteps, first_steps
from wearsync.daemon.pairing.owner import Owner
from wearsync.daemon.pairing.talk import WAITING_MAX, PairingTalk
from wearsync.drivers.base import (
    Advertised,
    Bond,
    Connected,
    Disconnect,
    Driver,
    DriverEvent,
    DriverOutput,
    DriverSession,
    Message,
    OperationDone,
    Send,
    SessionOptions,
)
from wearsync.drivers.hold_profile import HoldProfileDriver
from wearsync.errors import (
    LinkLost,
    TrustError,
    TryAgain,
    UnfitWatch,
    WearsyncError,
)
from wearsync.messages import CaughtUp, Goodbye, Introduced, Pair, WatchReady, WatchRefused
from wearsync.model import LinkMode, Routine, Trust
from wearsync.ports import Radio, Sighting


class Mute:
    """A driver whose watch introduces itself, bonds, and says no more than this then."""

    name = title = "mute"
    capabilities = HoldProfileDriver.capabilities
    link = LinkMode.ALWAYS
    service_uuids: tuple[str, ...] = ()
    name_prefixes: tuple[str, ...] = ()

    def __init__(self, watch_id: str, *says: DriverOutput, takes_key: bool = True) -> None:
        self._hello = Introduced(watch_id, in_pairing_mode=True, takes_key=takes_key)
        self._says = says

    def advertised(self, service_data: Mapping[str, bytes]) -> Advertised:
        return Advertised()

    def session(self, options: SessionOptions) -> DriverSession:
        assert options.pairing
        assert options.address
        return self

    def step(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        match event:
            case Connected():
                return (Message(self._hello),)
            case Send(Pair(key)):
                assert (key is not None) is self._hello.takes_key
                return (Bond(),)
            case OperationDone(Bond()):
                return self._says
            case Send(Goodbye()):
                return (Disconnect("said goodbye", "none"),)
            case _:
                return ()


class Hasty(Mute):
    """One that is ready before it was introduced."""

    def step(self, event: DriverEvent, now_ms: int) -> tuple[DriverOutput, ...]:
        return self._says if isinstance(event, Connected) else ()


def ceremony_of(home: Home, radio: Radio, driver: Driver) -> Ceremony:
    return Ceremony(
        radio=radio,
        keys=home.keys,
        agent=Person(),
        driver=driver,
        clock=home.clock(),
        routine=home.settings.routine,
        entropy=home.entropy,
        owner=Owner(say=home.said.append),
        name_is_free=lambda watch_id: True,
        is_ours=lambda text: False,
    )


async def brought(home: Home, ceremony: Ceremony, sighting: Sighting) -> tuple[Proven, FirstSteps]:
    """The ceremony, with nothing to write down."""

    async def then(proven: Proven, talk: PairingTalk) -> tuple[Proven, FirstSteps]:
        return proven, await first_steps(
            talk,
            can=HoldProfileDriver.capabilities,
            clock=home.clock(),
            entropy=home.entropy,
            owner=Owner(say=home.said.append),
            wants_to_learn=False,
        )

    return await ceremony.pair(sighting, name="Ours", commit=lambda _proven: None, then=then)


@in_virtual_time
async def test_proven_watch_that_does_not_answer_the_buzz_is_paired_and_told_so(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, home.radio() as radio:
        (sighting,) = await radio.scan(2.0)
        ready = WatchReady(home.watch.watch_id.hex(), 7, 1, 1, 1, 8, 0, Trust.KEY)
        mute = ceremony_of(home, radio, Mute(home.watch.watch_id.hex(), Message(ready)))
        proven, steps = await brought(home, mute, sighting)
        assert (steps.buzz, steps.clock_off_ms, proven.trust) == ("unanswered", None, Trust.KEY)
        assert steps.routine_stored is None
        assert "the watch's clock is set" in home.said
        assert list(home.keys.keys(proven=True)) == [proven.watch_id]


@in_virtual_time
async def test_watch_that_takes_no_key_has_none_here(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, home.radio() as radio:
        (sighting,) = await radio.scan(2.0)
        watch_id = home.watch.watch_id.hex()
        ready = Message(WatchReady(watch_id, 7, 1, 1, 1, 8, 0, Trust.BOND))
        open_hearted = ceremony_of(home, radio, Mute(watch_id, ready, takes_key=False))
        proven, _ = await brought(home, open_hearted, sighting)
        assert (proven.watch_id, proven.trust) == (watch_id, Trust.BOND)
        assert home.left_here == [f"bond with {home.watch.address}"]
        with pytest.raises(TryAgain):
            await brought(home, ceremony_of(home, radio, Mute(watch_id, takes_key=False)), sighting)
        assert home.left_here == []


@in_virtual_time
async def test_watch_that_speaks_before_it_says_who_it_is_proves_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, home.radio() as radio:
        (sighting,) = await radio.scan(2.0)
        ready = WatchReady(home.watch.watch_id.hex(), 7, 1, 1, 1, 8, 0, Trust.KEY)
        hasty = Hasty(home.watch.watch_id.hex(), Message(ready))
        with pytest.raises(TryAgain, match="did not prove the key in time"):
            await brought(home, ceremony_of(home, radio, hasty), sighting)
        assert home.left_here == []


@pytest.mark.parametrize(
    ("says", "error", "words", "kept"),
    [
        ([Disconnect(reason="a wrong proof", fault="trust")], TrustError, "a wrong proof", False),
        ([Disconnect(reason="version 9", fault="unfit")], UnfitWatch, "version 9", False),
        (
            [Disconnect(reason="it hung up", fault="link")],
            TryAgain,
            "before the key was proven .it hung up.: pair again, which goes on from here",
            True,
        ),
        ([], TryAgain, "did not prove the key in time: bring it nearer", True),
    ],
)
def test_key_that_is_not_proven_is_kept_only_where_the_watch_may_have_it_for_good(
    tmp_path: Path, says: list[DriverOutput], error: type[WearsyncError], words: str, kept: bool
) -> None:
    @in_virtual_time
    async def story() -> None:
        async with at_home(tmp_path, paired=False) as home, home.radio() as radio:
            (sighting,) = await radio.scan(2.0)
            ceremony = ceremony_of(home, radio, Mute(home.watch.watch_id.hex(), *says))
            left = ["key of Ours", f"bond with {home.watch.address}"] if kept else []
            with pytest.raises(error, match=words):
                await brought(home, ceremony, sighting)
            assert home.left_here == left

    story()


def talk_with(say: Callable[[str], None] = print) -> PairingTalk:
    return PairingTalk(
        routine=Routine(),
        say=say,
        agree=lambda _watch: Pair(None),
        keep=lambda _watch_id, _key: None,
        is_ours=lambda _text: False,
    )


def test_who_speaks_before_its_link_is_run_is_a_fault_of_ours() -> None:
    with pytest.raises(WearsyncError, match="before its link was run"):
        talk_with().heard(CaughtUp())


@in_virtual_time
async def test_what_nobody_has_asked_for_yet_waits_the_newest_of_it(tmp_path: Path) -> None:
    async with at_home(tmp_path, paired=False) as home, home.radio() as radio:
        (sighting,) = await radio.scan(2.0)
        chat = [Message(WatchRefused(number, "")) for number in range(WAITING_MAX + 5)]
        link = await radio.connect(sighting)
        talk = talk_with(home.said.append)
        runner = LinkRunner(
            link=link,
            session=Hasty(home.watch.watch_id.hex(), *chat),
            clock=home.clock(),
            entropy=bytes(32),
            on_message=talk.heard,
        )
        running = talk.run(runner)
        said = await talk.first(lambda up: up.code if isinstance(up, WatchRefused) else None, 5.0)
        assert said == 5, "the first five had to make room"
        talk.forget_waiting()
        assert await talk.first(lambda up: up, 1.0) is None
        runner.stop("carried away")
        with pytest.raises(LinkLost, match="carried away"):
            await talk.first(lambda up: up, 5.0)
        await running
