//! The tables of a set, and how rows are put into them and changed.

/// A row as SQL values, from whatever its parts are.
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$(::almoner_log::Value::from($value)),*] };
}
pub(crate) use values;

/// A table of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    Event,
    Entry,
    Balance,
    Programme,
    Fund,
    Source,
    Promise,
    Receipt,
    Loan,
    Payment,
    Allocation,
    Instalment,
    Claim,
    ClaimLine,
    ClaimStep,
    Subsidy,
    Demand,
    Premium,
    Mortgage,
    Wage,
    Certificate,
}

impl Table {
    pub const ALL: [Self; 21] = [
        Self::Event,
        Self::Entry,
        Self::Balance,
        Self::Programme,
        Self::Fund,
        Self::Source,
        Self::Promise,
        Self::Receipt,
        Self::Loan,
        Self::Payment,
        Self::Allocation,
        Self::Instalment,
        Self::Claim,
        Self::ClaimLine,
        Self::ClaimStep,
        Self::Subsidy,
        Self::Demand,
        Self::Premium,
        Self::Mortgage,
        Self::Wage,
        Self::Certificate,
    ];

    /// The name, and the column after the set's that leads its key.
    pub const fn name_and_key(self) -> (&'static str, &'static str) {
        match self {
            Self::Event => ("event", "position"),
            Self::Entry => ("entry", "position"),
            Self::Balance => ("balance", "number"),
            Self::Programme => ("programme", "programme"),
            Self::Fund => ("fund", "fund"),
            Self::Source => ("source", "fund"),
            Self::Promise => ("promise", "position"),
            Self::Receipt => ("receipt", "position"),
            Self::Loan => ("loan", "loan"),
            Self::Payment => ("payment", "position"),
            Self::Allocation => ("allocation", "loan"),
            Self::Instalment => ("instalment", "loan"),
            Self::Claim => ("claim", "claim"),
            Self::ClaimLine => ("claim_line", "position"),
            Self::ClaimStep => ("claim_step", "position"),
            Self::Subsidy => ("subsidy", "position"),
            Self::Demand => ("demand", "position"),
            Self::Premium => ("premium", "position"),
            Self::Mortgage => ("mortgage", "position"),
            Self::Wage => ("wage", "position"),
            Self::Certificate => ("certificate", "position"),
        }
    }

    /// The columns of a new row.
    pub const fn columns(self) -> &'static str {
        match self {
            Self::Event => {
                "view_set, position, effective_on, recorded_time, kind, subject, actor, document, \
                 reason, reverses"
            }
            Self::Entry => "view_set, position, line, effective_on, balance, amount",
            Self::Balance => "view_set, number, account, fund, source, purpose, amount",
            Self::Programme => {
                "view_set, programme, version, name, place, document, effective_from, \
                 effective_to, terms, position"
            }
            Self::Fund => "view_set, fund, name, multiplier, opened_on, position",
            Self::Source => "view_set, fund, number, source, kind, name",
            Self::Promise => {
                "view_set, position, kind, fund, promise, source, purpose, amount, due_on, monthly, \
                 year, document, promised_on"
            }
            Self::Receipt => {
                "view_set, position, kind, fund, promise, received, withdrawn, returned, carried, \
                 carried_year, received_on"
            }
            Self::Loan => {
                "view_set, loan, programme, version, category, borrower, bank, months, \
                 applied_amount, applied_on, applied_at"
            }
            Self::Payment => {
                "view_set, position, loan, kind, paid_on, amount, principal, interest, \
                 prepaid_principal, prepaid_interest, overpaid, guarantee, penalty, class, \
                 observed_until_on, annual_rate, method, maturity_on"
            }
            Self::Allocation => "view_set, loan, position, number, principal, interest",
            Self::Instalment => {
                "view_set, loan, number, valid_from, due_on, payable_until_on, principal, \
                 interest, open_principal, open_interest"
            }
            Self::Claim => {
                "view_set, claim, programme, bank, fund, lines, total, document, filed_on, position"
            }
            Self::ClaimLine => {
                "view_set, position, claim, line, loan, from_on, to_on, actual_interest, \
                 interest, share, discount"
            }
            Self::ClaimStep => "view_set, position, claim, kind, line, returned, happened_on",
            Self::Subsidy => {
                "view_set, position, subsidy, batch, programme, version, beneficiary, household, \
                 year, period, fund, amount, approved_on"
            }
            Self::Demand => {
                "view_set, position, kind, payment, subsidy, programme, fund, beneficiary, amount, \
                 happened_on"
            }
            Self::Premium => {
                "view_set, position, line, kind, programme, enterprise, insurance, month, amount, \
                 charged, late_fee, due_on, happened_on"
            }
            Self::Mortgage => {
                "view_set, position, line, kind, mortgage, programme, enterprise, item, what, \
                 valuation, expires_on, proceeds, surplus, shortfall, happened_on"
            }
            Self::Wage => {
                "view_set, position, line, kind, wage_case, employer, worker, amount, happened_on"
            }
            Self::Certificate => {
                "view_set, position, kind, series, region, certificate, holder, number, \
                 valid_until_on, happened_on"
            }
        }
    }
}

/// A change of existing rows that can be made for many at once: each new value stands beside the key of
/// its row, and no two of these changes write the same column of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    LoanApproved,
    LoanGuaranteed,
    LoanDisbursed,
    LoanCancelled,
    /// Adds to what is open of loans.
    LoanOpen,
    /// Adds to what is open of the instalments that hold now.
    InstalmentOpen,
    SubsidyPaid,
}

impl Change {
    /// How many values a change has, and the statement around them. They are called `new.column1`,
    /// `new.column2` …, as both engines call them; the first is the set.
    pub const fn statement(self) -> (usize, &'static str, &'static str) {
        match self {
            Self::LoanApproved => (
                8,
                "UPDATE loan SET approved_on = new.column3, approved_at = new.column4,
                 approved_amount = new.column5, annual_rate = new.column6, method = new.column7,
                 fund = nullif(new.column8, '')",
                "loan.view_set = new.column1 AND loan.loan = new.column2",
            ),
            Self::LoanGuaranteed => (
                6,
                "UPDATE loan SET guaranteed_on = new.column3, guaranteed_at = new.column4,
                 guarantee_fund = new.column5, guarantee = new.column6",
                "loan.view_set = new.column1 AND loan.loan = new.column2",
            ),
            Self::LoanDisbursed => (
                5,
                "UPDATE loan SET disbursed_on = new.column3, disbursed_at = new.column4,
                 maturity_on = new.column5",
                "loan.view_set = new.column1 AND loan.loan = new.column2",
            ),
            Self::LoanCancelled => (
                4,
                "UPDATE loan SET cancelled_on = new.column3, cancelled_at = new.column4",
                "loan.view_set = new.column1 AND loan.loan = new.column2",
            ),
            Self::LoanOpen => (
                7,
                "UPDATE loan SET open_principal = loan.open_principal + new.column3,
                 open_interest = loan.open_interest + new.column4,
                 overpaid = loan.overpaid + new.column5,
                 open_penalty = loan.open_penalty + new.column6,
                 compensated = loan.compensated + new.column7",
                "loan.view_set = new.column1 AND loan.loan = new.column2",
            ),
            Self::InstalmentOpen => (
                5,
                "UPDATE instalment SET open_principal = instalment.open_principal + new.column4,
                 open_interest = instalment.open_interest + new.column5",
                "instalment.view_set = new.column1 AND instalment.loan = new.column2
                 AND instalment.number = new.column3 AND instalment.valid_until IS NULL",
            ),
            Self::SubsidyPaid => (
                4,
                "UPDATE subsidy SET paid_on = new.column3, paid_at = new.column4",
                "subsidy.view_set = new.column1 AND subsidy.subsidy = new.column2
                 AND subsidy.paid_at IS NULL AND subsidy.cancelled_at IS NULL",
            ),
        }
    }
}
