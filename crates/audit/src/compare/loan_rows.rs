//! What the rows of loans, their payments, allocations and instalments must be.

use std::collections::BTreeMap;

use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::id::Id;
use almoner_domain::loan::SETTLED_LOAN_KEPT_DAYS;
use almoner_domain::loan::application::Applied;
use almoner_domain::loan::disbursement::Disbursed;
use almoner_domain::loan::instalment::Instalment;
use almoner_domain::loan::repayment::Allocation;
use almoner_domain::money::Money;

use super::Tally;
use super::payment_rows::{
    allocation, allocation_key, compensation, contract_change, disbursement, last_due, penalty,
    penalty_owed, principal, recovery, refund, repayment,
};
use super::rows::optional;

/// The loans that can still change, by name. Payments and allocations go to the tally at once: a
/// reversal carries what it reverses, so that their rows can be written again.
#[derive(Debug, Default)]
pub(super) struct LoanRows {
    loans: BTreeMap<Id, LoanRow>,
    latest: Option<Date>,
    /// How many events came since loans were last handed over.
    since_handing_over: u32,
}

#[derive(Debug)]
struct LoanRow {
    /// What each event says, already in the row's form.
    applied: String,
    approved: String,
    guaranteed: String,
    cancelled: String,
    disbursed: String,
    maturity: Option<Date>,
    stage: Stage,
    overpaid: Money,
    /// Penalty and compound interest charged and not paid.
    penalty: Money,
    /// Principal that a fund paid to the bank: the instalments stay open until it is recovered.
    compensated: Money,
    instalments: Vec<InstalmentRow>,
    /// The day of the last change.
    changed_on: Date,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Applied,
    Approved,
    Cancelled,
    Lent,
}

#[derive(Clone, Debug)]
struct InstalmentRow {
    instalment: Instalment,
    valid_from: u64,
    valid_until: Option<u64>,
    open_principal: Money,
    open_interest: Money,
}

/// So often are the rows of loans that change no more handed over.
const HAND_OVER_EVERY: u32 = 100_000;

impl LoanRows {
    pub(super) fn take_in(&mut self, position: u64, on: Date, event: &Event, tally: &mut Tally) {
        self.latest = self.latest.max(Some(on));
        match event {
            Event::LoanApplied(applied) => {
                self.loans.insert(applied.loan.clone(), LoanRow::of(position, on, applied));
            }
            Event::LoanApproved(event) => self.change(&event.loan, on, |loan| {
                let (amount, rate, method) =
                    (event.amount, event.annual_rate, event.method.as_str());
                let fund = optional(event.fund.as_ref());
                loan.approved = format!("{amount}\t{rate}\t{method}\t{fund}\t{on}\t{position}");
                loan.stage = Stage::Approved;
            }),
            Event::GuaranteeCommitted(event) => self.change(&event.loan, on, |loan| {
                loan.guaranteed = format!("{}\t{}\t{on}\t{position}", event.fund, event.amount);
            }),
            Event::LoanCancelled(event) => self.change(&event.loan, on, |loan| {
                loan.cancelled = format!("{on}\t{position}");
                loan.stage = Stage::Cancelled;
            }),
            Event::LoanDisbursed(event) => {
                tally.add("payment", &position.to_string(), &disbursement(on, event, None));
                self.change(&event.loan, on, |loan| loan.disburse(position, on, event));
            }
            Event::LoanRepaid(repaid) => {
                tally.add("payment", &position.to_string(), &repayment(on, repaid, None));
                for one in &repaid.allocations {
                    let key = allocation_key(position, &repaid.loan, one);
                    tally.add("allocation", &key, &allocation(one, None));
                }
                self.change(&repaid.loan, on, |loan| {
                    loan.overpaid += repaid.overpaid;
                    loan.penalty -= repaid.charged().total();
                    loan.reschedule(position, event);
                    loan.allocate(&repaid.allocations, |open, covered| open - covered);
                });
            }
            Event::LoanRefunded(event) => {
                let text = refund(on, &event.loan, event.amount, None);
                tally.add("payment", &position.to_string(), &text);
                self.change(&event.loan, on, |loan| loan.overpaid -= event.amount);
            }
            Event::GuaranteeCompensated(event) => {
                tally.add("payment", &position.to_string(), &compensation(on, event, None));
                self.change(&event.loan, on, |loan| loan.compensated += event.principal);
            }
            Event::GuaranteeRecovered(event) => {
                let text = recovery(on, &event.loan, event.amount, None);
                tally.add("payment", &position.to_string(), &text);
                for one in &event.discharged {
                    let key = allocation_key(position, &event.loan, one);
                    tally.add("allocation", &key, &allocation(one, None));
                }
                self.change(&event.loan, on, |loan| {
                    loan.compensated -= principal(&event.discharged);
                    loan.allocate(&event.discharged, |open, covered| open - covered);
                });
            }
            Event::LoanExtended(_) | Event::LoanRescheduled(_) | Event::LoanRateReset(_) => {
                let Some(change) = event.schedule_change() else { return };
                let text = contract_change(on, event, change.loan, None);
                tally.add("payment", &position.to_string(), &text);
                for one in change.moved {
                    let key = allocation_key(position, change.loan, one);
                    tally.add("allocation", &key, &allocation(one, None));
                }
                self.change(change.loan, on, |loan| {
                    loan.reschedule(position, event);
                    loan.allocate(change.moved, |open, moved| open - moved);
                });
            }
            Event::LoanPenaltyCharged(_) | Event::LoanPenaltyWaived(_) => {
                let Some((loan, owed)) = penalty_owed(event) else { return };
                tally.add("payment", &position.to_string(), &penalty(on, loan, owed, None));
                self.change(loan, on, |loan| loan.penalty += owed);
            }
            Event::ReversalRecorded(reversal) => {
                let (reversed, day) = (reversal.position, reversal.effective_on);
                let original = &reversal.original;
                self.reverse(position, on, reversed, day, original, tally);
            }
            _ => {}
        }
        self.since_handing_over += 1;
        if self.since_handing_over == HAND_OVER_EVERY {
            self.since_handing_over = 0;
            self.hand_over(tally);
        }
    }

    /// Takes back an event that was recorded at `reversed` for `day`.
    fn reverse(
        &mut self,
        position: u64,
        on: Date,
        reversed: u64,
        day: Date,
        original: &Event,
        tally: &mut Tally,
    ) {
        let key = reversed.to_string();
        let mut rewrite = |table: &str, key: &str, text: &dyn Fn(Option<u64>) -> String| {
            tally.remove(table, key, &text(None));
            tally.add(table, key, &text(Some(position)));
        };
        match original {
            Event::LoanDisbursed(event) => {
                rewrite("payment", &key, &|at| disbursement(day, event, at));
                self.change(&event.loan, on, |loan| loan.take_back(position));
            }
            Event::LoanRepaid(event) => {
                rewrite("payment", &key, &|at| repayment(day, event, at));
                for one in &event.allocations {
                    let key = allocation_key(reversed, &event.loan, one);
                    rewrite("allocation", &key, &|at| allocation(one, at));
                }
                self.change(&event.loan, on, |loan| {
                    loan.undo_repayment(position, reversed, original);
                });
            }
            Event::LoanRefunded(event) => {
                rewrite("payment", &key, &|at| refund(day, &event.loan, event.amount, at));
                self.change(&event.loan, on, |loan| loan.overpaid += event.amount);
            }
            Event::LoanExtended(_) | Event::LoanRescheduled(_) | Event::LoanRateReset(_) => {
                let Some(change) = original.schedule_change() else { return };
                let loan = change.loan;
                rewrite("payment", &key, &|at| contract_change(day, original, loan, at));
                for one in change.moved {
                    let key = allocation_key(reversed, loan, one);
                    rewrite("allocation", &key, &|at| allocation(one, at));
                }
                self.change(loan, on, |loan| {
                    loan.bring_schedule_back(position, reversed, original);
                    loan.allocate(change.moved, |open, moved| open + moved);
                });
            }
            Event::LoanPenaltyCharged(_) | Event::LoanPenaltyWaived(_) => {
                let Some((loan, owed)) = penalty_owed(original) else { return };
                rewrite("payment", &key, &|at| penalty(day, loan, owed, at));
                self.change(loan, on, |loan| loan.penalty -= owed);
            }
            Event::GuaranteeCompensated(event) => {
                rewrite("payment", &key, &|at| compensation(day, event, at));
                self.change(&event.loan, on, |loan| loan.compensated -= event.principal);
            }
            Event::GuaranteeRecovered(event) => {
                rewrite("payment", &key, &|at| recovery(day, &event.loan, event.amount, at));
                for one in &event.discharged {
                    let key = allocation_key(reversed, &event.loan, one);
                    rewrite("allocation", &key, &|at| allocation(one, at));
                }
                self.change(&event.loan, on, |loan| {
                    loan.compensated += principal(&event.discharged);
                    loan.allocate(&event.discharged, |open, covered| open + covered);
                });
            }
            _ => {}
        }
    }

    pub(super) fn finish(self, tally: &mut Tally) {
        for (id, loan) in &self.loans {
            loan.add_to(id, tally);
        }
    }

    fn change(&mut self, loan: &Id, on: Date, change: impl FnOnce(&mut LoanRow)) {
        if let Some(loan) = self.loans.get_mut(loan) {
            loan.changed_on = on;
            change(loan);
        }
    }

    /// Hands over the loans of which no event will be accepted any more.
    fn hand_over(&mut self, tally: &mut Tally) {
        let Some(latest) = self.latest else { return };
        let kept_from = latest.plus_days(-SETTLED_LOAN_KEPT_DAYS);
        self.loans.retain(|id, loan| {
            let ended = loan.stage == Stage::Cancelled
                || (loan.stage_name() == "settled" && loan.changed_on < kept_from);
            if ended {
                loan.add_to(id, tally);
            }
            !ended
        });
    }
}

impl LoanRow {
    fn of(position: u64, on: Date, event: &Applied) -> Self {
        let Applied { programme, version, category, borrower, months, amount, .. } = event;
        let bank = optional(event.bank.as_ref());
        Self {
            applied: format!(
                "{programme}\t{version}\t{category}\t{borrower}\t{bank}\t{months}\t{amount}\t{on}\t{position}"
            ),
            approved: "\t\t\t\t\t".to_owned(),
            guaranteed: "\t\t\t".to_owned(),
            cancelled: "\t".to_owned(),
            disbursed: "\t".to_owned(),
            maturity: None,
            stage: Stage::Applied,
            overpaid: Money::ZERO,
            penalty: Money::ZERO,
            compensated: Money::ZERO,
            instalments: Vec::new(),
            changed_on: on,
        }
    }

    fn disburse(&mut self, position: u64, on: Date, event: &Disbursed) {
        let last_due = last_due(on, event);
        self.disbursed = format!("{on}\t{position}");
        self.maturity = Some(last_due);
        self.stage = Stage::Lent;
        self.add_instalments(position, &event.instalments);
    }

    /// The disbursement was a mistake.
    fn take_back(&mut self, position: u64) {
        self.disbursed = "\t".to_owned();
        self.maturity = None;
        self.stage = Stage::Approved;
        self.overpaid = Money::ZERO;
        self.penalty = Money::ZERO;
        self.compensated = Money::ZERO;
        self.end_instalments(position, |_| true);
    }

    /// Takes new instalments in for the last ones.
    fn reschedule(&mut self, position: u64, event: &Event) {
        let Some(change) = event.schedule_change() else { return };
        self.end_instalments_from(position, change.first_number());
        self.add_instalments(position, change.after);
        self.maturity = change.maturity.map_or(self.maturity, |(_, after)| Some(after));
    }

    /// Ends the instalments that an event added, or what the reversal of a later one brought back of them, and
    /// brings back those that it replaced.
    fn bring_schedule_back(&mut self, position: u64, reversed: u64, original: &Event) {
        let Some(change) = original.schedule_change() else { return };
        self.end_instalments_from(position, change.first_number());
        let was_ended = |row: &&InstalmentRow| row.valid_until == Some(reversed);
        let mut again: Vec<_> = self.instalments.iter().filter(was_ended).cloned().collect();
        for row in &mut again {
            (row.valid_from, row.valid_until) = (position, None);
        }
        self.instalments.append(&mut again);
        self.maturity = change.maturity.map_or(self.maturity, |(before, _)| Some(before));
    }

    fn undo_repayment(&mut self, position: u64, reversed: u64, original: &Event) {
        let Event::LoanRepaid(event) = original else { return };
        self.overpaid -= event.overpaid;
        self.penalty += event.charged().total();
        self.bring_schedule_back(position, reversed, original);
        self.allocate(&event.allocations, |open, covered| open + covered);
    }

    fn add_instalments(&mut self, position: u64, instalments: &[Instalment]) {
        self.instalments.extend(instalments.iter().map(|instalment| InstalmentRow {
            instalment: instalment.clone(),
            valid_from: position,
            valid_until: None,
            open_principal: instalment.principal,
            open_interest: instalment.interest,
        }));
    }

    fn end_instalments_from(&mut self, position: u64, first: Option<u16>) {
        self.end_instalments(position, |row| first.is_some_and(|no| row.instalment.number >= no));
    }

    fn end_instalments(&mut self, position: u64, which: impl Fn(&InstalmentRow) -> bool) {
        let holding = self.instalments.iter_mut().filter(|row| row.valid_until.is_none());
        for row in holding.filter(|row| which(row)) {
            row.valid_until = Some(position);
        }
    }

    fn allocate(&mut self, allocations: &[Allocation], change: impl Fn(Money, Money) -> Money) {
        for one in allocations {
            let mut holding = self.instalments.iter_mut().filter(|row| row.valid_until.is_none());
            if let Some(row) = holding.find(|row| row.instalment.number == one.number) {
                row.open_principal = change(row.open_principal, one.principal);
                row.open_interest = change(row.open_interest, one.interest);
            }
        }
    }

    /// Open principal, less what was paid to the bank, and interest of the instalments that hold.
    fn open(&self) -> (Money, Money) {
        let holding = self.instalments.iter().filter(|row| row.valid_until.is_none());
        holding.fold((-self.compensated, Money::ZERO), |(principal, interest), row| {
            (principal + row.open_principal, interest + row.open_interest)
        })
    }

    fn stage_name(&self) -> &'static str {
        let (principal, interest) = self.open();
        let is_compensated = principal.is_zero() && self.compensated.is_positive();
        let open = [principal, interest, self.overpaid, self.penalty];
        let nothing_open = open.iter().all(|amount| amount.is_zero());
        match self.stage {
            Stage::Applied => "applied",
            Stage::Approved => "approved",
            Stage::Cancelled => "cancelled",
            Stage::Lent if is_compensated => "compensated",
            Stage::Lent if nothing_open => "settled",
            Stage::Lent => "active",
        }
    }

    fn add_to(&self, id: &Id, tally: &mut Tally) {
        let (principal, interest) = self.open();
        let Self { applied, approved, guaranteed, cancelled, disbursed, overpaid, penalty, .. } =
            self;
        let compensated = self.compensated;
        let maturity = optional(self.maturity);
        let stage = self.stage_name();
        let text = format!(
            "{applied}\t{approved}\t{guaranteed}\t{cancelled}\t{disbursed}\t{maturity}\t{principal}\t{interest}\t{overpaid}\t{penalty}\t{compensated}\t{stage}"
        );
        tally.add("loan", id.as_str(), &text);
        for row in &self.instalments {
            let one = &row.instalment;
            let key = format!("{id}\t{}\t{}", one.number, row.valid_from);
            let text = format!(
                "{}\t{}\t{}\t{}\t{}\t{}\t{}",
                optional(row.valid_until),
                one.due_on,
                one.payable_until(),
                one.principal,
                one.interest,
                row.open_principal,
                row.open_interest
            );
            tally.add("instalment", &key, &text);
        }
    }
}
