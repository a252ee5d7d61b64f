"""Drives the official client for a test: one JSON command a line in, one JSON answer a line out.

{"method": "find_one", "args": [...], "kwargs": {...}} calls that method of the client. "fetch" reads a URL of the site
with the client's own session cookie, as scripts of today do it, and answers the bytes in base64.
"""

import base64
import json
import os
import sys
import urllib.request

import shotgun_api3

sg = shotgun_api3.Shotgun(
    os.environ["CROSS_SITE"],
    script_name=os.environ["CROSS_SCRIPT_NAME"],
    api_key=os.environ["CROSS_SCRIPT_KEY"],
)


def fetch(path):
    request = urllib.request.Request(os.environ["CROSS_SITE"] + path)
    request.add_header("Cookie", "_session_id=" + sg.get_session_token())
    with urllib.request.urlopen(request) as reply:
        return base64.b64encode(reply.read()).decode()


def answer(command):
    args, kwargs = command.get("args", []), command.get("kwargs", {})
    if command["method"] == "fetch":
        return fetch(*args, **kwargs)
    return getattr(sg, command["method"])(*args, **kwargs)


def plain(value):
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


for line in sys.stdin:
    try:
        reply = {"ok": True, "value": answer(json.loads(line))}
    except Exception as error:
        reply = {"ok": False, "error": "%s: %s" % (type(error).__name__, error)}
    print(json.dumps(reply, default=plain), flush=True)
