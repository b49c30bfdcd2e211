//! The log over HTTP: enough to check everything without the bureau's help.

use almoner_proof::{
    Checkpoint, Frontier, TileId, entries_of_bundle, entries_path, leaf_hash, tiles_of_size,
};
use reqwest::Method;

use crate::support::*;

on_both! {
    an_auditor_needs_only_records_and_checkpoint
    the_tree_is_served_as_standard_tiles
}

/// Records as many funds.
async fn fill(caller: &Caller, records: u64) {
    let lines: Vec<String> = (1..=records)
        .map(|number| open_fund(&format!("k-{number}"), &format!("F-{number}")).to_string())
        .collect();
    let answers = send(caller.ndjson(lines.join("\n"))).await.lines();
    assert_eq!(answers.last().unwrap()["receipt"]["last"], records);
}

async fn an_auditor_needs_only_records_and_checkpoint(place: Place) {
    let (server, caller) = place.start().await;
    assert_eq!(caller.get("records").await.text, "");
    assert_eq!(caller.get("checkpoint").await.problem(404)["code"], "no_checkpoint");
    fill(&caller, 2_500).await;

    let answer = caller.get("records").await;
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let mut tree = Frontier::new();
    for line in answer.text.lines() {
        tree.append(leaf_hash(line.as_bytes()));
    }
    let note = caller.get("checkpoint").await;
    assert_eq!(note.header("content-type"), Some("text/plain; charset=utf-8"));
    let checkpoint = Checkpoint::open(&note.text, &[verifier_key()]).unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (2_500, tree.root()));

    let lines: Vec<&str> = answer.text.lines().collect();
    for (question, part) in [
        ("from=2499", &lines[2498..]),
        ("from=1&limit=3", &lines[..3]),
        ("from=990&limit=1020", &lines[989..2009]),
        ("limit=0", &lines[..0]),
        ("from=2501", &lines[..0]),
        ("from=18446744073709551615&limit=5", &lines[..0]),
    ] {
        let found = caller.get(&format!("records?{question}")).await;
        assert_eq!(found.text.lines().collect::<Vec<_>>(), part, "{question}");
    }
    assert_eq!(caller.get("records/77").await.text, lines[76]);
    server.stop().await;
}

async fn the_tree_is_served_as_standard_tiles(place: Place) {
    let (server, caller) = place.start().await;
    fill(&caller, 700).await;
    let bytes = async |path: &str| {
        let response = caller.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "application/octet-stream");
        response.bytes().await.unwrap().to_vec()
    };
    let mut tree = Frontier::new();
    let mut roots = Vec::new();
    for tile in tiles_of_size(700).filter(|tile| tile.level == 0) {
        let hashes = bytes(&tile.path()).await;
        assert_eq!(hashes.len(), usize::from(tile.width) * 32);
        let bundle = bytes(&entries_path(tile.index, tile.width)).await;
        let mut subtree = Frontier::new();
        for (entry, hash) in entries_of_bundle(&bundle).unwrap().iter().zip(hashes.as_chunks().0) {
            assert_eq!(leaf_hash(entry), *hash);
            tree.append(*hash);
            subtree.append(*hash);
        }
        if tile.width == 256 {
            roots.push(subtree.root());
        }
    }
    let checkpoint = caller.get("checkpoint").await.text;
    let checkpoint = Checkpoint::open(&checkpoint, &[verifier_key()]).unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (700, tree.root()));
    let above = TileId { level: 1, index: 0, width: 2 };
    assert_eq!(bytes(&above.path()).await, roots.concat());
    // A tile that is complete by now is given as narrow as somebody once saw it.
    let full = bytes("tile/0/000").await;
    assert_eq!(bytes("tile/0/000.p/17").await, full[..17 * 32]);
    assert_eq!(caller.get("tile/0/002").await.problem(404)["code"], "unknown_tile");
    server.stop().await;
}
