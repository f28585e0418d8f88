"""Where nobody is, nothing is assumed."""

from wearsync.daemon.pairing.owner import NOBODY


async def test_nobody_says_nothing() -> None:
    assert not await NOBODY.go_ahead("write an app?")
    assert await NOBODY.asked("felt?", True) is None
    assert await NOBODY.choose("which?", ("one", "two")) is None
    assert await NOBODY.named("called?", "W") is None
    NOBODY.say("nobody hears it")
    NOBODY.progress(50)
    NOBODY.paired("W")
