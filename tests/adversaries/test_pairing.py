"""Attacks on pairing, at the watch and at the host: no key and no bond without a person at both ends."""

import asyncio
from dataclasses import replace

import pytest

from tests.adversaries.attacks import attack
from tests.adversaries.stage import Stage
from tests.adversaries.wrist import SOON_S, wrist_of
from tests.daemon.home import Home, Person
from wearsync.errors import TrustError, UsageError
from wearsync_simulators.adversaries.hostile_host import DOWN, KEY, hello
from wearsync_simulators.adversaries.hostile_watch import Guise, HostileWatch
from wearsync_simulators.watches.view import WatchView

OTHER_KEY = bytes(range(100, 132))
NOT_PAIRING, WRONG_LENGTH, AUTHENTICATE_FIRST, ENCRYPT_FIRST = 0x80, 0x0D, 0x05, 0x0F
PAIRING = 1
NO_CODE = 2
ELSEWHERE = "C4:66:66:66:66:67"


@attack(
    "who has broken the bond writes a key: outside of pairing mode, or of a wrong length in it",
    then="refused by Key; the watch's keys are what they were",
    ways=("outside of pairing mode", "31 bytes", "33 bytes", "0 bytes", "512 bytes", "64 KiB"),
)
async def test_key_that_is_not_to_be_taken_is_refused(stage: Stage, way: str) -> None:
    async with wrist_of(stage) as wrist:
        async with wrist.host() as host:
            if way == "outside of pairing mode":
                assert await host.write(KEY, OTHER_KEY) == NOT_PAIRING
            else:
                wrist.watch.open_pairing()
                length = 65535 if way == "64 KiB" else int(way.partition(" ")[0])
                assert await host.write(KEY, bytes(length)) is not None
            await host.write(DOWN, hello(OTHER_KEY))
            await asyncio.sleep(SOON_S)
            assert host.up == [bytes([0x8F, 4, 1])]  # unknown key
        await wrist.served()


@attack(
    "a stranger writes a key in pairing mode: in clear text, or over a bond that was made without a code",
    then="refused by Key: authenticate first",
    ways=("in clear text", "Just Works"),
)
async def test_key_over_an_unproven_link_is_refused(stage: Stage, way: str) -> None:
    async with wrist_of(stage) as wrist:
        wrist.watch.open_pairing()
        async with wrist.host(bond=False, person=Person()) as host:
            if way == "Just Works":
                assert await host.pair(just_works=True) is None
            error = await host.write(KEY, OTHER_KEY)
            assert error == (ENCRYPT_FIRST if way == "in clear text" else AUTHENTICATE_FIRST)
        # Whoever is in range while pairing mode is on can make a bond; it is worth nothing without a key.
        wrist.before = replace(wrist.before, bonds=wrist.left().bonds)
        await wrist.served()


@attack(
    "it asks for a bond outside of pairing mode",
    then="refused",
)
async def test_bond_outside_of_pairing_mode_is_refused(stage: Stage) -> None:
    async with wrist_of(stage) as wrist:
        async with wrist.host(bond=False, person=Person()) as host:
            for _ in range(5):
                assert await host.pair() is not None
        await wrist.served()


@attack(
    "it tries codes in pairing mode, one attempt after the other",
    then="closed after three, for a minute, to the wearer's hand too; no bond",
)
async def test_fourth_attempt_at_pairing_finds_it_closed(stage: Stage) -> None:
    codes: list[int] = []

    def differs(view: WatchView) -> None:
        if view.code is not None and view.code not in codes:
            codes.append(view.code)
            wrist.watch.confirm_code(same=False)

    async with wrist_of(stage) as wrist:
        wrist.watch.on_change = differs
        wrist.watch.open_pairing()
        for _ in range(5):
            async with wrist.host(bond=False, person=Person()) as host:
                assert await host.pair() is not None
            await asyncio.sleep(SOON_S)
        assert len(codes) == 3
        assert not wrist.watch.view.pairing
        wrist.watch.open_pairing()
        assert not wrist.watch.view.pairing
        await asyncio.sleep(60)
        wrist.watch.open_pairing()
        assert wrist.watch.view.pairing
        await asyncio.sleep(60)
        await wrist.served()


@attack(
    "a key was handed over in pairing mode and never proven; another one follows, or the watch restarts",
    then="one key waits at a time, a restart forgets it; the old keys hold",
    ways=("a second key", "a restart"),
)
async def test_key_that_waits_displaces_nothing(stage: Stage, way: str) -> None:
    async with wrist_of(stage) as wrist:
        wrist.watch.open_pairing()
        async with wrist.host() as host:
            assert await host.write(KEY, OTHER_KEY) is None
            if way == "a second key":
                assert await host.write(KEY, OTHER_KEY[::-1]) is None
        if way == "a restart":
            await wrist.watch.reboot()
            # BOOTED is told, and no more than that.
            wrist.before = replace(wrist.before, records=wrist.left().records)
        async with wrist.host() as host:
            await host.write(DOWN, hello(OTHER_KEY))
            await asyncio.sleep(SOON_S)
            assert host.up == [bytes([0x8F, 4, 1])]
        await asyncio.sleep(60)
        await wrist.served()


def left_at(home: Home) -> tuple[str, str]:
    """What a pairing would change at the host."""
    return (home.state_dir / "keys.json").read_text(), home.config.read_text()


@attack(
    "while a person pairs, a stranger is in pairing mode too, under the watch's name",
    then="the person is asked which; nothing is handed over",
)
async def test_two_of_one_name_are_not_chosen_between(stage: Stage) -> None:
    async with wrist_of(stage) as wrist:
        before = left_at(wrist.home)
        wrist.watch.open_pairing()
        info = bytes([1, 1]) + wrist.watch.watch_id + bytes([PAIRING])
        stranger = HostileWatch(Guise(ELSEWHERE, info, flags=PAIRING, clear_text=False))
        async with stranger.on(wrist.home.air):
            with pytest.raises(UsageError, match=ELSEWHERE):
                await wrist.home.pair()
        assert (stranger.links, stranger.keys) == (0, [])
        assert left_at(wrist.home) == before
        await asyncio.sleep(60)
        await wrist.served()


@attack(
    "while a person pairs, a stranger takes the watch's place: with another code, or without one",
    then="no key is handed over, nothing is kept of it; the key that there was stays",
    ways=(
        "a new watch, another code",
        "a new watch, no display",
        "a new watch that says that it needs no code",
        "our watch, another code",
        "our watch, no display",
        "our watch that says that it needs no code",
    ),
)
async def test_stranger_in_the_watchs_place_gets_no_key(stage: Stage, way: str) -> None:
    async with wrist_of(stage) as wrist:
        before, ours = left_at(wrist.home), way.startswith("our")
        flags = PAIRING | (NO_CODE if "says" in way else 0)
        watch_id = wrist.watch.watch_id if ours else bytes(16)
        stranger = HostileWatch(
            Guise(
                wrist.watch.address if ours else ELSEWHERE,
                bytes([1, 1]) + watch_id + bytes([flags]),
                flags=PAIRING,
                clear_text=False,
                display="another code" in way,
            )
        )
        if ours:
            await wrist.watch.power_off()
        # Asked whether a bond without a code will do, this person says yes, but for a watch that is new.
        person = Person(says_yes="no display" in way or way.startswith("our watch that"))
        async with stranger.on(wrist.home.air):
            with pytest.raises(TrustError):
                await wrist.home.pair(person, name=None, address=stranger.guise.address)
        assert stranger.keys == []
        assert left_at(wrist.home) == before
        if ours:  # whose old bond went when the stranger did not know it: the genuine one makes another
            await wrist.power_on()
            wrist.watch.open_pairing()
            await wrist.home.pair(name=None, address=wrist.watch.address)
        else:
            await wrist.served()
