use std::collections::BTreeSet;
use std::time::Instant;

use almoner_domain::account::Account;
use almoner_domain::arrears::days_past_due;
use almoner_domain::command::{Context, decide};
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::loan::Stage;
use almoner_domain::money::Money;
use almoner_domain::refusal::Refusal;
use almoner_domain::state::{Original, State};

use super::published::Figure;
use super::*;

/// A ledger in memory: decides and evolves as the writer does, its clock on the effective date.
#[derive(Default)]
struct Book {
    state: State,
    events: Vec<(Date, Event)>,
    today: Option<Date>,
}

impl Book {
    fn submit(&mut self, submission: &Submission) -> Result<usize, Refusal> {
        let command = submission.command();
        let original = command.refers_to().and_then(|position| {
            let (effective_on, event) =
                self.events.get(usize::try_from(position).unwrap().checked_sub(1)?)?;
            Some(Original { position, effective_on: *effective_on, event })
        });
        self.today = self.today.max(Some(command.effective_on));
        let context = Context { today: self.today.unwrap(), original, actor: submission.actor() };
        let events = decide(&self.state, command, context)?;
        let recorded = events.len();
        for event in events {
            let position = self.events.len() as u64 + 1;
            self.state.evolve(position, command.effective_on, &event);
            self.events.push((command.effective_on, event));
        }
        Ok(recorded)
    }

    fn after_all() -> Self {
        let mut book = Self::default();
        for submission in submissions().unwrap() {
            if let Err(refusal) = book.submit(&submission) {
                panic!(
                    "{} of {:?}: {refusal}",
                    submission.key(),
                    submission.command().effective_on
                );
            }
        }
        book
    }
}

#[test]
fn every_command_is_accepted_and_the_figures_equal_the_published_ones() {
    let begun = Instant::now();
    let commands = submissions().unwrap();
    let made = begun.elapsed();
    let book = Book::after_all();
    println!(
        "{} commands ({made:?} to make), {} events, {:?} in all",
        commands.len(),
        book.events.len(),
        begun.elapsed()
    );
    assert_eq!(book.state.books.trial_balance(), Money::ZERO);

    let mut comparison = Comparison::new().unwrap();
    for (effective_on, event) in &book.events {
        comparison.take(*effective_on, event);
    }
    let mut rows = 0;
    for Row { place, record, published, ledger, difference, .. } in comparison.rows() {
        rows += 1;
        println!(
            "{:6} {:13} {:24} {:36} {ledger:>16} {:>16} {difference:>6} {}",
            record.seed,
            place.name,
            record.programme,
            published.what,
            published.figure,
            published.status.as_str(),
        );
        assert!(
            difference.is_zero(),
            "{} {}: {ledger}, not {}; {:?}",
            record.seed,
            published.what,
            published.figure,
            published.measure
        );
    }
    assert!(rows > 120);
    for SumRow { sum, ledger } in comparison.sums() {
        println!("{} {} {} {} {ledger:?}", sum.check, sum.left, sum.right, sum.difference);
        if let Some((figure, is_as_it_must)) = ledger {
            assert!(is_as_it_must, "{}: {figure}", sum.check);
        }
    }
}

#[test]
fn a_loan_that_is_missing_and_a_payment_that_is_doubled_show_as_differences() {
    let book = Book::after_all();
    let mut comparison = Comparison::new().unwrap();
    let is_lent = |event: &Event| matches!(event, Event::LoanDisbursed(lent) if lent.loan.as_str() == "HH-D-0001");
    let is_paid = |event: &Event| matches!(event, Event::SubsidyPaid(paid) if paid.grant.subsidy.as_str() == "DX-D-one-time-startup-2024.1");
    for (effective_on, event) in &book.events {
        let times = match event {
            event if is_lent(event) => 0,
            event if is_paid(event) => 2,
            _ => 1,
        };
        for _ in 0..times {
            comparison.take(*effective_on, event);
        }
    }
    let difference = |seed: &str, what: &str| {
        let mut rows = comparison.rows();
        let row = rows.find(|row| row.record.seed == seed && row.published.what == what);
        row.unwrap().difference
    };
    assert_eq!(difference("S1-18", "borrowers"), Figure::Count(-1));
    assert!(matches!(difference("S1-18", "issued"), Figure::Amount(less) if less < Money::ZERO));
    let startup = difference("S3-09", "one-time startup subsidy");
    assert_eq!(startup, Figure::Amount(Money::from_yuan(5_000)));
    assert_eq!(difference("S3-11", "the six subsidies together"), startup);
    assert_eq!(difference("S3-10", "social insurance subsidy"), Figure::Amount(Money::ZERO));
}

#[test]
fn what_the_rules_forbid_is_refused_with_its_code_and_changes_nothing() {
    let mut book = Book::after_all();
    let before = book.state.clone();
    let examples = refused_examples().unwrap();
    assert!(examples.len() >= 16);
    for example in examples {
        let refusal = book.submit(&example.submission).expect_err(&example.about.en);
        println!("{}\n  {refusal}", example.about.en);
        assert_eq!(refusal.code(), example.code, "{}: {refusal}", example.about.en);
    }
    assert_eq!(book.state, before);
}

#[test]
fn commands_are_the_same_every_time_with_keys_of_their_own_in_the_order_of_their_dates() {
    let commands = submissions().unwrap();
    assert!(commands == submissions().unwrap());
    let keys: BTreeSet<_> = commands.iter().map(Submission::key).collect();
    assert_eq!(keys.len(), commands.len());
    let dates: Vec<_> = commands.iter().map(|one| one.command().effective_on).collect();
    assert!(dates.is_sorted());
    assert!(keys.contains("demo-zhumadian-loan-0001-apply"));
}

#[test]
fn some_money_is_still_promised_overdue_and_guaranteed_at_the_end() {
    let book = Book::after_all();
    let (state, today) = (&book.state, book.today.unwrap());
    let fund = |account, fund: &str| state.books.fund_balance(account, &fund.parse().unwrap());
    assert_eq!(fund(Account::Pledge, "zhumadian-discount"), Money::from_yuan(50_000));
    assert_eq!(fund(Account::Commitment, "zhumadian-discount"), Money::ZERO);
    assert_eq!(fund(Account::InterestDiscount, "zhumadian-discount"), Money::from_yuan(536_000));

    let mut overdue = BTreeSet::new();
    let (mut guaranteed, mut in_arrears) = (Money::ZERO, 0);
    for (id, loan) in &state.loans {
        let Stage::Active(active) = &loan.stage else { continue };
        if id.as_str().starts_with("HH-") {
            assert_eq!(active.guaranteed, active.principal);
            guaranteed += active.guaranteed;
        }
        let first = active.open.unpack().first().map(|due| due.due_on);
        if days_past_due(first, today) > 0 {
            in_arrears += 1;
            overdue.insert(id.as_str().split('-').next().unwrap().to_owned());
        }
    }
    println!("{in_arrears} loans of {overdue:?} are overdue on {today}");
    assert_eq!(overdue, ["DX", "HH", "HLJ", "SYS", "ZMD", "ZZ"].map(str::to_owned).into());
    assert!(in_arrears < 120);
    assert_eq!(fund(Account::GuaranteeLiability, "heihe-guarantee"), guaranteed);
    assert!(guaranteed.is_positive());
}

#[test]
fn every_record_says_that_it_is_derived_where_the_command_has_room_for_it() {
    for submission in submissions().unwrap() {
        let form = String::from_utf8(submission.command().canonical_form()).unwrap();
        if let Some((_, text)) = form.split_once("\"document\":\"") {
            assert!(
                text.starts_with("derived: ") || form.contains("example, check the"),
                "{}: {text}",
                submission.key()
            );
        }
    }
}
