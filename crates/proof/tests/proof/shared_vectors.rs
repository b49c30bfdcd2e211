//! Vectors collected from public projects, kept beside the project folder. Where that folder is
//! absent these tests say so and end; `own_vectors.rs` is always there.
//!
//! One file of the collection, `jcs.json`, is left out: it is about writing JSON in canonical form,
//! and this crate takes records as bytes and never looks into them.

use std::path::Path;

use almoner_proof::{
    Checkpoint, Cosignature, CosignerKey, EMPTY_ROOT, Frontier, KeyError, NoteError, SigningKey,
    TileBuilder, TileId, TlogProof, VerifierKey, entries_path, leaf_hash, node_hash, open_note,
    tiles_of_size, verify_consistency, verify_cosignature, verify_inclusion,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::Signer;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::vectors::{bytes, from_hex, hash, hashes, list, number, read, sha256_hex, text};

fn shared(file: &str) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases/tlog");
    if !folder.is_dir() {
        println!("skipped: no shared vectors beside the project folder ({file} is not tested)");
        return None;
    }
    Some(read(&folder.join(file)))
}

#[test]
fn hashing() {
    let Some(file) = shared("hashing.json") else { return };
    assert_eq!(EMPTY_ROOT.to_vec(), from_hex(text(&file["empty_root"])));
    for vector in list(&file["leaf"]) {
        let computed = leaf_hash(&from_hex(text(&vector["data"])));
        assert_eq!(computed.to_vec(), from_hex(text(&vector["hash"])));
    }
    // The node vectors hash texts that are no hashes, which our `node_hash` cannot express.
    for vector in list(&file["node"]) {
        let (left, right) = (from_hex(text(&vector["left"])), from_hex(text(&vector["right"])));
        let computed = Sha256::new().chain_update([1]).chain_update(left).chain_update(right);
        assert_eq!(computed.finalize().to_vec(), from_hex(text(&vector["hash"])));
    }
    let tree = &file["reference_tree"];
    let mut frontier = Frontier::new();
    let roots = list(&tree["roots_by_size_1_to_8"]).iter();
    for (input, root) in list(&tree["leaf_inputs"]).iter().zip(roots) {
        frontier.append(leaf_hash(&from_hex(text(input))));
        assert_eq!(frontier.root().to_vec(), from_hex(text(root)));
    }
    assert_eq!(frontier.size(), 8);
    let levels: Vec<Vec<[u8; 32]>> = list(&tree["nodes_by_level"])
        .iter()
        .map(|level| list(level).iter().map(text).map(from_hex))
        .map(|level| level.map(|node| node.try_into().expect("a hash")).collect())
        .collect();
    assert_eq!(levels.len(), 4);
    for pair in levels.windows(2) {
        let parents: Vec<_> = pair[0].chunks(2).map(|two| node_hash(&two[0], &two[1])).collect();
        assert_eq!(parents, pair[1]);
    }
}

#[test]
fn inclusion() {
    let Some(file) = shared("inclusion.json") else { return };
    let vectors = list(&file["vectors"]);
    assert_eq!(vectors.len(), 98);
    for vector in vectors {
        let (index, size) = (number(&vector["leaf_index"]), number(&vector["tree_size"]));
        let given = (hash(&vector["leaf_hash"]), hash(&vector["root"]), hashes(&vector["proof"]));
        let accepted = match given {
            (Some(leaf), Some(root), Some(proof)) => {
                verify_inclusion(index, size, &leaf, &proof, &root).is_ok()
            }
            _ => false,
        };
        assert_eq!(accepted, vector["strict_want_err"] == false, "{}", vector["name"]);
    }
}

#[test]
fn consistency() {
    let Some(file) = shared("consistency.json") else { return };
    let vectors = list(&file["vectors"]);
    assert_eq!(vectors.len(), 98);
    for vector in vectors {
        let (old_size, new_size) = (number(&vector["size1"]), number(&vector["size2"]));
        let given = (hash(&vector["root1"]), hash(&vector["root2"]), hashes(&vector["proof"]));
        let accepted = match given {
            (Some(old_root), Some(new_root), Some(proof)) => {
                verify_consistency(old_size, &old_root, new_size, &new_root, &proof).is_ok()
            }
            _ => false,
        };
        assert_eq!(accepted, vector["strict_want_err"] == false, "{}", vector["name"]);
    }
}

#[test]
fn signed_note() {
    let Some(file) = shared("signed_note.json") else { return };
    for vkey in list(&file["vkeys_valid"]).iter().map(text) {
        assert_eq!(VerifierKey::parse(vkey).expect(vkey).to_string(), vkey);
    }
    for vector in list(&file["vkeys_invalid"]) {
        assert!(VerifierKey::parse(text(&vector["vkey"])).is_err(), "{}", vector["why"]);
    }
    for vector in list(&file["sign"]) {
        let key = SigningKey::parse(text(&vector["skey"])).expect("a key");
        assert_eq!(key.to_skey(), text(&vector["skey"]));
        assert_eq!(key.verifier_key().to_string(), text(&vector["vkey"]));
        assert_eq!(key.sign_note(text(&vector["text"])).as_deref(), Ok(text(&vector["note"])));
    }
    for vector in list(&file["open"]) {
        let keys: Vec<VerifierKey> = list(&vector["vkeys"])
            .iter()
            .map(|vkey| VerifierKey::parse(text(vkey)).expect("a key"))
            .collect();
        let note = bytes(&vector["note_b64"]);
        // A note that is not UTF-8 never becomes a `&str`: that is its refusal.
        let opened = match std::str::from_utf8(&note) {
            Ok(note) => open_note(note, &keys),
            Err(_) => Err(NoteError::Malformed("not UTF-8")),
        };
        let verdict = match &opened {
            Ok(_) => None,
            Err(NoteError::Malformed(_)) => Some("malformed"),
            Err(NoteError::Unverified) => Some("unverified"),
            Err(NoteError::InvalidSignature { .. }) => Some("invalid_signature"),
            Err(NoteError::AmbiguousKey { .. }) => Some("ambiguous_key"),
        };
        assert_eq!(verdict, vector["error"].as_str(), "{}", vector["name"]);
        assert_eq!(verdict.is_none(), vector["ok"] == true, "{}", vector["name"]);
        if let Ok(opened) = opened {
            let names: Vec<&str> = list(&vector["verified"]).iter().map(text).collect();
            assert_eq!(opened.verified, names, "{}", vector["name"]);
            assert_eq!(opened.unverified as u64, number(&vector["unverified"]));
        }
    }
}

#[test]
fn checkpoint_body() {
    let Some(file) = shared("checkpoint_body.json") else { return };
    for vector in list(&file["vectors"]) {
        let parsed = Checkpoint::parse(text(&vector["text"]));
        assert_eq!(parsed.is_ok(), vector["strict_ok"] == true, "{}", vector["name"]);
        if let Ok(checkpoint) = parsed {
            assert_eq!(checkpoint.origin, text(&vector["origin"]));
            assert_eq!(checkpoint.size, number(&vector["size"]));
            assert_eq!(Some(checkpoint.root), hash(&vector["root"]));
            let extensions: Vec<&str> = list(&vector["ext"]).iter().map(text).collect();
            assert_eq!(checkpoint.extensions, extensions);
            assert_eq!(checkpoint.to_text(), text(&vector["text"]));
        }
    }
}

#[test]
fn cosignature() {
    let Some(file) = shared("cosignature.json") else { return };
    for vector in list(&file["verify"]) {
        let (note, timestamp) = (text(&vector["note"]), number(&vector["timestamp"]));
        let cosigner = CosignerKey::parse(text(&vector["vkey"])).expect("a key");
        assert_eq!(verify_cosignature(note, &cosigner), Ok(timestamp), "{}", vector["name"]);
        // The same seed must make the same bytes, which shows that the signed message is right.
        let seed = from_hex(text(&vector["seed_hex"])).try_into().expect("32 bytes");
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        let (body, _) = note.split_at(note.rfind("\n\n").expect("signatures") + 1);
        let message = Cosignature { timestamp, signature: [0; 64] }.message(body);
        let line = note.lines().find(|line| line.contains(cosigner.name())).expect("a line");
        let (_, base64) = line.rsplit_once(' ').expect("base64");
        let signed = BASE64_STANDARD.decode(base64).expect("base64");
        assert!(signed.ends_with(&key.sign(message.as_bytes()).to_bytes()), "{}", vector["name"]);
    }
    for vector in list(&file["parse_timestamp"]) {
        let bytes = bytes(&vector["sig_b64"]);
        let parsed = Cosignature::parse(&bytes[4..]).map(|cosignature| cosignature.timestamp);
        assert_eq!(parsed, vector["timestamp"].as_u64());
    }
    for vector in list(&file["signed_message"]) {
        let timestamp = number(&vector["timestamp"]);
        let message =
            Cosignature { timestamp, signature: [0; 64] }.message(text(&vector["note_text"]));
        assert_eq!(message, text(&vector["message"]));
    }
    let native = text(&file["vkey_forms"]["native_0x04"]);
    assert!(CosignerKey::parse(native).is_ok());
    assert_eq!(VerifierKey::parse(native), Err(KeyError::Type(0x04)));
    assert!(CosignerKey::parse(text(&file["vkey_forms"]["plain_0x01_as_cosigner_ok"])).is_ok());
}

#[test]
fn tlog_proof() {
    let Some(file) = shared("tlog_proof.json") else { return };
    for vector in list(&file["valid"]) {
        let parsed = TlogProof::parse(text(&vector["text"])).expect("a proof file");
        assert_eq!(parsed.index, number(&vector["index"]));
        assert_eq!(Some(&parsed.hashes), hashes(&vector["hashes"]).as_ref());
        assert_eq!(parsed.checkpoint, text(&vector["checkpoint"]));
        let extra = vector["extra"].as_str().unwrap_or_default();
        assert_eq!(BASE64_STANDARD.encode(&parsed.extra), extra);
        assert_eq!(parsed.to_text(), text(&vector["text"]));
    }
    for vector in list(&file["invalid"]) {
        assert!(TlogProof::parse(text(&vector["text"])).is_err(), "{}", vector["why"]);
    }
}

#[test]
fn tile_paths() {
    let Some(file) = shared("tile_paths.json") else { return };
    for vector in list(&file["tile"]) {
        let tile = TileId {
            level: number(&vector["level"]) as u8,
            index: number(&vector["index"]),
            width: number(&vector["width"]) as u16,
        };
        assert_eq!(tile.path(), text(&vector["path"]));
        assert_eq!(TileId::parse(text(&vector["path"])), Some(tile));
    }
    for vector in list(&file["entries_for_index"]) {
        let (position, size) = (number(&vector["seq"]), number(&vector["log_size"]));
        let tile = TileId::containing(0, position, size).expect("the record exists");
        assert_eq!(entries_path(tile.index, tile.width), text(&vector["path"]));
    }
    for path in list(&file["invalid"]).iter().map(text) {
        assert_eq!(TileId::parse(path), None, "{path}");
    }
}

#[test]
fn generated_tile_layout() {
    let Some(file) = shared("generated_tile_layout.json") else { return };
    for vector in list(&file["vectors"]) {
        let size = number(&vector["size"]);
        let mut builder = TileBuilder::new();
        let mut tiles = Vec::new();
        for index in 0..size {
            builder.append(leaf_hash(format!("record {index}").as_bytes()), &mut tiles);
        }
        tiles.extend(builder.partial_tiles());
        tiles.sort_by_key(|tile| (tile.level, tile.index));
        assert_eq!(Some(builder.root()), hash(&vector["root"]), "size {size}");
        let digests: Vec<(String, String)> = tiles
            .iter()
            .map(|tile| (tile.id().expect("a tile").path(), sha256_hex(&tile.hashes)))
            .collect();
        assert!(
            digests
                .iter()
                .map(|(path, _)| path.clone())
                .eq(tiles_of_size(size).map(|id| id.path()))
        );
        for listed in list(&vector["tiles"]) {
            let listed = (text(&listed["path"]).to_owned(), text(&listed["sha256"]).to_owned());
            assert!(digests.contains(&listed), "size {size}: {}", listed.0);
        }
        assert_eq!(digests.len() as u64, number(&vector["tile_count"]), "size {size}");
        if let Some(digest) = vector["all_tiles_digest"].as_str() {
            let lines: String =
                digests.iter().map(|(path, digest)| format!("{path} {digest}\n")).collect();
            assert_eq!(sha256_hex(lines.as_bytes()), digest);
        }
    }
}
