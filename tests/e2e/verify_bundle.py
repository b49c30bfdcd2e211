"""Verifies an exported bundle with nothing but Python's standard library: every position, the Merkle
root over the record bytes (RFC 6962) and the Ed25519 signature of the checkpoint (RFC 8032), written
from the standards so that it shares no line with the program that made the bundle.

    python3 verify_bundle.py BUNDLE KEYFILE
"""

import base64
import hashlib
import json
import pathlib
import sys

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, -1, PRIME) % PRIME
ROOT_OF_MINUS_ONE = pow(2, (PRIME - 1) // 4, PRIME)


def add(one, other):
    (x1, y1), (x2, y2) = one, other
    product = CURVE * x1 * x2 * y1 * y2 % PRIME
    x3 = (x1 * y2 + x2 * y1) * pow(1 + product, -1, PRIME)
    y3 = (y1 * y2 + x1 * x2) * pow(1 - product, -1, PRIME)
    return x3 % PRIME, y3 % PRIME


def times(number, point):
    result = (0, 1)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def point_of(encoded):
    number = int.from_bytes(encoded, "little")
    y, odd = number & (2**255 - 1), number >> 255
    square = (y * y - 1) * pow(CURVE * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * ROOT_OF_MINUS_ONE % PRIME
    assert x * x % PRIME == square and y < PRIME, "no point of the curve"
    return (PRIME - x if x % 2 != odd else x), y


BASE = point_of((4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, "little"))


def is_signed(public, message, signature):
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    return times(scalar, BASE) == add(point_of(signature[:32]), times(challenge, point_of(public)))


def root_of(leaves):
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def main(bundle, key_file):
    name, key_id, key = pathlib.Path(key_file).read_text().strip().split("+", 2)
    key = base64.b64decode(key)
    assert key[0] == 1, "not an Ed25519 key"
    expected = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    assert bytes.fromhex(key_id) == expected, "the key's ID does not fit"

    note = (bundle / "checkpoint").read_bytes()
    body, signatures = note.rsplit(b"\n\n", 1)
    signed = False
    for line in signatures.decode().splitlines():
        dash, signer, signature = line.split(" ")
        signature = base64.b64decode(signature)
        if signer == name and signature[:4] == expected:
            signed = is_signed(key[1:], body + b"\n", signature[4:])
    assert signed, "the checkpoint is not signed by the key"
    origin, size, root = body.decode().split("\n")
    assert origin == name, "the checkpoint is of another log"

    records = (bundle / "records.ndjson").read_bytes().split(b"\n")
    assert records.pop() == b"", "the last record has no line end"
    assert len(records) == int(size), "more or fewer records than the checkpoint says"
    for position, record in enumerate(records, 1):
        assert json.loads(record)["id"] == str(position), f"record {position} is misplaced"
    assert root_of(records) == base64.b64decode(root), "the records are not those that were signed"
    print(f"good: {origin}, {size} records")


if __name__ == "__main__":
    try:
        main(pathlib.Path(sys.argv[1]), sys.argv[2])
    except AssertionError as problem:
        sys.exit(f"not good: {problem}")
