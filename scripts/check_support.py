"""What the check_*.py scripts share: the files they look at, and how they report and test themselves."""
import re
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def sources(folder):
    """All C++ files below a folder, in a stable order."""
    return sorted(f for f in folder.rglob("*") if f.suffix in (".h", ".cc"))


_NOISE = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.S)


def code_of(text):
    """The text without comments and string contents; lines keep their numbers."""
    return _NOISE.sub(lambda m: '""' if m[0][0] == '"' else "\n" * m[0].count("\n"), text)


def _self_test(check, cases):
    """Each case (path, content, expected part of the problem or None) must be judged so."""
    for path, content, expected in cases:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / path
            file.parent.mkdir(parents=True)
            file.write_text(content)
            problems = check(Path(folder))
        judged = (not problems) if expected is None else any(expected in p for p in problems)
        if not judged:
            print(f"self-test: {path} with {content[:60]!r}: expected {expected!r}, got {problems}")
            return 1
    print(f"self-test: {len(cases)} cases judged as expected")
    return 0


def main(name, check, self_test_cases):
    if sys.argv[1:] == ["--self-test"]:
        return _self_test(check, self_test_cases)
    problems = check(Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY)
    for problem in problems:
        print(problem)
    print(f"{name}: {len(problems)} problems" if problems else f"{name}: as they should be")
    return 1 if problems else 0
