"""Makes the golden receipts beside this file with nothing of ours: Python's hashlib and json, and openssl for Ed25519.

Run it in this folder to see that it still makes the same bytes: python3 make.py && git diff --exit-code .
"""

import base64
import hashlib
import json
import subprocess
import tempfile

ORIGIN = "log.example/golden"
SEED = bytes(range(100, 132))


def b64(data):
    return base64.b64encode(data).decode()


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# RFC 6962, section 2.1, word by word.
def leaf_hash(data):
    return sha(b"\0", data)


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha(b"\1", root(leaves[:k]), root(leaves[k:]))


def path(m, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return path(m, leaves[:k]) + [root(leaves[k:])]
    return path(m - k, leaves[k:]) + [root(leaves[:k])]


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.PIPE).stdout


def file_with(data):
    file = tempfile.NamedTemporaryFile()
    file.write(data)
    file.flush()
    return file


PRIVATE = file_with(bytes.fromhex("302e020100300506032b657004220420") + SEED)
PUBLIC = openssl("pkey", "-inform", "DER", "-in", PRIVATE.name, "-pubout", "-outform", "DER")[-32:]
KEY_ID = sha(ORIGIN.encode(), b"\n\x01", PUBLIC)[:4]


def sign(text):
    with file_with(text.encode()) as message:
        return openssl("pkeyutl", "-sign", "-inkey", PRIVATE.name, "-keyform", "DER", "-rawin", "-in", message.name)


def receipt(kind, opening, salt, index, size):
    leaf = {"commitment": b64(sha(salt, canonical(opening))), "kind": kind, "version": 1}
    leaves = [leaf_hash(b"entry %d" % i) for i in range(size)]
    leaves[index] = leaf_hash(canonical(leaf))
    text = f"{ORIGIN}\n{size}\n{b64(root(leaves))}\n"
    checkpoint = f"{text}\n— {ORIGIN} {b64(KEY_ID + sign(text))}\n"
    inclusion = [b64(h) for h in path(index, leaves)]
    lines = ["c2sp.org/tlog-proof@v1", f"index {index}", *inclusion, "", checkpoint]
    return {
        "format": "tallystick-receipt/v1",
        "leaf": leaf,
        "opening": opening,
        "salt": b64(salt),
        "log": {
            "origin": ORIGIN, "index": index, "size": size, "inclusion": inclusion, "checkpoint": checkpoint,
        },
        "tlog_proof": "\n".join(lines),
    }


def usage_receipt():
    events = [
        {"seq": i, "meter": "bytes_delivered", "quantity": str(1000 + i), "work": "wrk_golden"} for i in range(6)
    ]
    salts = [sha(b"event salt %d" % i) for i in range(6)]
    leaves = [leaf_hash(sha(salt, canonical(event))) for salt, event in zip(salts, events)]
    opening = {"seal": "sea_golden", "root": b64(root(leaves)), "count": 6}
    return {
        "format": "tallystick-usage-receipt/v1",
        "event": events[4],
        "salt": b64(salts[4]),
        "seal": {
            "root": b64(root(leaves)), "count": 6, "index": 4, "inclusion": [b64(h) for h in path(4, leaves)],
        },
        "seal_receipt": receipt("usage_sealed", opening, sha(b"salt 2"), 256, 300),
    }


GRANT = {
    "licence": "lic_golden", "title": "Zahlen für Müller – 10 €", "price": {"minor": "1250", "currency": "EUR"},
    "uses": 3, "renews": None, "live": True,
}

for name, value in (
    ("receipt.json", receipt("licence_granted", GRANT, sha(b"salt 1"), 5, 11)),
    ("usage-receipt.json", usage_receipt()),
):
    with open(name, "w", encoding="utf-8") as out:
        json.dump(value, out, indent=2, ensure_ascii=False)
        out.write("\n")

with open("log.vkey", "w", encoding="utf-8") as out:
    out.write(f"{ORIGIN}+{KEY_ID.hex()}+{b64(bytes([1]) + PUBLIC)}\n")
