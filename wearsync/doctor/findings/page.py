"""The page of the daemon, if one is configured."""

from wearsync.doctor.check import Finding, Status

OFF = Finding(
    name="page_off",
    check="page",
    status=Status.SKIP,
    says="the configuration has none (listen in [web]); `wearsync page` shows one of `run --web`",
)
NO_DAEMON = Finding(
    name="page_no_daemon",
    check="page",
    status=Status.SKIP,
    says="not looked at: only a running daemon serves it",
)
INGRESS = Finding(
    name="page_ingress",
    check="page",
    status=Status.SKIP,
    says="not looked at: only Home Assistant's Supervisor may come (ingress)",
)
PAGE = Finding(name="page_there", check="page", status=Status.PASS, says="{url} answers")
PAGE_PLAIN = Finding(
    name="page_plain",
    check="page",
    status=Status.PASS,
    says="{url} answers, without TLS",
    why="browsers keep a screen awake with https only; and who listens in on the network may read along",
)
EXTRA_MISSING = Finding(
    name="page_extra_missing",
    check="page",
    status=Status.FAIL,
    says="what the page needs is not installed ({library})",
    why="it is an extra: who wants no page needs none of it",
    fix="pip install 'wearsync[web]'",
    symptom="The page needs more to be installed",
)
TOKEN_SHARED = Finding(
    name="page_token_shared",
    check="page",
    status=Status.FAIL,
    says="others on this computer can read the page's token in {file}",
    why="who has it sees your holds, and can start and stop sessions",
    fix="chmod 600 {file}; then a new one: wearsync page --new-token",
    symptom="Others can read the token of the page",
)
SILENT = Finding(
    name="page_silent",
    check="page",
    status=Status.FAIL,
    says="nothing answers at {url}: {error}",
    why="the daemon was started before the page was configured, or its port was taken",
    fix="wearsync reload; then look at the daemon's log",
    symptom="The page is not there",
)
SICK = Finding(
    name="page_sick",
    check="page",
    status=Status.WARN,
    says="{url} says that the daemon makes no progress",
    why="its loop, its journal or its reminders stand still: mostly a disk that hangs",
    fix="see the disk's check above; then restart the daemon",
    symptom="The page says that the daemon is not well",
)
