//! What an attacker may try: every change is refused, and nothing panics.

use almoner_proof::{
    Checkpoint, CheckpointError, Cosignature, CosignatureError, CosignerKey, Frontier, Hash,
    KeyError, NoteError, ProofError, SigningKey, Tile, TileId, TlogProof, TlogProofError,
    TreeHashes, VerifierKey, consistency_proof, entries_of_bundle, inclusion_proof, leaf_hash,
    node_hash, open_note, tiles_for_consistency, tiles_for_inclusion, tiles_for_root, tree_root,
    verify_consistency, verify_cosignature, verify_inclusion,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::Signer;
use proptest::prelude::*;

use crate::trees::{fixed_seed, leaf, leaves, root_by_definition, tree_hashes};

const LOG: &str = "almoner/000001";

fn log_key() -> SigningKey {
    SigningKey::new(LOG, [7; 32]).expect("a key")
}

fn root_of(size: u64) -> Hash {
    root_by_definition(&leaves(size))
}

fn signed_checkpoint(size: u64) -> String {
    Checkpoint::new(LOG, size, root_of(size)).sign(&log_key()).expect("a checkpoint")
}

fn receipt(index: u64, size: u64) -> TlogProof {
    let hashes = inclusion_proof(index, size, &tree_hashes(&leaves(size))).expect("a proof");
    TlogProof { extra: Vec::new(), index, hashes, checkpoint: signed_checkpoint(size) }
}

/// A witness's key, and a checkpoint with its cosignature below the log's signature.
fn cosigned_checkpoint(timestamp: u64) -> (CosignerKey, String) {
    let key = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
    let public = key.verifying_key().to_bytes();
    let id = &<[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(
        [&b"witness\n\x04"[..], &public].concat(),
    ))[..4];
    let id_digits: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let public = BASE64_STANDARD.encode([&[4][..], &public].concat());
    let cosigner = CosignerKey::parse(&format!("witness+{id_digits}+{public}")).expect("a key");
    let mut note = signed_checkpoint(5);
    let text = Checkpoint::new(LOG, 5, root_of(5)).to_text();
    let message = Cosignature { timestamp, signature: [0; 64] }.message(&text);
    let signature = key.sign(message.as_bytes()).to_bytes();
    let bytes = [id, &timestamp.to_be_bytes(), &signature].concat();
    note.push_str(&format!("— witness {}\n", BASE64_STANDARD.encode(bytes)));
    (cosigner, note)
}

/// Every text that differs from the given one in one bit and is still UTF-8.
fn one_bit_flips(text: &str) -> impl Iterator<Item = String> {
    (0..text.len() * 8).filter_map(move |bit| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        String::from_utf8(bytes).ok()
    })
}

fn one_bit_flips_of_hash(hash: Hash) -> impl Iterator<Item = Hash> {
    (0..256).map(move |bit| {
        let mut flipped = hash;
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

#[test]
fn no_flipped_bit_of_an_inclusion_proof_is_accepted() {
    let size = 13;
    let hashes = tree_hashes(&leaves(size));
    let root = root_of(size);
    for index in 0..size {
        let proof = inclusion_proof(index, size, &hashes).expect("a proof");
        let check = |index, leaf: &Hash, proof: &[Hash], root: &Hash| {
            verify_inclusion(index, size, leaf, proof, root)
        };
        assert_eq!(check(index, &leaf(index), &proof, &root), Ok(()));
        for flipped in one_bit_flips_of_hash(leaf(index)) {
            assert!(check(index, &flipped, &proof, &root).is_err());
        }
        for flipped in one_bit_flips_of_hash(root) {
            assert!(check(index, &leaf(index), &proof, &flipped).is_err());
        }
        for place in 0..proof.len() {
            for flipped in one_bit_flips_of_hash(proof[place]) {
                let mut proof = proof.clone();
                proof[place] = flipped;
                assert!(check(index, &leaf(index), &proof, &root).is_err());
            }
        }
        for bit in 0..64 {
            assert!(check(index ^ (1 << bit), &leaf(index), &proof, &root).is_err());
        }
    }
}

#[test]
fn no_flipped_bit_of_a_consistency_proof_is_accepted() {
    let size = 13;
    let hashes = tree_hashes(&leaves(size));
    let root = root_of(size);
    for old_size in 1..=size {
        let old_root = root_of(old_size);
        let proof = consistency_proof(old_size, size, &hashes).expect("a proof");
        let check = |old_root: &Hash, root: &Hash, proof: &[Hash]| {
            verify_consistency(old_size, old_root, size, root, proof)
        };
        assert_eq!(check(&old_root, &root, &proof), Ok(()));
        for flipped in one_bit_flips_of_hash(old_root) {
            assert!(check(&flipped, &root, &proof).is_err());
        }
        for flipped in one_bit_flips_of_hash(root) {
            assert!(check(&old_root, &flipped, &proof).is_err());
        }
        for place in 0..proof.len() {
            for flipped in one_bit_flips_of_hash(proof[place]) {
                let mut proof = proof.clone();
                proof[place] = flipped;
                assert!(check(&old_root, &root, &proof).is_err());
            }
        }
    }
}

#[test]
fn proofs_that_are_cut_or_padded_are_refused_for_their_length() {
    let size = 13;
    let hashes = tree_hashes(&leaves(size));
    let root = root_of(size);
    let wrong_length = Err(ProofError::WrongLength);
    for index in 0..size {
        let proof = inclusion_proof(index, size, &hashes).expect("a proof");
        let longer = [&proof[..], &[root]].concat();
        assert_eq!(verify_inclusion(index, size, &leaf(index), &longer, &root), wrong_length);
        let shorter = &proof[..proof.len() - 1];
        assert_eq!(verify_inclusion(index, size, &leaf(index), shorter, &root), wrong_length);
    }
    for old_size in 1..size {
        let old_root = root_of(old_size);
        let proof = consistency_proof(old_size, size, &hashes).expect("a proof");
        let check = |proof: &[Hash]| verify_consistency(old_size, &old_root, size, &root, proof);
        assert_eq!(check(&[&proof[..], &[root]].concat()), wrong_length);
        assert_eq!(check(&proof[..proof.len() - 1]), wrong_length);
        assert_eq!(check(&[]), wrong_length);
    }
    assert_eq!(verify_consistency(size, &root, size, &root, &[root]), wrong_length);
}

#[test]
fn rewritten_dropped_inserted_and_reordered_records_break_consistency() {
    let old = leaves(20);
    let old_root = root_by_definition(&old);
    let mut edited = leaves(30);
    edited[4] = leaf_hash(b"grant 4, but more");
    let mut dropped = leaves(30);
    dropped.remove(4);
    let mut inserted = leaves(30);
    inserted.insert(4, leaf_hash(b"a grant nobody made"));
    let mut reordered = leaves(30);
    reordered.swap(4, 5);
    for history in [edited, dropped, inserted, reordered] {
        let new_size = history.len() as u64;
        let proof = consistency_proof(20, new_size, &tree_hashes(&history)).expect("a proof");
        let new_root = root_by_definition(&history);
        let refused = verify_consistency(20, &old_root, new_size, &new_root, &proof);
        assert_eq!(refused, Err(ProofError::OldRootMismatch));
    }
    let shrank = verify_consistency(20, &old_root, 19, &root_of(19), &[]);
    assert_eq!(shrank, Err(ProofError::TreeShrank { old_size: 20, new_size: 19 }));
}

#[test]
fn an_inner_node_does_not_pass_for_a_record_nor_a_doubled_last_record_for_the_tree() {
    let inner = [leaf(0), leaf(1)].concat();
    let root = root_of(2);
    assert_ne!(leaf_hash(&inner), node_hash(&leaf(0), &leaf(1)));
    assert!(verify_inclusion(0, 1, &leaf_hash(&inner), &[], &root).is_err());
    let mut doubled = leaves(3);
    doubled.push(leaf(2));
    assert_ne!(root_by_definition(&doubled), root_of(3));
}

#[test]
fn a_proof_may_hold_at_another_size_which_is_why_the_size_comes_from_the_checkpoint() {
    let proof = inclusion_proof(0, 7, &tree_hashes(&leaves(7))).expect("a proof");
    let root = root_of(7);
    let held: Vec<u64> = (1..20)
        .filter(|size| verify_inclusion(0, *size, &leaf(0), &proof, &root).is_ok())
        .collect();
    assert_eq!(held, [5, 6, 7, 8]);
}

#[test]
fn no_flipped_bit_of_a_signed_note_or_key_is_accepted() {
    let key = log_key();
    let note = signed_checkpoint(5);
    let keys = [key.verifier_key()];
    assert!(Checkpoint::open(&note, &keys).is_ok());
    for flipped in one_bit_flips(&note) {
        assert!(open_note(&flipped, &keys).is_err(), "{flipped:?}");
        assert!(Checkpoint::open(&flipped, &keys).is_err(), "{flipped:?}");
    }
    for flipped in one_bit_flips(&key.verifier_key().to_string()) {
        assert!(VerifierKey::parse(&flipped).is_err(), "{flipped:?}");
    }
    for flipped in one_bit_flips(&key.to_skey()) {
        assert!(SigningKey::parse(&flipped).is_err(), "{flipped:?}");
    }
}

#[test]
fn no_flipped_bit_of_a_proof_file_is_accepted() {
    let keys = [log_key().verifier_key()];
    for (index, size) in [(0, 1), (3, 5), (4, 5)] {
        let text = receipt(index, size).to_text();
        let verdict = |text: &str| TlogProof::parse(text)?.verify(&leaf(index), &keys);
        assert!(verdict(&text).is_ok());
        for flipped in one_bit_flips(&text) {
            assert!(verdict(&flipped).is_err(), "{flipped:?}");
        }
    }
}

#[test]
fn extra_data_of_a_proof_file_is_carried_but_proves_nothing() {
    let mut proof = receipt(3, 5);
    proof.extra = b"for the payee".to_vec();
    let read_back = TlogProof::parse(&proof.to_text()).expect("a proof file");
    assert_eq!(read_back, proof);
    assert!(read_back.verify(&leaf(3), &[log_key().verifier_key()]).is_ok());
    let empty = receipt(3, 5).to_text().replace("index", "extra \nindex");
    assert!(TlogProof::parse(&empty).is_err());
}

#[test]
fn a_proof_file_proves_no_other_record_and_no_other_log() {
    let proof = receipt(3, 5);
    let keys = [log_key().verifier_key()];
    let refused = proof.verify(&leaf(2), &keys);
    assert_eq!(refused, Err(TlogProofError::Proof(ProofError::RootMismatch)));
    let other = SigningKey::new("almoner/000002", [9; 32]).expect("a key");
    let refused = proof.verify(&leaf(3), &[other.verifier_key()]);
    let unverified = CheckpointError::Note(NoteError::Unverified);
    assert_eq!(refused, Err(TlogProofError::Checkpoint(unverified)));
}

#[test]
fn a_checkpoint_signed_by_another_known_log_is_refused() {
    let other = SigningKey::new("almoner/000002", [9; 32]).expect("a key");
    let ours = Checkpoint::new(LOG, 5, root_of(5));
    assert!(ours.sign(&other).is_err());
    let forged = other.sign_note(&ours.to_text()).expect("a note");
    let keys = [log_key().verifier_key(), other.verifier_key()];
    let refused = Checkpoint::open(&forged, &keys);
    assert_eq!(refused, Err(CheckpointError::Origin { origin: LOG.to_owned() }));
}

#[test]
fn a_checkpoint_that_would_not_read_back_is_not_signed() {
    for extension in ["", "two\nlines", "a\rb"] {
        let mut checkpoint = Checkpoint::new(LOG, 5, root_of(5));
        checkpoint.extensions.push(extension.to_owned());
        assert!(checkpoint.sign(&log_key()).is_err(), "{extension:?}");
    }
    let mut checkpoint = Checkpoint::new(LOG, 5, root_of(5));
    checkpoint.extensions.push("one line".to_owned());
    let signed = checkpoint.sign(&log_key()).expect("a checkpoint");
    assert_eq!(Checkpoint::open(&signed, &[log_key().verifier_key()]), Ok(checkpoint));
}

#[test]
fn no_flipped_bit_of_a_cosignature_is_accepted() {
    let (cosigner, note) = cosigned_checkpoint(1_800_000_000);
    assert_eq!(cosigner.name(), "witness");
    assert_eq!(verify_cosignature(&note, &cosigner), Ok(1_800_000_000));
    // The log's own line is another's business, the text and the witness's line are not.
    let log_line = note.lines().nth(4).expect("the log's signature").to_owned() + "\n";
    let note = note.replace(&log_line, "");
    assert_eq!(verify_cosignature(&note, &cosigner), Ok(1_800_000_000));
    for flipped in one_bit_flips(&note) {
        assert!(verify_cosignature(&flipped, &cosigner).is_err(), "{flipped:?}");
    }
}

#[test]
fn of_two_cosignatures_the_newer_counts_and_a_bad_one_spoils_both() {
    let (cosigner, older) = cosigned_checkpoint(1_000);
    let (_, newer) = cosigned_checkpoint(2_000);
    let line = |note: &str| note.lines().last().expect("the witness's line").to_owned() + "\n";
    assert_eq!(verify_cosignature(&(newer.clone() + &line(&older)), &cosigner), Ok(2_000));
    assert_eq!(verify_cosignature(&(older.clone() + &line(&newer)), &cosigner), Ok(2_000));
    let bad = line(&older).replace("AAPo", "AAPp");
    assert_ne!(bad, line(&older));
    let refused = verify_cosignature(&(newer + &bad), &cosigner);
    assert_eq!(refused, Err(CosignatureError::Invalid { name: "witness".to_owned() }));
    let missing = verify_cosignature(&signed_checkpoint(5), &cosigner);
    assert_eq!(missing, Err(CosignatureError::Missing { name: "witness".to_owned() }));
    let (cosigner, too_late) = cosigned_checkpoint(1 << 63);
    assert!(verify_cosignature(&too_late, &cosigner).is_err());
}

#[test]
fn a_witness_key_cannot_vouch_as_the_log_nor_the_log_key_as_a_witness() {
    // The same key pair under the same name: only the type in the key ID tells them apart.
    let vkey = log_key().verifier_key();
    let as_witness = CosignerKey::parse(&vkey.to_string()).expect("a key");
    let missing = CosignatureError::Missing { name: LOG.to_owned() };
    assert_eq!(verify_cosignature(&signed_checkpoint(5), &as_witness), Err(missing));
}

#[test]
fn keys_with_bad_names_and_keys_that_anybody_could_sign_for_are_refused() {
    for name in ["", "a b", "a+b", "a\nb", "a\u{1}b", "a\u{a0}b", "\t"] {
        assert_eq!(SigningKey::new(name, [1; 32]).map(|_| ()), Err(KeyError::Name), "{name:?}");
    }
    // The neutral element of the curve: as a public key it accepts signatures that nobody made.
    let mut weak = [0; 33];
    (weak[0], weak[1]) = (1, 1);
    let id = <sha2::Sha256 as sha2::Digest>::digest([&b"weak\n"[..], &weak].concat());
    let id: String = id[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    let vkey = format!("weak+{id}+{}", BASE64_STANDARD.encode(weak));
    assert_eq!(VerifierKey::parse(&vkey), Err(KeyError::Unsound));
}

#[test]
fn texts_that_are_no_notes_are_not_signed() {
    let key = log_key();
    for text in ["", "no newline", "carriage\r\n", "tab\t\n", &"x".repeat(1_000_001)] {
        assert!(matches!(key.sign_note(text), Err(NoteError::Malformed(_))));
    }
}

#[test]
fn a_note_may_have_a_million_bytes_and_not_one_more() {
    let key = log_key();
    let around_the_text = key.sign_note("\n").expect("a note").len() - 1;
    let text = |length: usize| "x".repeat(length - 1) + "\n";
    let longest = key.sign_note(&text(1_000_000 - around_the_text)).expect("a note");
    assert_eq!(longest.len(), 1_000_000);
    assert!(open_note(&longest, &[key.verifier_key()]).is_ok());
    assert!(key.sign_note(&text(1_000_001 - around_the_text)).is_err());
    let longer = format!("x{longest}");
    let refused = open_note(&longer, &[key.verifier_key()]);
    assert!(matches!(refused, Err(NoteError::Malformed(_))));
}

proptest! {
    #![proptest_config(fixed_seed())]

    #[test]
    fn nothing_panics_on_hostile_text(
        text in "(\\PC|[\n+ 0-9]|— |tile/|\\.p/|x[0-9]{3}|/[0-9]{3}|A){0,40}",
    ) {
        let (cosigner, _) = cosigned_checkpoint(1);
        let keys = [log_key().verifier_key()];
        prop_assert!(open_note(&text, &keys).is_err());
        prop_assert!(verify_cosignature(&text, &cosigner).is_err());
        prop_assert!(SigningKey::parse(&text).is_err());
        prop_assert!(VerifierKey::parse(&text).is_err());
        prop_assert!(CosignerKey::parse(&text).is_err());
        if let Ok(checkpoint) = Checkpoint::parse(&text) {
            prop_assert_eq!(checkpoint.to_text(), text.clone());
        }
        let file = format!("c2sp.org/tlog-proof@v1\n{text}");
        for text in [&text, &file] {
            if let Ok(proof) = TlogProof::parse(text) {
                prop_assert_eq!(&proof.to_text(), text);
                prop_assert!(proof.verify(&leaf(0), &keys).is_err());
            }
        }
        if let Some(tile) = TileId::parse(&text) {
            prop_assert_eq!(tile.path(), text);
        }
    }

    #[test]
    fn nothing_panics_on_hostile_numbers_and_hashes(
        index in sizes(), old_size in sizes(), new_size in sizes(),
        proof in prop::collection::vec(any::<Hash>(), 0..70), root: Hash,
    ) {
        let is_leaf = proof.is_empty() && index == 0 && new_size == 1;
        let inclusion = verify_inclusion(index, new_size, &leaf(0), &proof, &root);
        prop_assert!(inclusion.is_err() || is_leaf);
        let consistency = verify_consistency(old_size, &root, new_size, &leaf(0), &proof);
        prop_assert!(consistency.is_err());
        let (mut hashes, bytes) = (TreeHashes::new(), proof.concat());
        let torn = bytes[..bytes.len() / 3].to_vec();
        hashes.insert(Tile { level: 0, index: index / 256, hashes: torn });
        let wanted = tiles_for_inclusion(index, new_size);
        prop_assert_eq!(wanted.is_empty(), index >= new_size || new_size == 1);
        prop_assert!(wanted.iter().all(|tile| TileId::parse(&tile.path()) == Some(*tile)));
        for size in [old_size, new_size] {
            let _ = inclusion_proof(index, size, &hashes);
            let _ = tree_root(size, &hashes);
            prop_assert!(tiles_for_root(size).len() <= 16);
        }
        let _ = consistency_proof(old_size, new_size, &hashes);
        prop_assert!(tiles_for_consistency(old_size, new_size).len() <= 64);
        let _ = Frontier::from_peaks(old_size, proof);
    }

    #[test]
    fn nothing_panics_on_hostile_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Cosignature::parse(&bytes);
        if let Some(entries) = entries_of_bundle(&bytes) {
            prop_assert_eq!(almoner_proof::entry_bundle(entries).ok(), Some(bytes));
        }
    }
}

/// Small sizes, any sizes, and those around the powers of two.
fn sizes() -> impl Strategy<Value = u64> {
    let power = (0..64_u32).prop_map(|bits| 1_u64 << bits);
    let around =
        (power, 0..3_u64).prop_map(|(power, more)| power.wrapping_add(more).wrapping_sub(1));
    prop_oneof![0..20_u64, any::<u64>(), around, Just(u64::MAX)]
}
