#!/usr/bin/env python3
"""No command that was accepted for a sleeping device is lost, and none reaches it twice: Isthmus killed at random moments while commands
wait and while they are sent.

usage: commands.py [ROUNDS]
"""
import collections
import json
import os
import random
import socket
import sys
import threading
import time
import urllib.request

from harness import Folder, Isthmus, TryOutCse, get_json, wait_for
from raw_device import ACK, CHANGED, CON, POST, RawDevice, options

DEVICES = 5
COMMANDS = 6  # a device and round


class SleepyDevice(RawDevice):
    """Queue mode. Counts what it is told to do; answers a repeated request again without doing it again (RFC 7252 4.5)."""

    def __init__(self, port, endpoint):
        super().__init__(port, endpoint, binding="UQ", objects="</1/0>")
        self.endpoint = endpoint
        self.path = self.path_of(self.location)
        self.done, self.order, self.seen = collections.Counter(), [], set()
        self.stopping = False
        self.socket.settimeout(0.2)
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    @staticmethod
    def path_of(created):
        """The values of the Location-Path options, all short: the only options of the answer to a Register."""
        at, parts = 4 + (created[0] & 15), []
        while at < len(created):
            length = created[at] & 15
            parts.append(created[at + 1:at + 1 + length])
            at += 1 + length
        return parts

    def update(self):
        number = next(self.ids)
        head = bytes([0x40, POST]) + number.to_bytes(2, "big")
        try:
            self.socket.send(head + options([(11, part) for part in self.path]))
        except ConnectionRefusedError:
            pass  # Isthmus is down: the next Update wakes us

    def serve(self):
        while not self.stopping:
            try:
                datagram = self.socket.recv(2000)
            except (socket.timeout, ConnectionRefusedError):
                continue
            if datagram[0] >> 4 & 3 == CON and datagram[1] == POST:
                self.execute(datagram)

    def execute(self, datagram):
        after = 4 + (datagram[0] & 15)
        request = (datagram[1], datagram[2:4], datagram[4:after])
        if request not in self.seen:
            self.seen.add(request)
            argument = datagram[after:].split(b"\xff", 1)[1].decode()
            self.done[argument] += 1
            self.order.append(int(argument.split("'")[1]))
        try:
            self.answer(request, CHANGED)
        except ConnectionRefusedError:
            pass

    def end(self):
        self.stopping = True
        self.thread.join()
        self.close()


def execute(isthmus, endpoint, number):
    """Returns the command's id."""
    url = f"{isthmus.url}/api/v1/devices/{endpoint}/3303/0/5605?timeout=1"
    request = urllib.request.Request(url, method="POST", data=json.dumps({"0": str(number)}).encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 202, answer.status
        return json.load(answer)["id"]


def check(isthmus, device, commands):
    states = collections.Counter()
    for number, command in commands.items():
        told = get_json(f"{isthmus.url}/api/v1/commands/{command}")
        states[told["state"]] += 1
        times = device.done[f"0='{number}'"]
        assert times <= 1, f"{command} reached {device.endpoint} {times} times: {told}"
        if told["state"] == "succeeded":
            assert times == 1, f"{command} succeeded, but {device.endpoint} never had it"
        else:
            assert told["state"] == "failed" and "may have been done" in told["reason"], told
    assert device.order == sorted(device.order), f"{device.endpoint} got them out of order: {device.order}"
    return states


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(os.environ.get("ISTHMUS_SEED", time.time()))
    random.seed(seed)
    print(f"seed {seed}")
    with Folder("commands") as folder:
        cse = TryOutCse(folder)
        isthmus = Isthmus(folder, cse.url)
        devices = [SleepyDevice(isthmus.coap_port, f"sleepy-{i}") for i in range(DEVICES)]
        commands = {device.endpoint: {} for device in devices}
        try:
            for turn in range(rounds):
                isthmus.kill()
                isthmus.start()  # a stored queue-mode device sleeps until it is heard
                for device in devices:
                    for i in range(COMMANDS):
                        number = turn * COMMANDS + i
                        commands[device.endpoint][number] = execute(isthmus, device.endpoint, number)
                if random.random() < 0.3:
                    isthmus.kill()
                    isthmus.start()
                for device in devices:
                    device.update()
                time.sleep(random.uniform(0, 0.03))

            def all_over():
                for device in devices:
                    device.update()
                live = ("accepted", "waiting", "sent")
                listed = get_json(f"{isthmus.url}/api/v1/commands?limit=1000")["commands"]
                return not any(command["state"] in live for command in listed)

            wait_for(all_over, 60, "every command has an end")
            states = sum((check(isthmus, device, commands[device.endpoint]) for device in devices), collections.Counter())
        finally:
            for device in devices:
                device.end()
        print(json.dumps({"commands": DEVICES * COMMANDS * rounds, **states}))
        assert states["succeeded"] > DEVICES * COMMANDS * rounds / 2, "hardly anything was done"
        isthmus.stop()
        cse.program.stop()


if __name__ == "__main__":
    main()
