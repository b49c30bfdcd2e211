//! Disbursement: the loan is lent and its schedule fixed.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::date::Date;
use crate::day_count::DayCount;
use crate::fund::{Share, transfer_shares};
use crate::guarantee_fund::handling_bank;
use crate::id::{Id, Pseudonym, present};
use crate::interest_discount::ClaimedPeriods;
use crate::loan::application::{guarantee_pot, guaranteeing_fund};
use crate::loan::borrowers::within_lifetime;
use crate::loan::history::{LatePrincipal, PrincipalHistory};
use crate::loan::incidents::Incidents;
use crate::loan::instalment::{Instalment, OpenInstalments};
use crate::loan::reference_rate::ReferenceRate;
use crate::loan::{Active, Approval, Loan, Stage, lending_fund, terms};
use crate::money::Money;
use crate::programme::LoanTerms;
use crate::rate::{Rate, Rounding};
use crate::refusal::Refusal;
use crate::schedule::{self, Method, Unit};
use crate::state::{Link, State};

/// Command `loan.disburse`; the effective date is the day on which the money left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disburse {
    /// The loan.
    pub loan: Id,
    /// Months between due days; the whole term for a bullet loan.
    pub every: u16,
    /// The first due day; one period after disbursement when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub first_due_on: Option<Date>,
    /// The interest settlement day (结息日), 20 say, in every month whose number is a multiple of `every`: interest is
    /// settled to the end of that day and due on the next; the first and the last period may be short.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub settlement_day: Option<u8>,
}

/// Event `loan.disbursed.v1`: everything that the schedule was computed from, and the schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disbursed {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The version that decided.
    pub version: u32,
    /// Who borrows.
    pub borrower: Pseudonym,
    /// The principal.
    pub amount: Money,
    /// The annual rate.
    pub annual_rate: Rate,
    /// The repayment method.
    pub method: Method,
    /// How days are counted.
    pub day_count: DayCount,
    /// How interest is rounded.
    pub rounding: Rounding,
    /// The term in months.
    pub months: u16,
    /// Months between due days.
    pub every: u16,
    /// The first due day, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub first_due_on: Option<Date>,
    /// The interest settlement day, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub settlement_day: Option<u8>,
    /// The rate that the contract refers to.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub reference_rate: Option<ReferenceRate>,
    /// The fund that lends, unless a bank does.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub fund: Option<Id>,
    /// Which sources of the fund lend.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Share>,
    /// The guarantee fund.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub guarantee_fund: Option<Id>,
    /// The principal guaranteed: a commitment until now, a liability from now on.
    pub guaranteed: Money,
    /// The record by which it could be lent: of the approval, or of the guarantee's commitment, whichever is later.
    pub rests_on: Link,
    /// The schedule.
    pub instalments: Vec<Instalment>,
}

/// What a schedule is planned for.
pub(crate) struct Plan {
    pub principal: Money,
    pub annual_rate: Rate,
    pub months: u16,
    pub method: Method,
}

/// The schedule of a loan, its last days moved to working days where the programme says so.
pub(crate) fn instalments(
    state: &State,
    plan: &Plan,
    terms: &LoanTerms,
    disbursed_on: Date,
    every: u16,
    first_due_on: Option<Date>,
) -> Result<Vec<Instalment>, Refusal> {
    let bad = |field, problem: String| Refusal::TermsInvalid { field, problem };
    if every == 0 || !plan.months.is_multiple_of(every) {
        let problem = format!("the term of {} months must be a multiple of it", plan.months);
        return Err(bad("every", problem));
    }
    if plan.method == Method::Bullet && every != plan.months {
        let problem = format!("a bullet loan is due once: {} is needed", plan.months);
        return Err(bad("every", problem));
    }
    let computed = schedule::schedule(&schedule::Terms {
        principal: plan.principal,
        annual_rate: plan.annual_rate,
        disbursed_on,
        first_due_on,
        number: plan.months / every,
        every,
        unit: Unit::Month,
        method: plan.method,
        day_count: terms.day_count,
        rounding: terms.rounding,
        instalment_multiple: None,
        principal_grace: 0,
        interest_grace: 0,
    })
    .map_err(|error| bad(error.field, error.reason))?;
    let last = disbursed_on.plus_months(i32::from(plan.months));
    if let Some(late) = computed.instalments.last().filter(|one| one.due_on > last) {
        let problem = format!(
            "the last instalment would be due on {}, after the term of {} months ends on {last}",
            late.due_on, plan.months
        );
        return Err(bad("first_due_on", problem));
    }
    let calendar = terms.working_days.then_some(&state.calendar);
    Ok(computed.instalments.iter().map(|one| Instalment::of(one, calendar)).collect())
}

impl Disburse {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Disbursed, Refusal> {
        let loan = state.loan(&self.loan)?;
        let (version, terms) = terms(state, loan)?;
        let approval = loan.approval(&self.loan)?;
        let guarantee_fund = guaranteeing_fund(version);
        if let Some(fund) = guarantee_fund.filter(|_| approval.guarantee.is_none()) {
            return Err(Refusal::GuaranteeMissing { loan: self.loan.clone(), fund: fund.clone() });
        }
        approval.rests_on.not_after(effective_on)?;
        let plan = Plan {
            principal: approval.amount,
            annual_rate: approval.annual_rate,
            months: approval.months,
            method: approval.method,
        };
        let instalments = match self.settlement_day {
            None => instalments(state, &plan, terms, effective_on, self.every, self.first_due_on)?,
            Some(day) => self.settled_instalments(state, &plan, terms, effective_on, day)?,
        };
        within_lifetime(state, terms, loan.borrower)?;
        Ok(Disbursed {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            version: version.version,
            borrower: loan.borrower,
            amount: approval.amount,
            annual_rate: approval.annual_rate,
            method: approval.method,
            day_count: terms.day_count,
            rounding: terms.rounding,
            months: approval.months,
            every: self.every,
            first_due_on: self.first_due_on,
            settlement_day: self.settlement_day,
            reference_rate: state.reference_rate(loan.reference_rate).cloned(),
            fund: lending_fund(terms).cloned(),
            shares: approval.shares.clone(),
            guarantee_fund: guarantee_fund.cloned(),
            guaranteed: approval.guarantee.unwrap_or_default(),
            rests_on: approval.rests_on,
            instalments,
        })
    }

    /// The schedule by settlement days: the last due day is the end of the term.
    fn settled_instalments(
        &self,
        state: &State,
        plan: &Plan,
        terms: &LoanTerms,
        disbursed_on: Date,
        day: u8,
    ) -> Result<Vec<Instalment>, Refusal> {
        let bad =
            |field, problem: &str| Err(Refusal::TermsInvalid { field, problem: problem.into() });
        if !(1..=27).contains(&day) {
            return bad("settlement_day", "from 1 to 27 is accepted");
        }
        if self.first_due_on.is_some() {
            return bad("first_due_on", "the settlement day gives it");
        }
        if ![1, 3, 6, 12].contains(&self.every) || plan.method == Method::Bullet {
            let problem =
                "settlement days come every 1, 3, 6 or 12 months, and a bullet loan has none";
            return bad("every", problem);
        }
        let last = disbursed_on.plus_months(i32::from(plan.months));
        let months = (0..=i32::from(plan.months)).map(|month| disbursed_on.plus_months(month));
        let settled = months.filter_map(|month| {
            let number = u16::try_from(month.month()).ok()?;
            let due = Date::new(month.year(), month.month(), i8::try_from(day).ok()? + 1)?;
            number.is_multiple_of(self.every).then_some(due)
        });
        let mut due_days: Vec<Date> =
            settled.filter(|due| disbursed_on < *due && *due < last).collect();
        due_days.push(last);
        let conditions = schedule::Conditions {
            annual_rate: plan.annual_rate,
            unit: Unit::Month,
            method: plan.method,
            day_count: terms.day_count,
            rounding: terms.rounding,
        };
        let calendar = terms.working_days.then_some(&state.calendar);
        schedule::remaining_schedule(plan.principal, disbursed_on, &due_days, &conditions, 1)
            .map(|computed| computed.iter().map(|one| Instalment::of(one, calendar)).collect())
            .map_err(|error| Refusal::TermsInvalid { field: error.field, problem: error.reason })
    }
}

impl Disbursed {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        match &self.fund {
            Some(fund) => {
                let (purpose, shares) = (&self.programme, &self.shares);
                let (debit, credit) = (Account::LoanReceivable, Account::FundBank);
                transfer_shares(&mut entry, debit, credit, fund, purpose, shares);
                let (debit, credit) = (Account::CommitmentContra, Account::Commitment);
                transfer_shares(&mut entry, debit, credit, fund, purpose, shares);
            }
            None => {
                let pot = bank_pot(&self.programme);
                entry.transfer(Account::BankLoan, Account::BankLoanContra, &pot, self.amount);
            }
        }
        if let Some(fund) = &self.guarantee_fund {
            let pot = guarantee_pot(fund, &self.programme);
            let (debit, credit) =
                (Account::GuaranteeCommitmentContra, Account::GuaranteeCommitment);
            entry.transfer(debit, credit, &pot, self.guaranteed);
            let (debit, credit) = (Account::GuaranteeLiability, Account::GuaranteeLiabilityContra);
            entry.transfer(debit, credit, &pot, self.guaranteed);
        }
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        let maturity = self.instalments.last().map_or(effective_on, |last| last.due_on);
        let active = Active {
            lent: self.amount,
            annual_rate: self.annual_rate,
            method: self.method,
            disbursed_on: effective_on,
            maturity,
            changed_on: effective_on,
            accrued_to: effective_on,
            principal: self.amount,
            open: OpenInstalments::from(self.instalments.as_slice()),
            paid_ahead_to: None,
            history: PrincipalHistory::default(),
            late: LatePrincipal::default(),
            claimed: ClaimedPeriods::default(),
            incidents: Incidents::default(),
            guaranteed: self.guaranteed,
            shares: self.shares.clone().into_boxed_slice(),
            last_position: position,
        };
        if let Some(loan) = state.loans.get_mut(&self.loan) {
            loan.stage = Stage::Active(Box::new(active));
        }
        if self.counts_for_life(state) {
            state.count_lent_loan(self.borrower);
        }
        handling_bank::change_guaranteed(state, &self.loan, self.guaranteed);
    }

    /// Whether the programme version limits how many loans a borrower is lent.
    fn counts_for_life(&self, state: &State) -> bool {
        let version = state.programme_version(&self.programme, self.version);
        let terms = version.and_then(|version| version.loan_terms().ok());
        terms.and_then(LoanTerms::loans_in_lifetime).is_some()
    }

    pub(crate) fn check_undo(&self, state: &State, position: u64) -> Result<(), Refusal> {
        let active = state.loan(&self.loan)?.active(&self.loan)?;
        last_of_loan(active, position)?;
        match active.claimed.list().last() {
            None => Ok(()),
            Some(claimed) => {
                Err(Refusal::LoanInClaim { loan: self.loan.clone(), position: claimed.position })
            }
        }
    }

    /// The loan is approved again, and holds again what it held.
    pub(crate) fn undo(&self, state: &mut State) {
        let approval = Approval {
            amount: self.amount,
            annual_rate: self.annual_rate,
            months: self.months,
            method: self.method,
            guarantee: self.guarantee_fund.as_ref().map(|_| self.guaranteed),
            shares: self.shares.clone(),
            rests_on: self.rests_on,
        };
        if let Some(Loan { stage, .. }) = state.loans.get_mut(&self.loan) {
            *stage = Stage::Approved(Box::new(approval));
        }
        if self.counts_for_life(state) {
            state.uncount_lent_loan(self.borrower);
        }
        handling_bank::change_guaranteed(state, &self.loan, -self.guaranteed);
    }
}

/// Money events of a loan are reversed last first.
pub(crate) fn last_of_loan(active: &Active, position: u64) -> Result<(), Refusal> {
    if active.last_position == position {
        Ok(())
    } else {
        Err(Refusal::ReverseLaterFirst { position, later: active.last_position })
    }
}

/// Principal that banks lent burdens no fund; it is counted by programme.
pub(crate) fn bank_pot(programme: &Id) -> Pot {
    Pot::of_programme(programme)
}
