//! What must hold at every position, told from the state and the log in another way than the rules do.

use std::collections::{BTreeMap, BTreeSet};

use almoner_domain::account::{Account, Pot};
use almoner_domain::event::Event;
use almoner_domain::fund::{Share, available};
use almoner_domain::id::Id;
use almoner_domain::interest_discount::ClaimStage;
use almoner_domain::loan::Stage;
use almoner_domain::money::Money;
use almoner_domain::rate::Rounding;
use almoner_domain::state::State;
use almoner_domain::subsidy::Grant;

use rust_decimal::Decimal;

use crate::support::Ledger;

type Balances = BTreeMap<(Account, Pot), Money>;

const MEMO_PAIRS: [(Account, Account); 8] = [
    (Account::Pledge, Account::PledgeContra),
    (Account::Commitment, Account::CommitmentContra),
    (Account::BankLoan, Account::BankLoanContra),
    (Account::GuaranteeCommitment, Account::GuaranteeCommitmentContra),
    (Account::GuaranteeLiability, Account::GuaranteeLiabilityContra),
    (Account::Allocation, Account::AllocationContra),
    (Account::Matching, Account::MatchingContra),
    (Account::InKind, Account::InKindContra),
];

/// Everything that must hold of a ledger.
pub fn hold(ledger: &Ledger) {
    balanced(&ledger.state);
    nothing_overdrawn(&ledger.state);
    loans_agree_with_themselves(&ledger.state);
    books_are_the_sum_of_what_is_open(ledger);
    borrowers_are_counted(&ledger.state);
    subsidies_are_those_of_the_log(ledger);
    limits_count_what_is_granted(ledger);
}

/// P4: all sums are zero: of everything, of each fund, of each pot, and of each memo pair.
fn balanced(state: &State) {
    assert_eq!(state.books.trial_balance(), Money::ZERO);
    let mut sums: BTreeMap<(usize, Pot), Money> = BTreeMap::new();
    for (account, pot, amount) in state.books.balances() {
        assert!(!amount.is_zero());
        let pair = MEMO_PAIRS.iter().position(|(memo, contra)| [*memo, *contra].contains(&account));
        *sums.entry((pair.unwrap_or(usize::MAX), pot.clone())).or_default() += amount;
    }
    for ((pair, pot), sum) in sums {
        assert_eq!(sum, Money::ZERO, "pair {pair} of {pot:?}");
    }
}

/// No pot is overdrawn, and no promise or burden is negative.
fn nothing_overdrawn(state: &State) {
    for (account, pot, amount) in state.books.balances() {
        if account == Account::FundBank {
            assert!(!(-available(state, pot)).is_positive(), "{pot:?} {}", available(state, pot));
        }
        let owed =
            matches!(account, Account::Overpayment | Account::FundCapital | Account::LoanInterest)
                || MEMO_PAIRS.iter().any(|(_, contra)| *contra == account);
        let amount = if owed { -amount } else { amount };
        assert!(amount.is_positive(), "{account:?} {pot:?} {amount}");
    }
}

fn loans_agree_with_themselves(state: &State) {
    for (name, loan) in &state.loans {
        let Stage::Active(active) = &loan.stage else { continue };
        let open = active.open.unpack();
        let principal: Money = open.iter().map(|due| due.principal).sum();
        assert_eq!(principal, active.principal, "{name}: principal of its instalments");
        assert!(open.windows(2).all(|pair| pair[0].due_on < pair[1].due_on), "{name}");
        assert!(!active.overpaid.fen().is_negative() && !active.principal.fen().is_negative());
        let history = active.history.changes();
        let last = history.last().map_or(active.lent, |(_, principal)| *principal);
        assert_eq!(last, active.principal, "{name}: history");
        assert!(history.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        let claimed = active.claimed.list();
        for (index, one) in claimed.iter().enumerate() {
            assert!(one.from < one.to);
            for other in &claimed[..index] {
                assert!(one.to <= other.from || other.to <= one.from, "{name}: {claimed:?}");
            }
        }
    }
}

/// What is promised, lent, owed and guaranteed in the books is the sum of what is open.
fn books_are_the_sum_of_what_is_open(ledger: &Ledger) {
    let state = &ledger.state;
    let programmes: BTreeMap<&Id, &Id> = ledger
        .log
        .iter()
        .filter_map(|(_, event)| match event {
            Event::LoanApplied(applied) => Some((&applied.loan, &applied.programme)),
            _ => None,
        })
        .collect();
    let mut expected = Balances::new();
    let mut add = |account, pot: Pot, amount: Money| {
        *expected.entry((account, pot)).or_default() += amount;
    };
    let shares = |fund: &str, purpose: &Id, shares: &[Share]| -> Vec<(Pot, Money)> {
        let fund = fund.parse().unwrap();
        let pot = |share: &Share| Pot::of(&fund, &share.source, Some(purpose));
        shares.iter().map(|share| (pot(share), share.amount)).collect()
    };
    for (fund_name, fund) in &state.funds {
        for pledge in fund.pledges.values() {
            add(Account::Pledge, Pot::of(fund_name, &pledge.source, None), pledge.open);
        }
        for duty in fund.matching.values() {
            add(Account::Matching, Pot::of(fund_name, &duty.source, None), duty.open);
        }
        for gift in fund.gifts.values() {
            let value = gift.unit_value.fen() * i64::from(gift.quantity);
            add(Account::InKind, Pot::of(fund_name, &gift.source, None), Money::from_fen(value));
        }
        for allocation in fund.allocations.values() {
            let promise = &allocation.promise;
            add(Account::Allocation, Pot::of(fund_name, &promise.source, None), promise.open);
            assert!(!promise.open.fen().is_negative() && promise.open <= allocation.ceiling);
            assert!(!allocation.returned.fen().is_negative());
        }
    }
    for grant in state.subsidies.values() {
        for (pot, amount) in shares(grant.fund.as_str(), &grant.programme, &grant.shares) {
            add(Account::Commitment, pot, amount);
        }
    }
    for claim in state.claims.values() {
        if let ClaimStage::Approved(approved) = &claim.stage {
            for (pot, amount) in shares("aid", &claim.programme, approved) {
                add(Account::Commitment, pot, amount);
            }
        }
    }
    for (name, loan) in &state.loans {
        let programme = programmes[name].clone();
        let guarded = Pot {
            fund: Some("guard".parse().unwrap()),
            source: None,
            purpose: Some(programme.clone()),
        };
        match &loan.stage {
            Stage::Applied { .. } => {}
            Stage::Approved(approval) => {
                for (pot, amount) in shares("aid", &programme, &approval.shares) {
                    add(Account::Commitment, pot, amount);
                }
                if let Some(guarantee) = approval.guarantee {
                    assert_eq!(programme.as_str(), "bank");
                    add(Account::GuaranteeCommitment, guarded, guarantee);
                }
            }
            Stage::Active(active) => {
                if programme.as_str() == "own" {
                    let sum: Money = active.shares.iter().map(|share| share.amount).sum();
                    assert_eq!(sum, active.principal);
                    for (pot, amount) in shares("aid", &programme, &active.shares) {
                        add(Account::LoanReceivable, pot, amount);
                    }
                    let (pot, _) = shares("aid", &programme, &active.shares)[0].clone();
                    add(Account::Overpayment, pot, -active.overpaid);
                } else {
                    let pot = Pot { fund: None, source: None, purpose: Some(programme.clone()) };
                    add(Account::BankLoan, pot, active.principal);
                }
                let share = if programme.as_str() == "bank" { 90 } else { 0 };
                let exact = active.principal.to_decimal_fen() * Decimal::new(share, 2);
                let guaranteed = Money::round_fen(exact, Rounding::HalfUp).unwrap();
                assert_eq!(active.guaranteed, guaranteed);
                add(Account::GuaranteeLiability, guarded, guaranteed);
            }
        }
    }
    expected.retain(|_, amount| !amount.is_zero());
    let told: BTreeSet<Account> = [
        Account::Pledge,
        Account::Commitment,
        Account::LoanReceivable,
        Account::Overpayment,
        Account::BankLoan,
        Account::GuaranteeCommitment,
        Account::GuaranteeLiability,
        Account::Allocation,
        Account::Matching,
        Account::InKind,
    ]
    .into();
    let booked: Balances = state
        .books
        .balances()
        .filter(|(account, _, _)| told.contains(account))
        .map(|(account, pot, amount)| ((account, pot.clone()), amount))
        .collect();
    assert_eq!(booked, expected);
}

fn borrowers_are_counted(state: &State) {
    let mut open = BTreeMap::new();
    for loan in state.loans.values() {
        let repaid = matches!(&loan.stage, Stage::Active(active) if active.is_repaid());
        *open.entry(loan.borrower).or_insert(0) += u32::from(!repaid);
    }
    for (borrower, count) in open {
        assert_eq!(state.open_loans(borrower), count);
    }
}

/// Nobody is granted a period twice, and households have used what was approved and not given up.
fn subsidies_are_those_of_the_log(ledger: &Ledger) {
    let mut granted: BTreeMap<(Id, _, Id), i64> = BTreeMap::new();
    let mut used: BTreeMap<(Id, _, i16), Money> = BTreeMap::new();
    let mut grant = |grant: &Grant, sign: i64, amount: Money| {
        let key = (grant.programme.clone(), grant.beneficiary, grant.period.clone());
        *granted.entry(key).or_default() += sign;
        *used.entry((grant.programme.clone(), grant.household, grant.year)).or_default() += amount;
    };
    let payment = |position: u64| match &ledger.record(position).unwrap().1 {
        Event::SubsidyPaid(grant) => grant,
        other => panic!("{other:?}"),
    };
    for (_, event) in &ledger.log {
        match event {
            Event::SubsidyApproved(one) | Event::SubsidyReissued(one) => grant(one, 1, one.amount),
            Event::SubsidyCancelled(one) => grant(&one.grant, -1, -one.grant.amount),
            Event::SubsidyReturned(back) => {
                grant(payment(back.payment), -i64::from(back.freed_period.is_some()), -back.amount);
            }
            Event::ReversalRecorded(reversed) => {
                if let Event::SubsidyReturned(back) = &*reversed.original {
                    grant(
                        payment(back.payment),
                        i64::from(back.freed_period.is_some()),
                        back.amount,
                    );
                }
            }
            _ => {}
        }
    }
    for ((programme, beneficiary, period), count) in granted {
        assert!((0..=1).contains(&count), "{programme} {beneficiary} {period}: {count}");
    }
    for ((programme, household, year), amount) in used {
        // Closed years are forgotten.
        let amount = if ledger.state.budget_years.is_closed(year) { Money::ZERO } else { amount };
        assert_eq!(ledger.state.household_used(&programme, household, year), amount);
    }
}

/// What a beneficiary has had of a programme that limits it, is what was granted and not given up.
fn limits_count_what_is_granted(ledger: &Ledger) {
    let mut had: BTreeMap<(Id, _), (i64, i64, Money)> = BTreeMap::new();
    let mut count = |programme: &Id, beneficiary, months: u16, times: i64, amount: Money| {
        let sum = had.entry((programme.clone(), beneficiary)).or_default();
        let sign = if amount.is_positive() { 1 } else { -1 };
        sum.0 += sign * i64::from(months);
        sum.1 += times;
        sum.2 += amount;
    };
    for (_, event) in &ledger.log {
        match event {
            Event::SubsidyApproved(one) | Event::SubsidyReissued(one) => {
                let Some(months) = one.months else { continue };
                count(&one.programme, one.beneficiary, months, 1, one.amount);
            }
            Event::SubsidyCancelled(gone) => {
                let one = &gone.grant;
                let Some(months) = one.months else { continue };
                count(&one.programme, one.beneficiary, months, -1, -one.amount);
            }
            Event::SubsidyReturned(back) => {
                let Some(months) = back.months else { continue };
                let times = i64::from(back.freed_period.is_some());
                count(&back.programme, back.beneficiary, months, -times, -back.amount);
            }
            Event::ReversalRecorded(reversed) => {
                let Event::SubsidyReturned(back) = &*reversed.original else { continue };
                let Some(months) = back.months else { continue };
                let times = i64::from(back.freed_period.is_some());
                count(&back.programme, back.beneficiary, months, times, back.amount);
            }
            _ => {}
        }
    }
    for ((programme, beneficiary), (months, times, amount)) in had {
        let told = ledger.state.had(&programme, beneficiary);
        assert_eq!(
            (i64::from(told.months), i64::from(told.times), told.amount),
            (months, times, amount)
        );
        assert!(months <= 36, "{beneficiary}: {months}");
    }
}
