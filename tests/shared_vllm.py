"""In the place of `vllm serve`: hands all on to one vLLM that is up already, so that a run need not load it ten times.

`commands: {vllm: python tests/shared_vllm.py --address http://… --events FILE}`; `serve MODEL --port …` comes after it.
That vLLM serves the same weights under the name `base` and takes adapters at run time. FILE gets a JSON object per
line: `event` (start, or the path of a request), `server` (pid), `model` (`base`, or the name of an adapter) and
`request` (a digest of what was sent).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from pathlib import Path

import httpx2
from aiohttp import web


def application(options: argparse.Namespace) -> web.Application:
    """All routes of that vLLM."""
    http = httpx2.AsyncClient(base_url=options.address, timeout=600, trust_env=False)

    def note(event: str, **more: str) -> None:
        with Path(options.events).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"event": event, "server": os.getpid()} | more) + "\n")

    async def hand_on(request: web.Request) -> web.Response:
        body = await request.read()
        if request.method == "POST":
            content = json.loads(body)
            if "lora_path" in content:  # relative to the run folder
                content["lora_path"] = os.path.abspath(content["lora_path"])
            elif content["model"] == options.served_model_name:
                content["model"] = "base"
            body = json.dumps(content).encode()
            name = content.get("lora_name") or content["model"]
            note(request.path, model=name, request=hashlib.sha256(body).hexdigest())
        headers = {"Content-Type": "application/json"}
        answer = await http.request(request.method, request.path, content=body, headers=headers)
        return web.Response(status=answer.status_code, body=answer.content, content_type="application/json")

    note("start", model=options.served_model_name)
    app = web.Application(client_max_size=2**26)
    app.add_routes([web.route("*", "/{path:.*}", hand_on)])
    return app


def main() -> None:
    """Flags of vLLM's are ignored: they were given to the one that is up."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--address", required=True)
    parser.add_argument("--events", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--served-model-name", required=True)
    options, _ = parser.parse_known_args()
    web.run_app(application(options), host="127.0.0.1", port=options.port, print=None, access_log=None)


if __name__ == "__main__":
    main()
