"""The daemon, and what it has to tell."""

from wearsync.doctor.check import Finding, Status

DAEMON = Finding(
    name="daemon_runs", check="daemon", status=Status.PASS, says="runs, {version}, process {pid}"
)
DAEMON_NONE = Finding(
    name="daemon_none",
    check="daemon",
    status=Status.WARN,
    says="no daemon is running",
    why="nothing is recorded, published or reminded of; the watch keeps its records meanwhile",
    fix="wearsync run; or for good: `wearsync service --help`",
    symptom="No daemon is running",
)
DAEMON_OTHER_VERSION = Finding(
    name="daemon_other_version",
    check="daemon",
    status=Status.FAIL,
    says="the running daemon is {theirs}, and what is installed is {ours}",
    why="wearsync was upgraded while it ran: the old code works on until it is restarted",
    fix="{restart}",
    symptom="The daemon is of another version",
)
DAEMON_STUCK = Finding(
    name="daemon_stuck",
    check="daemon",
    status=Status.FAIL,
    says="a daemon is there and does not answer: {error}",
    why="it hangs: a disk that fails, or a defect",
    fix="look at its log (`journalctl -u wearsync`), then restart it",
    symptom="The daemon does not answer",
)
DAEMON_FORBIDDEN = Finding(
    name="daemon_forbidden",
    check="daemon",
    status=Status.FAIL,
    says="you may not command the daemon: {error}",
    why="its control socket is for its own user, and for the members of the group that it names",
    fix="sudo usermod -aG wearsync $USER, and log in again",
    symptom="You may not command the daemon",
)
OUTBOX = Finding(name="outbox_drained", check="outbox", status=Status.PASS, says="nothing waits")
OUTBOX_WAITS = Finding(
    name="outbox_waits",
    check="outbox",
    status=Status.PASS,
    says="{count} events wait for the broker, the oldest for {age}",
)
OUTBOX_OLD = Finding(
    name="outbox_old",
    check="outbox",
    status=Status.WARN,
    says="{count} events wait for the broker, the oldest for {age}: {broker}",
    why="dashboards do not see them; nothing is lost, they are sent when the broker is back",
    fix="see the broker's checks below",
    symptom="Results do not reach the broker",
)
OUTBOX_PARKED = Finding(
    name="outbox_parked",
    check="outbox",
    status=Status.WARN,
    says="the broker has refused {count} events for good",
    why="its access list forbids the topic, or the message was too large; they stay in the journal",
    fix="mend the access list (docs/mqtt/acl), then `wearsync resync`",
    symptom="The broker has refused results",
)
OUTBOX_UNKNOWN = Finding(
    name="outbox_unknown", check="outbox", status=Status.SKIP, says="only a daemon that runs tells"
)
UNIT = Finding(name="unit_active", check="unit", status=Status.PASS, says="{unit} is active{more}")
UNIT_NONE = Finding(
    name="unit_none", check="unit", status=Status.SKIP, says="wearsync is no service here: {because}"
)
UNIT_FAILED = Finding(
    name="unit_failed",
    check="unit",
    status=Status.FAIL,
    says="systemd has given up on {unit} ({result})",
    why="it ended again and again",
    fix="{journalctl}; then {systemctl} restart wearsync",
    symptom="The service has failed",
)
UNIT_STOPPED = Finding(
    name="unit_stopped",
    check="unit",
    status=Status.WARN,
    says="{unit} is installed and not running",
    why="nothing is recorded, published or reminded of; the watch keeps its records meanwhile",
    fix="{systemctl} enable --now wearsync",
    symptom="The service is not running",
)
UNIT_RESTARTED = Finding(
    name="unit_restarted",
    check="unit",
    status=Status.WARN,
    says="systemd has restarted {unit} {count} times",
    why="it ended unasked, or the watchdog found it hanging",
    fix="{journalctl} says why",
    symptom="The service is restarted again and again",
)
UNIT_RESTARTS = Finding(
    name="unit_restarts",
    check="unit",
    status=Status.FAIL,
    says="{unit} is being started again and again ({result})",
    why="it ends at once, each time",
    fix="{journalctl} says why",
    symptom="The service does not stay up",
)
