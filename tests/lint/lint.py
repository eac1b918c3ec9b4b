#!/usr/bin/env python3
"""The house rules that no compiler checks. Each finding says where it is and what to do; exit status 1 if there is any."""
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 60
SLEEPS = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|Poco::Thread::sleep)\b")
HIDDEN_TESTS = re.compile(r"REQUIRE\(\s*true\s*\)|CHECK\(\s*true\s*\)|\bSUCCEED\(|\[\.\]|\[!mayfail\]")
FOREIGN_HOST = re.compile(r"https?://(?!127\.|localhost|\[|([a-z0-9-]+\.)?example\.|www\.w3\.org|www\.onem2m\.org/xml|HOST|\$)[a-z0-9-]+(\.[a-z0-9-]+)*\.(org|com|net|io|dev)")
MODULES = ["ipe/base", "ipe/http", "ipe/proxy", "ipe/status", "ipe/app", "lwm2m/model", "lwm2m/codec", "lwm2m/coap", "lwm2m/coap/udp",
           "lwm2m/coap/dtls", "lwm2m/server",
           "lwm2m/client", "onem2m/model", "onem2m/codec", "onem2m/client", "onem2m/http", "onem2m/mqtt", "onem2m/doctor", "onem2m/cse", "mapping/units", "mapping/rules",
           "mapping/engine", "mapping/tools", "db/sqlite", "db/stores", "config/loader"]


def files(*patterns):
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns], cwd=ROOT, check=True,
                         capture_output=True, text=True).stdout
    return [name for name in out.splitlines() if (ROOT / name).is_file()]


def lines(name):
    return (ROOT / name).read_text(encoding="utf-8", errors="replace").splitlines()


def long_files():
    for name in files("*.cpp", "*.h", "*.py", "*.js", "*.mjs", "*.css", "dev"):
        count = len(lines(name))
        if count > MAX_FILE_LINES:
            yield f"{name}: {count} lines; split it, {MAX_FILE_LINES} is the most"


def long_functions():
    if shutil.which("ctags") is None:
        yield "ctags is missing: ./dev setup"
        return
    listed = subprocess.run(["ctags", "-L", "-", "--languages=C++", "--kinds-C++=f", "--fields=+net", "-f", "-"], cwd=ROOT,
                            input="\n".join(files("*.cpp", "*.h")), capture_output=True, text=True).stdout
    for row in listed.splitlines():
        start, end = re.search(r"\tline:(\d+)", row), re.search(r"\tend:(\d+)", row)
        if not start or not end:
            continue
        length = int(end.group(1)) - int(start.group(1)) + 1
        name, path = row.split("\t")[:2]
        # A table of test rows is data, though a function returns it.
        table = path.startswith("tests/") and "typeref:typename:std::vector<" in row
        if length > MAX_FUNCTION_LINES and not table:
            yield f"{path}:{start.group(1)}: {name} has {length} lines; {MAX_FUNCTION_LINES} is the most"


def matching(pattern, why, *patterns):
    for name in files(*patterns):
        for number, line in enumerate(lines(name), 1):
            if pattern.search(line):
                yield f"{name}:{number}: {why}"


def relative_includes():
    return matching(re.compile(r'#include "\.\.'), "include by the path from the repository root", "*.cpp", "*.h")


def sleeping_tests():
    return matching(SLEEPS, "tests do not sleep: inject a clock, or wait for a condition with a deadline", "tests/*.cpp", "tests/*.h")


def hidden_tests():
    return matching(HIDDEN_TESTS, "a test that cannot fail or is hidden", "tests/*.cpp", "tests/*.h")


def foreign_hosts():
    return matching(FOREIGN_HOST, "names a host outside", "*.cpp", "*.h", "*.py", "*.mjs", "*.js", "dev", ".ci/run", "*.cmake", "CMakeLists.txt")


def missing_readmes():
    for folder in MODULES:
        readme = ROOT / folder / "README.md"
        if not readme.is_file():
            yield f"{folder}/README.md is missing: say in a few lines what the module is for"
        elif not readme.read_text().startswith("# "):
            yield f"{folder}/README.md does not begin with a heading"


def todo_notes():
    return matching(re.compile(r"\b(TODO|FIXME|XXX|HACK)\b"), "finish it, or say in an issue what is missing", "*.cpp", "*.h",
                    "dev", "*.mjs", "*.js")


def main():
    checks = [long_files, long_functions, relative_includes, sleeping_tests, hidden_tests, foreign_hosts, missing_readmes, todo_notes]
    findings = [finding for check in checks for finding in check()]
    print("\n".join(findings) if findings else "lint: nothing to report")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
