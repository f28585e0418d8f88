"""The stories: what happens to a watch and its wearer on ordinary and on bad days, and what must come of it.

Rule: a story asks for no more than the driver claims: where capabilities differ, so does what is expected,
and a story that rests on what a family has not is not applicable. `checks` hold besides, in every story.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from wearsync.drivers.base import Capabilities
from wearsync.model import Phase, Trust
from wearsync_simulators.kit.faults import Deaf
from wearsync_simulators.kit.stage import READ_EVERY_S, Deed, Inside, Stage, press
from wearsync_simulators.watches.motor import MotorState
from wearsync_simulators.watches.view import Face, Press

__all__ = ["STORIES", "Story", "story_named"]

# Into a hold of 30 s: after the start's cue, before the last three.
MID_HOLD_S = 12.0
# Long enough that what follows the hold happens alone, too.
AWAY_S = 45.0
# In an hour a clock that is 200 ppm slow is off by 0.72 s; a stamp may be off by less than this. (Of one that
# is fast a stamp would lie ahead, and nothing is believed to have come from there.)
DRIFT_PPM, DRIFT_S, STAMP_MAX_MS = -200.0, 3600.0, 500
# A watch loses some per cent a day; each level is told within five of them.
DRAIN_S, BATTERY_PERCENT = 3 * 3600.0, 5
# From the last word of a watch to its link's end: 10 s without a word, 15 s for the answer; and a look at it.
SILENCE_S = 60.0
# In band, as Espruino has it.
XOFF, XON = 0x13, 0x11
# A watch that answers nothing is taken for an unfit one, and tried again after five minutes.
RETRY_S = 400.0

# What a story may rest on, in words for people.
ACKS, JOURNAL, ALONE, KEY = "acks", "journal", "run without the host", "trust by key"


@dataclass(frozen=True, slots=True)
class Story:
    """`play(stage)` raises `Unmet`. `needs`: the capabilities that it rests on; `busy`, `drift_ppm`,
    `foreign_key`: as the stage is to be; `simulated`: what it rests on can't be asked of a person.
    """

    name: str
    title: str
    play: Callable[[Stage], Awaitable[None]]
    needs: tuple[str, ...] = ()
    busy: bool = False
    drift_ppm: float = 0.0
    foreign_key: bool = False
    simulated: bool = False

    def missing(self, capabilities: Capabilities) -> str | None:
        """The capability that it needs and that is not there; None: it can be played."""
        return next((need for need in self.needs if not _NEEDS[need](capabilities)), None)


_NEEDS: Mapping[str, Callable[[Capabilities], bool]] = {
    ACKS: lambda claimed: claimed.acks != "none",
    JOURNAL: lambda claimed: claimed.journal,
    ALONE: lambda claimed: claimed.runs_alone,
    KEY: lambda claimed: claimed.trust is Trust.KEY,
}


async def whole_session(stage: Stage) -> None:
    """All holds are credited, all cues answered as well as the family can."""
    await stage.begins()
    await stage.ends()
    _expect_whole(stage)
    best = {"motor": "played", "scheduled": "scheduled", "none": "unknown"}[stage.capabilities.acks]
    results = [event["result"] for event in stage.events("cue")]
    stage.expect("cues were sent", results)
    odd = sorted({str(result) for result in results} - {best, "cancelled"})
    stage.expect(f"each cue is {best}, and some are {', '.join(odd)}", not odd)
    if stage.inside is not None:
        pulses = len(stage.inside.watch.motor_log) - stage.inside.pulses_before
        stage.expect(f"the wearer feels the cues ({pulses} pulses)", pulses >= len(stage.holds))


async def stalling_line(stage: Stage) -> None:
    """The watch says XOFF now and then: after that the host sends nothing before it says XON."""
    await whole_session(stage)
    heard = b"".join(each.data for each in stage.tap.operations if each.kind == "heard")
    stage.expect("the line has stalled", XOFF in heard)
    stalled, sent = False, 0
    for operation in stage.tap.operations:
        if operation.kind == "heard":
            for byte in operation.data:
                if byte in (XOFF, XON):
                    stalled, sent = byte == XOFF, 0
        elif operation.kind == "write" and stalled:
            sent += 1
            # One packet may have been on its way.
            stage.expect("nothing is sent between XOFF and XON", sent <= 1)


async def early_stop(stage: Stage) -> None:
    """Stopped by a double press: short, too much, or it hurt."""
    asks = stage.capabilities.display == "text"
    answers = (
        (Press.ANSWER_DONE, "done", "short"),
        (Press.ANSWER_TOO_MUCH, "too much", "too_much"),
        (Press.ANSWER_PAIN, "it hurt", "pain"),
    )
    await stage.begins()
    for number, (answer, words, outcome) in enumerate(answers, 1):
        await stage.until(f"hold {number} begins", lambda: stage.phase is Phase.HOLD)
        if stage.inside is not None:
            stage.inside.actor.answer = answer
            await asyncio.sleep(MID_HOLD_S)
        question = f", and answer: {words}" if asks else ""
        await stage.ask(press(f"stop this hold by a double press{question}", Press.DOUBLE_PRESS))
        await stage.until(f"hold {number} is stopped", partial(_are_told, stage, number))
        found = stage.holds[number - 1].outcome
        expected = outcome if asks else "short"
        stage.expect(f"hold {number} is {expected}, and it is {found}", found == expected)
    if not asks:
        await stage.ask(press("stop the last hold, too", Press.SKIP))
    await stage.ends()
    if stage.inside is not None:
        stage.expect(
            "a hold is measured up to its stop",
            all(abs((hold.measured_s or 0) - MID_HOLD_S) < 3 for hold in stage.holds[:3]),
        )


async def alone(stage: Stage) -> None:
    """Started at the watch while nobody is there, and told afterwards."""
    await stage.connected()
    await stage.settled()
    await stage.ask(_go_away)
    await stage.until("the host has noticed", lambda: not stage.task.state.live)
    await stage.ask(press("start a session on the watch, and do all of it; then come back", Press.START))
    if stage.inside is not None:
        watch = stage.inside.watch
        await stage.until("the watch begins alone", lambda: watch.view.face is Face.HOLD)
        await stage.until("the watch ends alone", lambda: watch.view.face in (Face.CLOCK, Face.DONE))
    await stage.ask(_come_back)
    await stage.until("its session has come over", lambda: stage.sessions, every_s=READ_EVERY_S)
    await stage.settled()
    _expect_whole(stage)


async def nobody_there(stage: Stage) -> None:
    """Nobody answers the question: no hold, no session done, and the watch goes back to its clock."""
    if stage.inside is not None:
        stage.inside.actor.absent = True
    await stage.connected()
    await stage.ask(Deed("the watch will ask whether you are ready: do not answer", _nothing))
    await stage.question()
    await stage.until("the question is given up", lambda: stage.phase is Phase.IDLE)
    await stage.settled()
    stage.expect("no hold is credited", not stage.holds)
    stage.expect("the session is abandoned", [row.ended for row in stage.sessions] == ["abandoned"])
    if stage.inside is not None:
        watch = stage.inside.watch
        await stage.until("the watch shows its clock again", lambda: watch.view.face is Face.CLOCK)


async def quiet_mode(stage: Stage) -> None:
    """The watch may not vibrate: no cue is called played."""
    await stage.connected()
    await stage.ask(Deed("switch quiet mode on (no vibration)", _quiet))
    await stage.begins()
    await stage.ends()
    results = {str(event["result"]) for event in stage.events("cue")}
    wrong = sorted(results - {"suppressed", "cancelled"})
    stage.expect(f"each cue is suppressed, and some are {', '.join(wrong)}", not wrong)
    stage.expect("holds count without cues, too", stage.sessions[-1].full)


async def low_battery(stage: Stage) -> None:
    """The host knows the level as the watch has it."""
    await stage.connected()
    if stage.inside is not None:
        await asyncio.sleep(DRAIN_S)
    await stage.until("the host knows how full the battery is", lambda: stage.task.state.battery)
    battery = stage.task.state.battery
    if stage.inside is not None and battery is not None:
        shown = stage.inside.watch.view.battery_percent
        stage.expect(
            f"the battery has {shown} %, and the host says {battery.percent}",
            abs(shown - battery.percent) <= BATTERY_PERCENT,
        )


async def reboot(stage: Stage) -> None:
    """The watch restarts in mid-hold: that hold counts nothing, and the next session is as any other."""
    await stage.begins()
    if stage.inside is not None:
        await asyncio.sleep(MID_HOLD_S)
    await stage.ask(Deed("restart the watch now, in the hold", _reboot))
    await stage.ends()
    _expect_cut(stage)
    await whole_session(_onward(stage))


async def range_loss(stage: Stage) -> None:
    """Out of range in mid-hold: a watch with a journal goes on and tells; of another one it is not known."""
    await stage.begins()
    await stage.ask(_go_away)
    await stage.until("the host has noticed", lambda: not stage.task.state.live)
    if stage.inside is not None:
        await asyncio.sleep(AWAY_S)
    await stage.ask(_come_back)
    await stage.until("the watch is back", lambda: stage.task.state.live or stage.sessions)
    await stage.ends()
    if stage.capabilities.journal and stage.capabilities.runs_alone:
        _expect_whole(stage)
    elif stage.capabilities.journal:
        stage.expect("the hold is done all the same", [hold.outcome for hold in stage.holds] == ["done"])
    else:
        _expect_cut(stage)
        stage.expect("somebody is told (session_cut)", "session_cut" in stage.alerts())


async def app_closed(stage: Stage) -> None:
    """The link stands and nothing answers: the host finds out by itself, and it is put right afterwards."""
    await stage.begins()
    if stage.inside is not None:
        stage.tap.mischief = Deaf()
    await stage.ask(Deed("close the app on the watch, so that it answers nothing", _nothing))
    await stage.until("the host lets the dead link go", lambda: not stage.task.state.live, SILENCE_S)
    stage.tap.mischief = None
    await stage.ask(Deed("open the app again", _nothing))
    await stage.until("the watch answers again", lambda: stage.task.state.live or stage.sessions, RETRY_S)
    await stage.ends()


async def clock_drift(stage: Stage) -> None:
    """A clock that is 200 ppm slow: stamps are right after an hour, too."""
    await stage.connected()
    await asyncio.sleep(DRIFT_S)
    await stage.begins()
    begun_ms = stage.daemon.clock.now().unix_ms
    await stage.ends()
    _expect_whole(stage)
    off_ms = stage.holds[0].unix_ms - begun_ms
    stage.expect(f"a hold is stamped when it began, {off_ms} ms off", abs(off_ms) <= STAMP_MAX_MS)


async def key_unknown(stage: Stage) -> None:
    """The watch does not know the host's key: it is refused, and never paired anew by itself."""
    await stage.until("the watch is refused", lambda: stage.task.link.state == "refused")
    await stage.until("somebody is told (auth_failed)", lambda: "auth_failed" in stage.alerts())
    await asyncio.sleep(SILENCE_S)
    kinds = {operation.kind for operation in stage.tap.operations}
    stage.expect("the host does not bond anew", "bond" not in kinds)
    stage.expect("nothing of the watch is believed", not stage.books.records)
    if stage.inside is not None:
        stage.expect("the watch shows no code", all(face.code is None for face in stage.inside.faces))


async def cue_once(stage: Stage) -> None:
    """The link is lost in a gap, when the cues have been sent: they are sent again, and felt once."""
    await stage.begins()
    await stage.until("the next gap comes", lambda: stage.phase is Phase.GAP)
    await asyncio.sleep(1.0)
    await stage.ask(_go_away)
    await stage.until("the host has noticed", lambda: not stage.task.state.live)
    await stage.ask(_come_back)
    await stage.until("the watch is back", lambda: stage.task.state.live or len(stage.sessions))
    await stage.ends()


async def offline_once(stage: Stage) -> None:
    """What happened out of range comes over once, however often the link breaks while it does."""
    await stage.begins()
    await stage.ask(_go_away)
    await stage.until("the host has noticed", lambda: not stage.task.state.live)
    await asyncio.sleep(AWAY_S)
    for _ in range(2):
        await stage.ask(_come_back)
        await stage.until("the watch is back", lambda: stage.task.link.state == "connected")
        await stage.ask(_go_away)
        await stage.until("the host has noticed", lambda: stage.task.link.state != "connected")
    await stage.ask(_come_back)
    await stage.until("the watch is back", lambda: stage.task.state.live or stage.sessions)
    await stage.ends()
    if stage.capabilities.runs_alone:
        _expect_whole(stage)


STORIES: tuple[Story, ...] = (
    Story("session", "a whole session, led by the host", whole_session),
    Story("early-stop", "a hold is stopped by the wearer", early_stop),
    Story("run-alone", "a session without the host, told later", alone, needs=(JOURNAL, ALONE)),
    Story("nobody-there", "nobody answers, and cues are missed", nobody_there),
    Story("quiet-mode", "the watch may not vibrate", quiet_mode, needs=(ACKS,)),
    Story("low-battery", "the battery's level is known", low_battery),
    Story("reboot", "the watch restarts in mid-hold", reboot),
    Story("range-loss", "out of range in mid-hold", range_loss),
    Story("app-closed", "the link stands, and nothing answers", app_closed, needs=(ACKS,)),
    Story("clock-drift", "a clock that is 200 ppm slow", clock_drift, drift_ppm=DRIFT_PPM, simulated=True),
    Story("key-unknown", "the watch has lost its keys", key_unknown, needs=(KEY,), foreign_key=True),
    Story("cue-once", "a cue that is sent twice is felt once", cue_once, simulated=True),
    Story("offline-once", "what was offline comes once", offline_once, needs=(JOURNAL,), simulated=True),
    Story("flow-control", "a serial line that stalls", stalling_line, busy=True, simulated=True),
)


def story_named(name: str) -> Story | None:
    """The story of that name."""
    return next((story for story in STORIES if story.name == name), None)


# --- what is expected, and what is done -------------------------------------------------------------------


def _are_told(stage: Stage, number: int) -> bool:
    return len(stage.holds) >= number


def _expect_whole(stage: Stage) -> None:
    ended = [row.ended for row in stage.sessions]
    stage.expect(f"one session is done, and there is {ended}", ended == ["done"])
    outcomes = [hold.outcome for hold in stage.holds]
    stage.expect(f"all holds are done, and they are {outcomes}", set(outcomes) == {"done"})
    stage.expect("the session is full", stage.sessions[-1].full)


def _expect_cut(stage: Stage) -> None:
    """The hold that was running counts nothing, and the session is over."""
    outcomes = [hold.outcome for hold in stage.holds]
    stage.expect(f"the hold counts as incomplete, and it is {outcomes}", outcomes == ["incomplete"])
    stage.expect("nothing is credited", sum(hold.credited_s for hold in stage.holds) == 0)
    stage.expect("the session is not done", [row.ended for row in stage.sessions] != ["done"])


def _onward(stage: Stage) -> Stage:
    stage.begin()
    return stage


async def _nothing(inside: Inside) -> None:
    """The wearer knows already."""


async def _away(inside: Inside) -> None:
    await inside.watch.set_in_range(False)


async def _back(inside: Inside) -> None:
    await inside.watch.set_in_range(True)


async def _reboot(inside: Inside) -> None:
    await inside.watch.reboot()


async def _quiet(inside: Inside) -> None:
    inside.watch.motor(MotorState.QUIET)


_go_away = Deed("carry the watch out of range", _away)
_come_back = Deed("bring the watch back", _back)
