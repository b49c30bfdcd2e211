//! Every answer equals a replay of the events that count.

use std::collections::{BTreeMap, BTreeSet};

use almoner_domain::account::{Account, Books, Pot};
use almoner_domain::date::Date;
use almoner_domain::id::Id;
use almoner_domain::money::Money;
use almoner_domain::premium_arrears::owed;
use almoner_log::{Millis, Store};
use almoner_views::{
    AsOf, JournalFilter, LoanFilter, LoanStage, PromiseKind, ViewsError, arrears, certificates,
    demands, funds, journal, loan, loans, mortgages, position_known_at, premiums, trial_balance,
    wages,
};

use crate::history::{BEGINNING, History, Recorded, date};
use crate::oracle::Question;
use crate::place::{LEDGER, Place, on_both};
use crate::random::{Random, other_kinds, random_history, small_ledger};

on_both! {
    answers_equal_a_replay_at_any_position_and_day
    the_journal_shows_what_the_filter_asks_for_page_by_page
    what_was_known_at_a_time_is_found_by_the_recorded_times
    a_question_for_later_than_the_views_is_refused
    ledgers_in_one_database_do_not_mix
}

/// How many random histories each database sees.
const HISTORIES: u64 = 4;

async fn answers_equal_a_replay_at_any_position_and_day(place: Place) {
    let mut kinds = BTreeSet::new();
    for seed in 0..HISTORIES {
        let ledger = format!("random-{seed}");
        let store = place.create_ledger(&ledger).await;
        let mut history = random_history(&ledger, seed, 450);
        other_kinds(&mut history);
        history.append_and_catch_up(&store).await;
        kinds.extend(history.events.iter().map(|recorded| recorded.event.kind()));

        let mut random = Random(seed);
        let last = history.last();
        check(&history, &store, Question { position: last, day: None }).await;
        for _ in 0..25 {
            let position = random.below(last + 1);
            check(&history, &store, Question { position, day: None }).await;
            let day = Some(date("2024-01-01").plus_days(random.below(360) as i32));
            check(&history, &store, Question { position, day }).await;
            check(&history, &store, Question { position: last, day }).await;
        }
    }
    // Otherwise the histories would prove less than they seem to.
    assert_eq!(kinds.len(), almoner_domain::event::Event::KINDS.len(), "{kinds:?}");
}

/// Asks everything and holds it against the replay.
async fn check(history: &History, store: &Store, question: Question) {
    let books = history.books(question);
    check_trial_balance(&books, store, question).await;
    check_funds(&books, store, question).await;
    check_loans(history, store, question).await;
    let on = question.day.unwrap_or(history.today);
    check_arrears(history, store, on, question.position).await;
    check_dues(history, store, question, on).await;
}

/// What is owed beyond loans.
async fn check_dues(history: &History, store: &Store, question: Question, on: Date) {
    let state = history.state(question);
    let answer = premiums(store, as_of(question), on, None).await.unwrap();
    for ((programme, enterprise), account) in &state.premium_accounts {
        let of_account = |one: &&almoner_views::PremiumArrear| {
            one.programme == *programme && one.enterprise == *enterprise && one.owed().is_positive()
        };
        let found: Vec<_> = answer.arrears.iter().filter(of_account).collect();
        assert_eq!(found.len(), account.open.len(), "{question:?}");
        let owed = owed(&state, programme, *enterprise, on).unwrap();
        assert_eq!(found.iter().map(|one| one.open).sum::<Money>(), owed.premium, "{question:?}");
        let late_fee: Money = found.iter().map(|one| one.late_fee_open).sum();
        assert_eq!(late_fee, owed.late_fee, "{question:?}");
    }
    let answer = mortgages(store, as_of(question), on, None).await.unwrap();
    let held = answer.items.iter().filter(|item| item.is_held());
    let held: Vec<_> = held.map(|one| (&one.mortgage, &one.item, one.valuation)).collect();
    let expected = state.mortgages.iter().flat_map(|(mortgage, known)| {
        known.items.iter().map(move |(item, held)| (mortgage, item, held.valuation))
    });
    assert_eq!(held, expected.collect::<Vec<_>>(), "{question:?}");

    let answer = wages(store, as_of(question), None).await.unwrap();
    assert_eq!(answer.cases.len(), state.wage_cases.len(), "{question:?}");
    for case in &answer.cases {
        let known = &state.wage_cases[&case.case];
        assert_eq!((case.open, case.held), (known.open(), known.held), "{question:?}");
        assert_eq!(case.coordinated_on, known.coordinated_on, "{question:?}");
        let unpaid = case.workers.iter().filter(|one| one.unpaid.is_positive());
        let unpaid: BTreeMap<_, _> = unpaid.map(|one| (one.worker, one.unpaid)).collect();
        assert_eq!(unpaid, known.unpaid, "{question:?}");
    }
    let answer = demands(store, as_of(question), None).await.unwrap();
    assert_eq!(answer.demands.len(), state.demands.len(), "{question:?}");
    for one in &answer.demands {
        assert_eq!(one.open, state.demands[&one.payment].open, "{question:?}");
        assert_eq!(one.open, one.demanded - one.returned, "{question:?}");
        let made = state.demands[&one.payment].made.iter();
        let first = made.map(|made| made.effective_on).min();
        assert_eq!(Some(one.demanded_on), first, "{question:?}");
        let of_one = demands(store, as_of(question), Some(one.beneficiary)).await.unwrap();
        assert!(of_one.demands.contains(one), "{question:?}");
        assert!(of_one.demands.iter().all(|other| other.beneficiary == one.beneficiary));
    }
    let answer = certificates(store, as_of(question), on, None).await.unwrap();
    for one in &answer.regions {
        let known = state.certificates.quota(&one.series, &one.region);
        let expected = (known.due.map(u64::from), u64::from(known.issued));
        assert_eq!((one.due, one.held), expected, "{question:?}");
    }
}

fn as_of(question: Question) -> AsOf {
    AsOf { effective: question.day, position: Some(question.position) }
}

async fn check_trial_balance(books: &Books, store: &Store, question: Question) {
    let answer = trial_balance(store, as_of(question)).await.unwrap();
    assert_eq!(answer.sum, Money::ZERO);
    assert_eq!(answer.position, question.position);
    let mut expected: BTreeMap<(Account, Option<Id>), Money> = BTreeMap::new();
    for (account, pot, amount) in books.balances() {
        *expected.entry((account, pot.fund.clone())).or_default() += amount;
    }
    expected.retain(|_, amount| !amount.is_zero());
    let found: Vec<_> = answer
        .lines
        .into_iter()
        .map(|line| {
            ((Account::from_code(&line.account).unwrap(), line.fund), line.debit - line.credit)
        })
        .collect();
    assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{question:?}");
}

async fn check_funds(books: &Books, store: &Store, question: Question) {
    for fund in funds(store, as_of(question), date("2024-12-20"), None).await.unwrap().funds {
        let mut left = Money::ZERO;
        for line in &fund.lines {
            let pot = Pot::of(&fund.fund, &line.source, line.purpose.as_ref());
            let balance = |account| books.balance(account, &pot);
            let figures = &line.figures;
            assert_eq!(figures.pledged, balance(Account::Pledge));
            assert_eq!(figures.received, -balance(Account::FundCapital));
            let interest = balance(Account::LoanInterest) + balance(Account::PenaltyInterest);
            assert_eq!(figures.interest, -interest);
            assert_eq!(figures.advanced, balance(Account::DiscountAdvance));
            assert_eq!(figures.committed, balance(Account::Commitment));
            let spent = balance(Account::Subsidy) + balance(Account::InterestDiscount);
            assert_eq!(figures.spent, spent);
            assert_eq!(figures.lent, balance(Account::LoanReceivable));
            assert_eq!(figures.bank, balance(Account::FundBank));
            // What came in is there, or it is told where it went.
            let came_in = figures.received + figures.interest - balance(Account::Overpayment);
            let went = figures.spent + figures.lent + figures.advanced + figures.compensated;
            assert_eq!(figures.bank, came_in - went, "{question:?} {line:?}");
            left += figures.left;
        }
        let total = |account| books.fund_balance(account, &fund.fund);
        let expected =
            total(Account::FundBank) + total(Account::Overpayment) + total(Account::RecoveryOwed)
                - total(Account::Commitment);
        assert_eq!((fund.total.left, left), (expected, expected), "{question:?}");
        assert_eq!(fund.total.lent, total(Account::LoanReceivable));
        if let Some(guarantees) = fund.guarantees {
            assert_eq!(guarantees.liability, total(Account::GuaranteeLiability));
            assert_eq!(guarantees.commitments, total(Account::GuaranteeCommitment));
            let own = total(Account::FundBank) + total(Account::RecoveryOwed);
            let ceiling = Money::from_fen(5 * own.fen());
            assert_eq!(guarantees.free, ceiling - guarantees.liability - guarantees.commitments);
        }
        for (kind, account) in [
            (PromiseKind::Pledge, Account::Pledge),
            (PromiseKind::AllocationDocument, Account::Allocation),
            (PromiseKind::MatchingFund, Account::Matching),
        ] {
            let of_kind = fund.promises.iter().filter(|promise| promise.kind == kind);
            let open: Money = of_kind.map(|one| one.amount - one.received - one.withdrawn).sum();
            if question.day.is_none() {
                assert_eq!(open, total(account), "{question:?}");
            }
        }
    }
}

async fn check_loans(history: &History, store: &Store, question: Question) {
    let stages = history.stages(question);
    let active = history.active(question);
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let filter = LoanFilter::default();
        let page = loans(store, as_of(question), &filter, after.as_ref(), 7).await.unwrap();
        assert!(page.loans.len() <= 7);
        found.extend(page.loans);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let names: Vec<_> = found.iter().map(|one| (one.loan.clone(), one.stage)).collect();
    assert_eq!(names, stages.clone().into_iter().collect::<Vec<_>>(), "{question:?}");
    for one in &found {
        let figures = (one.open_principal, one.open_interest, one.overpaid);
        let expected = active.get(&one.loan).map_or(Default::default(), |active| {
            let interest = active.open.unpack().iter().map(|due| due.interest).sum();
            (active.principal, interest, active.overpaid())
        });
        assert_eq!(figures, expected, "{} {question:?}", one.loan);
    }
    let settled = LoanFilter { stage: Some(LoanStage::Settled), ..LoanFilter::default() };
    let page = loans(store, as_of(question), &settled, None, 500).await.unwrap();
    let expected = stages.values().filter(|stage| **stage == LoanStage::Settled).count();
    assert_eq!(page.loans.len(), expected, "{question:?}");

    // One loan in full.
    let Some((name, active)) = active.iter().nth(question.position as usize % active.len().max(1))
    else {
        return;
    };
    let answer = loan(store, name, as_of(question), history.today).await.unwrap().unwrap();
    let open: Vec<_> = answer
        .instalments
        .iter()
        .filter(|one| (one.open_principal + one.open_interest).is_positive())
        .map(|one| (one.number, one.due_on, one.open_principal, one.open_interest))
        .collect();
    let unpacked = active.open.unpack();
    let expected = unpacked.iter().map(|due| (due.number, due.due_on, due.principal, due.interest));
    assert_eq!(open, expected.collect::<Vec<_>>(), "{name} {question:?}");
    if let Some(guarantee) = &answer.guarantee {
        assert_eq!(guarantee.live, active.guaranteed, "{name} {question:?}");
    }
    let late = history.arrears(answer.on, question.position);
    let late = late.loans.iter().find(|one| one.loan == *name);
    assert_eq!(answer.overdue_principal, late.map_or(Money::ZERO, |one| one.overdue_principal));
    assert_eq!(answer.days_past_due, late.map_or(0, |one| one.days_past_due));
}

async fn check_arrears(history: &History, store: &Store, on: Date, position: u64) {
    let answer = arrears(store, on, Some(position)).await.unwrap();
    assert_eq!(answer.loans, history.arrears(on, position).loans, "on {on} at {position}");

    let mut open = history.open_principal(Question { position, day: Some(on) });
    for sums in &answer.programmes {
        let expected = open.remove(&sums.programme).unwrap_or_default();
        assert_eq!(sums.open_principal, expected, "{} on {on} at {position}", sums.programme);
        let late = || answer.loans.iter().filter(|one| one.programme == sums.programme);
        assert_eq!(sums.overdue_loans as usize, late().count());
        let at_risk = |days| -> Money {
            late().filter(|one| one.days_past_due > days).map(|one| one.open_principal).sum()
        };
        assert_eq!(
            (sums.par_30, sums.par_60, sums.par_90),
            (at_risk(30), at_risk(60), at_risk(90))
        );
        let classes: BTreeMap<_, _> = sums
            .classes
            .iter()
            .filter(|one| !one.open_principal.is_zero())
            .map(|one| (one.class, one.open_principal))
            .collect();
        let expected = history.classes(&sums.programme, on, position);
        assert_eq!(classes, expected, "{} on {on} at {position}", sums.programme);
    }
    assert!(open.values().all(|amount| amount.is_zero()), "{open:?} on {on} at {position}");
}

async fn the_journal_shows_what_the_filter_asks_for_page_by_page(place: Place) {
    let store = place.create().await;
    let mut history = random_history(LEDGER, 7, 300);
    history.append_and_catch_up(&store).await;
    let fund: Id = "F".parse().unwrap();
    let subject = history.events.iter().rev().map(|one| one.event.subject());
    let subject = subject.into_iter().find(|subject| subject.starts_with("loan/")).unwrap();
    let (from, to) = (date("2024-02-01"), date("2024-03-31"));
    let all = JournalFilter::default();
    let filters = [
        all.clone(),
        JournalFilter { account: Some(Account::FundBank), ..all.clone() },
        JournalFilter { fund: Some(fund.clone()), from: Some(from), ..all.clone() },
        JournalFilter { account: Some(Account::BankLoan), to: Some(to), ..all.clone() },
        JournalFilter { subject: Some(subject.clone()), ..all.clone() },
        JournalFilter { subject: Some(subject), fund: Some(fund), ..all.clone() },
        JournalFilter { from: Some(from), to: Some(to), ..all },
    ];
    let half = history.last() / 2;
    for filter in &filters {
        for as_of in [
            AsOf::default(),
            AsOf { position: Some(half), effective: None },
            AsOf { position: None, effective: Some(date("2024-03-15")) },
        ] {
            let shown = |one: &&Recorded| is_shown(one, filter, as_of);
            let expected: Vec<u64> =
                history.events.iter().filter(shown).map(|one| one.position).collect();
            assert_eq!(pages(&history, &store, filter, as_of).await, expected, "{filter:?}");
        }
    }
}

fn is_shown(recorded: &Recorded, filter: &JournalFilter, as_of: AsOf) -> bool {
    let entry = recorded.event.entry();
    let posts = |wanted: &dyn Fn(&almoner_domain::account::Posting) -> bool| {
        entry.postings().iter().any(wanted)
    };
    let on = recorded.effective_on;
    // One line must have both.
    let of_balance = filter.account.is_none() && filter.fund.is_none()
        || posts(&|line| {
            filter.account.is_none_or(|account| line.account == account)
                && filter.fund.as_ref().is_none_or(|fund| line.pot.fund.as_ref() == Some(fund))
        });
    of_balance
        && filter.subject.as_ref().is_none_or(|subject| recorded.event.subject() == *subject)
        && filter.from.is_none_or(|from| on >= from)
        && filter.to.is_none_or(|to| on <= to)
        && as_of.effective.is_none_or(|day| on <= day)
        && as_of.position.is_none_or(|position| recorded.position <= position)
}

/// The positions of a journal, read in small pages; each event must be shown as it is.
async fn pages(history: &History, store: &Store, filter: &JournalFilter, as_of: AsOf) -> Vec<u64> {
    let (mut positions, mut after) = (Vec::new(), 0);
    loop {
        let page = journal(store, as_of, filter, after, 11).await.unwrap();
        assert!(page.events.len() <= 11);
        for shown in &page.events {
            let recorded = &history.events[shown.position as usize - 1];
            let entry = recorded.event.entry();
            let expected: Vec<_> = entry
                .postings()
                .iter()
                .map(|line| (line.account.code(), line.pot.purpose.clone(), line.amount))
                .collect();
            let found = shown.postings.iter();
            let found =
                found.map(|line| (line.account.as_str(), line.purpose.clone(), line.amount));
            assert_eq!(found.collect::<Vec<_>>(), expected);
            assert_eq!(shown.kind, recorded.event.kind());
            assert_eq!(shown.effective_on, recorded.effective_on);
            assert_eq!(shown.recorded, Millis(recorded.time).to_string());
            assert_eq!(shown.reverses, recorded.reverses());
            let known = as_of.position.unwrap_or(u64::MAX);
            let reversal = history
                .events
                .iter()
                .find(|one| one.reverses() == Some(shown.position) && one.position <= known);
            assert_eq!(shown.reversed_at, reversal.map(|one| one.position));
        }
        positions.extend(page.events.iter().map(|shown| shown.position));
        match page.next {
            Some(next) => after = next,
            None => return positions,
        }
    }
}

async fn what_was_known_at_a_time_is_found_by_the_recorded_times(place: Place) {
    let store = place.create().await;
    assert_eq!(position_known_at(&store, Millis(BEGINNING)).await.unwrap(), 0);
    let mut history = small_ledger(LEDGER);
    history.append(&store).await;
    for recorded in &history.events {
        for (time, expected) in [
            (recorded.time - 1, recorded.position - 1),
            (recorded.time, recorded.position),
            (recorded.time + 1, recorded.position),
        ] {
            assert_eq!(position_known_at(&store, Millis(time)).await.unwrap(), expected);
        }
    }
}

async fn a_question_for_later_than_the_views_is_refused(place: Place) {
    let store = place.create().await;
    let error = trial_balance(&store, AsOf::default()).await.unwrap_err();
    assert!(matches!(error, ViewsError::NotMade(_)), "{error}");
    let mut history = small_ledger(LEDGER);
    history.append_and_catch_up(&store).await;
    let later = AsOf { position: Some(history.last() + 1), effective: None };
    let error = funds(&store, later, date("2024-12-20"), None).await.unwrap_err();
    assert!(matches!(error, ViewsError::NotYet { .. }), "{error}");
}

async fn ledgers_in_one_database_do_not_mix(place: Place) {
    let (store_a, store_b) = (place.create_ledger("a").await, place.create_ledger("b").await);
    let (mut a, mut b) = (random_history("a", 11, 60), random_history("b", 12, 90));
    a.append_and_catch_up(&store_a).await;
    b.append_and_catch_up(&store_b).await;
    for (history, store) in [(&a, &store_a), (&b, &store_b)] {
        check(history, store, Question { position: history.last(), day: None }).await;
    }
}
