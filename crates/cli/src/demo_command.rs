//! `almoner demo`: loads the published programmes into a ledger of their own, shows what can be asked and
//! checks it all.

mod beside;
mod report;
mod store;

use std::io::Write;
use std::time::Instant;

use almoner_audit::{ReplayError, ReplayTo, Source, Verdict, verify_and_replay};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::refusal::Refusal;
use almoner_ledger::{Clock, Ledger, Submission};
use almoner_log::{MAX_READ, Record, Store};
use almoner_views::{Arrears, AsOf, Funds};

use crate::demo::{self, Comparison, Said};
use crate::failure::{Exit, Failure};
use crate::in_order::InOrder;
use crate::settings::Settings;
use crate::{init, ledger_key, open};

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Command {
    /// Begin anew where an earlier demo was left
    #[arg(long)]
    force: bool,
}

const AFTER_HELP: &str = "\
The store is sqlite://almoner-demo.db and the ledger is called demo, unless --store and --ledger say
otherwise here; settings for real work from the environment and almoner.toml do not count.";

/// Everything that a demo shows.
struct Shown {
    ledger: String,
    store: String,
    records: u64,
    seconds: String,
    funds: Funds,
    arrears: Arrears,
    comparison: Comparison,
    refused: Vec<Refused>,
    verdict: Verdict,
    trial_balance: Result<almoner_domain::money::Money, ReplayError>,
}

/// A command that a rule or limit forbids, and what came of it.
struct Refused {
    about: Said,
    expected: String,
    outcome: Result<almoner_ledger::Receipt, Refusal>,
}

/// Makes the ledger, loads it, shows it, audits it.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Failure> {
    let begun = Instant::now();
    let ledger_name = settings.ledger.as_deref().unwrap_or_default();
    store::make_way(settings, ledger_name, command.force).await?;
    init::make(settings, ledger_name).await?;

    let ledger = open::ledger(settings, Clock::OfEffectiveDate).await?;
    load(&ledger).await?;
    let refused = try_refused(&ledger).await?;
    ledger.stop().await;

    let store = open::store(settings).await?;
    let (comparison, last_day) = compare(&store).await?;
    almoner_views::catch_up(&store).await?;
    let key = ledger_key::read(&settings.key)?.verifier_key();
    let source = Source::Store(store.clone());
    let audited =
        verify_and_replay(&source, &key, &[], ReplayTo::default(), &mut |_, _| {}).await?;
    let (verdict, replayed) = audited;
    let shown = Shown {
        ledger: ledger_name.to_owned(),
        store: settings.shown_store(),
        records: verdict.records,
        funds: almoner_views::funds(&store, AsOf::default(), last_day, None).await?,
        arrears: almoner_views::arrears(&store, last_day, None).await?,
        comparison,
        refused,
        verdict,
        trial_balance: replayed.map(|replay| replay.trial_balance()),
        seconds: format!("{}.{}", begun.elapsed().as_secs(), begun.elapsed().subsec_millis() / 100),
    };
    if settings.json {
        crate::terminal::write_json(&shown.as_json())?;
    } else {
        std::io::stdout().write_all(shown.text(settings).as_bytes())?;
    }
    Ok(if shown.is_good() { Exit::Done } else { Exit::Refused })
}

/// Submits everything; nothing of it may be refused.
async fn load(ledger: &Ledger) -> Result<(), Failure> {
    let mut waiting: InOrder<'_, String> = InOrder::new(ledger);
    let mut submissions = demo::submissions().map_err(Failure::Machine)?.into_iter();
    loop {
        let next = if waiting.is_full() { None } else { submissions.next() };
        match next {
            Some(submission) => {
                waiting.push(submission.key().to_owned(), Ok(submission)).await;
            }
            None if waiting.is_empty() => return Ok(()),
            None => {
                let (key, outcome) = waiting.pop().await?;
                outcome.map_err(|refusal| {
                    let problem = format!("the demo's command {key} is refused");
                    Failure::Refused(anyhow::Error::new(refusal).context(problem))
                })?;
            }
        }
    }
}

async fn try_refused(ledger: &Ledger) -> Result<Vec<Refused>, Failure> {
    let mut tried = Vec::new();
    for example in demo::refused_examples().map_err(Failure::Machine)? {
        let mut waiting: InOrder<'_, ()> = InOrder::new(ledger);
        waiting.push((), Ok::<Submission, Refusal>(example.submission)).await;
        let ((), outcome) = waiting.pop().await?;
        tried.push(Refused { about: example.about, expected: example.code, outcome });
    }
    Ok(tried)
}

/// Holds the published figures against the log; also tells the last effective date.
async fn compare(store: &Store) -> Result<(Comparison, Date), Failure> {
    let mut comparison = Comparison::new().map_err(Failure::Machine)?;
    let mut last_day = Date::FIRST;
    let mut next = 1;
    loop {
        let records = store.read(next, MAX_READ).await?;
        if records.is_empty() {
            return Ok((comparison, last_day));
        }
        for (position, bytes) in records.iter() {
            let unreadable = format!("record {position} cannot be read");
            let record = Record::decode(bytes)
                .map_err(|error| Failure::machine(error, unreadable.clone()))?;
            let event = Event::decode(record.kind, record.data)
                .map_err(|error| Failure::machine(error, unreadable.clone()))?;
            let effective_on: Date =
                record.effective_date.parse().map_err(|error: almoner_domain::date::BadDate| {
                    Failure::machine(error, unreadable)
                })?;
            comparison.take(effective_on, &event);
            last_day = last_day.max(effective_on);
            next = position + 1;
        }
    }
}
