//! What must hold at every position, told from the state and the log in another way than the rules do.

mod arrears;
mod closes;

use std::collections::{BTreeMap, BTreeSet};

use almoner_domain::account::{Account, Pot};
use almoner_domain::event::Event;
use almoner_domain::fund::{Share, available};
use almoner_domain::guarantee_fund::compensation::ClaimStanding;
use almoner_domain::guarantee_fund::handling_bank;
use almoner_domain::id::Id;
use almoner_domain::interest_discount::ClaimStage;
use almoner_domain::loan::Stage;
use almoner_domain::money::Money;
use almoner_domain::programme::Terms;
use almoner_domain::rate::Rounding;
use almoner_domain::state::State;
use almoner_domain::subsidy::reissue::Reissued;
use almoner_domain::subsidy::{Grant, Payment};

use rust_decimal::Decimal;

use crate::support::Ledger;

type Balances = BTreeMap<(Account, Pot), Money>;

const MEMO_PAIRS: [(Account, Account); 20] = [
    (Account::Pledge, Account::PledgeContra),
    (Account::Commitment, Account::CommitmentContra),
    (Account::BankLoan, Account::BankLoanContra),
    (Account::GuaranteeCommitment, Account::GuaranteeCommitmentContra),
    (Account::GuaranteeLiability, Account::GuaranteeLiabilityContra),
    (Account::Allocation, Account::AllocationContra),
    (Account::Matching, Account::MatchingContra),
    (Account::InKind, Account::InKindContra),
    (Account::TierShare, Account::TierShareContra),
    (Account::TierReceived, Account::TierReceivedContra),
    (Account::LossShare, Account::LossShareContra),
    (Account::ReshareClaim, Account::ReshareClaimContra),
    (Account::PremiumArrears, Account::PremiumArrearsContra),
    (Account::LateFee, Account::LateFeeContra),
    (Account::AssetMortgage, Account::AssetMortgageContra),
    (Account::WageArrears, Account::WageArrearsContra),
    (Account::WagesHeld, Account::WagesHeldContra),
    (Account::ForegoneRevenue, Account::ForegoneRevenueContra),
    (Account::Penalty, Account::PenaltyContra),
    (Account::SubsidyDemand, Account::SubsidyDemandContra),
];

const CREDITS: [Account; 7] = [
    Account::Overpayment,
    Account::FundCapital,
    Account::LoanInterest,
    Account::RecoveryOwed,
    Account::RecoveryAfterWriteOff,
    Account::LossReshare,
    Account::PenaltyInterest,
];

/// Everything that must hold of a ledger.
pub fn hold(ledger: &Ledger) {
    balanced(&ledger.state);
    nothing_overdrawn(&ledger.state);
    loans_agree_with_themselves(&ledger.state);
    books_are_the_sum_of_what_is_open(ledger);
    borrowers_are_counted(&ledger.state);
    spouses_are_counted(ledger);
    banks_stand_as_their_loans(&ledger.state);
    discounted_loans_are_counted(&ledger.state);
    tiers_bear_what_was_paid(ledger);
    subsidies_are_those_of_the_log(ledger);
    limits_count_what_is_granted(ledger);
    closes::hold_the_balances_of_their_last_days(ledger);
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
            CREDITS.contains(&account) || MEMO_PAIRS.iter().any(|(_, contra)| *contra == account);
        let amount = if owed { -amount } else { amount };
        assert!(amount.is_positive(), "{account:?} {pot:?} {amount}");
    }
}

fn loans_agree_with_themselves(state: &State) {
    for (name, loan) in &state.loans {
        let Stage::Active(active) = &loan.stage else { continue };
        let open = active.open.unpack();
        let principal: Money = open.iter().map(|due| due.principal).sum();
        let claimed = state.compensations.get(name).map_or(Money::ZERO, |known| known.principal);
        let owing = active.principal + claimed;
        assert_eq!(principal, owing, "{name}: principal of its instalments");
        assert!(open.windows(2).all(|pair| pair[0].due_on < pair[1].due_on), "{name}");
        let not_due = open.iter().filter(|due| due.due_on > active.changed_on);
        let not_due: Money = not_due.map(|due| due.principal).sum();
        let not_overdue = active.not_overdue();
        let on_that_day = not_overdue.iter().rev().find(|(day, _)| *day <= active.changed_on);
        assert_eq!(on_that_day.unwrap().1, not_due, "{name}: {not_overdue:?}");
        assert!(not_overdue.last().unwrap().1.is_zero(), "{name}: {not_overdue:?}");
        assert!(!active.overpaid().fen().is_negative() && !active.principal.fen().is_negative());
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
    for (payment, demand) in &state.demands {
        let Some((_, Event::SubsidyPaid(paid))) = ledger.record(*payment) else { panic!() };
        let grant = &paid.grant;
        let pot = Pot {
            fund: Some(grant.fund.clone()),
            source: None,
            purpose: Some(grant.programme.clone()),
        };
        assert!(!demand.open.fen().is_negative() && demand.open <= grant.amount);
        add(Account::SubsidyDemand, pot, demand.open);
    }
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
    for Payment { grant, .. } in state.subsidies.values() {
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
    for advance in state.advances.values().filter(|advance| advance.settled.is_none()) {
        for (pot, amount) in shares(advance.fund.as_str(), &advance.programme, &advance.shares) {
            add(Account::DiscountAdvance, pot, amount);
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
            Stage::Applied(_) => {}
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
                    add(Account::Penalty, pot.clone(), active.penalty().owed.total());
                    add(Account::Overpayment, pot, -active.overpaid());
                } else {
                    let pot = Pot { fund: None, source: None, purpose: Some(programme.clone()) };
                    add(Account::Penalty, pot.clone(), active.penalty().owed.total());
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
    let fund: Id = "guard".parse().unwrap();
    for (name, known) in &state.compensations {
        let programme = programmes[name];
        let whole =
            Pot { fund: Some(fund.clone()), source: None, purpose: Some(programme.clone()) };
        let of = |source: &Id| Pot::of(&fund, source, Some(programme));
        if known.claim == ClaimStanding::OnBooks {
            for (source, amount) in &known.open.fund {
                add(Account::CompensationReceivable, of(source), *amount);
            }
        }
        for (source, amount) in &known.due {
            add(Account::RecoveryDue, of(source), *amount);
        }
        for ((_, source), amount) in &known.owed {
            add(Account::RecoveryOwed, of(source), -*amount);
        }
        let others = known.open.total() - known.open.of_fund();
        add(Account::LossShare, whole.clone(), others);
        add(Account::ReshareClaim, whole, known.reshare_claimed - known.reshare_received);
    }
    arrears::open(state, &mut add);
    expected.retain(|_, amount| !amount.is_zero());
    let told: BTreeSet<Account> = [
        Account::Pledge,
        Account::Commitment,
        Account::LoanReceivable,
        Account::Overpayment,
        Account::BankLoan,
        Account::GuaranteeCommitment,
        Account::GuaranteeLiability,
        Account::CompensationReceivable,
        Account::RecoveryDue,
        Account::RecoveryOwed,
        Account::LossShare,
        Account::ReshareClaim,
        Account::PremiumArrears,
        Account::LateFee,
        Account::AssetMortgage,
        Account::WageArrears,
        Account::WagesHeld,
        Account::DiscountAdvance,
        Account::Allocation,
        Account::Matching,
        Account::InKind,
        Account::Penalty,
        Account::SubsidyDemand,
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

/// How many open loans the spouse of a person has is what applications say of those that are open.
fn spouses_are_counted(ledger: &Ledger) {
    let mut open = BTreeMap::new();
    for (_, event) in &ledger.log {
        let Event::LoanApplied(applied) = event else { continue };
        let Some(spouse) = applied.spouse else { continue };
        let is_open = ledger.state.loans.get(&applied.loan).is_some_and(
            |loan| !matches!(&loan.stage, Stage::Active(active) if active.is_repaid()),
        );
        *open.entry(spouse).or_insert(0) += u32::from(is_open);
    }
    for (spouse, count) in open {
        assert_eq!(ledger.state.loans_of_spouse(spouse), count);
    }
}

/// What is guaranteed and compensated for a bank is that of its loans.
fn banks_stand_as_their_loans(state: &State) {
    let mut sums: BTreeMap<&Id, (Money, Money, u32)> = BTreeMap::new();
    for (name, loan) in &state.loans {
        let Some(bank) = state.bank_of(loan) else { continue };
        let sum = sums.entry(bank).or_default();
        if let Stage::Active(active) = &loan.stage {
            sum.0 += active.guaranteed;
        }
        if let Some(known) = state.compensations.get(name) {
            sum.1 += known.open.of_fund();
            sum.2 += known.payments;
        }
    }
    for (bank, (guaranteed, outstanding, payments)) in sums {
        let standing = handling_bank::standing(state, &"guard".parse().unwrap(), bank);
        assert_eq!((standing.guaranteed, standing.outstanding), (guaranteed, outstanding));
        assert!(standing.payments >= payments && standing.lifted_at <= standing.payments);
    }
}

/// A borrower has had at least as many discounted loans as there are now.
fn discounted_loans_are_counted(state: &State) {
    let mut discounted = BTreeMap::new();
    for loan in state.loans.values() {
        let is_claimed = matches!(&loan.stage, Stage::Active(active) if !active.claimed.is_empty());
        *discounted.entry(loan.borrower).or_insert(0) += u16::from(is_claimed);
    }
    for (borrower, count) in discounted {
        assert!(state.discounted_loans(borrower) >= count);
    }
}

/// What tiers bear is the discount paid under their split, less what came back.
fn tiers_bear_what_was_paid(ledger: &Ledger) {
    let mut expected = Money::ZERO;
    for (_, event) in &ledger.log {
        let (event, sign) = match event {
            Event::ReversalRecorded(reversed) => (&*reversed.original, -1),
            event => (event, 1),
        };
        let plain = |programme: &Id| programme.as_str() == "plain";
        let amount = match event {
            Event::DiscountPaid(paid) if plain(&paid.programme) => paid.total,
            Event::DiscountSettled(settled) if plain(&settled.programme) => settled.actual,
            Event::DiscountReturned(back) if plain(&back.programme) => -back.amount,
            _ => Money::ZERO,
        };
        expected += Money::from_fen(sign * amount.fen());
    }
    let borne =
        ledger.state.books.balances().filter(|(account, _, _)| *account == Account::TierShare);
    assert_eq!(borne.map(|(_, _, amount)| amount).sum::<Money>(), expected);
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
        Event::SubsidyPaid(paid) => &paid.grant,
        other => panic!("{other:?}"),
    };
    for (_, event) in &ledger.log {
        match event {
            Event::SubsidyApproved(one) | Event::SubsidyReissued(Reissued { grant: one, .. }) => {
                grant(one, 1, one.amount);
            }
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
    let limited_months = |one: &Grant| {
        let version = ledger.state.programme_version(&one.programme, one.version)?;
        let Terms::Subsidy(terms) = &version.terms else { return None };
        terms.per_beneficiary.as_ref()?;
        Some(one.months.unwrap_or(1))
    };
    for (_, event) in &ledger.log {
        match event {
            Event::SubsidyApproved(one) | Event::SubsidyReissued(Reissued { grant: one, .. }) => {
                let Some(months) = limited_months(one) else { continue };
                count(&one.programme, one.beneficiary, months, 1, one.amount);
            }
            Event::SubsidyCancelled(gone) => {
                let one = &gone.grant;
                let Some(months) = limited_months(one) else { continue };
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
