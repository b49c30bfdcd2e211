//! A loan before it is lent: applied for, approved, cancelled.

use serde::{Deserialize, Serialize};

use crate::account::{Account, Entry, Pot};
use crate::check::positive;
use crate::date::Date;
use crate::fund::{Draw, Share, transfer_shares};
use crate::id::{Id, Pseudonym, Text, present};
use crate::loan::borrowers::within_lifetime;
use crate::loan::rate_reset::{FLOATING, Floating};
use crate::loan::reference_rate::ReferenceRate;
use crate::loan::{APPLIED, Application, Approval, Loan, Stage, lending_fund, terms};
use crate::money::Money;
use crate::programme::{Category, Lender, LoanTerms, Version};
use crate::rate::Rate;
use crate::refusal::{Refusal, Word};
use crate::schedule::Method;
use crate::state::{Link, State};

/// Command `loan.apply`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The category within the programme.
    pub category: Id,
    /// Who borrows.
    pub borrower: Pseudonym,
    /// The handling bank (经办银行), where a bank lends.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub bank: Option<Id>,
    /// How much.
    pub amount: Money,
    /// For how many months.
    pub months: u16,
    /// How many heads a partnership has, where the category counts them.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub heads: Option<u16>,
    /// The spouse of the borrower.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub spouse: Option<Pseudonym>,
    /// The other members of the joint group (联保小组).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joint_group: Vec<Pseudonym>,
}

/// Event `loan.applied.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applied {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// The version in force, which decides over the whole life of the loan.
    pub version: u32,
    /// The category within the programme.
    pub category: Id,
    /// Who borrows.
    pub borrower: Pseudonym,
    /// The handling bank (经办银行), where a bank lends.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub bank: Option<Id>,
    /// How much.
    pub amount: Money,
    /// For how many months.
    pub months: u16,
    /// How many heads a partnership has, where the category counts them.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub heads: Option<u16>,
    /// The spouse of the borrower.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub spouse: Option<Pseudonym>,
    /// The other members of the joint group (联保小组).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joint_group: Vec<Pseudonym>,
}

/// Command `loan.approve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// The loan.
    pub loan: Id,
    /// How much.
    pub amount: Money,
    /// The annual rate.
    pub annual_rate: Rate,
    /// The repayment method.
    pub method: Method,
    /// The rate that the contract refers to, where the discount depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub reference_rate: Option<ReferenceRate>,
    /// How the rate follows it; fixed for the life of the loan when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub floating: Option<Floating>,
}

/// Event `loan.approved.v1`. Money of a lending fund is held for the loan from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approved {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// How much.
    pub amount: Money,
    /// The annual rate.
    pub annual_rate: Rate,
    /// The repayment method.
    pub method: Method,
    /// The rate that the contract refers to.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub reference_rate: Option<ReferenceRate>,
    /// How the rate follows it; fixed for the life of the loan when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub floating: Option<Floating>,
    /// The fund that lends, unless a bank does.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub fund: Option<Id>,
    /// Which sources of the fund hold the money.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Share>,
}

/// Command `loan.cancel`: declined, or withdrawn before disbursement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// The loan.
    pub loan: Id,
    /// Why.
    pub reason: Text,
}

/// Event `loan.cancelled.v1`: what was held for the loan is free again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancelled {
    /// The loan.
    pub loan: Id,
    /// The programme.
    pub programme: Id,
    /// Why.
    pub reason: Text,
    /// The lending fund whose money was held.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub fund: Option<Id>,
    /// Which sources held it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Share>,
    /// The guarantee fund that had committed itself.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub guarantee_fund: Option<Id>,
    /// The guarantee released.
    pub guarantee: Money,
}

impl Apply {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Applied, Refusal> {
        positive("amount", self.amount)?;
        state.unused_loan(&self.loan)?;
        let version = state.version_in_force(&self.programme, effective_on)?;
        let terms = version.loan_terms()?;
        let known = || terms.categories.iter().map(|band| band.category.to_string());
        let band = terms.categories.iter().find(|band| band.category == self.category).ok_or_else(
            || Refusal::UnknownCategory {
                programme: self.programme.clone(),
                category: self.category.clone(),
                known: known().collect::<Vec<_>>().join(", "),
            },
        )?;
        if self.months == 0 {
            let problem = "a term of at least 1 month is needed".into();
            return Err(Refusal::TermsInvalid { field: "months", problem });
        }
        if self.bank.is_some() != (terms.lender == Lender::Bank) {
            return Err(Refusal::LenderMismatch {
                programme: self.programme.clone(),
                lender: match terms.lender {
                    Lender::Bank => Word::new("bank", "银行"),
                    Lender::Fund { .. } => Word::new("fund", "资金"),
                },
            });
        }
        self.check_borrowers(state, terms, effective_on)?;
        let maximum = self.maximum(band)?;
        let open = state.open_loans(self.borrower);
        if open >= terms.open_loans_per_borrower {
            return Err(Refusal::OpenLoanExists {
                borrower: self.borrower,
                open,
                maximum: terms.open_loans_per_borrower,
            });
        }
        if self.months > terms.maximum_months {
            return Err(Refusal::TermTooLong {
                months: self.months,
                maximum: terms.maximum_months,
            });
        }
        within_lifetime(state, terms, self.borrower)?;
        within_band(self.amount, band, maximum)?;
        Ok(Applied {
            loan: self.loan.clone(),
            programme: self.programme.clone(),
            version: version.version,
            category: self.category.clone(),
            borrower: self.borrower,
            bank: self.bank.clone(),
            amount: self.amount,
            months: self.months,
            heads: self.heads,
            spouse: self.spouse,
            joint_group: self.joint_group.clone(),
        })
    }
}

impl Applied {
    pub(crate) fn apply(&self, state: &mut State, record: Link) {
        let Some(version) = state.version_index(&self.programme, self.version) else { return };
        let terms = state.version(version).and_then(Version::loan_terms);
        let category = terms.ok().and_then(|terms| {
            terms.categories.iter().position(|band| band.category == self.category)
        });
        let application = Application {
            amount: self.amount,
            months: self.months,
            category: category.and_then(|index| u16::try_from(index).ok()).unwrap_or(u16::MAX),
            record,
        };
        let bank = self.bank.as_ref().and_then(|bank| state.bank_number(bank));
        let loan = Loan {
            version,
            borrower: self.borrower,
            bank,
            reference_rate: None,
            floating: None,
            stage: Stage::Applied(Box::new(application)),
        };
        state.loans.insert(self.loan.clone(), loan);
        if let Some(spouse) = self.spouse {
            state.remember_spouse(&self.loan, spouse);
        }
        state.count_open_loan(&self.loan, self.borrower, 1);
    }
}

impl Approve {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Approved, Refusal> {
        positive("amount", self.amount)?;
        let loan = state.loan(&self.loan)?;
        let (version, terms) = terms(state, loan)?;
        let Stage::Applied(application) = &loan.stage else {
            return Err(loan.wrong_stage(&self.loan, APPLIED));
        };
        application.record.not_after(effective_on)?;
        if self.amount > application.amount {
            return Err(Refusal::ApprovedOverApplied {
                loan: self.loan.clone(),
                applied: application.amount,
                approved: self.amount,
            });
        }
        method_allowed(terms, self.method)?;
        let needed = terms.discount.as_ref().is_some_and(|terms| terms.mode.needs_reference_rate());
        match &self.reference_rate {
            None if needed => {
                let (programme, version) = (version.programme.clone(), version.version);
                return Err(Refusal::ReferenceRateMissing { programme, version });
            }
            Some(reference) if reference.published_on > effective_on => {
                let problem = format!("it lies after the approval on {effective_on}");
                return Err(Refusal::TermsInvalid {
                    field: "reference_rate.published_on",
                    problem,
                });
            }
            _ => {}
        }
        if let Some(floating) = &self.floating {
            if !terms.resets.contains(&floating.reset.every()) {
                let (programme, version) = (version.programme.clone(), version.version);
                let kind = FLOATING;
                return Err(Refusal::ContractChangeNotAllowed { programme, version, kind });
            }
            floating.check(self.reference_rate.as_ref(), self.annual_rate)?;
        }
        if self.annual_rate > terms.maximum_rate {
            return Err(Refusal::RateTooHigh {
                rate: self.annual_rate,
                maximum: terms.maximum_rate,
            });
        }
        if let Some(band) = terms.categories.get(usize::from(application.category)) {
            // What was applied for is within what the heads allow.
            within_band(self.amount, band, band.maximum)?;
        }
        let fund = lending_fund(terms).cloned();
        let shares = match &fund {
            Some(fund) => Draw::on(state, fund, &version.programme)?.take(self.amount)?,
            None => Vec::new(),
        };
        Ok(Approved {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            amount: self.amount,
            annual_rate: self.annual_rate,
            method: self.method,
            reference_rate: self.reference_rate.clone(),
            floating: self.floating.clone(),
            fund,
            shares,
        })
    }
}

impl Approved {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        if let Some(fund) = &self.fund {
            let (debit, credit) = (Account::Commitment, Account::CommitmentContra);
            transfer_shares(&mut entry, debit, credit, fund, &self.programme, &self.shares);
        }
        entry
    }

    pub(crate) fn apply(&self, state: &mut State, approved: Link) {
        let reference = self.reference_rate.as_ref();
        let reference_rate = reference.and_then(|rate| state.reference_rate_number(rate));
        let floating = self.floating.as_ref().and_then(|floating| state.floating_number(floating));
        let Some(loan) = state.loans.get_mut(&self.loan) else { return };
        let Stage::Applied(application) = &loan.stage else { return };
        let months = application.months;
        loan.reference_rate = reference_rate;
        loan.floating = floating;
        loan.stage = Stage::Approved(Box::new(Approval {
            amount: self.amount,
            annual_rate: self.annual_rate,
            months,
            method: self.method,
            guarantee: None,
            shares: self.shares.clone(),
            rests_on: approved,
        }));
    }
}

impl Cancel {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Cancelled, Refusal> {
        let loan = state.loan(&self.loan)?;
        let (version, terms) = terms(state, loan)?;
        let (shares, guarantee) = match &loan.stage {
            Stage::Applied(application) => {
                application.record.not_after(effective_on)?;
                (Vec::new(), Money::ZERO)
            }
            Stage::Approved(approval) => {
                approval.rests_on.not_after(effective_on)?;
                (approval.shares.clone(), approval.guarantee.unwrap_or_default())
            }
            Stage::Active(_) => {
                let needed = Word::new("applied or approved", "已申请或已批准");
                return Err(loan.wrong_stage(&self.loan, needed));
            }
        };
        Ok(Cancelled {
            loan: self.loan.clone(),
            programme: version.programme.clone(),
            reason: self.reason.clone(),
            fund: lending_fund(terms).filter(|_| !shares.is_empty()).cloned(),
            shares,
            guarantee_fund: guaranteeing_fund(version).filter(|_| guarantee.is_positive()).cloned(),
            guarantee,
        })
    }
}

impl Cancelled {
    pub(crate) fn entry(&self) -> Entry {
        let mut entry = Entry::new();
        if let Some(fund) = &self.fund {
            let (debit, credit) = (Account::CommitmentContra, Account::Commitment);
            transfer_shares(&mut entry, debit, credit, fund, &self.programme, &self.shares);
        }
        if let Some(fund) = &self.guarantee_fund {
            let pot = guarantee_pot(fund, &self.programme);
            let (debit, credit) =
                (Account::GuaranteeCommitmentContra, Account::GuaranteeCommitment);
            entry.transfer(debit, credit, &pot, self.guarantee);
        }
        entry
    }

    pub(crate) fn apply(&self, state: &mut State) {
        if let Some(loan) = state.loans.remove(&self.loan) {
            state.count_open_loan(&self.loan, loan.borrower, -1);
            state.forget_spouse(&self.loan);
            state.counter_guarantees.remove(&self.loan);
            state.close_loan(&self.loan);
        }
    }
}

/// Refused when the programme allows no contract of the repayment method.
pub(crate) fn method_allowed(terms: &LoanTerms, method: Method) -> Result<(), Refusal> {
    if terms.methods.contains(&method) {
        return Ok(());
    }
    let allowed: Vec<_> = terms.methods.iter().map(|method| method.as_str()).collect();
    let method = method.as_str().into();
    Err(Refusal::MethodNotAllowed { method, allowed: allowed.join(", ") })
}

/// The least that is lent holds for what is approved, too: the rest of a band is not lent.
fn within_band(amount: Money, band: &Category, maximum: Money) -> Result<(), Refusal> {
    if (band.minimum..=maximum).contains(&amount) {
        return Ok(());
    }
    Err(Refusal::LoanOutsideBand {
        category: band.category.clone(),
        requested: amount,
        minimum: band.minimum,
        maximum,
    })
}

/// The fund that guarantees the loans of a programme version.
pub(crate) fn guaranteeing_fund(version: &Version) -> Option<&Id> {
    version.loan_terms().ok()?.guarantee.as_ref().map(|guarantee| &guarantee.fund)
}

/// Guarantees burden the fund as a whole, not one of its sources.
pub(crate) fn guarantee_pot(fund: &Id, programme: &Id) -> Pot {
    Pot { fund: Some(fund.clone()), source: None, purpose: Some(programme.clone()) }
}
