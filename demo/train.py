#!/usr/bin/env python3
"""Trains a classifier of handwritten digits on shards that it streams through a Tallystick gate.

Nothing here knows Tallystick: the shards come over plain HTTP, with the licence as a bearer token and the name of the
pass in a header. Every shard is followed by a checkpoint, so the job can be killed at any moment and started again; a
shard that is fetched again within its pass is no new use.
"""
import argparse
import json
import os
import pickle
import sys
import urllib.parse
import urllib.request

import numpy
from sklearn.linear_model import SGDClassifier

CLASSES = numpy.arange(10)


def fetch(url, licence, run, received):
    request = urllib.request.Request(url, headers={"Authorization": "Bearer " + licence, "Tally-Pass": run})
    with urllib.request.urlopen(request, timeout=60) as answer:
        body = answer.read()
    received["bytes"] += len(body)
    received["requests"] += 1
    return body.decode("ascii")


def rows(text):
    table = numpy.array([[int(cell) for cell in line.split(",")] for line in text.splitlines()])
    return table[:, :64] / 16.0, table[:, 64]


def save(path, state):
    with open(path + ".new", "wb") as file:
        pickle.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)


def load(path):
    if not os.path.exists(path):
        return {"model": None, "done": [], "received": {"bytes": 0, "requests": 0}}
    with open(path, "rb") as file:
        return pickle.load(file)


def say(**words):
    print(json.dumps(words), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", required=True, help="address of the work at the gate, ending in a slash")
    parser.add_argument("--licence", required=True, help="file with the licence token")
    parser.add_argument("--checkpoint", required=True, help="file that the job goes on from")
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--held-out", type=int, default=2, help="shards that are kept for the test, the last ones")
    parser.add_argument("--run", default="run", help="name of this training run")
    options = parser.parse_args()

    with open(options.licence, encoding="ascii") as file:
        licence = file.read().strip()
    with urllib.request.urlopen(options.work, timeout=60) as answer:
        files = sorted(file["path"] for file in json.load(answer)["files"])
    shards = [path for path in files if path.startswith("shard-")]
    training, test = shards[:-options.held_out], shards[-options.held_out:]

    state = load(options.checkpoint)
    model = state["model"] or SGDClassifier(loss="log_loss", alpha=1e-4, random_state=7)
    if state["done"]:
        say(resumed_after=len(state["done"]))
    total = options.passes * len(training) + len(test)
    for number in range(1, options.passes + 1):
        for path in training:
            if [number, path] in state["done"]:
                continue
            url = options.work + urllib.parse.quote(path)
            pixels, digits = rows(fetch(url, licence, "%s-pass-%d" % (options.run, number), state["received"]))
            model.partial_fit(pixels, digits, classes=CLASSES)
            state["model"] = model
            state["done"].append([number, path])
            save(options.checkpoint, state)
            say(run_pass=number, shard=path, done=len(state["done"]), total=total)

    right = seen = 0
    for path in test:
        pixels, digits = rows(
            fetch(options.work + urllib.parse.quote(path), licence, options.run + "-test", state["received"]))
        right += int((model.predict(pixels) == digits).sum())
        seen += len(digits)
    say(accuracy_right=right, accuracy_of=seen, received=state["received"], shards=len(training), passes=options.passes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
