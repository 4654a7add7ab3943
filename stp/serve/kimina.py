"""The public forms of the Kimina Lean Server, so that its clients can point here. Pure.

A snippet is a whole Lean file. Where that server sends what Lean's REPL said, this one sends the checker's
word in the same form: no error among `messages` means that every theorem in the file stands. What a hole
(`sorry`) leaves is an error here, not a warning, and `sorries` is never sent. Keys that it does not know are
passed over, as that server does.

Forms: https://github.com/project-numina/kimina-lean-server, client package kimina-client 0.2.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from stp.records import FileCheck, FileVerdict, Message
from stp.serve.forms import item_list, seconds
from stp.serve.gate import Refused


@dataclass(frozen=True)
class Files:
    """A request: the caller's ids in order, the files under their positions as ids."""

    ids: tuple[Any, ...]
    files: tuple[FileCheck, ...]
    timeout: float
    debug: bool = False


def check_request(body: dict[str, Any], max_items: int) -> Files:
    """`POST /api/check`. Raises Refused."""
    snippets = item_list(body, "snippets", max_items)
    ids, files = [], []
    for i, snippet in enumerate(snippets):
        if not isinstance(snippet, dict):
            raise Refused(422, "invalid", f"snippets[{i}] is not a JSON object.")
        for key in ("id", "code"):
            if not isinstance(snippet.get(key), str):
                raise Refused(422, "invalid", f'snippets[{i}]: "{key}" is missing or not a text.')
        ids.append(snippet["id"])
        files.append(FileCheck(str(i), snippet["code"]))
    if not ids:
        raise Refused(422, "invalid", '"snippets" must not be empty.')
    if len(set(ids)) < len(ids):
        raise Refused(422, "invalid", '"snippets" must have unique ids.')
    return Files(tuple(ids), tuple(files), _timeout(body, 30), body.get("debug") is True)


def check_answer(
    request: Files, verdicts: Iterable[FileVerdict], limit: float, environment: str
) -> dict[str, Any]:
    results = []
    for identity, verdict in zip(request.ids, verdicts, strict=True):
        error = _error(verdict, min(request.timeout, limit))
        result: dict[str, Any] = {"id": identity, "time": round(verdict.seconds, 6)}
        if error is None:
            result["response"] = _response(verdict)
        else:
            result["error"] = error
        if request.debug:
            result["diagnostics"] = {"repl_uuid": environment}
        results.append(result)
    return {"results": results}


def verify_request(body: dict[str, Any], max_items: int) -> Files:
    """`POST /verify`, the older form. Raises Refused."""
    ids, files = [], []
    for i, code in enumerate(item_list(body, "codes", max_items)):
        if not isinstance(code, dict):
            raise Refused(422, "invalid", f"codes[{i}] is not a JSON object.")
        if not isinstance(code.get("custom_id"), str | int):
            raise Refused(422, "invalid", f'codes[{i}]: "custom_id" is missing or neither text nor integer.')
        text = code.get("proof") if code.get("proof") is not None else code.get("code")
        if not isinstance(text, str):
            raise Refused(422, "invalid", f'codes[{i}]: "proof" is missing or not a text.')
        ids.append(code["custom_id"])
        files.append(FileCheck(str(i), text))
    return Files(tuple(ids), tuple(files), _timeout(body, 300))


def verify_answer(request: Files, verdicts: Iterable[FileVerdict], limit: float) -> dict[str, Any]:
    results = []
    for identity, verdict in zip(request.ids, verdicts, strict=True):
        error = _error(verdict, min(request.timeout, limit))
        response = None if error is not None else {**_response(verdict), "time": round(verdict.seconds, 6)}
        results.append({"custom_id": identity, "error": error, "response": response})
    return {"results": results}


def unreadable(file: FileCheck, max_text: int) -> FileVerdict | None:
    """The verdict on a file that Lean is not even asked about."""
    if len(file.text) > max_text:
        return FileVerdict("rejected", (_first_line(f"longer than {max_text:,} characters"),))
    if any("\ud800" <= c <= "\udfff" or c == "\0" for c in file.text):
        return FileVerdict("rejected", (_first_line("not a Unicode text (a lone surrogate or a NUL)"),))
    return None


def _timeout(body: dict[str, Any], default: float) -> float:
    timeout = seconds(body, default)
    return default if timeout is None else timeout


def _error(verdict: FileVerdict, timeout: float) -> str | None:
    """What went wrong outside the file; clients look for the words "timed out"."""
    if verdict.outcome == "timeout":
        return f"Lean REPL command timed out in {timeout:g} seconds"
    if verdict.outcome in ("out_of_memory", "infrastructure"):
        said: Sequence[str] = [message.text for message in verdict.messages[:1]]
        what = "Lean ran out of memory" if verdict.outcome == "out_of_memory" else "Lean gave no verdict"
        return ": ".join([what, *said])
    return None


def _response(verdict: FileVerdict) -> dict[str, Any]:
    messages = list(verdict.messages)
    if verdict.outcome != "proved" and not any(message.severity == "error" for message in messages):
        # A client reads the absence of errors as success.
        messages.append(_first_line("refused by the checker"))
    response: dict[str, Any] = {"env": 0}
    if messages:  # Lean's REPL leaves an empty list out
        response["messages"] = [_message(message) for message in messages]
    return response


def _message(message: Message) -> dict[str, Any]:
    place: dict[str, Any] = {"pos": {"line": message.line, "column": message.column}}
    if message.end_line is not None and message.end_column is not None:
        place["endPos"] = {"line": message.end_line, "column": message.end_column}
    return {"severity": message.severity, **place, "data": message.text}


def _first_line(text: str) -> Message:
    return Message("error", 1, 0, None, None, text)
