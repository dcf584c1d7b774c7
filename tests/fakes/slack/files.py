"""Files: those that people attach, those that the app sends, and where they are fetched."""

import json
from collections.abc import Mapping
from typing import Any

from tests.fakes.slack.facts import BOT_TOKEN, Arguments, SlackRefusesError
from tests.fakes.slack.ground import web_method
from tests.fakes.slack.people import People


class Files(People):
    """The workspace's files."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.downloads: list[tuple[str, str]] = []

    def add_file(self, name: str, content: bytes, **facts: Any) -> dict[str, Any]:
        """Let a file exist; `facts` are fields of Slack's file object, or where it redirects."""
        with self._changed:
            file = f"F{next(self._numbers):06d}"
            self._workspace.contents[file] = content
            self._workspace.files[file] = {
                "id": file,
                "name": name,
                "size": len(content),
                "url_private_download": f"http://{self.host}/files/{file}",
                **facts,
            }
            return self._workspace.files[file]

    def content_of(self, file: str) -> bytes:
        """Return what is in a file that the app sent."""
        with self._changed:
            return self._workspace.contents[file]

    @web_method("files.info")
    def _file_info(self, sent: Arguments) -> dict[str, Any]:
        file = self._workspace.files.get(str(sent.get("file")))
        if file is None:
            raise SlackRefusesError("file_not_found")
        return {"file": file}

    @web_method("files.getUploadURLExternal")
    def _upload_url(self, sent: Arguments) -> dict[str, Any]:
        file = f"F{next(self._numbers):06d}"
        facts = {"id": file, "name": str(sent["filename"]), "size": int(sent["length"])}
        self._workspace.files[file] = facts
        return {"upload_url": f"http://{self.host}/upload/{file}", "file_id": file}

    @web_method("files.completeUploadExternal")
    def _complete_upload(self, sent: Arguments) -> dict[str, Any]:
        channel = self._channel(sent, "channel_id")["id"]
        files = json.loads(sent["files"]) if isinstance(sent["files"], str) else sent["files"]
        held = [self._workspace.files[each["id"]] for each in files]
        for file in held:
            if len(self._workspace.contents.get(file["id"], b"")) != file["size"]:
                raise SlackRefusesError("invalid_upload")
        fields = {"text": "", "files": held}
        if sent.get("thread_ts"):
            fields["thread_ts"] = sent["thread_ts"]
        self._post_as_app(channel, fields)
        return {"files": held}

    def take_upload(self, file: str, content: bytes) -> int:
        """Keep what the app sends; return the HTTP status."""
        with self._changed:
            self._workspace.contents[file] = content
            return 200

    def give_file(self, file: str, token: str) -> tuple[int, Mapping[str, str], bytes]:
        """Return status, headers and content of a file, or the login page without the token."""
        with self._changed:
            self.downloads.append((file, token))
            facts = self._workspace.files.get(file, {})
            if "redirect" in facts:
                return 302, {"Location": facts["redirect"]}, b""
            content = self._workspace.contents.get(file)
            if content is None:
                return 404, {}, b""
            if token != BOT_TOKEN or facts.get("wants_another_token"):
                return 200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>Sign in</html>"
            kind = facts.get("mimetype", "application/octet-stream")
            return 200, {"Content-Type": kind, "Content-Disposition": "attachment"}, content
