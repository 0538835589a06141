#!/usr/bin/env python3
"""Checks that nothing reaches round what is passed in: no ambient clock, randomness, thread, exit.

check_names.py [ROOT]        check the tree (default: the repository)
check_names.py --self-test   check the checker
"""
import re
import sys

import check_support

# What is banned outside base/ and app/, and what to use instead.
BANNED = [
    (re.compile(r"\b(?:system|steady|high_resolution)_clock::now\b"), "a Clock& (base/clock.h)"),
    (re.compile(r"\bclock_gettime\b"), "a Clock& (base/clock.h)"),
    (re.compile(r"\bsleep_(?:for|until)\s*\(|\bu?sleep\s*\(|\bnanosleep\s*\("),
     "Clock::sleep_for, or Signal::wait_for where something can end the wait"),
    (re.compile(r"\bs?rand\s*\(|\bstd::rand\b|\brandom_device\b"), "a Random& (base/random.h)"),
    (re.compile(r"\bstd::j?thread\b|\bpthread_create\b"), "a Threads& (base/threads.h)"),
    (re.compile(r"\b(?:secure_)?getenv\b"), "the environment that app/ hands down"),
    (re.compile(r"(?<![\w.>])_?_?(?:quick_)?_?exit\s*\("), "a returned exit code; only app/ ends the process"),
    (re.compile(r"\bcout\b|\bcerr\b"), "a returned document, or the log; only app/ prints"),
]
# `clock.sleep_for(` is the way out that the message recommends.
CLOCK_SLEEP = re.compile(r"(?:\.|->)sleep_for\s*\(|\b(?:void|Clock::|override)\s*sleep_for\s*\(")
TODO = re.compile(r"\bTODO\b(?!\((?:release|later|perf|port)\): )")

FREE = ("engine/base/", "engine/app/")

# (path, text matched): reason. May only shrink.
EXCEPTIONS = {
    ("tests/fakes/forked_child.cc", "_exit("): "a forked child ends; what it inherited is not its own to tidy up",
    ("tests/sim/campaign.cc", "_exit("): "a forked child ends; what it inherited is not its own to tidy up",
    ("tests/sim/scheduler.cc", "sleep_for("): "the definition of simulated sleep",
}


def problems_of(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        if "FIXME" in line:
            yield f"{path}:{number}: FIXME: fix it, or write TODO(topic): and a sentence"
        if TODO.search(line):
            yield f"{path}:{number}: write TODO(topic): with topic release, later, perf or port"
    if path.startswith(FREE):
        return
    for number, line in enumerate(check_support.code_of(text).splitlines(), 1):
        line = CLOCK_SLEEP.sub("", line)
        for pattern, replacement in BANNED:
            match = pattern.search(line)
            if match and (path, match[0]) not in EXCEPTIONS:
                yield f"{path}:{number}: '{match[0].strip()}' is banned here; use {replacement}"


def check(root):
    return [problem
            for folder in ("engine", "tests")
            for file in check_support.sources(root / folder)
            for problem in problems_of(file.relative_to(root).as_posix(), file.read_text())]


SELF_TEST = [
    ("engine/run/a.cc", "auto t = std::chrono::system_clock::now();\n", "a Clock&"),
    ("engine/base/clock.cc", "auto t = std::chrono::system_clock::now();\n", None),
    ("engine/app/main.cc", 'std::cout << getenv("X"); exit(1);\n', None),
    ("engine/run/a.cc", "std::this_thread::sleep_for(1ms);\n", "Clock::sleep_for"),
    ("engine/run/a.cc", "clock_.sleep_for(1ms); clock->sleep_for(1ms);\n", None),
    ("engine/run/a.cc", "int n = rand();\n", "a Random&"),
    ("engine/run/a.cc", "int n = operand(3) + strand (4);\n", None),
    ("engine/run/a.cc", "std::random_device d;\n", "a Random&"),
    ("engine/run/a.cc", "std::thread t;\n", "a Threads&"),
    ("engine/run/a.cc", "std::this_thread::yield();\n", None),
    ("engine/run/a.cc", 'getenv("HOME");\n', "the environment"),
    ("engine/run/a.cc", "std::exit(1);\n", "exit code"),
    ("engine/run/a.cc", "_exit(1);\n", "exit code"),
    ("engine/run/a.cc", "signal.exit(1); at_exit(f); on_exit (g);\n", None),
    ("engine/run/a.cc", "std::cout << 1;\n", "only app/ prints"),
    ("engine/run/a.cc", '// exit(1) and std::thread\nf("rand()");\n', None),
    ("engine/base/a.cc", "// FIXME\n", "FIXME"),
    ("engine/base/a.cc", "// TODO: later\n", "topic"),
    ("engine/base/a.cc", "// TODO(later): Read two pages at once.\n", None),
    ("tests/sim/a.cc", "std::thread t;\n", "a Threads&"),
]

if __name__ == "__main__":
    sys.exit(check_support.main("names", check, SELF_TEST))
