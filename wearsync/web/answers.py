"""What the page's server answers, as JSON and in words.

Rule: an error is `{"ok": false, "error": its name, "text": one sentence}`, the same words as on the command
line.
"""

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from wearsync.errors import StorageError, TryAgain, Unavailable, UserError, WearsyncError

NOT_STORED = {"Cache-Control": "no-store"}


def found(model: BaseModel) -> Response:
    """What was asked for."""
    return Response(model.model_dump_json(), media_type="application/json", headers=NOT_STORED)


def done(text: str) -> Response:
    """It is done."""
    return JSONResponse({"ok": True, "text": text}, headers=NOT_STORED)


def refused(status: int, error: str, text: str) -> Response:
    """It is not done, and why."""
    return JSONResponse({"ok": False, "error": error, "text": text}, status, headers=NOT_STORED)


def failed(error: WearsyncError) -> Response:
    """What the daemon raised."""
    return refused(_status(error), type(error).__name__, str(error))


def _status(error: WearsyncError) -> int:
    match error:
        case UserError():
            return 400
        case TryAgain():
            return 409
        case Unavailable() | StorageError():
            return 503
        case _:
            return 500
