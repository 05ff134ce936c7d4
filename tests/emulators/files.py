"""A host of files: ETag, Last-Modified, 304, and the FBI's way of signing addresses."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from email.utils import formatdate

from tests.emulators.server import Reply, Request

SIGNATURE = "X-Amz-Signature"


@dataclass
class FileHost:
    """``files``: path to bytes and epoch second of change. ``signer``: path that signs."""

    files: dict[str, tuple[bytes, int]]
    signer: str | None = None
    url: str = ""
    content_types: dict[str, str] = field(default_factory=dict)

    def __call__(self, request: Request) -> Reply:
        path = request.path.lstrip("/")
        if self.signer is not None and path == self.signer:
            key = request.params.get("key", "")
            signed = f"{self.url}/{key}?{SIGNATURE}={self._signature(key)}&X-Amz-Expires=900"
            return Reply(body=json.dumps({key: signed} if key in self.files else {}).encode())
        if path not in self.files:
            return Reply(404, b"<html><body>Not here</body></html>", "text/html")
        if self.signer is not None and request.params.get(SIGNATURE) != self._signature(path):
            return Reply(403, b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>")
        content, changed = self.files[path]
        headers = {
            "ETag": f'"{hashlib.sha256(content).hexdigest()[:16]}"',
            "Last-Modified": formatdate(changed, usegmt=True),
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Reply(304, headers=headers)
        type_ = self.content_types.get(path, "application/octet-stream")
        return Reply(body=content, content_type=type_, headers=headers)

    def _signature(self, path: str) -> str:
        return hashlib.sha256(f"secret {path}".encode()).hexdigest()[:20]
