"""State directory, disk, journal, and who holds them."""

from wearsync.doctor.check import Finding, Status

STATE_DIR = Finding(
    name="state_fit", check="state_dir", status=Status.PASS, says="{directory}, ours and private"
)
STATE_NONE = Finding(
    name="state_none",
    check="state_dir",
    status=Status.PASS,
    says="{directory} is not there yet: it is made when it is needed",
)
STATE_FORBIDDEN = Finding(
    name="state_forbidden",
    check="state_dir",
    status=Status.FAIL,
    says="{directory} can't be used: {error}",
    why="journal, keys and control socket live there",
    fix="sudo chown -R $USER {directory} && chmod 700 {directory}",
    symptom="The state directory can not be used",
)
STATE_READ_ONLY = Finding(
    name="state_read_only",
    check="state_dir",
    status=Status.FAIL,
    says="{directory} is on a file system that can only be read",
    why="a card or disk that fails is often made read-only by the kernel; nothing can be recorded",
    fix="dmesg | tail, sudo fsck; or mount it writable: sudo mount -o remount,rw {mount}",
    symptom="The disk is read-only",
)
STATE_OTHERS = Finding(
    name="state_others",
    check="state_dir",
    status=Status.WARN,
    says="{directory} belongs to {owner}, and you are {me}",
    why="who runs wearsync as root once leaves files that its own user can't write",
    fix="sudo chown -R {me} {directory}, or run wearsync as {owner}",
    symptom="The state directory belongs to another user",
)
STATE_THEIRS = Finding(
    name="state_theirs",
    check="state_dir",
    status=Status.FAIL,
    says="{directory} belongs to {owner}, and does not let {me} in",
    why="journal, keys and control socket live there, and are nobody else's affair",
    fix="run it as that user: sudo -u {owner} wearsync …; or name another place with --state-dir",
    symptom="The state directory lets only another user in",
)
STATE_OPEN = Finding(
    name="state_open",
    check="state_dir",
    status=Status.WARN,
    says="others on this computer can look into {directory}",
    why="when you stretch, and what hurt, is nobody else's affair",
    fix="chmod 700 {directory}",
    symptom="Others can look into the state directory",
)
DISK = Finding(
    name="disk_fit",
    check="disk",
    status=Status.PASS,
    says="{kind}, {free} free, a commit takes {commit_ms} ms",
)
DISK_FULL = Finding(
    name="disk_full",
    check="disk",
    status=Status.FAIL,
    says="the disk of {directory} is full: {free} is left",
    why="nothing can be recorded; the watch keeps its records until there is room",
    fix="free some space: `df -h {directory}` and `du -xh {mount} | sort -h | tail`",
    symptom="The disk is full",
)
DISK_LOW = Finding(
    name="disk_low",
    check="disk",
    status=Status.WARN,
    says="the disk of {directory} has only {free} left",
    why="journal and backups need some MB a year; with a full disk nothing is recorded",
    fix="free some space: `df -h {directory}`",
    symptom="The disk is almost full",
)
DISK_SLOW = Finding(
    name="disk_slow",
    check="disk",
    status=Status.WARN,
    says="a commit takes {commit_ms} ms on {kind}",
    why="each hold waits for its commit; a card that slows down is often about to fail",
    fix="put the state directory on another disk (state_dir in the configuration)",
    symptom="The disk is slow",
)
DISK_FAILS = Finding(
    name="disk_fails",
    check="disk",
    status=Status.FAIL,
    says="writing to {directory} fails: {error}",
    why="the disk or its cable fails, or a quota is used up",
    fix="dmesg | tail; `quota`; then another disk",
    symptom="The disk fails",
)
DISK_UNTRIED = Finding(
    name="disk_untried", check="disk", status=Status.SKIP, says="{kind}, {free} free; see state_dir"
)
DISK_MEMORY = Finding(
    name="disk_memory",
    check="disk",
    status=Status.WARN,
    says="{directory} is in memory ({kind})",
    why="the history and the watches' keys are gone after a restart of this computer",
    fix="set state_dir in the configuration to a place on a disk",
    symptom="The history is kept in memory only",
)
DISK_CONTAINER = Finding(
    name="disk_container",
    check="disk",
    status=Status.WARN,
    says="{directory} is inside of the container ({kind})",
    why="the history and the watches' keys are gone when the container is made anew",
    fix="mount a volume there: `--volume wearsync:{directory}`",
    symptom="The history goes with the container",
)
DISK_NETWORK = Finding(
    name="disk_network",
    check="disk",
    status=Status.FAIL,
    says="{directory} is on another computer's disk ({kind})",
    why="SQLite needs memory and locks that network file systems do not share: it refuses, or loses data",
    fix="set state_dir in the configuration to a place on a disk of this computer",
    symptom="The journal is on a network drive",
)
DISK_CARD = Finding(
    name="disk_card",
    check="disk",
    status=Status.PASS,
    says="{kind} on a memory card, {free} free, a commit takes {commit_ms} ms",
    why="cards wear out, and some forget what they were told to keep when power fails: keep a copy elsewhere "
    "(`wearsync backup --to`)",
)
JOURNAL = Finding(
    name="journal_fit",
    check="journal",
    status=Status.PASS,
    says="schema {schema}, {size}{checked}{copy}",
)
JOURNAL_NONE = Finding(
    name="journal_none",
    check="journal",
    status=Status.PASS,
    says="there is none yet: `wearsync run` makes it",
)
JOURNAL_NEWER = Finding(
    name="journal_newer",
    check="journal",
    status=Status.FAIL,
    says="the journal is of a newer wearsync (schema {schema}, this one knows {newest})",
    why="an older wearsync would not understand what is in it, and does not touch it",
    fix="pip install --upgrade wearsync",
    symptom="The journal is of a newer version",
)
JOURNAL_OLDER = Finding(
    name="journal_older",
    check="journal",
    status=Status.PASS,
    says="schema {schema}: the next `wearsync run` brings it to {newest}, and keeps a copy",
)
JOURNAL_DAMAGED = Finding(
    name="journal_damaged",
    check="journal",
    status=Status.FAIL,
    says="the journal is damaged: {error}",
    why="a disk that fails, or power that was cut",
    fix="wearsync run: sets it aside and goes on from the newest backup; the watch sends again what it has",
    symptom="The journal is damaged",
)
JOURNAL_FOREIGN = Finding(
    name="journal_foreign",
    check="journal",
    status=Status.FAIL,
    says="{file} is no journal of wearsync",
    why="another file is in its place, which is not touched",
    fix="move it away, or choose another state directory",
    symptom="Another file is in the place of the journal",
)
JOURNAL_UNREADABLE = Finding(
    name="journal_unreadable",
    check="journal",
    status=Status.FAIL,
    says="{error}",
    why="holds can be neither recorded nor shown",
    fix="check owner and mode: `ls -l {file}`",
    symptom="The journal can not be opened",
)
LOCK_FREE = Finding(
    name="lock_free", check="lock", status=Status.PASS, says="nobody holds the state directory"
)
LOCK_OURS = Finding(
    name="lock_daemon", check="lock", status=Status.PASS, says="the daemon holds the state directory"
)
LOCK_OTHER = Finding(
    name="lock_other",
    check="lock",
    status=Status.FAIL,
    says="process {pid} ({command}) holds {directory}, and no daemon answers there",
    why="a command that is not done yet, or a daemon that is just starting, or hangs",
    fix="wait a moment and look again; then end it: kill {pid}",
    symptom="Another process holds the state directory",
)
LOCK_UNKNOWN = Finding(
    name="lock_unknown", check="lock", status=Status.SKIP, says="who holds it can't be told: {error}"
)
