//! Known answers that are part of this crate, computed by an independent program (`own.json` says
//! how).

use std::path::Path;

use almoner_proof::{
    Checkpoint, CosignerKey, Frontier, SigningKey, TileBuilder, TlogProof, VerifierKey,
    consistency_proof, inclusion_proof, leaf_hash, open_note, tiles_of_size, verify_consistency,
    verify_cosignature, verify_inclusion,
};
use serde_json::Value;

use crate::trees::{leaf, leaves, record, tiles, tree_hashes};
use crate::vectors::{bytes, hash, hashes, list, number, read, sha256_hex, text};

fn own() -> Value {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/own.json"))
}

fn log_key(own: &Value) -> VerifierKey {
    VerifierKey::parse(text(&own["note"]["vkey"])).expect("a key")
}

#[test]
fn roots_are_the_known_ones() {
    let own = own();
    let mut frontier = Frontier::new();
    let mut builder = TileBuilder::new();
    for vector in list(&own["roots"]) {
        while frontier.size() < number(&vector["size"]) {
            let leaf = leaf(frontier.size());
            frontier.append(leaf);
            builder.append(leaf, &mut Vec::new());
        }
        assert_eq!(Some(frontier.root()), hash(&vector["root"]), "size {}", vector["size"]);
        assert_eq!(builder.root(), frontier.root());
    }
}

#[test]
fn inclusion_proofs_are_the_known_ones_and_hold() {
    for vector in list(&own()["inclusion"]) {
        let (index, size) = (number(&vector["index"]), number(&vector["size"]));
        let root = hash(&vector["root"]).expect("a hash");
        assert_eq!(Some(leaf(index)), hash(&vector["leaf"]));
        let proof = inclusion_proof(index, size, &tree_hashes(&leaves(size))).expect("a proof");
        assert_eq!(Some(&proof), hashes(&vector["proof"]).as_ref(), "record {index} of {size}");
        assert_eq!(verify_inclusion(index, size, &leaf(index), &proof, &root), Ok(()));
    }
}

#[test]
fn consistency_proofs_are_the_known_ones_and_hold() {
    for vector in list(&own()["consistency"]) {
        let (old_size, new_size) = (number(&vector["old_size"]), number(&vector["new_size"]));
        let old_root = hash(&vector["old_root"]).expect("a hash");
        let new_root = hash(&vector["new_root"]).expect("a hash");
        let hashes_of_tree = tree_hashes(&leaves(new_size));
        let proof = consistency_proof(old_size, new_size, &hashes_of_tree).expect("a proof");
        assert_eq!(Some(&proof), hashes(&vector["proof"]).as_ref(), "{old_size} to {new_size}");
        assert_eq!(verify_consistency(old_size, &old_root, new_size, &new_root, &proof), Ok(()));
    }
}

#[test]
fn tiles_have_the_known_paths_and_bytes() {
    for vector in list(&own()["tiles"]) {
        let size = number(&vector["size"]);
        let mut tiles = tiles(&leaves(size));
        tiles.sort_by_key(|tile| (tile.level, tile.index));
        assert_eq!(tiles.len() as u64, number(&vector["count"]));
        assert!(tiles.iter().map(|tile| tile.id().expect("a tile")).eq(tiles_of_size(size)));
        let lines: String = tiles
            .iter()
            .map(|tile| (tile.id().expect("a tile").path(), sha256_hex(&tile.hashes)))
            .map(|(path, digest)| format!("{path} {digest}\n"))
            .collect();
        assert_eq!(sha256_hex(lines.as_bytes()), text(&vector["digest"]), "size {size}");
    }
}

#[test]
fn a_note_is_signed_byte_for_byte_as_known_and_opens() {
    let own = own();
    let vector = &own["note"];
    let seed = bytes(&vector["seed"]).try_into().expect("32 bytes");
    let key = SigningKey::new(text(&vector["name"]), seed).expect("a key");
    assert_eq!(key.to_skey(), text(&vector["skey"]));
    assert_eq!(key.verifier_key().to_string(), text(&vector["vkey"]));
    assert_eq!(key.verifier_key(), log_key(&own));
    let read_back = SigningKey::parse(text(&vector["skey"])).expect("a key");
    for key in [key, read_back] {
        let note = key.sign_note(text(&vector["text"])).expect("a note");
        assert_eq!(note, text(&vector["note"]));
        let opened = open_note(&note, &[key.verifier_key()]).expect("a good note");
        assert_eq!(opened.text, text(&vector["text"]));
        assert_eq!(opened.verified, [key.name()]);
        assert_eq!(opened.unverified, 0);
    }
}

#[test]
fn a_private_key_does_not_show_its_secret_when_printed() {
    let own = own();
    let key = SigningKey::parse(text(&own["note"]["skey"])).expect("a key");
    assert_eq!(format!("{key:?}"), "SigningKey { name: \"almoner/000000\", .. }");
}

#[test]
fn a_checkpoint_is_signed_byte_for_byte_as_known_and_opens() {
    let own = own();
    let vector = &own["checkpoint"];
    let key = SigningKey::parse(text(&own["note"]["skey"])).expect("a key");
    let root = hash(&vector["root"]).expect("a hash");
    let checkpoint = Checkpoint::new(key.name(), number(&vector["size"]), root);
    assert_eq!(checkpoint.sign(&key).as_deref(), Ok(text(&vector["note"])));
    assert_eq!(Checkpoint::open(text(&vector["note"]), &[log_key(&own)]), Ok(checkpoint));
}

#[test]
fn a_cosigned_checkpoint_opens_for_the_log_and_for_the_witness() {
    let own = own();
    let vector = &own["cosignature"];
    let note = text(&vector["note"]);
    let witness = CosignerKey::parse(text(&vector["vkey"])).expect("a key");
    assert_eq!(verify_cosignature(note, &witness), Ok(number(&vector["timestamp"])));
    assert_eq!(open_note(note, &[log_key(&own)]).map(|note| note.unverified), Ok(1));
    assert_eq!(Checkpoint::open(note, &[log_key(&own)]).map(|opened| opened.size), Ok(600));
}

#[test]
fn a_proof_file_is_written_as_known_and_proves_its_record() {
    let own = own();
    let vector = &own["tlog_proof"];
    let index = number(&vector["index"]);
    let proof = TlogProof {
        extra: Vec::new(),
        index,
        hashes: inclusion_proof(index, 600, &tree_hashes(&leaves(600))).expect("a proof"),
        checkpoint: text(&own["cosignature"]["note"]).to_owned(),
    };
    assert_eq!(proof.to_text(), text(&vector["text"]));
    let read_back = TlogProof::parse(text(&vector["text"])).expect("a proof file");
    assert_eq!(read_back, proof);
    assert_eq!(record(index), text(&vector["record"]));
    let leaf = leaf_hash(text(&vector["record"]).as_bytes());
    let proved = read_back.verify(&leaf, &[log_key(&own)]).expect("the record is proved");
    assert_eq!(proved.size, 600);
}
