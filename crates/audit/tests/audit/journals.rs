//! hledger and beancount recompute the balances of our journals and come to the same figures.

use std::collections::BTreeMap;

use almoner_audit::{JournalFormat, Replay, ReplayTo, export, replay};
use almoner_domain::account::Account;
use almoner_domain::money::Money;

use crate::history;
use crate::programs::{printed, run};
use crate::world::{World, quiet};

async fn world() -> World {
    let mut world = World::sqlite().await;
    history::long(&mut world, 400).await;
    history::other_kinds(&mut world);
    world.commit().await;
    world
}

/// Writes the journal of a world; gives its path and our own replay.
async fn journal(world: &World, format: JournalFormat) -> (String, Replay) {
    let folder = world.path(&format!("{format:?}"));
    export(&world.source(), &world.verifier(), &folder, &[format], &mut quiet()).await.unwrap();
    let name = match format {
        JournalFormat::Hledger => "journal.hledger",
        JournalFormat::Beancount => "journal.beancount",
    };
    let replayed = replay(&world.source(), ReplayTo::default(), &mut quiet()).await.unwrap();
    (folder.join(name).to_str().unwrap().to_owned(), replayed)
}

/// Our balances that are not zero, by the name that `name` gives to account, fund, source and purpose.
fn ours(
    replayed: &Replay,
    name: impl Fn(Account, [Option<&str>; 3]) -> String,
) -> BTreeMap<String, Money> {
    let balances = replayed.balances().map(|(account, pot, amount)| {
        let part =
            |id: &Option<almoner_domain::id::Id>| id.as_ref().map(|id| id.as_str().to_owned());
        let parts = [part(&pot.fund), part(&pot.source), part(&pot.purpose)];
        (name(account, [parts[0].as_deref(), parts[1].as_deref(), parts[2].as_deref()]), amount)
    });
    let balances: BTreeMap<_, _> = balances.collect();
    let used: std::collections::BTreeSet<&str> =
        balances.keys().map(|name| name.split(':').next().unwrap()).collect();
    assert!(used.len() >= 5, "{used:?}");
    balances
}

/// `"assets:a","12.30 CNY"` lines of CSV.
fn theirs(csv: &str) -> BTreeMap<String, Money> {
    let mut balances = BTreeMap::new();
    for line in csv.lines().skip(1) {
        let Some((account, amount)) = line.split_once(',') else { continue };
        let clean = |text: &str| text.replace('"', "").replace("CNY", "").trim().to_owned();
        let amount = clean(amount);
        if amount.is_empty() || amount == "0" {
            continue;
        }
        let (yuan, fen) = amount.split_once('.').unwrap_or((&amount, "00"));
        let fen: i64 = format!("{yuan}{fen:0<2}").parse().unwrap();
        if fen != 0 {
            balances.insert(clean(account), Money::from_fen(fen));
        }
    }
    balances
}

#[tokio::test]
async fn hledger_computes_the_same_balances() {
    let world = world().await;
    let (path, replayed) = journal(&world, JournalFormat::Hledger).await;
    printed("hledger", "hledger", &["-f", &path, "check", "assertions"]);
    let csv = printed(
        "hledger",
        "hledger",
        &["-f", &path, "balance", "--flat", "--no-total", "-O", "csv"],
    );
    let ours = ours(&replayed, |account, pot| {
        let pot = pot.map(|part| part.unwrap_or("-"));
        format!("{}:{}", account.code(), pot.join(":"))
    });
    assert_eq!(theirs(&csv), ours);
    // One transaction for each record that posts something, with its position as code.
    let posting = world.events.iter().filter(|(_, event)| !event.entry().postings().is_empty());
    let codes = printed("hledger", "hledger", &["-f", &path, "print"]);
    let codes = codes.lines().filter(|line| line.starts_with("20") && line.contains(" (")).count();
    assert_eq!(codes, posting.count());
}

#[tokio::test]
async fn hledger_notices_a_fen_too_many() {
    let world = world().await;
    let (path, _) = journal(&world, JournalFormat::Hledger).await;
    let journal = std::fs::read_to_string(&path).unwrap();
    let forged = journal.replacen("  850.50 CNY", "  850.51 CNY", 1).replacen(
        "  -850.50 CNY",
        "  -850.51 CNY",
        1,
    );
    assert_ne!(journal, forged);
    std::fs::write(&path, forged).unwrap();
    assert!(!run("hledger", "hledger", &["-f", &path, "check", "assertions"]).status.success());
}

#[tokio::test]
async fn beancount_computes_the_same_balances() {
    let world = world().await;
    let (path, replayed) = journal(&world, JournalFormat::Beancount).await;
    assert_eq!(printed("bean-check", "beancount", &[&path]), "");
    let query = "SELECT account, sum(position) GROUP BY account";
    let csv = printed("bean-query", "beancount", &["-f", "csv", &path, query]);
    let theirs = theirs(&csv);
    let ours = ours(&replayed, |account, pot| {
        let camel = |words: &str| -> String {
            let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
            words.split('_').map(capital).collect()
        };
        let (root, rest) = account.code().split_once(':').unwrap();
        let root = match root {
            "memo" => "Equity:Memo".to_owned(),
            "memo_contra" => "Equity:MemoContra".to_owned(),
            root => camel(root),
        };
        let part = |prefix: &str, part: Option<&str>, absent: &str| match part {
            None => absent.to_owned(),
            Some(id) => {
                let id = id.replace('-', "--").replace('.', "-d").replace('_', "-u");
                format!("{prefix}-{id}")
            }
        };
        let [fund, source, purpose] = pot;
        let fund = part("F", fund, "NoFund");
        let source = part("S", source, "NoSource");
        let purpose = part("P", purpose, "NoPurpose");
        format!("{root}:{}:{fund}:{source}:{purpose}", camel(rest))
    });
    assert_eq!(theirs, ours);
}

#[tokio::test]
async fn beancount_notices_a_fen_too_many() {
    let world = world().await;
    let (path, _) = journal(&world, JournalFormat::Beancount).await;
    let journal = std::fs::read_to_string(&path).unwrap();
    let forged = journal.replacen("  850.50 CNY", "  850.51 CNY", 1).replacen(
        "  -850.50 CNY",
        "  -850.51 CNY",
        1,
    );
    assert_ne!(journal, forged);
    std::fs::write(&path, forged).unwrap();
    assert!(!run("bean-check", "beancount", &[&path]).status.success());
}
