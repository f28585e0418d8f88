"""The page's addresses, with what browsers send and what attackers do."""

import asyncio
import json
import logging
from pathlib import Path

import pytest

from tests.web.stage import TOKEN, Desk, page, request_of
from wearsync.control.calls import HistoryParams, HoldsParams, RoutineParams, TodayParams
from wearsync.control.results import Done
from wearsync.errors import TryAgain
from wearsync.model import Verb
from wearsync.web.app import BODY_MAX_BYTES

LAN = {"listen": "127.0.0.1:0", "always_ask": True}


async def test_the_page_is_served_with_headers_that_let_nothing_foreign_in(tmp_path: Path):
    async with page(tmp_path) as served:
        answer = await served.get("/")
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
        assert policy.endswith("frame-ancestors 'none'")
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers
        again = await served.get("/", If_None_Match=answer.headers["etag"])
        assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    ("path", "call"),
    [
        ("/api/today?wearer=you", TodayParams(wearer="you")),
        ("/api/history?weeks=26", HistoryParams(weeks=26)),
        ("/api/routine?watch=W%20%C3%BC", RoutineParams(watch="W ü")),
        ("/api/holds", HoldsParams()),
    ],
)
async def test_what_is_looked_at_is_asked_of_the_desk(tmp_path: Path, path: str, call: object):
    async with page(tmp_path) as served:
        answer = await served.get(path)
        assert (answer.status, answer.json) == (200, {"text": "done"})
        assert answer.headers["cache-control"] == "no-store"
        assert served.desk.calls == [call]
        assert served.desk.via == ["page"]


@pytest.mark.parametrize(
    "query", ["weeks=x", "weeks=99999", "typo=1", "wearer=", "wearer=%00", "wearer=" + "x" * 65]
)
async def test_a_question_that_can_t_be_is_refused_in_one_line(tmp_path: Path, query: str):
    async with page(tmp_path) as served:
        answer = await served.get(f"/api/history?{query}")
        assert (answer.status, answer.json["error"]) == (400, "UsageError")
        assert served.desk.calls == []


async def test_a_command_goes_to_the_desk_and_its_words_come_back(tmp_path: Path):
    async with page(tmp_path, Desk(answer=Done(text="W: extra, left"))) as served:
        answer = await served.post("/api/command", {"verb": "extra", "side": "left", "watch": "W"})
        assert (answer.status, answer.json) == (200, {"ok": True, "text": "W: extra, left"})
        [command] = served.desk.commands
        assert (command.verb, command.watch) == (Verb.EXTRA, "W")
        served.desk.answer = TryAgain("there is no session")
        answer = await served.post("/api/command", {"verb": "pause"})
        assert answer.status == 409
        assert answer.json == {"ok": False, "error": "TryAgain", "text": "there is no session"}


async def test_a_body_without_end_is_cut_off(tmp_path: Path):
    async with page(tmp_path) as served:
        great = b'{"verb":"stop"' + b" " * (1024 * 1024) + b"}"
        assert (await served.post("/api/command", great)).status == 413
        fits = b'{"verb":"stop"}'.ljust(BODY_MAX_BYTES)
        assert (await served.post("/api/command", fits)).status == 200
        assert (await served.post("/api/command", fits + b" ")).status == 413
        assert len(served.desk.commands) == 1


async def test_what_is_no_way_of_asking_is_not_taken(tmp_path: Path):
    async with page(tmp_path) as served:
        for method, path in (("POST", "/"), ("GET", "/api/command"), ("DELETE", "/api/status")):
            assert (await served.raw(request_of(method, path, {}))).status == 405
        assert (await served.raw(request_of("GET", "/api/live/", {}))).status == 404
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "x"}
        assert (await served.get("/api/status", **upgrade)).status == 200


async def test_a_fault_of_ours_is_one_line_for_the_browser_and_all_of_it_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async with page(tmp_path, Desk(answer=ValueError("private"))) as served:
        answer = await served.get("/api/today")
        assert answer.status == 500
        assert answer.json["text"] == "the page failed at this (ValueError): see the daemon's log"
        [record] = caplog.records
        assert record.getMessage() == "page.failed path='/api/today'"
        assert record.exc_info is not None
        assert (await served.get("/api/status")).status == 200


async def test_health_is_the_daemon_s_and_says_nothing_else(tmp_path: Path):
    async with page(tmp_path, always_ask=True) as served:
        answer = await served.get("/healthz")
        assert (answer.status, answer.json) == (200, {"ok": True})
        served.well[0] = False
        answer = await served.get("/healthz")
        assert (answer.status, answer.json) == (503, {"ok": False})


async def test_who_signs_in_has_a_cookie_that_no_script_and_no_other_site_gets(tmp_path: Path):
    async with page(tmp_path, always_ask=True) as served:
        answer = await served.get("/api/status")
        assert (answer.status, answer.json["error"]) == (401, "SignIn")
        answer = await served.post(
            "/api/session",
            {"token": TOKEN},
            Origin=f"http://127.0.0.1:{served.port}",
            Host=f"127.0.0.1:{served.port}",
        )
        assert answer.status == 204
        said = answer.headers["set-cookie"]
        assert said.startswith(f"{served.cookie_name}=")
        assert "HttpOnly" in said
        assert "SameSite=strict" in said
        assert "Secure" not in said
        assert TOKEN not in said
        cookie = said.partition(";")[0]
        assert (await served.get("/api/status", Cookie=cookie)).status == 200
        again = await served.get("/", Cookie=cookie)
        assert again.headers["set-cookie"] == said
        assert "set-cookie" not in (await served.get("/", Cookie=cookie + "x")).headers
        origin = f"http://127.0.0.1:{served.port}"
        host = f"127.0.0.1:{served.port}"
        command = {"verb": "buzz"}
        done = await served.post("/api/command", command, Cookie=cookie, Origin=origin, Host=host)
        assert done.status == 200
        assert (await served.post("/api/command", command, Cookie=cookie)).status == 403
        assert (await served.get("/api/status", Cookie=cookie + "x")).status == 401
        assert len(served.desk.commands) == 1


async def test_behind_a_proxy_with_tls_the_cookie_is_for_tls(tmp_path: Path):
    async with page(tmp_path, always_ask=True) as served:
        answer = await served.post("/api/session", {"token": TOKEN}, X_Forwarded_Proto="https")
        assert "Secure" in answer.headers["set-cookie"]


async def test_a_wrong_token_is_refused_slowly_and_is_nowhere_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async with page(tmp_path, always_ask=True, speed=0.05) as served:
        with caplog.at_level(logging.DEBUG):
            answer = await served.post("/api/session", {"token": "guess-of-somebody"})
            assert (answer.status, answer.json["error"]) == (403, "SignIn")
            assert (await served.post("/api/session", {"token": "ü" * 500})).status == 403
            assert (await served.post("/api/session", {"tokens": ""})).status == 400
            assert (await served.post("/api/session", b"x", Content_Type="text/plain")).status == 415
            answer = await served.get("/api/status", Authorization="Bearer guess-of-somebody")
            assert answer.status == 401
            many = [served.post("/api/session", {"token": f"{number}"}) for number in range(8)]
            assert {answer.status for answer in await asyncio.gather(*many)} == {403, 429}
        assert "guess-of-somebody" not in caplog.text
        assert "page.wrong_token from=127.0.0.1" in caplog.text
        assert (await served.get("/api/status", Authorization=f"Bearer {TOKEN}")).status == 200
        assert (await served.get("/api/status", Authorization=f"Basic {TOKEN}")).status == 401


async def test_home_assistant_s_supervisor_is_shown_all_in_a_frame_and_under_any_name(tmp_path: Path):
    async with page(tmp_path, ingress=True, ingress_from=("127.0.0.1",)) as served:
        headers = {"Host": "a0d7b954-wearsync:8099", "X-Forwarded-Host": "ha.example:8123"}
        answer = await served.get("/", **headers)
        assert answer.status == 200
        assert answer.headers["content-security-policy"].endswith("frame-ancestors 'self'")
        assert (await served.get("/api/status", **headers)).status == 200
        for origin, status in (("https://ha.example:8123", 200), ("https://evil.example", 403)):
            done = await served.post("/api/command", {"verb": "buzz"}, Origin=origin, **headers)
            assert done.status == status


async def test_where_no_token_is_asked_for_signing_in_is_easy(tmp_path: Path):
    async with page(tmp_path) as served:
        answer = await served.post("/api/session", {"token": "x"})
        assert (answer.status, answer.body) == (204, b"")
        assert "set-cookie" not in answer.headers
        assert json.loads((await served.get("/api/status")).body)["site"] == "home"
