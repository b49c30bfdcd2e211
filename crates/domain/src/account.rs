//! The chart of accounts, postings, and the books that they add up to (P4).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as MapEntry;

use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::money::Money;

/// Declares the chart: variant, code, English and Chinese name.
macro_rules! chart {
    ($($(#[$doc:meta])* $variant:ident $code:literal $english:literal $chinese:literal)*) => {
        /// An account. Debits are positive, credits negative.
        ///
        /// Memo accounts stand in pairs of an account and its contra account; they hold what is
        /// promised or owed on a condition, outside the balance sheet, and balance among themselves.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Account { $($(#[$doc])* $variant,)* }

        impl Account {
            /// The whole chart, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code in views and exports.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The account of a code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }

            /// The English name.
            #[must_use]
            pub const fn english(self) -> &'static str {
                match self { $(Self::$variant => $english,)* }
            }

            /// The Chinese name.
            #[must_use]
            pub const fn chinese(self) -> &'static str {
                match self { $(Self::$variant => $chinese,)* }
            }
        }
    };
}

chart! {
    /// Money of a fund in the bank.
    FundBank "assets:fund_bank" "fund money in the bank" "资金专户存款"
    /// Principal lent out of a fund and not yet repaid.
    LoanReceivable "assets:loan_receivable" "loans lent by the fund" "应收贷款本金"
    /// Money of borrowers paid beyond what they owed.
    Overpayment "liabilities:overpayment" "overpaid by borrowers" "多收还款"
    /// Money received by a fund.
    FundCapital "equity:fund_capital" "received by the fund" "到账资金"
    /// Interest received on loans of the fund.
    LoanInterest "income:loan_interest" "loan interest" "贷款利息收入"
    /// Subsidies paid.
    Subsidy "expenses:subsidy" "subsidies paid" "补贴支出"
    /// Interest discount paid.
    InterestDiscount "expenses:interest_discount" "interest discount paid" "贴息支出"
    /// Promised to the fund, not yet money.
    Pledge "memo:pledge" "pledged, not received" "认捐未到账"
    /// Contra account of [`Account::Pledge`].
    PledgeContra "memo_contra:pledge" "pledged, contra" "认捐（备查对方）"
    /// Approved and not yet paid.
    Commitment "memo:commitment" "committed, not paid" "已批未付"
    /// Contra account of [`Account::Commitment`].
    CommitmentContra "memo_contra:commitment" "committed, contra" "已批未付（备查对方）"
    /// Principal lent by banks and not yet repaid.
    BankLoan "memo:bank_loan" "principal lent by banks" "银行贷款余额"
    /// Contra account of [`Account::BankLoan`].
    BankLoanContra "memo_contra:bank_loan" "principal lent by banks, contra" "银行贷款余额（备查对方）"
    /// Guarantees approved and not yet live.
    GuaranteeCommitment "memo:guarantee_commitment" "guarantees committed" "承诺担保"
    /// Contra account of [`Account::GuaranteeCommitment`].
    GuaranteeCommitmentContra "memo_contra:guarantee_commitment" "guarantees committed, contra" "承诺担保（备查对方）"
    /// Live guaranteed principal.
    GuaranteeLiability "memo:guarantee_liability" "guarantee liability" "担保责任余额"
    /// Contra account of [`Account::GuaranteeLiability`].
    GuaranteeLiabilityContra "memo_contra:guarantee_liability" "guarantee liability, contra" "担保责任余额（备查对方）"
    /// Paid to banks for borrowers and to be recovered from them (应收代偿款).
    CompensationReceivable "assets:compensation_receivable" "compensation to be recovered" "应收代偿款"
    /// Recovered by a bank and owed to the fund.
    RecoveryDue "assets:recovery_due" "recovered by banks, owed to the fund" "应收银行代收追偿款"
    /// Recovered by the fund and owed to those who share the loss.
    RecoveryOwed "liabilities:recovery_owed" "recovered, owed to those who share the loss" "应付追偿分配款"
    /// Compensation written off (核销).
    WriteOff "expenses:write_off" "compensation written off" "代偿核销损失"
    /// Recovered on claims that were written off.
    RecoveryAfterWriteOff "income:recovery_after_write_off" "recovered after write-off" "核销后收回"
    /// The part of losses that the upper tier paid.
    LossReshare "income:loss_reshare" "loss borne by the upper tier" "上级分担代偿收入"
    /// The part of compensated claims that banks and other parties bear.
    LossShare "memo:loss_share" "loss borne by banks and others" "其他方分担代偿损失"
    /// Contra account of [`Account::LossShare`].
    LossShareContra "memo_contra:loss_share" "loss borne by banks and others, contra" "其他方分担代偿损失（备查对方）"
    /// Claimed from the upper tier and not yet received.
    ReshareClaim "memo:reshare_claim" "claimed from the upper tier" "向上级申报分担"
    /// Contra account of [`Account::ReshareClaim`].
    ReshareClaimContra "memo_contra:reshare_claim" "claimed from the upper tier, contra" "向上级申报分担（备查对方）"
    /// Social-insurance premiums due and unpaid.
    PremiumArrears "memo:premium_arrears" "premiums due and unpaid" "欠缴社会保险费"
    /// Contra account of [`Account::PremiumArrears`].
    PremiumArrearsContra "memo_contra:premium_arrears" "premiums due and unpaid, contra" "欠缴社会保险费（备查对方）"
    /// Late fees charged and unpaid.
    LateFee "memo:late_fee" "late fees charged and unpaid" "应收滞纳金"
    /// Contra account of [`Account::LateFee`].
    LateFeeContra "memo_contra:late_fee" "late fees charged and unpaid, contra" "应收滞纳金（备查对方）"
    /// Assets mortgaged for arrears, at their valuation.
    AssetMortgage "memo:asset_mortgage" "assets mortgaged for arrears" "资产抵押"
    /// Contra account of [`Account::AssetMortgage`].
    AssetMortgageContra "memo_contra:asset_mortgage" "assets mortgaged for arrears, contra" "资产抵押（备查对方）"
    /// Wages owed to workers and not recovered.
    WageArrears "memo:wage_arrears" "wages owed and not recovered" "欠薪未追回"
    /// Contra account of [`Account::WageArrears`].
    WageArrearsContra "memo_contra:wage_arrears" "wages owed and not recovered, contra" "欠薪未追回（备查对方）"
    /// Wages recovered and held for workers.
    WagesHeld "memo:wages_held" "wages recovered, not paid" "追回欠薪未发放"
    /// Contra account of [`Account::WagesHeld`].
    WagesHeldContra "memo_contra:wages_held" "wages recovered, not paid, contra" "追回欠薪未发放（备查对方）"
    /// Fees and taxes reduced or waived.
    ForegoneRevenue "memo:foregone_revenue" "fees and taxes reduced or waived" "税费减免"
    /// Contra account of [`Account::ForegoneRevenue`].
    ForegoneRevenueContra "memo_contra:foregone_revenue" "fees and taxes reduced or waived, contra" "税费减免（备查对方）"
    /// Interest discount paid to banks in advance and not yet settled.
    DiscountAdvance "assets:discount_advance" "interest discount paid in advance" "预拨贴息"
    /// What tiers of government bear of discounts by the rule; the tier stands where the source does.
    TierShare "memo:tier_share" "borne by tiers of government" "各级财政应负担贴息"
    /// Contra account of [`Account::TierShare`].
    TierShareContra "memo_contra:tier_share" "borne by tiers of government, contra" "各级财政应负担贴息（备查对方）"
    /// What tiers of government paid towards discounts; the tier stands where the source does.
    TierReceived "memo:tier_received" "received from tiers of government" "上级财政贴息到账"
    /// Contra account of [`Account::TierReceived`].
    TierReceivedContra "memo_contra:tier_received" "received from tiers of government, contra" "上级财政贴息到账（备查对方）"
    /// Given by an allocation document, not yet received.
    Allocation "memo:allocation" "allocated, not received" "指标未到账"
    /// Contra account of [`Account::Allocation`].
    AllocationContra "memo_contra:allocation" "allocated, contra" "指标未到账（备查对方）"
    /// Matching money due, not yet put in place.
    Matching "memo:matching" "matching money not in place" "配套资金未到位"
    /// Contra account of [`Account::Matching`].
    MatchingContra "memo_contra:matching" "matching money, contra" "配套资金未到位（备查对方）"
    /// Gifts in kind not yet handed out, at their value.
    InKind "memo:in_kind" "gifts in kind in store" "库存实物捐赠"
    /// Contra account of [`Account::InKind`].
    InKindContra "memo_contra:in_kind" "gifts in kind, contra" "库存实物捐赠（备查对方）"
    /// Subsidies demanded back and not yet returned.
    SubsidyDemand "memo:subsidy_demand" "subsidies demanded back" "应追回补贴"
    /// Contra account of [`Account::SubsidyDemand`].
    SubsidyDemandContra "memo_contra:subsidy_demand" "subsidies demanded back, contra" "应追回补贴（备查对方）"
    /// Penalty and compound interest charged to borrowers and not paid.
    Penalty "memo:penalty" "penalty interest charged and unpaid" "应收罚息"
    /// Contra account of [`Account::Penalty`].
    PenaltyContra "memo_contra:penalty" "penalty interest charged and unpaid, contra" "应收罚息（备查对方）"
    /// Penalty and compound interest received on loans of the fund.
    PenaltyInterest "income:penalty_interest" "penalty interest" "罚息收入"
}

/// An account in an event stands as its code.
pub(crate) mod by_code {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Account;

    pub(crate) fn serialize<S: Serializer>(account: &Account, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(account.code())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Account, D::Error> {
        let code = String::deserialize(from)?;
        let unknown = || serde::de::Error::custom(format!("there is no account {code}"));
        Account::from_code(&code).ok_or_else(unknown)
    }
}

/// Whose money: the fund, the source it came from, and the purpose (programme) it is for.
///
/// All three are absent where no fund is touched; the purpose is absent while money is not allocated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Pot {
    /// The fund.
    pub fund: Option<Id>,
    /// The source within the fund.
    pub source: Option<Id>,
    /// The programme that the money is for.
    pub purpose: Option<Id>,
}

impl Pot {
    /// The pot of a fund, source and purpose.
    #[must_use]
    pub fn of(fund: &Id, source: &Id, purpose: Option<&Id>) -> Self {
        Self { fund: Some(fund.clone()), source: Some(source.clone()), purpose: purpose.cloned() }
    }

    /// The pot of what burdens no fund and is counted by programme.
    #[must_use]
    pub fn of_programme(programme: &Id) -> Self {
        Self { fund: None, source: None, purpose: Some(programme.clone()) }
    }
}

/// One line of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The account.
    pub account: Account,
    /// Whose money.
    pub pot: Pot,
    /// Debit (positive) or credit (negative).
    pub amount: Money,
}

/// The entry of one event: postings that sum to zero.
///
/// Built only by [`Entry::transfer`], which adds a debit and an equal credit in one pot or two, so
/// that an unbalanced entry cannot be written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    postings: Vec<Posting>,
}

impl Entry {
    /// An entry without postings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Debits one account and credits another within a pot. An amount of zero adds nothing.
    pub fn transfer(&mut self, debit: Account, credit: Account, pot: &Pot, amount: Money) {
        self.move_between((debit, pot), (credit, pot), amount);
    }

    /// Debits one account and pot and credits another. An amount of zero adds nothing.
    pub fn move_between(&mut self, debit: (Account, &Pot), credit: (Account, &Pot), amount: Money) {
        if amount.is_zero() {
            return;
        }
        self.postings.push(Posting { account: debit.0, pot: debit.1.clone(), amount });
        self.postings.push(Posting { account: credit.0, pot: credit.1.clone(), amount: -amount });
    }

    /// The same entry with every sign turned: the red-letter entry that cancels it.
    #[must_use]
    pub fn reversed(mut self) -> Self {
        for posting in &mut self.postings {
            posting.amount = -posting.amount;
        }
        self
    }

    /// The postings.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }
}

/// The balances of all accounts and pots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    // Account and fund lead the key, so that a fund's total is a short range.
    balances: BTreeMap<(Account, Pot), Balance>,
}

/// The balance of one account and pot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Balance {
    /// Of all years.
    total: Money,
    /// What was posted for each year that is not closed, oldest first; none is zero. From these follows the
    /// balance at the end of a year into which entries of the next are mixed.
    years: Vec<(i16, Money)>,
}

impl Balance {
    fn post(&mut self, year: i16, amount: Money) {
        self.total += amount;
        // Nearly always it is the last year.
        let after = self.years.iter().rposition(|(other, _)| *other <= year).map_or(0, |at| at + 1);
        match after.checked_sub(1).and_then(|at| self.years.get_mut(at)) {
            Some((other, sum)) if *other == year => {
                *sum += amount;
                if sum.is_zero() {
                    self.years.remove(after - 1);
                }
            }
            _ => self.years.insert(after, (year, amount)),
        }
    }

    fn at_end_of(&self, year: i16) -> Money {
        let later = self.years.iter().filter(|(other, _)| *other > year);
        self.total - later.map(|(_, amount)| *amount).sum()
    }

    fn is_empty(&self) -> bool {
        self.total.is_zero() && self.years.is_empty()
    }
}

impl Books {
    /// Adds an entry that is effective in a year. A balance of which nothing is left is forgotten, so that
    /// equal books are equal however they came about.
    pub fn post(&mut self, entry: &Entry, year: i16) {
        for posting in &entry.postings {
            match self.balances.entry((posting.account, posting.pot.clone())) {
                MapEntry::Vacant(vacant) => {
                    vacant.insert(Balance::default()).post(year, posting.amount);
                }
                MapEntry::Occupied(mut balance) => {
                    balance.get_mut().post(year, posting.amount);
                    if balance.get().is_empty() {
                        balance.remove();
                    }
                }
            }
        }
    }

    /// The balance of an account in a pot at the end of a year, if no later one is closed.
    pub(crate) fn balance_at_end_of(&self, account: Account, pot: &Pot, year: i16) -> Money {
        let balance = self.balances.get(&(account, pot.clone()));
        balance.map(|balance| balance.at_end_of(year)).unwrap_or_default()
    }

    /// The balances at the end of a year that is not closed yet, by account, fund and source in order; those
    /// that are zero are left out.
    #[must_use]
    pub fn at_end_of(&self, year: i16) -> BTreeMap<(Account, Option<Id>, Option<Id>), Money> {
        let mut balances: BTreeMap<_, Money> = BTreeMap::new();
        for ((account, pot), balance) in &self.balances {
            let key = (*account, pot.fund.clone(), pot.source.clone());
            *balances.entry(key).or_default() += balance.at_end_of(year);
        }
        balances.retain(|_, amount| !amount.is_zero());
        balances
    }

    /// Forgets what was posted for a year and those before it: they are closed.
    pub(crate) fn close(&mut self, year: i16) {
        self.balances.retain(|_, balance| {
            balance.years.retain(|(other, _)| *other > year);
            !balance.is_empty()
        });
    }

    /// The balance of an account in a pot.
    #[must_use]
    pub fn balance(&self, account: Account, pot: &Pot) -> Money {
        let balance = self.balances.get(&(account, pot.clone()));
        balance.map(|balance| balance.total).unwrap_or_default()
    }

    /// The balance of an account in all pots of a fund.
    #[must_use]
    pub fn fund_balance(&self, account: Account, fund: &Id) -> Money {
        let first = Pot { fund: Some(fund.clone()), source: None, purpose: None };
        self.balances
            .range((account, first)..)
            .take_while(|((other, pot), _)| *other == account && pot.fund.as_ref() == Some(fund))
            .map(|(_, balance)| balance.total)
            .sum()
    }

    /// Every balance that is not zero, by account and pot in order.
    pub fn balances(&self) -> impl Iterator<Item = (Account, &Pot, Money)> {
        let balances = self.balances.iter().filter(|(_, balance)| !balance.total.is_zero());
        balances.map(|((account, pot), balance)| (*account, pot, balance.total))
    }

    /// The sum of all balances: zero, or the books are wrong.
    #[must_use]
    pub fn trial_balance(&self) -> Money {
        self.balances.values().map(|balance| balance.total).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_name_their_accounts() {
        for &account in Account::ALL {
            assert_eq!(Account::from_code(account.code()), Some(account));
        }
    }

    #[test]
    fn an_entry_and_its_reversal_leave_the_books_as_they_were() {
        let (fund, source) = ("F".parse().unwrap(), "union".parse().unwrap());
        let pot = Pot::of(&fund, &source, None);
        let mut entry = Entry::new();
        entry.transfer(Account::FundBank, Account::FundCapital, &pot, Money::from_yuan(5));
        let mut books = Books::default();
        books.post(&entry, 2024);
        assert_eq!(books.fund_balance(Account::FundBank, &fund), Money::from_yuan(5));
        assert_eq!(books.trial_balance(), Money::ZERO);
        books.post(&entry.reversed(), 2024);
        assert_eq!(books, Books::default());
    }

    #[test]
    fn the_balances_of_a_year_leave_out_what_is_dated_after_it() {
        let (fund, source): (Id, Id) = ("F".parse().unwrap(), "union".parse().unwrap());
        let purpose = "help".parse().unwrap();
        let mut books = Books::default();
        let mut post = |year, purpose, yuan| {
            let mut entry = Entry::new();
            let pot = Pot::of(&fund, &source, purpose);
            entry.transfer(Account::FundBank, Account::FundCapital, &pot, Money::from_yuan(yuan));
            books.post(&entry, year);
        };
        post(2023, None, 7);
        post(2025, None, 100);
        post(2023, Some(&purpose), 1);
        post(2024, None, -8);
        post(2024, None, 2);
        let at_end_of = |books: &Books, year| {
            let key = (Account::FundBank, Some(fund.clone()), Some(source.clone()));
            books.at_end_of(year).get(&key).copied()
        };
        assert_eq!(at_end_of(&books, 2022), None);
        assert_eq!(at_end_of(&books, 2023), Some(Money::from_yuan(8)));
        assert_eq!(at_end_of(&books, 2024), Some(Money::from_yuan(2)));
        books.close(2023);
        assert_eq!(at_end_of(&books, 2024), Some(Money::from_yuan(2)));
        assert_eq!(at_end_of(&books, 2025), Some(Money::from_yuan(102)));
        assert_eq!(books.fund_balance(Account::FundBank, &fund), Money::from_yuan(102));
    }
}
