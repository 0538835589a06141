"""Which request a fault strikes, and the record of those that it struck."""
import json
import re
import time
from dataclasses import dataclass, fields

FAULTS = {
    "drop_before": "reset the client; the request is not forwarded",
    "apply_then_drop": "forward, swallow the reply, reset the client",
    "apply_then_answer": "forward, swallow the reply, answer `status` (HTTP) or `error` (RESP) in its place",
    "answer": "answer `status`, with `retry_after` if given, or `error`; the request is not forwarded",
    "hold": "keep the request, reset the client, deliver after `seconds` or when told",
    "truncate": "forward, pass the first `bytes` bytes of the reply (default: half), reset the client",
    "stall": "forward, pass the reply `seconds` late",
    "stall_before": "forward `seconds` late",
}
COMMIT = r"(^|;)\s*(commit|end)\b"


class BadRule(Exception):
    pass


@dataclass
class Rule:
    """Strikes the requests that match everything it names: from the nth on, `times` times (0: for ever)."""

    fault: str
    method: str = ""  # Equal; several apart by |.
    path: str = ""  # Contained.
    header: str = ""  # Contained, whatever the case (HTTP).
    content: str = ""  # Contained anywhere in the request, its body included.
    pattern: str = ""  # Regular expression found in the path, whatever the case.
    nth: int = 1
    times: int = 1
    only_success: bool = False  # Of apply_then_…: a refused request passes and is not counted as struck.
    status: int = 503
    retry_after: int | None = None
    error: str = ""
    seconds: float | None = None
    bytes: int | None = None
    id: int = 0
    seen: int = 0
    struck: int = 0

    def matches(self, request):
        return ((not self.method or request.method in self.method.split("|"))
                and self.path in request.path
                and self.content.encode() in request.raw
                and self.header.lower() in request.header.lower()
                and (not self.pattern or re.search(self.pattern, request.path, re.I) is not None))


def rule_of(given, kind):
    """A rule as a script or the control port says it. Refuses what would never strike as meant."""
    given = dict(given)
    name = given.get("fault", "")
    if short := re.fullmatch(r"(apply_then|answer)_(\d{3})", name):  # answer_503
        given["fault"] = "answer" if short[1] == "answer" else "apply_then_answer"
        given["status"] = int(short[2])
    elif name == "cut_after_commit":
        given["fault"] = "apply_then_drop"
        given.setdefault("pattern", COMMIT)
    own = {"id", "seen", "struck"}
    unknown = set(given) - ({field.name for field in fields(Rule)} - own)
    if unknown:
        raise BadRule(f"unknown field: {', '.join(sorted(unknown))}")
    if given.get("fault") not in FAULTS:
        raise BadRule(f"unknown fault: {name} ({', '.join(FAULTS)}, answer_503, apply_then_412, cut_after_commit)")
    if kind == "postgres" and given["fault"].endswith("answer"):
        raise BadRule("a PostgreSQL server's answer cannot be made up")
    if given["fault"].startswith("stall") and given.get("seconds") is None:
        raise BadRule("a stall needs `seconds`")
    return Rule(**given)


class FaultBook:
    """The rules in the order they were given, and what struck. The first rule that is due strikes."""

    def __init__(self, kind, log_file=None):
        self.rules, self.entries = [], []
        self._kind, self._log_file, self._next_id = kind, log_file, 1

    def add(self, given):
        rules = [rule_of(one, self._kind) for one in (given if isinstance(given, list) else [given])]
        for rule in rules:
            rule.id, self._next_id = self._next_id, self._next_id + 1
        self.rules += rules
        return [rule.id for rule in rules]

    def due(self, request):
        struck = None
        for rule in self.rules:
            if not rule.matches(request):
                continue
            rule.seen += 1
            if struck is None and rule.seen >= rule.nth and (rule.times == 0 or rule.struck < rule.times):
                struck = rule
        if struck:
            struck.struck += 1
        return struck

    def record(self, rule, request, event=None, **more):
        entry = {"event": event or rule.fault, "rule": rule.id, "method": request.method, "path": request.path,
                 "occurrence": rule.seen, "unix_ms": time.time_ns() // 1_000_000, **more}
        self.entries.append(entry)
        if self._log_file:
            self._log_file.write(json.dumps(entry) + "\n")
            self._log_file.flush()
