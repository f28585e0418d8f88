"""What alerts are about: every code that there is, with what it means to a person; pure.

Rule: a code is stable, automations go by it; one that is no longer used stays. The table in docs/mqtt.md is
made from here.
"""

from enum import StrEnum


class AlertCode(StrEnum):
    """The kind of an alert. `about`: what it concerns; `means`: one sentence for people."""

    about: str
    means: str

    def __new__(cls, value: str, about: str, means: str) -> "AlertCode":
        """A member: its value, and what is told of it."""
        code = str.__new__(cls, value)
        code._value_ = value
        code.about, code.means = about, means
        return code

    WATCH_RESTARTED = "watch_restarted", "session", "the watch restarted in it"
    SESSION_CUT = "session_cut", "session", "the link was lost, and the watch has no record of what followed"
    WATCH_UNREACHABLE = "watch_unreachable", "session", "the watch was not reached when it was needed"
    QUESTION_MISSED = "question_missed", "session", "nobody answered the watch when it asked whether to begin"
    HOLD_NOT_STARTED = "hold_not_started", "session", "the gap was over, and the watch started no hold"
    STOP_MISSING = "stop_missing", "session", "the watch did not say that the hold had ended"
    CUE_UNANSWERED = "cue_unanswered", "session", "the watch did not say whether it buzzed"
    PAIN = "pain", "session", "the wearer said that it hurt; only with `publish_pain = true`"

    HOLDS_LONGER = (
        "holds_longer",
        "routine",
        "three full days: these holds are 5 s longer from the next session on",
    )
    HOLDS_SHORTER = (
        "holds_shorter",
        "routine",
        "a step back: these holds are shorter from the next session on",
    )

    REMINDER = "reminder", "reminder", "the time of the day's session has come; the watch asks if it can"
    REMINDER_MISSED = "reminder_missed", "reminder", "nobody answered it, or nobody could be asked"
    REMINDERS_STOPPED = "reminders_stopped", "reminder", "no more of them until they are switched on again"

    DATA_LOST = "data_lost", "watch's journal", "records were overwritten before they were synced"
    QUARANTINE = "quarantine", "watch's journal", "a record came again with other content: it is not counted"
    CONTINUITY = "continuity", "watch's journal", "it went back; what follows is kept apart"
    JOURNAL_REPLACED = "journal_replaced", "watch's journal", "the watch began another one, as after a reset"

    AUTH_FAILED = (
        "auth_failed",
        "trust",
        "a proof, a bond or a nonce did not hold; the same reason once an hour",
    )

    DISK_FULL = "disk_full", "host's journal", "no room: nothing is synced, the watch keeps its records"
    JOURNAL_FAILING = "journal_failing", "host's journal", "it can't be written, for another reason"
    JOURNAL_DAMAGED = "journal_damaged", "host's journal", "damage was found in it; it is recovered"
    JOURNAL_RESTORED = "journal_restored", "host's journal", "it was damaged or gone: a backup took its place"
    JOURNAL_NEW = "journal_new", "host's journal", "it was damaged or gone, without a backup: a new one began"
    JOURNAL_OLDER = "journal_older", "host's journal", "it was further before: a copy was put back"
    BACKUP_FAILED = "backup_failed", "host's journal", "the backup of the day could not be made"
    ERASURE_UNFINISHED = (
        "erasure_unfinished",
        "host's journal",
        "what was deleted may still stand in its files; the next start tries again",
    )

    PUBLISH_REFUSED = (
        "publish_refused",
        "broker",
        "it refuses an event: set aside; `resync` tries again",
    )
    OUTBOX_FULL = "outbox_full", "broker", "too much waits for it: events of little weight were dropped"
