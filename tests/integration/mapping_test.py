#!/usr/bin/env python3
"""Mapping rules as an operator meets them: sets with numbers, reloads under load, and the tools on files and devices."""
import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

from harness import balanced, BUILD, get_json, Isthmus, Program, run_tests, TryOutCse, wait_for
from trap_device import RST, TEXT, TrapDevice

PROGRAM = BUILD / "isthmus"
TEMPERATURE, MINIMUM, HUMIDITY = "/3303/0/5700", "/3303/0/5601", "/3304/0/5700"
GET = 1


def run(*words, **options):
    return subprocess.run([PROGRAM, *[str(word) for word in words]], capture_output=True, text=True, timeout=60, **options)


def rule(resource, object=3303, **more):
    return {"name": f"r-{object}-{resource}", "match": {"object": object, "resource": resource}, **more}


def write_rules(file, *rules, name="mine"):
    file.write_text(json.dumps({"set": name, "rules": rules}, indent=1))
    return file


class Bench:
    def __init__(self, folder, *rules):
        self.file = write_rules(folder / "rules.json", *rules)
        self.cse = TryOutCse(folder)
        self.settings = [f"mapping.files={self.file}"]
        self.isthmus = Isthmus(folder, self.cse.url, settings=self.settings)

    def rules(self):
        return get_json(f"{self.isthmus.url}/api/v1/mapping")

    def post(self, path, body=None):
        request = urllib.request.Request(f"{self.isthmus.url}/api/v1/mapping{path}", data=b"" if body is None else body.encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def reload(self):
        os.kill(self.isthmus.program.process.pid, signal.SIGHUP)

    def planned(self, number):
        """That set is in force, and every device is planned by it."""
        now = self.rules()
        return now["number"] == number and now["devices_to_plan"] == 0

    def end(self):
        account = wait_for(lambda: (now := self.isthmus.accounting())["pending"] == 0 and now, 30, "the outbox is empty")
        assert balanced(account), account
        assert self.isthmus.stop() == 0
        self.cse.program.stop()


class Pumped:
    """Devices that answer on a thread of their own while a test does something else."""

    def __init__(self, devices):
        self.devices, self.stopping = devices, False
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while not self.stopping:
            for device in self.devices:
                device.pump(0.005)

    def stop(self):
        self.stopping = True
        self.thread.join()


def observes(device):
    return [path for code, path in device.requests if code == GET]


def a_reload_under_load_loses_no_reading_and_observes_only_what_changed(folder):
    """Numbered values of three devices, confirmed one by one, while the rules change six times beside 40 busy devices."""
    bench = Bench(folder, rule(5700), rule(5700, 3304))
    port = bench.isthmus.coap_port
    sim = Program([PROGRAM, "sim", "--server", f"coap://127.0.0.1:{port}", "--devices", "40", "--rate", "200"], folder / "sim.log")
    devices = [TrapDevice(port, f"counter-{n}", "</1/0>,</3303/0>,</3304/0>", {path: (TEXT, b"0") for path in (TEMPERATURE, MINIMUM, HUMIDITY)}) for n in range(3)]
    for device in devices:
        device.register()
    wait_for(lambda: [device.pump(0.01) for device in devices] and all(len(device.observed) == 2 for device in devices), 30, "all are observed")
    wait_for(lambda: bench.isthmus.status()["devices"]["registered"] == 43, 30, "the simulated devices are here")
    before = [len(device.requests) for device in devices]
    # Between the sets: the place of one value, a further path, an attribute of it; the second path never changes.
    sets = [(rule(5700, to=[{"name": "temperature-{instance}"}]), rule(5700, 3304)),
            (rule(5700), rule(5601), rule(5700, 3304)),
            (rule(5700, value={"precision": 1}), rule(5601, observe={"pmin": 1}), rule(5700, 3304))]
    sent, started = 0, time.monotonic()
    for turn in range(6):
        write_rules(bench.file, *sets[turn % 3], name=f"turn-{turn}")
        bench.reload()
        until = time.monotonic() + 2
        while time.monotonic() < until:
            sent += 1
            for device in devices:
                answer = device.notify(TEMPERATURE, str(sent).encode())
                assert answer and answer.kind != RST, f"value {sent} of {device.endpoint} was refused in turn {turn}"
    # After six sets the number is 7; names differ, so every set is a new one.
    wait_for(lambda: [device.pump(0.01) for device in devices] and bench.planned(7), 30, "all devices are planned by the last set")
    print(f"  {sent} values of each of 3 devices in {time.monotonic() - started:.1f} s, 6 reloads", flush=True)
    for device, already in zip(devices, before):
        asked = [path for code, path in device.requests[already:] if code == GET]
        assert TEMPERATURE not in asked and HUMIDITY not in asked, asked
        # New with the second and the fifth set, with other attributes in the third and the sixth.
        assert asked.count(MINIMUM) == 4, asked
        attributes = [path for code, path in device.requests[already:] if code == 3]
        assert attributes == [MINIMUM] * len(attributes) and len(attributes) >= 2, attributes
    sim.stop()
    pump = Pumped(devices)
    wait_for(lambda: bench.isthmus.accounting()["pending"] == 0, 60, "all is delivered")
    pump.stop()
    for device in devices:
        arrived = []
        for container in ("3303/0/5700", "temperature-0"):
            arrived += [int(float(content)) for _, content in bench.cse.instances(f"{device.endpoint}/{container}")]
        numbered = sorted(value for value in arrived if value > 0)
        assert numbered == list(range(1, sent + 1)), (device.endpoint, sent, len(numbered))
        assert [value for value in arrived if value == 0] == [0], "the path that did not change was observed once"
        device.close()
    bench.end()


def a_broken_set_is_refused_whole_and_changes_nothing(folder):
    bench = Bench(folder, rule(5700))
    before = bench.rules()
    status, answer = bench.post("?name=bad.json", '{ "rules": [\n  { "name": "a", "match": { "objekt": 1 } },\n  { "match": { "object": "x" } } ] }')
    assert status == 422, (status, answer)
    assert [error["where"] for error in answer["errors"]] == ["bad.json:2:39 /rules/0/match/objekt", "bad.json:3:26 /rules/1/match/object"], answer
    assert 'did you mean "object"?' in answer["errors"][0]["message"], answer
    assert bench.post("", "{ no json")[0] == 422
    assert bench.post("", "")[0] == 400
    bench.file.write_text('{ "rules": [ { "name": "a" } ] }')
    bench.reload()
    wait_for(lambda: "the rules in force stay" in bench.isthmus.program.tail(), 10, "the log tells of the faults")
    assert f"{bench.file}:1:" in bench.isthmus.program.tail()
    status, answer = bench.post("/reload")
    assert status == 422 and len(answer["errors"]) == 1, answer
    done = run("mapping", "apply", bench.file, "--url", bench.isthmus.url)
    assert done.returncode == 1 and "/rules/0" in done.stderr and "nothing is changed" in done.stderr, done
    now = bench.rules()
    assert (now["number"], now["hash"]) == (before["number"], before["hash"]), now
    bench.end()


def sets_are_applied_compared_and_taken_back_also_over_restarts(folder):
    bench = Bench(folder, rule(5700))
    url = ["--url", bench.isthmus.url]
    second = write_rules(folder / "second.json", rule(5700, value={"precision": 1}), rule(5601), name="second")
    done = run("mapping", "diff", second, *url)
    assert done.returncode == 1 and "~ r-3303-5700" in done.stdout and "+ r-3303-5601" in done.stdout, done
    done = run("mapping", "apply", second, *url)
    assert done.returncode == 0 and "set 2 (second, 2 rules) is in force" in done.stderr, done
    done = run("mapping", "apply", second, *url)
    assert done.returncode == 0 and "in force already" in done.stderr, done
    listed = json.loads(run("mapping", "ls", "-o", "json", *url).stdout)
    assert [(one["number"], one["set"], one["rules"]) for one in listed] == [(2, "second", 2), (1, "mine", 1)], listed
    exported = run("mapping", "export", *url).stdout
    (folder / "exported.json").write_text(exported)
    assert run("mapping", "diff", "2", folder / "exported.json", *url).returncode == 0
    assert run("mapping", "lint", folder / "exported.json").returncode == 0
    assert exported == run("mapping", "export", "2", *url).stdout

    # What was applied by hand stays over a restart and a SIGHUP, until the files change.
    assert bench.isthmus.stop() == 0
    bench.isthmus.start()
    assert bench.rules()["set"] == "second"
    status, answer = bench.post("/reload")
    assert status == 200 and not answer["changed"] and "applied by hand" in answer["note"], answer
    done = run("mapping", "rollback", *url)
    assert done.returncode == 0 and "set 3 (mine" in done.stderr, done
    assert run("mapping", "rollback", "9", *url).returncode == 1
    assert bench.isthmus.stop() == 0
    bench.isthmus.start()
    assert bench.rules()["number"] == 3 and bench.rules()["set"] == "mine"

    # While no instance runs, the same works on the database.
    assert bench.isthmus.stop() == 0
    settings = [word for setting in bench.isthmus.settings for word in ("--set", setting)]
    done = run("mapping", "rollback", "2", *settings)
    assert done.returncode == 0 and "from the next start" in done.stderr, done
    assert "the rules of 2" in run("mapping", "ls", *settings).stdout
    bench.isthmus.start()
    assert bench.rules()["number"] == 4 and bench.rules()["set"] == "second"
    write_rules(bench.file, rule(5701), name="edited")
    assert bench.isthmus.stop() == 0
    bench.isthmus.start()
    assert bench.rules()["set"] == "edited" and bench.rules()["number"] == 5
    done = run("mapping", "diff", "4", "5", "-o", "json", *url)
    assert {one["kind"] for one in json.loads(done.stdout)["changes"]} == {"added", "removed"}, done.stdout
    bench.end()


def rules_that_changed_while_nobody_ran_are_observed_by_after_the_start(folder):
    bench = Bench(folder, rule(5700))
    device = TrapDevice(bench.isthmus.coap_port, "d1", "</1/0>,</3303/0>", {path: (TEXT, b"1") for path in (TEMPERATURE, MINIMUM)})
    device.register()
    wait_for(lambda: device.pump(0.01) or TEMPERATURE in device.observed, 20, "the device is observed")
    assert bench.isthmus.stop() == 0
    write_rules(bench.file, rule(5700), rule(5601))
    device.requests.clear()
    bench.isthmus.start()
    wait_for(lambda: device.pump(0.01) or MINIMUM in device.observed, 20, "the new path is observed")
    assert observes(device) == [MINIMUM], device.requests
    assert device.notify(TEMPERATURE, b"2").kind != RST
    device.close()
    bench.end()


def files_are_looked_at_before_anything_runs(folder):
    bad = folder / "bad.json"
    bad.write_text('{ "rules": [\n  { "name": "t", "match": { "object": 3303, "resource": 5799 } },\n'
                   '  { "name": "w", "match": { "object": 3303, "resource": 5700 }, "to": [ { "write": true } ] } ] }\n')
    done = run("mapping", "lint", bad)
    assert done.returncode == 1 and f"{bad}:2:57: warning: object 3303 (Temperature) has no resource 5799" in done.stdout, done
    assert f"{bad}:3:84: error: resource 5700 (Sensor Value) is read-only" in done.stdout and "1 errors, 1 warnings" in done.stderr, done
    found = json.loads(run("mapping", "lint", bad, "-o", "json").stdout)
    assert [(one["check"], one["line"], one["pointer"]) for one in found] == [
        ("unknown-resource", 2, "/rules/0/match/resource"), ("direction", 3, "/rules/1/to/0/write")], found
    good = write_rules(folder / "good.json", rule(5700, value={"precision": 1}))
    assert run("mapping", "lint", good).returncode == 0 and run("mapping", "lint", "ts0014-semantic").returncode == 0
    done = run("mapping", "lint", good, "ts0014-semantic")
    assert done.returncode == 1 and "never wins" in done.stdout and "[shadowed, /rules/0/match]" in done.stdout, done
    done = run("mapping", "dry-run", good, "--endpoint", "e1", "--path", TEMPERATURE, "--value", "21.57")
    assert done.returncode == 0 and "container 3303/0/5700   21.6" in done.stdout and "rule r-3303-5700" in done.stdout, done
    capture = folder / "day.jsonl"
    capture.write_text("".join(json.dumps({"endpoint": "e1", "path": TEMPERATURE, "value": value}) + "\n" for value in (1, 1.23, 2.5)))
    done = run("mapping", "dry-run", good, "--capture", capture, "--against", "ts0014-semantic")
    assert done.returncode == 1 and "3 readings, 1 become something else" in done.stderr, done
    assert "-   container 3303/0/5700   1.23" in done.stdout and "+   container 3303/0/5700   1.2 " in done.stdout, done
    assert run("mapping", "dry-run", good, "--path", TEMPERATURE, "--value", "warm").returncode == 1
    assert run("mapping", "dry-run", good).returncode == 64

    (folder / "good.test.json").write_text(json.dumps({"cases": [
        {"name": "rounded", "reading": {"path": TEMPERATURE, "value": 21.57}, "expected": {"targets": [{"content": "21.6"}]}}]}))
    done = run("mapping", "test", folder)
    assert done.returncode == 0 and "passed" in done.stdout and "1 passed, 0 failed" in done.stderr, done
    (folder / "good.test.json").write_text(json.dumps({"cases": [
        {"name": "exact", "reading": {"path": TEMPERATURE, "value": 21.57}, "expected": {"targets": [{"content": "21.57"}]}}]}))
    done = run("mapping", "test", folder / "good.test.json")
    assert done.returncode == 1 and 'expected "21.57", it is "21.6"' in done.stdout, done
    assert run("mapping", "test", "/nowhere").returncode == 78
    for case in (BUILD.parent / "tests" / "golden",):
        if case.is_dir():
            assert run("mapping", "test", case).returncode == 0

    done = run("mapping", "draft", "--links", "</1/0>,</3303>;ver=1.1,</3303/0>,</3311/0>,</31234/0>")
    assert done.returncode == 0, done
    (folder / "draft.json").write_text(done.stdout)
    done = run("mapping", "lint", folder / "draft.json")
    assert "unknown-object" in done.stdout and done.stdout.count("\n") == 1, done


def a_device_is_covered_and_drafted(folder):
    bench = Bench(folder, rule(5700))
    sim = Program([PROGRAM, "sim", "--server", f"coap://127.0.0.1:{bench.isthmus.coap_port}", "--devices", "1", "--endpoint", "bar-", "--rate", "20"], folder / "sim.log")
    wait_for(lambda: bench.isthmus.accounting()["delivered"] > 20, 30, "values arrive")
    url = ["--url", bench.isthmus.url]
    done = run("mapping", "coverage", "bar-0", *url)
    assert done.returncode == 0, done
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "r-3303-5700" in lines[TEMPERATURE] and "/3303/0/5700" in lines[TEMPERATURE][15:], lines[TEMPERATURE]
    assert "default rule" in lines["/3304/0/5700"], lines
    assert "mapped by rules" in done.stderr and "by the default rule" in done.stderr, done.stderr
    rows = json.loads(run("mapping", "coverage", "bar-0", "-o", "json", *url).stdout)
    assert {"path", "mapped", "observed", "value"} <= set(rows[0]), rows[0]
    done = run("mapping", "draft", "bar-0", *url)
    assert done.returncode == 0 and "left out" in done.stderr, done
    (folder / "draft.json").write_text(done.stdout)
    assert run("mapping", "lint", folder / "draft.json").stdout == "", run("mapping", "lint", folder / "draft.json")
    done = run("mapping", "apply", "--add", folder / "draft.json", *url)
    assert done.returncode == 0, done
    names = [one["name"] for one in bench.rules()["rules"]]
    assert names[0] == "r-3303-5700" and len(names) > 20, names
    wait_for(lambda: bench.planned(2), 20, "the draft is in force")
    done = run("mapping", "coverage", "nobody", *url)
    assert done.returncode == 1 and "nobody" in done.stderr, done
    sim.stop()
    bench.end()


def ten_thousand_rules_are_linted_in_a_second_and_applied(folder):
    bench = Bench(folder, rule(5700))
    many = write_rules(folder / "many.json", *[{"name": f"r{n}", "match": {"object": 3303, "resource": 5700, "endpoint": f"dev-{n}"},
                                                "value": {"precision": 1}} for n in range(10_000)], name="many")
    done = run("mapping", "lint", many)
    assert done.returncode == 0 and "10000 rules" in done.stderr, done.stderr[-300:]
    done = run("mapping", "apply", many, "--url", bench.isthmus.url)
    assert done.returncode == 0 and "10000 rules" in done.stderr, done.stderr[-300:]
    assert len(bench.rules()["rules"]) == 10_000
    bench.end()


if __name__ == "__main__":
    run_tests({test.__name__: test for test in (
        a_reload_under_load_loses_no_reading_and_observes_only_what_changed, a_broken_set_is_refused_whole_and_changes_nothing,
        sets_are_applied_compared_and_taken_back_also_over_restarts,
        rules_that_changed_while_nobody_ran_are_observed_by_after_the_start, files_are_looked_at_before_anything_runs,
        a_device_is_covered_and_drafted, ten_thousand_rules_are_linted_in_a_second_and_applied)})
