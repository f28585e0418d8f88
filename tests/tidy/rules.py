"""The house rules as functions: each takes a source and gives what is wrong with it, one line a violation.

Rule: a rule reads text and returns text; which files it is put to is test_tidy.py's affair.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

MODULE_LINES = 400
FUNCTION_LINES = 70

VAGUE_NAMES = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"}
PURE_PACKAGES = ("protocol", "drivers", "coordinator", "messages.py", "model.py", "alert_codes.py")

Rule = Callable[[PurePosixPath, str], Iterator[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def module_is_short(path: PurePosixPath, source: str) -> Iterator[str]:
    lines = len(source.splitlines())
    if lines > MODULE_LINES:
        yield f"{path}: {lines} lines, more than {MODULE_LINES}"


def functions_are_short(path: PurePosixPath, source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function) and node.end_lineno:
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {lines} lines, more than {FUNCTION_LINES}"


def module_says_what_it_is_for(path: PurePosixPath, source: str) -> Iterator[str]:
    if not ast.get_docstring(ast.parse(source)):
        yield f"{path}: no docstring on top"


def public_names_are_explained(path: PurePosixPath, source: str) -> Iterator[str]:
    for node in ast.parse(source).body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield f"{path}:{node.lineno}: {node.name} has no docstring"


def module_name_says_something(path: PurePosixPath, source: str) -> Iterator[str]:
    vague = VAGUE_NAMES & {path.stem, *path.parts}
    if vague:
        yield f"{path}: no module is called {', '.join(sorted(vague))}"


def dataclasses_are_frozen_and_slotted(path: PurePosixPath, source: str) -> Iterator[str]:
    """In the pure packages, where values are all there is."""
    if path.parts[0] != "wearsync" or path.parts[1] not in PURE_PACKAGES:
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ClassDef):
            continue
        for decorator in node.decorator_list:
            call = ast.unparse(decorator)
            if "dataclass" in call and not ("frozen=True" in call and "slots=True" in call):
                yield f"{path}:{node.lineno}: {node.name} is not frozen and slotted"


def no_print(path: PurePosixPath, source: str) -> Iterator[str]:
    """The command line speaks to people; the rest logs or returns."""
    if {"cli", "__main__"} & {path.stem, *path.parts}:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield f"{path}:{node.lineno}: print outside the command line"


def no_untyped_values_between_modules(path: PurePosixPath, source: str) -> Iterator[str]:
    """No `dict` and no `Any` in what a public function or method takes and gives.

    A value has a name; what is looked up by key is a Mapping.
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, Function) or node.name.startswith("_"):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        annotations = [argument.annotation for argument in arguments] + [node.returns]
        names = {
            name.id
            for annotation in annotations
            if annotation
            for name in ast.walk(annotation)
            if isinstance(name, ast.Name)
        }
        for loose in sorted(names & {"dict", "Dict", "Any"}):
            yield f"{path}:{node.lineno}: {node.name} takes or gives {loose}"


def tests_are_real(path: PurePosixPath, source: str) -> Iterator[str]:
    """No mocks, no patched insides, no test that is skipped or may fail."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            if any("mock" in name.split(".") for name in names):
                yield f"{path}:{node.lineno}: imports a mock"
        elif isinstance(node, ast.Attribute):
            dotted = ast.unparse(node)
            if dotted in {"monkeypatch.setattr", "mocker.patch"}:
                yield f"{path}:{node.lineno}: patches insides with {dotted}"
            elif dotted in {f"pytest.mark.{mark}" for mark in ("skip", "skipif", "xfail")}:
                yield f"{path}:{node.lineno}: {dotted}"


# Put together so that this file does not break its own rule.
_REGISTRIES = ("pypi" + ".org", "python" + "hosted.org", "npmjs" + ".com", "npmjs" + ".org", "crates" + ".io")
_LEFT_OVER = {
    "a path of one machine": re.compile(r"(?<![\w.~*-])/(?:root|work|Users|home/(?!you\b|pi\b))[\w./-]*"),
    "a package index": re.compile("|".join(map(re.escape, _REGISTRIES))),
    "work left for later": re.compile(r"\b(?:TO" + "DO|FIX" + "ME|XX" + r"X)\b"),
}


def nothing_left_over(path: PurePosixPath, source: str) -> Iterator[str]:
    """No path of somebody's machine, no package index, no note of work undone."""
    for number, line in enumerate(source.splitlines(), start=1):
        for what, pattern in _LEFT_OVER.items():
            if found := pattern.search(line):
                yield f"{path}:{number}: {what}: {found.group()}"


def has_logic(source: str) -> bool:
    """Whether a module does something: a function with more than a docstring and an ellipsis in it."""
    return any(
        not isinstance(statement, ast.Pass | ast.Raise)
        and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, Function)
        for statement in node.body
    )


def mirror_of(path: PurePosixPath) -> PurePosixPath:
    """Where a module's tests stand: tests/x/test_y.py, tests/simulators/x/test_y.py for simulators."""
    inside = path.parts[2:] if path.parts[0] == "simulators" else path.parts[1:]
    top = ("tests", "simulators") if path.parts[0] == "simulators" else ("tests",)
    return PurePosixPath(*top, *inside[:-1], f"test_{path.stem.strip('_')}.py")
