"""What a boot writes about the one before it: section 7, rule 10."""

import pytest

from wearsync_simulators.watches.flash import Flash
from wearsync_simulators.watches.journal import Journal
from wearsync_simulators.watches.records import (
    Body,
    Booted,
    HoldStarted,
    HoldStopped,
    SessionTold,
    Worn,
    read_record,
)
from wearsync_simulators.watches.words import (
    Reason,
    Reset,
    SessionSource,
    SessionWhat,
    Side,
    Source,
    Variant,
)

BOOTED = Booted(Reset.WATCHDOG, 5)
BEGUN = SessionTold(9, SessionWhat.STARTED, SessionSource.HOST)
OVER = SessionTold(9, SessionWhat.DONE, SessionSource.HOST)
ENDED = SessionTold(9, SessionWhat.ENDED, SessionSource.WATCH)
HOLD = HoldStarted(9, 3, Side.RIGHT, Variant.KNEELING, 2, 30, Source.AUTO, 7)
STOP = HoldStopped(9, 3, Reason.PLANNED, 30_000)
CUT = HoldStopped(9, 3, Reason.REBOOT, 0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [BOOTED]),
        ([BEGUN, HOLD, STOP, OVER], [BOOTED]),
        ([BEGUN, HOLD], [BOOTED, CUT, ENDED]),
        ([BEGUN, HOLD, Worn(worn=False)], [BOOTED, CUT, ENDED]),
        ([BEGUN, HOLD, STOP], [BOOTED, ENDED]),
        ([BEGUN], [BOOTED, ENDED]),
        ([BEGUN, HOLD, STOP, HOLD], [BOOTED, CUT, ENDED]),
        ([HOLD], [BOOTED, CUT, ENDED]),
        ([BEGUN, HOLD, CUT, ENDED], [BOOTED]),
    ],
)
def test_what_was_open_is_closed_after_booted(before: list[Body], after: list[Body]) -> None:
    flash = Flash(None, new_id=lambda: 1)
    journal = Journal(flash, boot=1)
    for body in before:
        journal.write(body, 1000)
    Journal(flash, boot=2).booted(Reset.WATCHDOG, 5)
    records = [read_record(raw) for raw in flash.oldest_first()]
    assert [record.body for record in records] == [*before, *after]
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert {(record.boot, record.tick) for record in records[len(before) :]} == {(2, 0)}
