#!/usr/bin/env python3
"""Verifies a bundle that `almoner audit export` wrote. Shares no code with Almoner.

    verify_bundle.py DIR [--key VKEY] [--earlier CHECKPOINT_FILE ...]

Nothing but Python 3 and its standard library is needed. Everything here follows published texts:
RFC 6962 (Merkle tree), RFC 8032 (Ed25519), C2SP signed-note, tlog-checkpoint and tlog-tiles.

Without --key it takes the key in DIR/log.vkey, and then shows only that the bundle agrees with
itself: get the key another way. Checkpoints that were kept from before show whether history has been
rewritten since. Exit code: 0 the bundle is good, 1 it is not, 2 wrong usage.
"""

import argparse
import base64
import binascii
import hashlib
import json
import pathlib
import sys

TILE_WIDTH = 256


class Bad(Exception):
    """Something about the bundle is wrong."""


# --- Merkle tree (RFC 6962, section 2.1) ---------------------------------------------------------


def leaf_hash(record):
    return hashlib.sha256(b"\x00" + record).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(hashes):
    """The root over these hashes: level by level, a last odd one goes up as it is."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    level = list(hashes)
    while len(level) > 1:
        above = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]


# --- Ed25519 (RFC 8032, section 5.1) -------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def point_add(p, q):
    """Adds points in extended coordinates X, Y, Z, T."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def points_equal(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def point_decode(octets):
    y = int.from_bytes(octets, "little")
    sign = y >> 255
    y &= (1 << 255) - 1
    if y >= P:
        raise Bad("a point of the signature or key is not canonical")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        raise Bad("a point of the signature or key is not on the curve")
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point_decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_is_signature(public_key, message, signature):
    if len(public_key) != 32 or len(signature) != 64:
        return False
    try:
        key, commitment = point_decode(public_key), point_decode(signature[:32])
    except Bad:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= L:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % L
    expected = point_add(commitment, point_multiply(challenge, key))
    return points_equal(point_multiply(scalar, BASE), expected)


# --- Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint) ----------------------------


def decode_base64(text, what):
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Bad(f"{what} is not base64") from None
    if base64.b64encode(octets).decode() != text:
        raise Bad(f"{what} is not written the one way it can be")
    return octets


def read_verifier_key(text):
    """Gives name, key ID and the 32 octets of an Ed25519 key."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise Bad("the verifier key is not of the form name+id+base64")
    name, key_id, key = parts[0], parts[1], decode_base64(parts[2], "the verifier key")
    if len(key) != 33 or key[0] != 1:
        raise Bad("the verifier key is no Ed25519 key")
    expected = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    if key_id != expected.hex():
        raise Bad("the verifier key's ID does not fit")
    return name, expected, key[1:]


def open_checkpoint(note, verifier_key):
    """Gives size and root of a checkpoint, if the key signed it."""
    name, key_id, public_key = verifier_key
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise Bad("the checkpoint is no signed note")
    text += "\n"
    signed = False
    for line in signatures.splitlines():
        words = line.split(" ")
        if len(words) != 3 or words[0] != "\u2014":
            raise Bad("a signature line of the checkpoint is malformed")
        octets = decode_base64(words[2], "a signature")
        if words[1] == name and octets[:4] == key_id:
            if not ed25519_is_signature(public_key, text.encode(), octets[4:]):
                raise Bad("the checkpoint's signature is wrong")
            signed = True
    if not signed:
        raise Bad("the checkpoint is not signed by the key")
    lines = text.split("\n")
    if len(lines) != 4 or lines[0] != name or lines[1] != str(int_or_zero(lines[1])):
        raise Bad("the checkpoint's text is not origin, size and root")
    root = decode_base64(lines[2], "the checkpoint's root")
    return int(lines[1]), root


def int_or_zero(text):
    return int(text) if text.isascii() and text.isdigit() else 0


# --- Tiles (C2SP tlog-tiles) ---------------------------------------------------------------------


def index_path(index, width):
    """`x001/x234/067` for a complete tile, `x001/x234/067.p/17` for one of 17 hashes."""
    groups = [f"{index % 1000:03}"]
    index //= 1000
    while index:
        groups.insert(0, f"x{index % 1000:03}")
        index //= 1000
    return "/".join(groups) + ("" if width == TILE_WIDTH else f".p/{width}")


def expected_tiles(leaves, records):
    """Every file below `tiles/tile`, by its path: tiles of all levels, and entry bundles."""
    level, hashes = 0, leaves
    while hashes:
        above = []
        for start in range(0, len(hashes), TILE_WIDTH):
            tile = hashes[start : start + TILE_WIDTH]
            path = f"tile/{level}/{index_path(start // TILE_WIDTH, len(tile))}"
            yield path, b"".join(tile)
            if len(tile) == TILE_WIDTH:
                above.append(tree_root(tile))
        level, hashes = level + 1, above
    for start in range(0, len(records), TILE_WIDTH):
        entries = records[start : start + TILE_WIDTH]
        path = f"tile/entries/{index_path(start // TILE_WIDTH, len(entries))}"
        yield path, b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


# --- The bundle ----------------------------------------------------------------------------------


def read_records(folder):
    octets = (folder / "records.ndjson").read_bytes()
    if octets and not octets.endswith(b"\n"):
        raise Bad("records.ndjson: the last line does not end")
    records = octets.split(b"\n")[:-1]
    for position, record in enumerate(records, start=1):
        if len(record) > 0xFFFF:
            raise Bad(f"record {position}: too long")
        try:
            stated = json.loads(record)["id"]
        except (ValueError, KeyError, TypeError):
            raise Bad(f"record {position}: not a JSON object with an id") from None
        if stated != str(position):
            raise Bad(f"record {position}: states that it is {stated}")
    return records


def verify(folder, vkey, earlier):
    if vkey is None:
        vkey = (folder / "log.vkey").read_text(encoding="utf-8").strip()
    key = read_verifier_key(vkey)
    note = (folder / "checkpoint").read_text(encoding="utf-8")
    size, root = open_checkpoint(note, key)

    records = read_records(folder)
    leaves = [leaf_hash(record) for record in records]
    if len(records) != size:
        raise Bad(f"there are {len(records)} records, the checkpoint is for {size}")
    if tree_root(leaves) != root:
        raise Bad("the records do not have the root that was signed")

    expected = {"checkpoint": note.encode()}
    expected.update(expected_tiles(leaves, records))
    tiles = folder / "tiles"
    for path, octets in expected.items():
        if not (tiles / path).is_file():
            raise Bad(f"tiles/{path} is missing")
        if (tiles / path).read_bytes() != octets:
            raise Bad(f"tiles/{path} is not what the records give")
    for path in tiles.rglob("*"):
        name = path.relative_to(tiles).as_posix()
        if path.is_file() and name not in expected:
            raise Bad(f"tiles/{name} belongs to no records")

    for path in earlier:
        earlier_size, earlier_root = open_checkpoint(path.read_text(encoding="utf-8"), key)
        if earlier_size > size:
            raise Bad(f"{path} is for {earlier_size} records: the log was cut or an old one restored")
        if tree_root(leaves[:earlier_size]) != earlier_root:
            raise Bad(f"{path} was signed over other records: history was rewritten")
    return f"{key[0]}: {size} records, {len(expected) - 1} tiles and bundles, root {root.hex()}"


def main():
    parser = argparse.ArgumentParser(description="Verifies an exported bundle.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--key", help="the log's verifier key, name+id+base64")
    parser.add_argument("--earlier", type=pathlib.Path, nargs="*", default=[])
    arguments = parser.parse_args()
    try:
        print("good:", verify(arguments.folder, arguments.key, arguments.earlier))
    except (Bad, OSError, UnicodeDecodeError) as problem:
        print(f"BAD: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
