"""One batch as a provider keeps it: its states, what its lines come to, its output and error files."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
OVER = frozenset(("failed", "completed", "expired", "cancelled"))
_NOT_RUN = {"expired": "batch_expired", "cancelled": "batch_cancelled"}  # codes of lines that a batch ended before


@dataclass
class File:
    """A file that was uploaded, or made by a batch."""

    id: str
    name: str
    purpose: str
    content: bytes

    def to_json(self) -> Json:
        """As the API shows it."""
        shown = {"id": self.id, "object": "file", "bytes": len(self.content), "created_at": int(time.time())}
        return shown | {"filename": self.name, "purpose": self.purpose, "status": "processed"}


@dataclass
class ProviderBatch:
    """A batch.

    Attributes:
        waiting: bodies of the requests that have no answer yet, by custom_id.
        output, errors: lines of its two files so far.
        lag: in so many lists it is not shown yet.
    """

    id: str
    input_file_id: str
    endpoint: str
    window: str
    metadata: dict[str, str]
    lag: int = 0
    status: str = "validating"
    waiting: dict[str, Json] = field(default_factory=dict)
    output: list[Json] = field(default_factory=list)
    errors: list[Json] = field(default_factory=list)
    invalid: list[Json] = field(default_factory=list)
    times: dict[str, int] = field(default_factory=lambda: {"created_at": int(time.time())})
    output_file_id: str | None = None
    error_file_id: str | None = None

    def becomes(self, status: str) -> None:
        """Enters a state."""
        self.status = status
        self.times[f"{status}_at"] = int(time.time())

    def validate(self, content: bytes, most: int) -> None:
        """Reads the input file: the batch is in progress, or failed."""
        lines = content.decode(errors="replace").splitlines()
        models = set()
        if not lines:
            self._refuse("empty_file", None)
        if len(lines) > most:
            self._refuse("too_many_tasks", None)
        for number, line in enumerate(lines, 1):
            try:
                request = json.loads(line)
                name, body, url, model = (
                    request["custom_id"],
                    request["body"],
                    request["url"],
                    request["body"]["model"],
                )
            except (ValueError, TypeError, LookupError):
                self._refuse("invalid_json_line", number)
                continue
            models.add(model)
            if name in self.waiting or not isinstance(name, str) or not name:
                self._refuse("duplicate_custom_id", number)
            if url != self.endpoint or request.get("method") != "POST":
                self._refuse("url_mismatch", number)
            if len(models) > 1:
                self._refuse("model_mismatch", number)
            self.waiting[name] = body
        self.becomes("failed" if self.invalid else "in_progress")

    def _refuse(self, code: str, line: int | None) -> None:
        message = f"The input file has an error: {code}."
        self.invalid.append({"code": code, "line": line, "message": message, "param": None})

    def note(self, custom_id: str, status: int, body: Any) -> None:
        """Keeps the reply to a line."""
        del self.waiting[custom_id]
        response = {"status_code": status, "request_id": f"req_{custom_id}", "body": body}
        line = {"id": f"batch_req_{len(self.output) + len(self.errors)}", "custom_id": custom_id}
        lines = self.output if status == 200 else self.errors
        lines.append(line | {"response": response, "error": None})

    def end(self, status: str) -> None:
        """Enters its last state; lines without an answer are errors, and are not paid for."""
        for custom_id in self.waiting:
            error = {"code": _NOT_RUN[status], "message": "This request could not be executed."}
            self.errors.append({"id": "batch_req_x", "custom_id": custom_id, "response": None, "error": error})
        self.waiting = {}
        self.becomes(status)

    def to_json(self) -> Json:
        """As the API shows it."""
        moments = ("created", "in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")
        done, failed = len(self.output), len(self.errors)
        counts = {"total": len(self.waiting) + done + failed, "completed": done, "failed": failed}
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "errors": {"object": "list", "data": self.invalid} if self.invalid else None,
            "input_file_id": self.input_file_id,
            "completion_window": self.window,
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "expires_at": self.times["created_at"] + 24 * 3600,
            "request_counts": counts,
            "metadata": self.metadata,
            **{f"{moment}_at": self.times.get(f"{moment}_at") for moment in moments},
        }
