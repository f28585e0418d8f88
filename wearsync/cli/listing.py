"""The commands as `wearsync --help` lists them, and the module that each is in.

Rule: words alone, so that the list and the shell's completion import none of the modules. These say the same
of themselves; tests/cli/test_app.py holds the two against each other.
"""

from typing import NamedTuple

__all__ = ["LISTING", "Listed"]


class Listed(NamedTuple):
    """A command: its name, its module below `wearsync.cli`, its panel in the help, its first words."""

    name: str
    module: str
    panel: str
    says: str


LISTING = (
    Listed(
        "setup",
        "setup.command",
        "Set-up",
        "Set everything up: computer, broker, watch, routine, a trial hold, service.",
    ),
    Listed("service", "service", "Set-up", "Print the systemd unit that runs the daemon."),
    Listed(
        "doctor",
        "doctor",
        "Set-up",
        "Find out why it does not work: each check says what is wrong, why, and what mends it.",
    ),
    Listed("config", "config", "Set-up", "Write, check and describe the configuration."),
    Listed(
        "pair",
        "pair",
        "Watches",
        "Pair a watch: bond, hand over a key if it takes one, prove it, and let it buzz.",
    ),
    Listed("scan", "watches", "Watches", "Show the watches nearby."),
    Listed("watches", "watches", "Watches", "List, rename, forget or hand over your watches."),
    Listed("run", "daemon", "Daemon", "Run the daemon in the foreground, until Ctrl-C or SIGTERM."),
    Listed(
        "live",
        "daemon",
        "Daemon",
        "Look on, and press keys for the verbs (`?` shows them); q ends the view, not the daemon.",
    ),
    Listed(
        "reload",
        "daemon",
        "Daemon",
        "Let the running daemon read its configuration anew, as SIGHUP does; a bad file changes nothing.",
    ),
    Listed(
        "resync",
        "daemon",
        "Daemon",
        "Publish events again, for a broker that has lost them; subscribers tell them by their ids.",
    ),
    Listed(
        "healthy",
        "healthy",
        "Daemon",
        "Does the running daemon answer, its journal too? Ends with 0 if so, with 69 if it hangs.",
    ),
    Listed(
        "page", "page", "Daemon", "Where the running daemon's page is; for phones a QR code that signs in."
    ),
    Listed("start", "control", "Session", "Ask on the watch for a tap, then begin today's session."),
    Listed("stop", "control", "Session", "End the session (not the daemon)."),
    Listed("pause", "control", "Session", "Stop the hold and wait."),
    Listed("resume", "control", "Session", "Go on with a full hold."),
    Listed("skip", "control", "Session", "Leave this step out."),
    Listed("back", "control", "Session", "Do the step before once more."),
    Listed("buzz", "control", "Session", "Let the watch buzz once."),
    Listed("extra", "control", "Session", "Add one more hold of one side to the session."),
    Listed("snooze", "control", "Session", "Not now: ask again in 10, 30 or 60 minutes."),
    Listed("away", "control", "Session", "You can't stretch for some days: the streak waits for you."),
    Listed(
        "remind",
        "control",
        "Session",
        "Switch the reminders off, or on again; on also when pain has stopped them.",
    ),
    Listed(
        "routine",
        "routine",
        "Session",
        "Show how the next session is planned, and how far it is to longer holds.",
    ),
    Listed(
        "set",
        "routine",
        "Session",
        "Change the routine, from the next session on: over the configuration, and for this watch.",
    ),
    Listed("today", "dose", "Dose", "Show today's dose, the week and the streak."),
    Listed("holds", "dose", "Dose", "List today's holds with their ids, as `amend` takes them."),
    Listed("log", "dose", "Dose", "Write down a hold that was done without a watch."),
    Listed("amend", "dose", "Dose", "Correct a hold; what was recorded stays, the correction is added."),
    Listed(
        "history", "history", "Dose", "Show the weeks behind: which days counted, and each side's minutes."
    ),
    Listed(
        "export", "export", "Journal", "Write all holds and sessions as they stand, corrections included."
    ),
    Listed("delete", "journal", "Journal", "Delete holds, sessions and all that tells of them, for good."),
    Listed("backup", "journal", "Journal", "Copy the journal; list copies, or put one back."),
)
