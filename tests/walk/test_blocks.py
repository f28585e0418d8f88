"""Blocks are found with what comments say of them; what can't be meant is an error; all our pages do."""

from pathlib import Path

import pytest

from tests.walk.__main__ import ROOT, WALKED
from tests.walk.blocks import Block, Exchange, PageError, Then, blocks, commands, exchanges, joined

PAGE = """\
# Page
```sh
one   # comment
two
```
<!-- not run: there is no shop here -->
```sh
buy
```
<!-- with a simulated watch: banglejs -->
```sh
three
```

<!-- then three says within 9 s: yes.* -->
```text
not for running
```
<!-- with a simulated watch -->
```console
$ four
Sure? [y/N] y
```
"""


def test_blocks_come_in_order_with_what_comments_say() -> None:
    assert list(blocks(PAGE)) == [
        Block(2, "sh", ("one   # comment", "two")),
        Block(7, "sh", ("buy",), not_run="there is no shop here"),
        Block(11, "sh", ("three",), stage="banglejs"),
        Then(15, "three", 9, "yes.*"),
        Block(20, "console", ("$ four", "Sure? [y/N] y"), stage="wearsync"),
    ]


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        ("```\nls\n```", "line 1: a block in no language: say sh, console or text"),
        ("```bash\nls\n```", "line 1: a block in bash: say sh, console or text"),
        ("<!-- with a watch -->\n```sh\nls\n```", "line 1: what does this comment mean: with a watch?"),
        ("<!-- not run: no -->\nwords", "line 2: the comment above stands above no block"),
    ],
)
def test_what_nobody_can_mean_is_an_error(page: str, problem: str) -> None:
    with pytest.raises(PageError) as raised:
        list(blocks(page))
    assert str(raised.value) == problem


def test_a_block_in_a_list_is_indented() -> None:
    page = "1. Do\n\n   <!-- not run: for no reason -->\n   ```sh\n   one\n     two\n   ```\n"
    assert list(blocks(page)) == [Block(4, "sh", ("one", "  two"), not_run="for no reason")]


def test_a_command_may_take_several_lines() -> None:
    lines = ("a \\", "  b", "", "# comment", "cat <<'END'", "x", "END", "c")
    assert list(commands(lines)) == ["a \\\n  b", "cat <<'END'\nx\nEND", "c"]


def test_a_console_block_is_commands_with_what_they_show() -> None:
    lines = ("$ a", "one", "two", "$ b")
    assert exchanges(lines) == (Exchange("a", ("one", "two")), Exchange("b", ()))


def test_a_conversation_goes_on_after_words_between() -> None:
    page = "```console\n$ a\none\n```\nwords\n```console\ntwo\n```\n```sh\nb\n```\n"
    assert list(joined(blocks(page))) == [
        Block(1, "console", ("$ a", "one", "two")),
        Block(9, "sh", ("b",)),
    ]
    with pytest.raises(PageError, match="line 1: a console block begins with a command"):
        list(joined(blocks("```console\ntwo\n```")))


@pytest.mark.parametrize(
    "page", sorted({page.relative_to(ROOT) for pattern in WALKED for page in ROOT.glob(pattern)}), ids=str
)
def test_pages_of_this_checkout_can_be_walked_and_leave_nothing_out_without_a_reason(page: Path) -> None:
    parts = joined(blocks((ROOT / page).read_text(encoding="utf-8")))
    found = [each for each in parts if isinstance(each, Block)]
    assert [each.number for each in found if each.not_run and len(each.not_run) < 10] == []
    for each in found:
        assert exchanges(each.lines) if each.language == "console" else list(commands(each.lines))
