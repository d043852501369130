"""Runs under the published SDK, not under our code: takes calls as JSON on standard input, prints what they gave."""
# mypy: ignore-errors

import json
import sys

import promptguard
from promptguard.guard import GuardApiError, GuardClient


def answer(base_url: str, api_key: str, call: dict) -> object:
    if call["do"] == "verify":
        return promptguard.verify(base_url=base_url, api_key=api_key)
    with GuardClient(base_url=base_url, api_key=api_key) as client:
        try:
            decision = client.scan(call["messages"], direction=call.get("direction", "input"))
        except GuardApiError as error:
            return {"error": str(error), "status": error.status_code}
    return {name: getattr(decision, name) for name in decision.__slots__}


if __name__ == "__main__":
    request = json.load(sys.stdin)
    print(json.dumps([answer(request["base_url"], request["api_key"], call) for call in request["calls"]]))
