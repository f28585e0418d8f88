"""The coordinator and a watch that keeps the document's word, with a wearer, a bad radio and a host that
dies: whatever happens in whatever order, nothing is lost, nothing comes twice, and in the end all is quiet.
"""

from collections import Counter, defaultdict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.coordinator.duo import Crash, Duo
from tests.coordinator.test_whatever_comes import ROUTINES, fact_id
from wearsync.coordinator import log, state
from wearsync.coordinator.cues import CUES_KEPT
from wearsync.coordinator.effects import CueSent, CueSettled, HoldFinished, Reply, SessionFinished
from wearsync.coordinator.events import CommandGiven, RoutineConfigured
from wearsync.coordinator.state import WatchState
from wearsync.messages import Cue, PlayCues
from wearsync.model import Command, Phase, Routine, Side, Verb
from wearsync_simulators.watches.records import HoldStopped, SessionTold, read_record
from wearsync_simulators.watches.view import Press
from wearsync_simulators.watches.words import SessionWhat

WAITS_S = st.sampled_from([0.1, 1.0, 2.5, 10.0, 15.5, 30.0, 31.0, 70.0, 200.0, 1000.0])
# The longest pattern takes 2.3 s.
PATTERN_MAX_S = 3.0
# From the last fault on: a pause is given up after 15 min, a question that was put off is asked again after
# an hour at most, and abandoned after a minute.
QUIET_AFTER_S = 2 * 3600.0


class CoordinatorWithWatch(RuleBasedStateMachine):
    """One watch, its wearer, and the host."""

    @initialize(routine=ROUTINES)
    def begin(self, routine: Routine) -> None:
        self.duo = Duo()
        self.duo.take(RoutineConfigured(routine))
        self.duo.come_near()

    # --- the wearer, and whoever commands ---

    @rule(press=st.sampled_from(Press))
    def press(self, press: Press) -> None:
        self.duo.bench.watch.press(self.duo.bench.now + 5000.0, press)
        self.duo.act()

    @rule()
    def start(self) -> None:
        """From elsewhere, and confirmed at once."""
        self.command(Command(Verb.START))
        self.duo.wait(1)
        self.press(Press.TAP)

    @rule(
        verb=st.sampled_from(Verb),
        side=st.none() | st.sampled_from(Side),
        minutes=st.none() | st.just(10),
        away=st.none() | st.booleans(),
        changes=st.sampled_from([(), (("rounds", 1),), (("start", "tap"),), (("left_s", 5),)]),
    )
    def commanded(
        self,
        verb: Verb,
        side: Side | None,
        minutes: int | None,
        away: bool | None,
        changes: tuple[tuple[str, int | str], ...],
    ) -> None:
        self.command(Command(verb, side, minutes, away, changes))

    # --- time, and what goes wrong ---

    @rule(seconds=WAITS_S)
    def wait(self, seconds: float) -> None:
        self.duo.wait(seconds)

    @rule(seconds=WAITS_S)
    def session_goes_on(self, seconds: float) -> None:
        """Likelier than the rest, so that sessions get somewhere."""
        self.duo.wait(seconds)

    @precondition(lambda self: self.duo.connected)
    @rule()
    def link_lost(self) -> None:
        self.duo.go_away()

    @precondition(lambda self: not self.duo.connected)
    @rule()
    def link_found(self) -> None:
        self.duo.come_near()

    @rule()
    def watch_reboots(self) -> None:
        self.duo.reboot()

    @rule()
    def host_restarts(self) -> None:
        self.duo.restart()

    @rule(crash=st.sampled_from(["before the commit", "after the commit"]))
    def host_will_die(self, crash: Crash) -> None:
        """At its next turn."""
        self.duo.crash = crash

    # --- what holds always ---

    @invariant()
    def state_is_sound(self) -> None:
        now = self.duo.state
        assert (now.phase is Phase.IDLE) == (now.session is None)
        assert now.phase is not Phase.HOLD or now.hold is not None
        assert len(now.cues) <= CUES_KEPT
        assert now.live <= (now.link is not None) <= self.duo.connected
        assert state.from_json(state.to_json(now)) == now

    @invariant()
    def a_cue_keeps_its_word(self) -> None:
        """Sent again it is the same, and whatever happens it plays once."""
        sent: dict[int, set[tuple[object, ...]]] = defaultdict(set)
        for message in self.duo.told:
            if isinstance(message, PlayCues):
                for cue in message.cues:
                    sent[cue.cue_id].add(_content(cue))
        assert all(len(contents) == 1 for contents in sent.values())
        pulses: dict[int, list[float]] = defaultdict(list)
        for pulse in self.duo.bench.pulses:
            if pulse.cue_id is not None:
                pulses[pulse.cue_id].append(pulse.on_s)
        assert all(max(times) - min(times) < PATTERN_MAX_S for times in pulses.values())

    @invariant()
    def nothing_is_told_twice(self) -> None:
        ids = Counter(fact for effect in self.duo.effects if (fact := fact_id(effect)) is not None)
        assert not [event_id for event_id, count in ids.items() if count > 1]
        sessions = Counter(effect.session.session for effect in self.duo.of(SessionFinished))
        assert not [session for session, count in sessions.items() if count > 1]

    def teardown(self) -> None:
        """All faults end: everything that the watch wrote is here, and nobody waits for anything."""
        duo = self.duo
        duo.crash = None
        duo.come_near()
        for _ in range(8):
            duo.wait(QUIET_AFTER_S / 8)
            duo.come_near()
        assert duo.cursor == duo.bench.flash.next_seq
        assert duo.state.phase is Phase.IDLE
        assert not [cue for cue in duo.state.cues if not cue.given_up]
        assert log.fold(WatchState(), map(log.from_json, duo.log)) == duo.state
        self.everything_was_told()

    def everything_was_told(self) -> None:
        holds = {effect.hold.event_id for effect in self.duo.of(HoldFinished)}
        sessions = {effect.session.session for effect in self.duo.of(SessionFinished)}
        for seq in range(1, self.duo.bench.flash.next_seq):
            raw = self.duo.bench.flash.read(seq)
            assert raw is not None
            match read_record(raw).body:
                case HoldStopped():
                    assert f"f00d:1:{seq}:hold" in holds
                case SessionTold(session, what) if what is not SessionWhat.STARTED:
                    assert session in sessions
                case _:
                    pass
        cues = {effect.cue_id for effect in self.duo.of(CueSent)}
        assert cues == {effect.fate.cue_id for effect in self.duo.of(CueSettled)}

    def command(self, command: Command) -> None:
        before = len(self.duo.of(Reply))
        lives = self.duo.crash is None
        self.duo.take(CommandGiven(command, "cli", "r"))
        assert not lives or len(self.duo.of(Reply)) == before + 1


def _content(cue: Cue) -> tuple[object, ...]:
    return (cue.cue, cue.step, cue.expires_ms)


TestCoordinatorWithWatch = CoordinatorWithWatch.TestCase
TestCoordinatorWithWatch.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
