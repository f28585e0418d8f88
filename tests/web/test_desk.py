"""The page's calls."""

import asyncio

import pytest

from tests.simulators.watches.virtual_time import in_virtual_time
from tests.web.stage import Desk
from wearsync.control.calls import Call, HistoryParams, StatusParams, TodayParams
from wearsync.control.protocol import JustWorksQuestion
from wearsync.control.results import Done, StatusResult
from wearsync.control.session import Session
from wearsync.errors import TryAgain, UsageError
from wearsync.web.desk import CALL_DEADLINE_S, PageSession, called, fit


async def test_a_call_goes_to_the_handler_as_the_page_s():
    desk = Desk()
    assert (await called(desk.handle, StatusParams(), StatusResult)).site == "home"
    assert desk.via == ["page"]


@in_virtual_time
async def test_a_call_that_takes_for_ever_is_given_up():
    async def stands_still(call: Call, session: Session) -> Done:
        await asyncio.Event().wait()
        return Done()

    began_s = asyncio.get_running_loop().time()
    with pytest.raises(TryAgain, match="see its log"):
        await called(stands_still, TodayParams(), Done)
    assert asyncio.get_running_loop().time() - began_s == pytest.approx(CALL_DEADLINE_S)


async def test_a_result_of_another_kind_is_a_defect():
    with pytest.raises(TypeError, match="today gave Done"):
        await called(Desk().handle, TodayParams(), StatusResult)


async def test_a_browser_s_question_is_answered_by_nobody():
    assert (await PageSession().ask(JustWorksQuestion())).nobody


def test_parameters_that_do_not_fit_are_told_without_what_they_were():
    with pytest.raises(UsageError, match=r"^the daemon does not take this: weeks: .*greater") as told:
        fit(lambda: HistoryParams.model_validate_strings({"weeks": "-77"}))
    assert "-77" not in str(told.value)
