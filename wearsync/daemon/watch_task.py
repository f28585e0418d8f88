"""One watch's life in the daemon: what its link says, what people command, what timers fire, becomes turns,
one after the other.

Rule: one consumer, so turns never overlap; a turn is durable before anything of it is told to anyone. If the
journal fails, nothing is acknowledged: the link is dropped, the state is folded anew, and the watch keeps its
records until the journal takes them.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from wearsync.alert_codes import AlertCode
from wearsync.coordinator.effects import Reply, ToWatch, WantLink
from wearsync.coordinator.events import (
    CaughtUp,
    CommandGiven,
    Event,
    Input,
    LinkDown,
    LinkUp,
    ReminderEvent,
    TimerFired,
)
from wearsync.coordinator.state import WatchState
from wearsync.daemon.alarm import Alarm
from wearsync.daemon.alerts import Alerts, Trouble
from wearsync.daemon.boots import OWN_CLOCK_EARLIEST_MS, BootClocks
from wearsync.daemon.connector import Connector, Obstacle
from wearsync.daemon.fold import read_log
from wearsync.daemon.inbox import Inbox
from wearsync.daemon.intake import take_in
from wearsync.daemon.link_view import LinkView
from wearsync.daemon.turn import Fact, Turn, take
from wearsync.daemon.watch_identity import WatchIdentity, configured
from wearsync.errors import StorageError
from wearsync.messages import (
    AppFound,
    AppProgress,
    Attend,
    Begin,
    ClockSampled,
    Down,
    Durable,
    Introduced,
    RecordsArrived,
    RecordsLost,
    SetClock,
    Up,
    WatchReady,
    WatchRefused,
)
from wearsync.messages import (
    CaughtUp as WatchCaughtUp,
)
from wearsync.model import Alert, Command, LinkState, Phase, Severity
from wearsync.ports import Clock, Commit, Journal, OutboxRow, Position

# A watch's clock that is off by more than this is set.
CLOCK_DOUBT_MS = 2_000
# After a storage error: a small computer's disk needs a moment, the person a message that is no flood.
STORAGE_RETRY_S = 5.0
NO_CLOCK = Obstacle(
    "no_clock", "the clock of this machine is not set: set it, or wait for the network (`timedatectl`)"
)

log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who is told of what has become durable."""

    def facts(self, watch: "WatchTask", facts: tuple[Fact, ...]) -> None:
        """New facts, committed."""

    def changed(self, watch: "WatchTask") -> None:
        """State or link may have changed."""

    def replied(self, reply: Reply) -> None:
        """A command was answered."""


@dataclass(frozen=True, slots=True)
class _LinkChanged:
    state: LinkState
    reason: str


_Item = Up | _LinkChanged | Alert | Event


class WatchTask:
    """One watch. `entropy(n)`: n random bytes; `event_row`: the outbox row of a fact."""

    def __init__(
        self,
        *,
        identity: WatchIdentity,
        journal: Journal,
        clock: Clock,
        entropy: Callable[[int], bytes],
        listener: Listener,
        event_row: Callable[["WatchTask", Fact], OutboxRow | None],
    ) -> None:
        self.identity = identity
        self.state = WatchState()
        self.link = LinkView()
        self._journal = journal
        self._clock = clock
        self._entropy = entropy
        self._listener = listener
        self._event_row = event_row
        self._may_set_clock = False
        self._told_offset_min: int | None = None
        # The newest word on the link, and the newest that was taken out of the inbox.
        self._link_news: _LinkChanged | None = None
        self._link_known: _LinkChanged | None = None
        self._connector: Connector | None = None
        self._inbox: Inbox[_Item] = Inbox()
        self._boots = BootClocks()
        self._alerts = Alerts(clock=clock, entropy=entropy)
        self._position: Position | None = None
        self._caught_up = False
        self._attended = False
        self._logged = 0
        self._trouble: Trouble | None = None
        self._alarm = Alarm(clock=clock, due=lambda: self._inbox.put(TimerFired()), slept=self._slept)

    def attach(self, connector: Connector) -> None:
        """The link that this watch is reached by."""
        self._connector = connector

    def configure(self, identity: WatchIdentity) -> bool:
        """Treat the same watch as that says, from the next session on. False: it has to be taken in anew."""
        if not self.identity.is_who(identity) or not self._inbox.put(configured(identity)):
            return False
        self.identity = identity
        return True

    def command(self, command: Command, *, via: str, request_id: str) -> bool:
        """Take a command in; it is answered by `Listener.replied`. False: too much is waiting."""
        return self._inbox.put(CommandGiven(command=command, via=via, request_id=request_id))

    def alert(self, code: AlertCode, text: str, severity: Severity = Severity.WARNING) -> None:
        """Something around this watch that people should know: told like its own alerts."""
        self._inbox.put(self._alerts.new(code, text, severity))

    def tell(self, news: ReminderEvent) -> None:
        """Something about the wearer's reminders that this watch is to know."""
        self._inbox.put(news)

    def refused(self, reason: str) -> None:
        """Who is there has not proven to be our watch (LinkListener)."""
        if self._alerts.is_news(AlertCode.AUTH_FAILED, reason):
            self.alert(AlertCode.AUTH_FAILED, reason)

    def heard(self, message: Up) -> None:
        """The watch said something (LinkListener)."""
        if not self._inbox.put(message):
            self._fail("the journal does not keep up")

    def link_changed(self, state: LinkState, reason: str) -> None:
        """The link came or went (LinkListener)."""
        self._inbox.put(news := _LinkChanged(state, reason))
        self._link_news = news

    @property
    def in_session(self) -> bool:
        """Whether something is going on that a scan would disturb."""
        return self.state.live and self.state.phase is not Phase.IDLE

    @property
    def obstacle(self) -> Obstacle | None:
        """Why there must be no link now: what it brings could not be kept, or not be dated."""
        if self._trouble is not None:
            return Obstacle("no_storage", self._trouble.reason)
        return NO_CLOCK if self._clock.now().unix_ms < OWN_CLOCK_EARLIEST_MS else None

    async def run(self) -> None:
        """Fold the log, then take turns for ever."""
        self._position, self._caught_up = None, False
        await self._begin()
        while True:
            items = await self._inbox.batch()
            try:
                await self._take(items)
                self._end_visit()
            except StorageError as error:
                await self._storage_failed(error)
                await self._begin()

    async def _begin(self) -> None:
        """Fold the log and take the first turn, as soon as the journal lets us, and takes records too."""
        while True:
            try:
                await self._fold()
                events = (LinkDown(), configured(self.identity))
                await self._turn(events, facts=self._alerts.of_storage(self._trouble))
            except StorageError as error:
                await self._storage_failed(error)
            else:
                if self._trouble is None or self._journal.health.state == "ok":
                    self._trouble = None
                    return
                self._trouble = replace(self._trouble, is_news=False)  # told, in the room that is left for it
                await asyncio.sleep(STORAGE_RETRY_S)

    async def _fold(self) -> None:
        self.state, self._logged = await read_log(self._journal, self.identity.watch_id)
        self._boots.recall(await self._journal.last_clock(self.identity.watch_id), self._clock.now())
        log.info("watch.folded watch=%s phase=%s", self.identity.name, self.state.phase)

    async def _storage_failed(self, error: StorageError) -> None:
        """No link, and the reason to be seen, until the journal works again; then wait for a moment."""
        if self._trouble is None:
            log.error("journal.failed watch=%s reason=%s", self.identity.name, error)
            is_full = self._journal.health.state == "full"
            self._trouble = self._alerts.trouble(
                AlertCode.DISK_FULL if is_full else AlertCode.JOURNAL_FAILING, str(error)
            )
            self._fail(f"the journal can't be written: {error}")
        self.link = replace(self.link, state="no_storage", reason=str(error))
        self._listener.changed(self)
        await asyncio.sleep(STORAGE_RETRY_S)

    def _fail(self, reason: str) -> None:
        """Break the link: the one way to recover. What came over it and is not durable comes again."""
        self._position = None
        if self._connector is not None:
            self._connector.drop(reason)

    # --- items ----------------------------------------------------------------------------------------------

    async def _take(self, items: list[_Item]) -> None:
        """Turns for these items: records that come together share one, and so one transaction."""
        records: list[RecordsArrived | RecordsLost] = []
        for item in items:
            if isinstance(item, RecordsArrived | RecordsLost):
                records.append(item)
                continue
            await self._records(records)
            records = []
            await self._one(item)
        await self._records(records)

    async def _one(self, item: _Item) -> None:
        match item:
            case WatchReady():
                await self._ready(item)
            case ClockSampled():
                await self._sampled(item)
            case WatchCaughtUp():
                if self._position is not None:
                    self._caught_up = True
                    await self._turn((CaughtUp(),))
            case WatchRefused(code, text):
                log.warning("watch.refused watch=%s code=%d text=%s", self.identity.name, code, text)
            case _LinkChanged():
                await self._link_changed(item)
            case Alert():
                await self._turn((), facts=(item,))
            case RecordsArrived() | RecordsLost():
                await self._records([item])
            case Introduced() | AppProgress() | AppFound():
                log.warning("watch.said_unasked watch=%s what=%s", self.identity.name, type(item).__name__)
            case _:
                await self._turn((item,))

    async def _ready(self, ready: WatchReady) -> None:
        position = await self._journal.position(
            ready.watch_id, ready.journal_id, ready.first_seq, ready.next_seq
        )
        self._position, self._caught_up, self._may_set_clock = replace(position, news="known"), False, True
        rssi = None if self._connector is None else self._connector.rssi
        self.link = LinkView("connected", "", ready.trust, None, self._clock.now().host_ms, rssi, ready.app)
        commit = replace(self._commit, opening=None if position.news == "known" else position)
        up = LinkUp(boot=ready.boot, routine_id=ready.routine_id)
        news = self._alerts.of_opening(position) if ready.keeps_journal else ()
        self._attended = False
        await self._turn((up,), replace(commit, nonce=ready.nonce), facts=news)
        self._send(Begin(cursor=position.cursor))
        # Said again: an ACK that got lost with its link would leave the watch with "something new" for ever.
        self._send(Durable(seq=position.cursor - 1))

    async def _sampled(self, sample: ClockSampled) -> None:
        self._boots.sampled(sample)
        now = self._clock.now()
        offset_ms = None if sample.watch_unix_ms is None else sample.watch_unix_ms - now.unix_ms
        self.link = replace(
            self.link, state="connected", reason="", clock_offset_ms=offset_ms, last_heard_ms=now.host_ms
        )
        is_off = offset_ms is None or abs(offset_ms) > CLOCK_DOUBT_MS
        other_offset = self._told_offset_min not in (None, now.utc_offset_min)  # summer has begun, or ended
        self._told_offset_min = now.utc_offset_min
        if (
            other_offset or (self._may_set_clock and is_off)
        ) and now.unix_ms >= OWN_CLOCK_EARLIEST_MS:  # 1970: not ours to give
            self._may_set_clock = False  # once a link: the samples that are under way show the old time
            self._send(SetClock(unix_ms=now.unix_ms, utc_offset_min=now.utc_offset_min))
        self._listener.changed(self)

    async def _link_changed(self, news: _LinkChanged) -> None:
        was, self._link_known = self.link.state, news
        self.link = replace(self.link, state=news.state, reason=news.reason)
        if was == "connected" and news.state != "connected":
            self._position, self._caught_up = None, False
            await self._turn((LinkDown(),))
        self._listener.changed(self)

    # --- records --------------------------------------------------------------------------------------------

    async def _records(self, messages: list[RecordsArrived | RecordsLost]) -> None:
        position = self._position
        if not messages or position is None:
            return  # nothing, or of a link that was given up: it comes again
        taken = take_in(
            messages,
            commit=self._commit,
            position=position,
            boots=self._boots,
            clock=self._clock,
            live=self._caught_up,
        )
        self._position = taken.position
        self.link = replace(self.link, last_heard_ms=self._clock.now().host_ms)
        await self._turn(taken.events, taken.commit, facts=self._alerts.of_gaps(taken.commit.gaps))
        self._send(Durable(seq=taken.position.cursor - 1))

    # --- turns ----------------------------------------------------------------------------------------------

    @property
    def _commit(self) -> Commit:
        """An empty one, to be filled."""
        return Commit(watch_id=self.identity.watch_id, wearer=self.identity.wearer)

    async def _turn(
        self, events: Sequence[Event], commit: Commit | None = None, *, facts: tuple[Fact, ...] = ()
    ) -> None:
        now = self._clock.now()
        turn = take(
            self.state,
            [Input(event, now, int.from_bytes(self._entropy(8), "little")) for event in events],
            commit=commit or self._commit,
            logged=self._logged,
            extra_facts=facts,
            event_row=lambda fact: self._event_row(self, fact),
        )
        conflicts = await self._journal.commit(turn.commit)
        self.state, self._logged = turn.state, turn.logged
        name = self.identity.name
        for conflict in conflicts:
            log.error("journal.conflict watch=%s journal=%s seq=%d", name, conflict.journal, conflict.seq)
            text = f"record {conflict.seq} came again with other content: both are kept"
            await self._turn((), facts=(self._alerts.new(AlertCode.QUARANTINE, text),))
        self._carry_out(turn)
        self._alarm.set(self.state.deadline_ms)

    def _carry_out(self, turn: Turn) -> None:
        if turn.facts:  # first: another thread reads them for the broker while the rest is done here
            self._listener.facts(self, turn.facts)
        for wish in turn.wishes:
            match wish:
                case ToWatch(message):
                    self._send(message)
                case WantLink(wanted):
                    if self._connector is not None:
                        self._connector.want(wanted)
                case Reply():
                    self._listener.replied(wish)
        if self._attended is not self.in_session:
            self._attended = self.in_session
            self._send(Attend(self._attended))
        self._listener.changed(self)

    def _end_visit(self) -> None:
        """Let a visited watch go, once all that it said is answered: after the goodbye nothing is sent."""
        idle = self._caught_up and self.state.phase is Phase.IDLE
        if idle and self._listens and self._connector is not None:
            self._connector.let_go()

    def _slept(self) -> None:
        """The link is none that can be believed in: what the watch did meanwhile comes first."""
        self._fail("this machine slept, or stood still")
        self._inbox.put(LinkDown())

    @property
    def _listens(self) -> bool:
        """Whether the link is still the one that we know: an answer must not reach the next one."""
        return self._link_news is self._link_known

    def _send(self, message: Down) -> None:
        if self._connector is not None and self._listens:
            self._connector.send(message)
