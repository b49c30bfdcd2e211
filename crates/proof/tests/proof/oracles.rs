//! Other implementations as referees: what we make, they accept, and what we accept, they accept.

use std::sync::LazyLock;

use almoner_proof::{
    Checkpoint, Hash, NoteError, SigningKey, Tile, TreeHashes, VerifierKey, consistency_proof,
    inclusion_proof, open_note, verify_consistency, verify_inclusion,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use proptest::prelude::*;
use proptest::sample::Index;
use sha2::Sha256;
use signed_note::{Note, Signer, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::HashReader;

use crate::trees::{fixed_seed, leaf, leaves, record, root_by_definition, tiles, tree_hashes};

const SIZE: u64 = 700;

static TILES: LazyLock<Vec<Tile>> = LazyLock::new(|| tiles(&leaves(SIZE)));
static HASHES: LazyLock<TreeHashes> = LazyLock::new(|| tree_hashes(&leaves(SIZE)));
static STORED: LazyLock<StoredHashes> = LazyLock::new(|| StoredHashes::of(SIZE));

/// The hashes of a tree as `tlog_tiles` itself computes and numbers them.
struct StoredHashes(Vec<tlog_tiles::Hash>);

impl StoredHashes {
    fn of(size: u64) -> Self {
        let mut stored = Self(Vec::new());
        for index in 0..size {
            let new = tlog_tiles::stored_hashes(index, record(index).as_bytes(), &stored);
            stored.0.extend(new.expect("hashes"));
        }
        stored
    }
}

impl HashReader for StoredHashes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

/// Our tiles, for the reader of `tlog_tiles` that checks each tile up to the root.
struct OurTiles<'a>(&'a [Tile]);

impl tlog_tiles::TileReader for OurTiles<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, wanted: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let find = |id: &tlog_tiles::Tile| {
            let place = (id.level(), id.level_index());
            let tile = self.0.iter().find(|tile| (tile.level, tile.index) == place);
            tile.expect("the tile exists").hashes[..id.width() as usize * 32].to_vec()
        };
        Ok(wanted.iter().map(find).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

fn theirs(hashes: &[Hash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().copied().map(tlog_tiles::Hash).collect()
}

fn ct_root(size: u64, root: Hash) -> RootHash<Sha256> {
    RootHash::new(root.into(), size)
}

#[test]
fn ct_merkle_makes_the_same_roots_and_proofs() {
    let mut tree: MemoryBackedTree<Sha256, String> = MemoryBackedTree::new();
    let leaves = leaves(300);
    for size in 1..=300_u64 {
        tree.push(record(size - 1));
        assert_eq!(tree.root().as_bytes()[..], root_by_definition(&leaves[..size as usize]));
        for index in [0, size / 3, size / 2, size - 1] {
            let ours = inclusion_proof(index, size, &HASHES).expect("a proof");
            let their_proof = tree.prove_inclusion(index as usize);
            assert_eq!(their_proof.as_bytes(), ours.as_flattened(), "record {index} of {size}");
        }
        for old_size in [1, size / 3, size / 2, size - 1, size] {
            if old_size == 0 {
                continue;
            }
            let ours = consistency_proof(old_size, size, &HASHES).expect("a proof");
            let their_proof = tree.prove_consistency((size - old_size) as usize);
            assert_eq!(their_proof.as_bytes(), ours.as_flattened(), "{old_size} to {size}");
        }
    }
}

#[test]
fn tlog_tiles_makes_the_same_roots_and_proofs_and_trusts_our_tiles() {
    let leaves = leaves(SIZE);
    for size in (1..40).chain(255..260).chain(511..514).chain([SIZE]) {
        let root = tlog_tiles::tree_hash(size, &*STORED).expect("a root");
        assert_eq!(root.0, root_by_definition(&leaves[..size as usize]));
        for index in (0..size).step_by(7) {
            let ours = inclusion_proof(index, size, &HASHES).expect("a proof");
            let their_proof = tlog_tiles::prove_record(size, index, &*STORED).expect("a proof");
            assert_eq!(theirs(&ours), their_proof, "record {index} of {size}");
        }
        for old_size in (1..=size).step_by(5) {
            let ours = consistency_proof(old_size, size, &HASHES).expect("a proof");
            let their_proof = tlog_tiles::prove_tree(size, old_size, &*STORED).expect("a proof");
            assert_eq!(theirs(&ours), their_proof, "{old_size} to {size}");
        }
    }
    let root = tlog_tiles::tree_hash(SIZE, &*STORED).expect("a root");
    let reader = OurTiles(&TILES);
    let checked = tlog_tiles::TileHashReader::new(SIZE, root, &reader);
    for index in 0..SIZE {
        let place = tlog_tiles::stored_hash_index(0, index);
        let found = checked.read_hashes(&[place]).expect("the tile is trusted");
        assert_eq!(found, theirs(&[leaf(index)]));
    }
}

/// One thing that can be wrong with a list of hashes, or nothing.
#[derive(Clone, Debug)]
enum Damage {
    None,
    Drop(Index),
    Repeat(Index),
    Swap(Index, Index),
    Flip(Index, u8),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        Just(Damage::None),
        any::<Index>().prop_map(Damage::Drop),
        any::<Index>().prop_map(Damage::Repeat),
        any::<(Index, Index)>().prop_map(|(one, other)| Damage::Swap(one, other)),
        any::<(Index, u8)>().prop_map(|(at, bit)| Damage::Flip(at, bit)),
    ]
}

fn damaged(mut hashes: Vec<Hash>, damage: &Damage) -> Vec<Hash> {
    let length = hashes.len();
    match damage {
        _ if length == 0 => {}
        Damage::None => {}
        Damage::Drop(at) => drop(hashes.remove(at.index(length))),
        Damage::Repeat(at) => hashes.insert(at.index(length), hashes[at.index(length)]),
        Damage::Swap(one, other) => hashes.swap(one.index(length), other.index(length)),
        Damage::Flip(at, bit) => hashes[at.index(length)][usize::from(bit / 8)] ^= 1 << (bit % 8),
    }
    hashes
}

proptest! {
    #![proptest_config(fixed_seed())]

    #[test]
    fn inclusion_verdicts_agree(
        made_for in 1..=SIZE, index: Index, checked_at in 1..=SIZE, same: bool, damage in damage(),
    ) {
        let index = index.index(made_for as usize) as u64;
        let size = if same { made_for } else { checked_at };
        let root = tlog_tiles::tree_hash(size, &*STORED).expect("a root");
        let proof = damaged(inclusion_proof(index, made_for, &HASHES).expect("a proof"), &damage);
        let ours = verify_inclusion(index, size, &leaf(index), &proof, &root.0).is_ok();
        let hash = tlog_tiles::Hash(leaf(index));
        let tlog = tlog_tiles::check_record(&theirs(&proof), size, root, index, hash).is_ok();
        let ct = ct_root(size, root.0)
            .verify_inclusion(&record(index), index, &InclusionProof::from_bytes(proof.concat()))
            .is_ok();
        prop_assert_eq!([ours, ours], [tlog, ct]);
        prop_assert!(ours || !same || !matches!(damage, Damage::None));
    }

    #[test]
    fn consistency_verdicts_agree(
        made_for in 1..=SIZE, old: Index, checked_at in 1..=SIZE, same: bool, damage in damage(),
    ) {
        let old_size = old.index(made_for as usize) as u64 + 1;
        let size = if same { made_for } else { checked_at };
        let root = tlog_tiles::tree_hash(size, &*STORED).expect("a root");
        let old_root = tlog_tiles::tree_hash(old_size, &*STORED).expect("a root");
        let proof = consistency_proof(old_size, made_for, &HASHES).expect("a proof");
        let proof = damaged(proof, &damage);
        let ours = verify_consistency(old_size, &old_root.0, size, &root.0, &proof).is_ok();
        let tlog = tlog_tiles::check_tree(&theirs(&proof), size, root, old_size, old_root).is_ok();
        let ct = ConsistencyProof::try_from_bytes(proof.concat()).is_ok_and(|proof| {
            let old_root = ct_root(old_size, old_root.0);
            ct_root(size, root.0).verify_consistency(&old_root, &proof).is_ok()
        });
        prop_assert_eq!([ours, ours], [tlog, ct]);
        prop_assert!(ours || !same || !matches!(damage, Damage::None));
    }

    #[test]
    fn signed_note_signs_the_same_and_opens_ours(
        seed: [u8; 32], name in "[a-z./-]{1,20}", text in "(\\PC{0,20}\n){1,4}",
    ) {
        let key = SigningKey::new(&name, seed).expect("a key");
        let ours = key.sign_note(&text).expect("a note");
        let signer = StandardSigner::new(&key.to_skey()).expect("their key");
        let mut their_note = Note::new(text.as_bytes(), &[]).expect("their note");
        their_note.add_sigs(&[&signer as &dyn Signer]).expect("their signature");
        prop_assert_eq!(their_note.to_bytes(), ours.as_bytes());
        let verifier = StandardVerifier::new(&key.verifier_key().to_string()).expect("their key");
        let opened = Note::from_bytes(ours.as_bytes()).expect("our note");
        prop_assert!(opened.verify(&VerifierList::new(vec![Box::new(verifier)])).is_ok());
        prop_assert_eq!(opened.text(), text.as_bytes());
    }

    #[test]
    fn note_verdicts_agree(
        text in "([a-z—]{0,3}\n){1,3}", lines in 0..3_usize,
        at: Index, inserted in "[\n a—+é\u{1}\u{a0}]{0,2}",
    ) {
        let key = |seed| SigningKey::new("almoner/a", [seed; 32]).expect("a key");
        let keys = [key(1), key(2)];
        let mut note = keys[0].sign_note(&text).expect("a note");
        let other = keys[1].sign_note(&text).expect("a note");
        let line = other.lines().last().expect("a signature");
        (0..lines).for_each(|_| note.push_str(&format!("{line}\n")));
        let places: Vec<usize> = note.char_indices().map(|(at, _)| at).collect();
        let at = places[at.index(places.len())];
        note.insert_str(at, &inserted);
        for known in [&keys[..1], &keys[..], &[]] {
            let ours: Vec<VerifierKey> = known.iter().map(SigningKey::verifier_key).collect();
            let boxed = ours.iter().map(|key| {
                let verifier = StandardVerifier::new(&key.to_string()).expect("their key");
                Box::new(verifier) as Box<dyn signed_note::Verifier>
            });
            let list = VerifierList::new(boxed.collect());
            let theirs = Note::from_bytes(note.as_bytes()).and_then(|opened| opened.verify(&list));
            let ours = open_note(&note, &ours);
            let verdict = match (&ours, &theirs) {
                (Ok(ours), Ok((verified, unverified))) => {
                    ours.verified.len() == verified.len() && ours.unverified == unverified.len()
                }
                (Err(NoteError::Malformed(_)), Err(signed_note::NoteError::MalformedNote))
                | (Err(NoteError::Unverified), Err(signed_note::NoteError::UnverifiedNote)) => true,
                (Err(NoteError::InvalidSignature { .. }), Err(error)) => {
                    matches!(error, signed_note::NoteError::InvalidSignature { .. })
                }
                _ => false,
            };
            prop_assert!(verdict, "{note:?}: we say {ours:?}, they say {theirs:?}");
        }
    }

    #[test]
    fn checkpoint_verdicts_agree(
        size in prop_oneof!["0|[1-9][0-9]{0,20}", "[0-9+x ]{0,4}"],
        root: [u8; 32],
        rest in "(|[a-z]{1,3}\n|\n|[a-z]){0,3}",
        end in prop_oneof![Just("\n"), Just(""), Just("\r\n")],
    ) {
        let root = tlog_tiles::Hash(root);
        let text = format!("almoner/a\n{size}\n{root}{end}{rest}");
        let theirs = tlog_tiles::Checkpoint::from_bytes(text.as_bytes());
        let ours = Checkpoint::parse(&text);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?}", text);
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            prop_assert_eq!(ours.to_text().into_bytes(), theirs.to_bytes());
            prop_assert_eq!((ours.size, ours.root), (theirs.size(), theirs.hash().0));
        }
    }
}
