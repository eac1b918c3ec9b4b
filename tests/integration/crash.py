#!/usr/bin/env python3
"""No acknowledged value is missing from the CSE and none is there twice: Isthmus killed at random moments under load, or the CSE
stopped under load.

usage: crash.py kill [ROUNDS] | outage [SECONDS]
"""
import collections
import json
import os
import random
import signal
import subprocess
import sys
import time

from harness import BUILD, Folder, Isthmus, TryOutCse, balanced, wait_for

DEVICES = 200
RATE = 400  # values per second, all devices together


def start_devices(folder, isthmus, seconds):
    steps = f"ledger file={folder}/ledger.txt seconds={seconds} rate={RATE} drain=95"
    return subprocess.Popen([BUILD / "tests/bench/isthmus-load", "run", "--server", f"127.0.0.1:{isthmus.coap_port}", "--devices",
                             str(DEVICES), "--prefix", "crash-", steps], stdout=subprocess.PIPE, text=True)


def read_ledger(folder):
    """Endpoint -> values that were sent, and those that were acknowledged."""
    sent, acked = collections.defaultdict(set), collections.defaultdict(set)
    for line in (folder / "ledger.txt").read_text().splitlines():
        event, _, endpoint, _, value = line.split()
        if event == "sent":
            sent[endpoint].add(float(value))
        elif event == "acked":
            acked[endpoint].add(float(value))
    return sent, acked


def compare(folder, cse):
    sent, acked = read_ledger(folder)
    missing, twice, foreign, disordered, stored = [], [], [], [], 0
    for endpoint in sorted(sent):
        rows = sorted(cse.instances(f"{endpoint}/3303/0/5700"))
        values = [float(content) for _, content in rows if float(content) > 0]
        counts = collections.Counter(values)
        stored += len(values)
        missing += [(endpoint, value) for value in acked[endpoint] if value not in counts]
        # The answer to an Observe carries the last value once more: a reading of its own.
        twice += [(endpoint, value) for value, count in counts.items() if count > 1 and value in sent[endpoint]]
        foreign += [(endpoint, value) for value in counts if value not in sent[endpoint]]
        if values != sorted(values):
            disordered.append(endpoint)
    total = sum(len(values) for values in acked.values())
    print(json.dumps({"devices": len(sent), "sent": sum(len(values) for values in sent.values()), "acknowledged": total,
                      "stored": stored, "missing": len(missing), "twice": len(twice), "out_of_order": len(disordered)}))
    assert len(sent) == DEVICES and total > DEVICES, "the devices did not get going"
    assert not missing, f"acknowledged, but not in the CSE: {missing[:10]}"
    assert not twice, f"in the CSE twice: {twice[:10]}"
    assert not disordered, f"out of order: {disordered[:10]}"
    return foreign


def finish(folder, cse, isthmus, devices):
    out, _ = devices.communicate(timeout=200)
    print(out.strip().splitlines()[-1])
    assert devices.returncode == 0, "the devices failed"
    wait_for(lambda: isthmus.status()["outbox"]["pending"] == 0, 60, "the outbox is empty")
    account = isthmus.accounting()
    print(json.dumps(account))
    assert balanced(account), "the account does not balance"
    compare(folder, cse)
    isthmus.stop()
    cse.program.stop()


def kill(rounds):
    seed = int(os.environ.get("ISTHMUS_SEED", time.time()))
    random.seed(seed)
    print(f"seed {seed}")
    with Folder("kill") as folder:
        cse = TryOutCse(folder)
        isthmus = Isthmus(folder, cse.url)
        moments = [random.uniform(0.1, 2.5) for _ in range(rounds)]
        devices = start_devices(folder, isthmus, int(sum(moments) + rounds * 0.8) + 5)
        wait_for(lambda: isthmus.status()["devices"]["registered"] == DEVICES, 20, "all devices are registered")
        for moment in moments:
            time.sleep(moment)
            isthmus.kill()
            isthmus.start()
        print(f"killed {rounds} times")
        finish(folder, cse, isthmus, devices)


def outage(seconds):
    with Folder("outage") as folder:
        cse = TryOutCse(folder)
        isthmus = Isthmus(folder, cse.url)
        devices = start_devices(folder, isthmus, seconds + 20)
        wait_for(lambda: isthmus.status()["devices"]["registered"] == DEVICES, 20, "all devices are registered")
        time.sleep(5)
        cse.program.process.send_signal(signal.SIGSTOP)
        print(f"the CSE is stopped for {seconds} s")
        time.sleep(seconds)
        waiting = isthmus.status()["outbox"]["pending"]
        cse.program.process.send_signal(signal.SIGCONT)
        print(f"{waiting} values waited for it")
        assert waiting > RATE * seconds / 2, "the outage was none"
        finish(folder, cse, isthmus, devices)


def main():
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    amount = int(sys.argv[2]) if len(sys.argv) > 2 else None
    if what == "kill":
        kill(amount or 20)
    elif what == "outage":
        outage(amount or 60)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
