//! How trees grow, stop, go on, and give their proofs.

use almoner_proof::{
    EMPTY_ROOT, EntryTooLong, Frontier, ProofError, Tile, TileBuilder, TileId, TreeHashes,
    consistency_proof, entries_of_bundle, entries_path, entry_bundle, inclusion_proof,
    tiles_for_consistency, tiles_for_inclusion, tiles_for_root, tiles_of_size, tree_root,
    verify_consistency, verify_inclusion,
};
use proptest::prelude::*;

use crate::trees::{build, fixed_seed, leaf, leaves, only, root_by_definition, tiles, tree_hashes};

#[test]
fn roots_are_those_of_the_definition() {
    let leaves = leaves(300);
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), EMPTY_ROOT);
    for size in 1..=leaves.len() {
        frontier.append(leaves[size - 1]);
        assert_eq!(frontier.root(), root_by_definition(&leaves[..size]), "size {size}");
    }
}

#[test]
fn a_tree_goes_on_from_its_peaks_or_unfinished_tiles_as_if_never_stopped() {
    let (mut whole, mut tiles) = (TileBuilder::new(), Vec::new());
    let (mut stopped, mut stopped_tiles) = (TileBuilder::new(), Vec::new());
    let mut frontier = Frontier::new();
    for index in 0..70_000 {
        // Stopping at every size is slow, so past 600 it is done around the multiples of 256.
        if index < 600 || matches!(index % 256, 255 | 0 | 1) {
            stopped = TileBuilder::resume(index, stopped.unfinished().to_vec()).expect("it fits");
            frontier = Frontier::from_peaks(index, frontier.peaks().to_vec()).expect("it fits");
            assert_eq!(stopped.root(), whole.root(), "size {index}");
            assert_eq!(frontier.root(), whole.root(), "size {index}");
        }
        let leaf = leaf(index);
        whole.append(leaf, &mut tiles);
        stopped.append(leaf, &mut stopped_tiles);
        frontier.append(leaf);
    }
    assert_eq!(stopped.root(), whole.root());
    assert_eq!(frontier.root(), whole.root());
    assert_eq!(stopped_tiles, tiles);
    assert_eq!(stopped.unfinished(), whole.unfinished());
}

#[test]
fn a_tree_does_not_go_on_from_hashes_that_do_not_fit_its_size() {
    let (builder, _) = build(&leaves(300));
    let unfinished = builder.unfinished().to_vec();
    assert!(TileBuilder::resume(300, unfinished.clone()).is_some());
    assert!(TileBuilder::resume(299, unfinished.clone()).is_none());
    assert!(TileBuilder::resume(301, unfinished.clone()).is_none());
    assert!(TileBuilder::resume(300, unfinished[..1].to_vec()).is_none());
    assert!(TileBuilder::resume(0, vec![Vec::new(); 8]).is_some());
    assert!(TileBuilder::resume(0, vec![Vec::new(); 9]).is_none());
    assert!(TileBuilder::resume(1 << 63, vec![Vec::new(); 8]).is_none());
    assert!(Frontier::from_peaks(3, vec![leaf(0)]).is_none());
    assert!(Frontier::from_peaks(1 << 63, vec![leaf(0)]).is_none());
    assert!(Frontier::from_peaks(0, Vec::new()).is_some());
}

#[test]
fn complete_and_partial_tiles_are_exactly_those_of_the_size() {
    for size in (0..600).chain([65_535, 65_536, 65_537, 70_000]) {
        let mut ids: Vec<_> = tiles(&leaves(size)).iter().map(|tile| tile.id()).collect();
        ids.sort();
        assert!(ids.into_iter().eq(tiles_of_size(size).map(Some)), "size {size}");
    }
}

#[test]
fn a_hash_of_the_next_level_is_the_root_of_its_complete_tile() {
    let tiles = tiles(&leaves(70_000));
    let level = |level| tiles.iter().filter(move |tile| tile.level == level);
    for above in [1, 2] {
        let hashes: Vec<_> = level(above).flat_map(Tile::as_hashes).copied().collect();
        let complete = level(above - 1).filter(|tile| tile.hashes.len() == 8192);
        let roots: Vec<_> = complete.map(Tile::root).collect();
        assert_eq!(hashes, roots);
    }
}

#[test]
fn proofs_made_from_nothing_but_the_named_tiles_hold() {
    let leaves = leaves(300);
    let tiles = tiles(&leaves);
    for size in (1..=40).chain(250..=260).chain([300]) {
        let root = root_by_definition(&leaves[..size as usize]);
        let hashes = only(&tiles_for_root(size), &tiles);
        assert_eq!(tree_root(size, &hashes), Ok(root), "size {size}");
        for index in 0..size {
            let hashes = only(&tiles_for_inclusion(index, size), &tiles);
            let proof = inclusion_proof(index, size, &hashes).expect("a proof");
            let held = verify_inclusion(index, size, &leaves[index as usize], &proof, &root);
            assert_eq!(held, Ok(()), "record {index} of {size}");
        }
        for old_size in 1..=size {
            let old_root = root_by_definition(&leaves[..old_size as usize]);
            let hashes = only(&tiles_for_consistency(old_size, size), &tiles);
            let proof = consistency_proof(old_size, size, &hashes).expect("a proof");
            let held = verify_consistency(old_size, &old_root, size, &root, &proof);
            assert_eq!(held, Ok(()), "{old_size} to {size}");
        }
    }
}

#[test]
fn a_proof_needs_each_of_its_tiles_and_names_the_one_that_is_missing() {
    let tiles = tiles(&leaves(70_000));
    let wanted = tiles_for_inclusion(4711, 70_000);
    let paths: Vec<String> = wanted.iter().map(TileId::path).collect();
    let expected = ["tile/0/018", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17"];
    assert_eq!(paths, expected);
    for left_out in &wanted {
        let others: Vec<TileId> = wanted.iter().copied().filter(|id| id != left_out).collect();
        let refused = inclusion_proof(4711, 70_000, &only(&others, &tiles));
        assert_eq!(refused, Err(ProofError::MissingTile(*left_out)));
        // One hash too few is as good as missing.
        let mut narrower = only(&others, &tiles);
        let tile = tiles.iter().find(|tile| tile.id() == Some(*left_out)).expect("a tile");
        let mut tile = tile.clone();
        if left_out.width < 256 {
            tile.hashes.truncate(tile.hashes.len() - 1);
            narrower.insert(tile);
            let refused = inclusion_proof(4711, 70_000, &narrower);
            assert_eq!(refused, Err(ProofError::MissingTile(*left_out)));
        }
    }
}

#[test]
fn of_two_widths_of_a_tile_the_wider_one_is_kept() {
    let narrow = tiles(&leaves(100));
    let wide = tiles(&leaves(200));
    for order in [[&narrow, &wide], [&wide, &narrow]] {
        let mut hashes = TreeHashes::new();
        order.into_iter().flatten().cloned().for_each(|tile| hashes.insert(tile));
        assert_eq!(hashes, tree_hashes(&leaves(200)));
        assert_eq!(tree_root(100, &hashes), Ok(root_by_definition(&leaves(100))));
    }
}

#[test]
fn what_cannot_be_proved_is_refused_with_its_reason() {
    let hashes = tree_hashes(&leaves(10));
    let outside = ProofError::IndexOutside { index: 10, size: 10 };
    assert_eq!(inclusion_proof(10, 10, &hashes), Err(outside.clone()));
    assert_eq!(verify_inclusion(10, 10, &leaf(9), &[], &EMPTY_ROOT), Err(outside));
    assert!(tiles_for_inclusion(10, 10).is_empty());
    assert_eq!(consistency_proof(0, 10, &hashes), Err(ProofError::OldTreeEmpty));
    let shrank = ProofError::TreeShrank { old_size: 10, new_size: 9 };
    assert_eq!(consistency_proof(10, 9, &hashes), Err(shrank));
    assert!(tiles_for_consistency(10, 9).is_empty());
    assert_eq!(consistency_proof(10, 10, &hashes), Ok(Vec::new()));
    assert_eq!(tree_root(0, &TreeHashes::new()), Ok(EMPTY_ROOT));
}

#[test]
fn a_tile_knows_its_name_only_when_it_is_whole() {
    let tile = |length| Tile { level: 0, index: 7, hashes: vec![0; length] };
    assert_eq!(tile(0).id(), None);
    assert_eq!(tile(31).id(), None);
    assert_eq!(tile(32).id(), Some(TileId { level: 0, index: 7, width: 1 }));
    assert_eq!(tile(256 * 32).id(), Some(TileId { level: 0, index: 7, width: 256 }));
    assert_eq!(tile(257 * 32).id(), None);
    assert_eq!(TileId::containing(0, 256, 256), None);
    let first_of_level_1 = Some(TileId { level: 1, index: 0, width: 1 });
    assert_eq!(TileId::containing(1, 0, 256), first_of_level_1);
}

#[test]
fn a_tile_and_a_bundle_have_one_path_each() {
    let path = |level, index, width| TileId { level, index, width }.path();
    assert_eq!(path(0, 0, 256), "tile/0/000");
    assert_eq!(path(2, 999, 1), "tile/2/999.p/1");
    assert_eq!(path(0, 1_000, 256), "tile/0/x001/000");
    assert_eq!(path(1, 1_234_067, 17), "tile/1/x001/x234/067.p/17");
    let bundle = TileId::containing(0, 1_234_067 * 256 + 5, 1_234_067 * 256 + 89);
    let bundle = bundle.expect("the record exists");
    assert_eq!(entries_path(bundle.index, bundle.width), "tile/entries/x001/x234/067.p/89");
    assert_eq!(entries_path(7, 256), "tile/entries/007");
    for path in [
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/+00",
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/entries/000",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
    ] {
        assert_eq!(TileId::parse(path), None, "{path}");
    }
}

#[test]
fn entry_bundles_keep_every_entry_and_refuse_what_does_not_fit() {
    let entries = [&b""[..], b"a", &[7; 65_535]];
    let bundle = entry_bundle(entries).expect("they fit");
    assert_eq!(bundle.len(), 3 * 2 + 1 + 65_535);
    assert_eq!(&bundle[..5], [0, 0, 0, 1, b'a']);
    assert_eq!(entries_of_bundle(&bundle), Some(entries.to_vec()));
    assert_eq!(entries_of_bundle(&bundle[..bundle.len() - 1]), None);
    assert_eq!(entries_of_bundle(&[0]), None);
    assert_eq!(entry_bundle([[7; 65_536]]), Err(EntryTooLong { length: 65_536 }));
}

proptest! {
    #![proptest_config(fixed_seed())]

    #[test]
    fn every_tile_path_reads_back(level in 0u8..64, index: u64, width in 1u16..=256) {
        let tile = TileId { level, index, width };
        prop_assert_eq!(TileId::parse(&tile.path()), Some(tile));
    }
}
