#!/usr/bin/env python3
"""Measures Isthmus beside the machine's own limits, all in one run, and prints one JSON object. README.md says what each figure is.

usage: bench.py [--devices 1000,10000,100000] [--seconds 5] [--build FOLDER] [--only PART,PART] [--rows 600000]
                [--folder FOLDER] [--out FILE]
parts: disk, codec, mapping, echo, rates, delivery, latency, dtls, reads, lint, memory (comes with rates)
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from programs import DtlsLoad, Echo, Folder, Isthmus, Load, Machine, ReadLoad, Sim, Sink, codec_speed, free_port, mapping_speed, post_limit, say

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("disk", "codec", "mapping", "echo", "rates", "delivery", "latency", "dtls", "reads", "lint")
DTLS_DEVICES = 2000
DELIVERY_DEVICES = 1000
READ_DEVICES, READ_CONNECTIONS = 1000, 32
LINTED_RULES = 10_000
REGISTRATIONS_TO_TIME = 20_000  # fewer devices register several times, de-registering in between


def disk(folder):
    """Append 4 KiB and fdatasync, as a commit does."""
    times = []
    descriptor = os.open(folder / "fsync", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(500):
        start = time.perf_counter()
        os.write(descriptor, b"x" * 4096)
        os.fdatasync(descriptor)
        times.append((time.perf_counter() - start) * 1000)
    os.close(descriptor)
    os.unlink(folder / "fsync")
    times.sort()
    return {"fsync_p50_ms": round(times[250], 3), "fsync_p99_ms": round(times[495], 3)}


def figures(result, server_cpu, echo=None):
    """What one step of the load generator says, with the server's CPU and the ratio to the echo."""
    out = {key: result[key] for key in ("rate", "p50_ms", "p99_ms", "succeeded", "retransmissions", "gave_up", "reset", "refused")}
    out["server_cpu_us"] = round(server_cpu * 1e6 / max(1, result["succeeded"]), 2)
    if echo:
        out["ratio"] = round(result["rate"] / echo, 3)
    return out


def measured(server, load, step, echo=None, others=()):
    """`others` are programs of the bench that work beside the two."""
    machine, before = Machine(server, load, *others), server.cpu_seconds()
    result = load.step(step)
    return figures(result, server.cpu_seconds() - before, echo) | machine.since()


def echo_limit(tools, devices, seconds):
    say(f"echo, {devices} devices")
    with Echo(tools) as echo, Load(tools, echo.port, devices) as load:
        load.step("fake")
        return measured(echo, load, f"notify seconds={seconds}")


def registrations(server, load, devices, echo):
    """The median of as many rounds as give a time worth measuring."""
    rounds = []
    for _ in range(max(1, min(10, REGISTRATIONS_TO_TIME // devices))):
        if rounds:
            load.step("deregister")
            load.step("serve seconds=1")
        rounds.append(measured(server, load, "register", echo))
    rounds.sort(key=lambda one: one["rate"])
    return {**rounds[len(rounds) // 2], "rounds": len(rounds)}


def settle(server, load, devices):
    """Until the server has observed every device and has nothing left to do."""
    observed = load.step(f"serve seconds=180 observed={devices}")["observed"]
    for _ in range(120):
        before = server.cpu_seconds()
        load.step("serve seconds=1")
        if server.cpu_seconds() - before < 0.03:
            break
    return observed


def delivery_stopped(tools, folder, devices, seconds, echo):
    say(f"{devices} devices, delivery stopped")
    with Isthmus(tools, folder, cse_port=free_port()) as server, Load(tools, server.coap_port, devices) as load:
        out = {"registrations": registrations(server, load, devices, echo)}
        out["observed"] = settle(server, load, devices)
        out["updates"] = measured(server, load, f"update seconds={seconds}", echo)
        with server.watched_memory() as memory:
            out["notifications_delivery_stopped"] = measured(server, load, f"notify seconds={seconds}", echo)
        out["rss_under_load"] = memory.peak
        out["outbox_pending"] = server.status()["outbox"]["pending"]
        return out


def delivery_running(tools, folder, devices, seconds, echo):
    """Every device's first values are delivered before anything is measured: only then are the devices at rest."""
    say(f"{devices} devices, delivery running")
    with Sink(tools) as sink, Isthmus(tools, folder, cse_port=sink.port) as server:
        with Load(tools, server.coap_port, devices) as load:
            load.step("register")
            observed = settle(server, load, devices)
            empty = server.wait_for_empty_outbox(300)
            settle(server, load, devices)
            rest = {"observed": observed, "outbox_empty": empty, "rss": server.resident_bytes_at_rest()}
            before, start = sink.counts()["instances"], time.monotonic()
            out = measured(server, load, f"notify seconds={seconds}", echo, others=[sink])
            out["delivered_rate"] = round((sink.counts()["instances"] - before) / (time.monotonic() - start), 1)
            return {"at_rest": rest, "notifications_delivery_running": out}


def delivery(tools, folder, options):
    """The outbox is filled while the sink is away; then it comes back and takes whatever is offered."""
    say("delivery from a filled outbox")
    port = free_port()
    with Sink(tools, port=port) as sink:
        limit = post_limit(tools, port, connections=16, seconds=5, targets=DELIVERY_DEVICES)
        with Isthmus(tools, folder, cse_port=port) as server, Load(tools, server.coap_port, DELIVERY_DEVICES) as load:
            load.step("register")
            settle(server, load, DELIVERY_DEVICES)
            server.wait_for_empty_outbox(120)
            sink.stop()
            load.step(f"notify count={options.rows}")
            pending = server.status()["outbox"]["pending"]
            with Sink(tools, port=port) as again:
                rate, took = again.drain_rate(pending)
                server.wait_for_empty_outbox(120)
            account = server.accounting()
    return {"targets": DELIVERY_DEVICES, "rows": pending, "rate": rate, "seconds": took, "limit": limit,
            "ratio": round(rate / limit["rate"], 3), "in_doubt": account["in_doubt"]}


def latency(tools, folder, _options):
    """Datagram to POST, joined by the value."""
    say("latency")
    devices, rate = 1000, 1000
    with Sink(tools, trace=folder / "arrived") as sink, Isthmus(tools, folder, cse_port=sink.port) as server:
        with Load(tools, server.coap_port, devices) as load:
            load.step("register")
            settle(server, load, devices)
            server.wait_for_empty_outbox(120)
            load.step(f"notify count={rate * 5} rate={rate} trace={folder}/sent")
            server.wait_for_empty_outbox(60)
        sink.stop()
    sent = dict(line.split() for line in (folder / "sent").read_text().splitlines())
    arrived = {}
    for line in (folder / "arrived").read_text().splitlines():
        value, _, at = line.partition(" ")
        try:
            arrived.setdefault(f"{float(value):.0f}", int(at))
        except ValueError:
            continue  # not a number of ours: "true", from online
    took = sorted((arrived[value] - int(at)) / 1e6 for value, at in sent.items() if value in arrived)
    if not took:
        return {"rate": rate, "delivered": 0}
    return {"rate": rate, "sent": len(sent), "delivered": len(took), "p50_ms": round(statistics.median(took), 3),
            "p99_ms": round(took[int(len(took) * 0.99)], 3)}


def dtls(tools, folder, options):
    """Pre-shared keys: handshakes, what an established session costs, and the same Updates over DTLS and over UDP."""
    say(f"dtls, {DTLS_DEVICES} devices")
    with Isthmus(tools, folder, cse_port=free_port(), secure=True) as server:
        server.give_keys(DtlsLoad.credentials(DTLS_DEVICES))
        out, before = {"devices": DTLS_DEVICES}, server.resident_bytes()
        with DtlsLoad(tools, server.coaps_port, DTLS_DEVICES) as load:
            out["handshakes"] = measured(server, load, "handshake")
            out["bytes_by_session"] = round((server.resident_bytes() - before) / DTLS_DEVICES, 1)
            load.step("register")
            out["updates"] = measured(server, load, f"update seconds={options.seconds}")
    with Folder(folder) as other, Isthmus(tools, other, cse_port=free_port()) as server:
        with Load(tools, server.coap_port, DTLS_DEVICES) as load:
            load.step("register")
            settle(server, load, DTLS_DEVICES)
            out["updates_over_udp"] = measured(server, load, f"update seconds={options.seconds}")
    handshakes = out["handshakes"]
    handshakes["server_cpu_ms"] = round(handshakes.pop("server_cpu_us") / 1000, 4)
    over, under = out["updates"], out["updates_over_udp"]
    out["ratio_to_udp"] = round(over["rate"] / under["rate"], 3)
    out["cpu_ratio_to_udp"] = round(under["server_cpu_us"] / over["server_cpu_us"], 3)
    return out


def reads(tools, folder, options):
    """A resource of one of 1,000 simulated devices, asked over the REST API; beside what HTTP alone does."""
    say("reads over the REST API")
    with Sink(tools) as sink, Isthmus(tools, folder, cse_port=sink.port) as server, Sim(tools, server.coap_port, READ_DEVICES) as sim:
        wait_until(lambda: server.status()["devices"]["registered"] == READ_DEVICES, 60)
        server.wait_for_empty_outbox(120)
        load = ReadLoad(tools, server.status_port)
        http = load.run(READ_CONNECTIONS, options.seconds, 0, "/livez", prefix="")
        machine, before = Machine(server, sim, sink, load), server.cpu_seconds()
        one = load.run(1, options.seconds, READ_DEVICES, "/3303/0/5700")
        many = load.run(READ_CONNECTIONS, options.seconds, READ_DEVICES, "/3303/0/5700")
        cpu, others = server.cpu_seconds() - before, machine.since()
    return {"devices": READ_DEVICES, **many, "one_connection": one, "http_alone": http, "ratio": round(many["rate"] / max(1, http["rate"]), 3),
            "server_cpu_us": round(cpu * 1e6 / max(1, one["succeeded"] + many["succeeded"]), 1)} | others


def lint(tools, folder, _options):
    """`isthmus mapping lint` on a generated file, the whole process: half of the rules for single devices."""
    say(f"lint of {LINTED_RULES} rules")
    objects = [3300, 3301, 3302, 3303, 3304, 3305, 3311, 3315, 3316, 3317]
    rules = [{"name": f"r{n}", "match": {"object": objects[n % len(objects)], "resource": 5000 + n // 2 % 1000} if n % 2 else
              {"object": 3303, "resource": 5700, "endpoint": f"dev-{n}"}, "observe": {"pmin": 1, "pmax": 300}, "value": {"precision": 2},
              "to": [{"name": f"place-{n}/{{instance}}" if n % 4 else "{object}/{instance}/{resource}"}]} for n in range(LINTED_RULES)]
    file, took = folder / "rules.json", []
    file.write_text(json.dumps({"set": "bench", "rules": rules}, indent=1))
    for _ in range(5):
        start = time.perf_counter()
        done = subprocess.run([tools / "isthmus", "mapping", "lint", file], capture_output=True, text=True, check=False)
        took.append(time.perf_counter() - start)
    return {"rules": LINTED_RULES, "bytes": file.stat().st_size, "findings": done.stdout.count("\n"), "seconds": round(statistics.median(took), 3)}


def wait_until(condition, longest):
    deadline = time.monotonic() + longest
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {longest} s")
        time.sleep(0.1)


def memory(rows):
    """Bytes by device, as the slope between the two largest numbers of devices."""
    sizes = sorted(rows, key=int)[-2:]
    if len(sizes) < 2:
        return {}
    few, many = (rows[size] for size in sizes)
    more = int(sizes[1]) - int(sizes[0])
    return {"from": int(sizes[0]), "to": int(sizes[1]),
            "slope_at_rest": round((many["at_rest"]["rss"] - few["at_rest"]["rss"]) / more, 1),
            "slope_under_load": round((many["rss_under_load"] - few["rss_under_load"]) / more, 1)}


def disturbed(out):
    """The figures that others of this machine had a hand in: neither they nor ratios to them can be relied on."""
    return [f"{group} {name}" for group, parts in [*out["devices"].items(), ("dtls", out.get("dtls", {})), ("rest", {"reads": out.get("reads")})]
            for name, part in parts.items()
            if isinstance(part, dict) and max(part.get("others_busy", 0), part.get("steal", 0)) > 0.1]


def goals(out):
    """What the figures are to be (issue 2), each with what was found. None: not measured in this run."""
    rows, slope = out.get("devices", {}), out.get("memory", {})
    first, last = (rows.get(size, {}) for size in ("1000", "100000"))
    registered = [one.get("registrations", {}) for one in (first, last)]

    def goal(value, least=None, most=None):
        met = None if value is None else (least is None or value >= least) and (most is None or value <= most)
        return {"value": value, "at_least": least, "at_most": most, "met": met}

    growth = round(registered[1]["rate"] / registered[0]["rate"], 3) if all(registered) and registered[0]["rate"] else None
    return {
        "registrations_100k_to_1k": goal(growth, least=0.8),
        "registrations_100k_to_echo": goal(registered[1].get("ratio"), least=0.14),
        "notifications_to_echo": goal(last.get("notifications_delivery_stopped", {}).get("ratio"), least=0.3),
        "bytes_by_device": goal(slope.get("slope_at_rest") if slope.get("to") == 100_000 else None, most=1024),
        "delivery_to_limit": goal(out.get("delivery", {}).get("ratio"), least=0.8),
        "mapping_10k_rules_to_one": goal(out.get("mapping", {}).get("ratio"), most=1.5),
        "lint_of_10k_rules_s": goal(out.get("lint", {}).get("seconds"), most=1.0),
    }


def measure_devices(tools, parent, devices, options):
    out, echo = {}, None
    if "echo" in options.only:
        out["echo"] = echo_limit(tools, devices, options.seconds)
        echo = out["echo"]["rate"]
    if "rates" in options.only:
        with Folder(parent) as folder:
            out |= delivery_stopped(tools, folder, devices, options.seconds, echo)
        with Folder(parent) as folder:
            out |= delivery_running(tools, folder, devices, options.seconds, echo)
    return out


def run(options):
    tools = Path(options.build).resolve()
    out = {"machine": {"system": platform.platform(), "cores": os.cpu_count(), "load_before": os.getloadavg()[0]}}
    with tempfile.TemporaryDirectory(prefix="isthmus-bench-", dir=options.folder) as parent:
        parent = Path(parent)
        if "disk" in options.only:
            out["disk"] = disk(parent)
        if "codec" in options.only:
            say("codecs")
            out["codec"] = codec_speed(tools, seconds=0.2)
        if "mapping" in options.only:
            say("mapping")
            out["mapping"] = mapping_speed(tools, seconds=0.5)
        out["devices"] = {str(n): measure_devices(tools, parent, n, options) for n in options.devices}
        if "rates" in options.only:
            out["memory"] = memory(out["devices"])
        for name, part in (("delivery", delivery), ("latency", latency), ("dtls", dtls), ("reads", reads), ("lint", lint)):
            if name in options.only:
                with Folder(parent) as folder:
                    out[name] = part(tools, folder, options)
    out["disturbed"] = disturbed(out)
    out["goals"] = goals(out)
    return out


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--devices", type=lambda text: [int(one) for one in text.split(",")], default=[1000, 10_000, 100_000])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--build", default=ROOT / "build")
    parser.add_argument("--folder", default=None, help="where databases go; default: the system's temporary folder")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS))
    parser.add_argument("--rows", type=int, default=600_000, help="in the outbox before delivery is measured")
    parser.add_argument("--out", help="also write the JSON there")
    options = parser.parse_args()
    if os.cpu_count() < 2:
        sys.exit("the bench wants two cores: one for the server, one for the load")
    text = json.dumps(run(options), indent=2)
    print(text)
    if options.out:
        Path(options.out).write_text(text + "\n")


if __name__ == "__main__":
    main()
