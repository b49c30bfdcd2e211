-- Views: tables made from the log, to be asked. They may be deleted at any time and are made anew.
--
-- Dates are days since 1970-01-01, moments milliseconds since then, amounts fen. A column `position`,
-- or one whose name ends in `_at`, holds the position of the record that says so; one whose name ends
-- in `_on` the date for which it says so. Texts sort by their bytes, as in SQLite.

-- Every row of a view belongs to a set. A set is built from one position of the log to the next and
-- holds what the log said up to its own. Answers come from the current one.
CREATE TABLE view_set (
    number INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ledger TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    position BIGINT NOT NULL,
    stage TEXT COLLATE "C" NOT NULL CHECK (stage IN ('building', 'current', 'retired'))
);
CREATE UNIQUE INDEX view_set_current ON view_set (ledger) WHERE stage = 'current';
CREATE UNIQUE INDEX view_set_building ON view_set (ledger) WHERE stage = 'building';

CREATE TABLE event (
    view_set INTEGER NOT NULL,
    position BIGINT NOT NULL,
    effective_on INTEGER NOT NULL,
    recorded_time BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C",
    reason TEXT COLLATE "C",
    reverses BIGINT,
    reversed_at BIGINT,
    PRIMARY KEY (view_set, position)
);
CREATE INDEX event_of_subject ON event (view_set, subject, position);
CREATE INDEX event_by_date ON event (view_set, effective_on, position);

-- What the entries add up to. The number stands for the account and pot in the entries.
-- What a pot does not have is empty.
CREATE TABLE balance (
    view_set INTEGER NOT NULL,
    number INTEGER NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (view_set, number),
    UNIQUE (view_set, account, fund, source, purpose)
);

-- The lines of the events' entries. Debits are positive, credits negative.
CREATE TABLE entry (
    view_set INTEGER NOT NULL,
    position BIGINT NOT NULL,
    line INTEGER NOT NULL,
    effective_on INTEGER NOT NULL,
    balance INTEGER NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (view_set, position, line)
);
CREATE INDEX entry_by_date ON entry (view_set, effective_on, position, balance, amount);
CREATE INDEX entry_of_balance ON entry (view_set, balance, position, effective_on);

CREATE TABLE programme (
    view_set INTEGER NOT NULL,
    programme TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    effective_from INTEGER NOT NULL,
    effective_to INTEGER,
    terms TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (view_set, programme, version)
);

CREATE TABLE fund (
    view_set INTEGER NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    multiplier INTEGER,
    opened_on INTEGER NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (view_set, fund)
);

-- The sources of a fund in the order in which payments draw on them.
CREATE TABLE source (
    view_set INTEGER NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (view_set, fund, number)
);

-- Money promised to a fund: a pledge, an allocation document, a matching duty (kind). A pledge by the
-- month has the amount of each month, and in due_on the first day.
CREATE TABLE promise (
    view_set INTEGER NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    promise TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    purpose TEXT COLLATE "C",
    amount BIGINT NOT NULL,
    due_on INTEGER,
    monthly BIGINT,
    year BIGINT,
    document TEXT COLLATE "C" NOT NULL,
    promised_on INTEGER NOT NULL,
    reversed_at BIGINT,
    PRIMARY KEY (view_set, position)
);
CREATE INDEX promise_of_fund ON promise (view_set, fund, promise);

-- What became of a promise: money received, or given up; of an allocation document, money that went back, or
-- that was unspent at the end of a year and carried over.
CREATE TABLE receipt (
    view_set INTEGER NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    promise TEXT COLLATE "C" NOT NULL,
    received BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL,
    returned BIGINT NOT NULL,
    carried BIGINT NOT NULL,
    carried_year INTEGER,
    received_on INTEGER NOT NULL,
    reversed_at BIGINT,
    PRIMARY KEY (view_set, position, kind)
);
CREATE INDEX receipt_of_promise ON receipt (view_set, fund, promise);

CREATE TABLE loan (
    view_set INTEGER NOT NULL,
    loan TEXT COLLATE "C" NOT NULL,
    programme TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    borrower TEXT COLLATE "C" NOT NULL,
    bank TEXT COLLATE "C",
    months INTEGER NOT NULL,
    applied_amount BIGINT NOT NULL,
    applied_on INTEGER NOT NULL,
    applied_at BIGINT NOT NULL,
    approved_amount BIGINT,
    annual_rate TEXT COLLATE "C",
    method TEXT COLLATE "C",
    fund TEXT COLLATE "C",
    approved_on INTEGER,
    approved_at BIGINT,
    guarantee_fund TEXT COLLATE "C",
    guarantee BIGINT,
    guaranteed_on INTEGER,
    guaranteed_at BIGINT,
    cancelled_on INTEGER,
    cancelled_at BIGINT,
    disbursed_on INTEGER,
    disbursed_at BIGINT,
    maturity_on INTEGER,
    open_principal BIGINT NOT NULL DEFAULT 0,
    open_interest BIGINT NOT NULL DEFAULT 0,
    overpaid BIGINT NOT NULL DEFAULT 0,
    open_penalty BIGINT NOT NULL DEFAULT 0,
    compensated BIGINT NOT NULL DEFAULT 0,
    stage TEXT COLLATE "C" NOT NULL GENERATED ALWAYS AS (
        CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled'
             WHEN disbursed_at IS NOT NULL AND open_principal = 0 AND compensated > 0
                  THEN 'compensated'
             WHEN disbursed_at IS NOT NULL AND open_principal = 0 AND open_interest = 0
                  AND overpaid = 0 AND open_penalty = 0 THEN 'settled'
             WHEN disbursed_at IS NOT NULL THEN 'active'
             WHEN approved_at IS NOT NULL THEN 'approved'
             ELSE 'applied' END) STORED,
    PRIMARY KEY (view_set, loan)
);
CREATE INDEX loan_of_borrower ON loan (view_set, borrower, loan);
CREATE INDEX loan_of_programme ON loan (view_set, programme, loan);
CREATE INDEX loan_in_stage ON loan (view_set, stage, loan);

-- What happened to a loan that is lent: money that moved, and contracts changed. The penalty is what was
-- charged, paid or waived; a rescheduled loan is of at least a class until a day.
-- Rate, method and maturity are what the contract says from here on, where that is new.
CREATE TABLE payment (
    view_set INTEGER NOT NULL,
    position BIGINT NOT NULL,
    loan TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('disbursement', 'repayment', 'refund', 'compensation', 'recovery',
        'extension', 'rescheduling', 'rate_reset', 'penalty', 'waiver')),
    paid_on INTEGER NOT NULL,
    amount BIGINT NOT NULL,
    principal BIGINT NOT NULL,
    interest BIGINT NOT NULL,
    prepaid_principal BIGINT NOT NULL,
    prepaid_interest BIGINT NOT NULL,
    overpaid BIGINT NOT NULL,
    guarantee BIGINT NOT NULL,
    penalty BIGINT NOT NULL,
    class TEXT COLLATE "C",
    observed_until_on INTEGER,
    annual_rate TEXT COLLATE "C",
    method TEXT COLLATE "C",
    maturity_on INTEGER,
    reversed_at BIGINT,
    PRIMARY KEY (view_set, position)
);
CREATE INDEX payment_of_loan ON payment (view_set, loan, position);
CREATE INDEX payment_by_date ON payment (view_set, paid_on, loan);
CREATE INDEX payment_observed ON payment (view_set, observed_until_on, loan)
    WHERE observed_until_on IS NOT NULL;
CREATE INDEX payment_reversed ON payment (view_set, reversed_at, loan) WHERE reversed_at IS NOT NULL;

-- What a repayment covered of an instalment.
CREATE TABLE allocation (
    view_set INTEGER NOT NULL,
    loan TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    number INTEGER NOT NULL,
    principal BIGINT NOT NULL,
    interest BIGINT NOT NULL,
    reversed_at BIGINT,
    PRIMARY KEY (view_set, loan, position, number)
);

-- The schedules. A row holds from one position until before another: an early repayment ends rows and
-- adds new ones, its reversal ends those and adds the old ones again. What is open is kept in the rows
-- that hold now.
CREATE TABLE instalment (
    view_set INTEGER NOT NULL,
    loan TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT,
    due_on INTEGER NOT NULL,
    payable_until_on INTEGER NOT NULL,
    principal BIGINT NOT NULL,
    interest BIGINT NOT NULL,
    open_principal BIGINT NOT NULL,
    open_interest BIGINT NOT NULL,
    PRIMARY KEY (view_set, loan, number, valid_from)
);
CREATE INDEX instalment_open ON instalment (view_set, payable_until_on)
    WHERE valid_until IS NULL AND open_principal + open_interest > 0;

CREATE TABLE claim (
    view_set INTEGER NOT NULL,
    claim TEXT COLLATE "C" NOT NULL,
    programme TEXT COLLATE "C" NOT NULL,
    bank TEXT COLLATE "C",
    fund TEXT COLLATE "C" NOT NULL,
    lines INTEGER NOT NULL,
    total BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    filed_on INTEGER NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (view_set, claim)
);

-- What became of a claim; of returned money, of which line (its position) and how much.
CREATE TABLE claim_step (
    view_set INTEGER NOT NULL,
    position BIGINT NOT NULL,
    claim TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('approved', 'rejected', 'paid', 'settled', 'returned')),
    line BIGINT,
    returned BIGINT NOT NULL,
    happened_on INTEGER NOT NULL,
    reversed_at BIGINT,
    PRIMARY KEY (view_set, position, claim)
);
CREATE INDEX claim_step_of_claim ON claim_step (view_set, claim, position);

CREATE TABLE claim_line (
    view_set INTEGER NOT NULL,
    position BIGINT NOT NULL,
    claim TEXT COLLATE "C" NOT NULL,
    line INTEGER NOT NULL,
    loan TEXT COLLATE "C" NOT NULL,
    from_on INTEGER NOT NULL,
    to_on INTEGER NOT NULL,
    actual_interest BIGINT NOT NULL,
    interest BIGINT NOT NULL,
    share TEXT COLLATE "C" NOT NULL,
    discount BIGINT NOT NULL,
    PRIMARY KEY (view_set, position)
);
CREATE INDEX claim_line_of_loan ON claim_line (view_set, loan, position);

CREATE TABLE subsidy (
    view_set INTEGER NOT NULL,
    position BIGINT NOT NULL,
    subsidy TEXT COLLATE "C" NOT NULL,
    batch TEXT COLLATE "C",
    programme TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    beneficiary TEXT COLLATE "C" NOT NULL,
    household TEXT COLLATE "C" NOT NULL,
    year INTEGER NOT NULL,
    period TEXT COLLATE "C" NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    approved_on INTEGER NOT NULL,
    paid_on INTEGER,
    paid_at BIGINT,
    cancelled_at BIGINT,
    returned BIGINT NOT NULL DEFAULT 0,
    stage TEXT COLLATE "C" NOT NULL GENERATED ALWAYS AS (
        CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled'
             WHEN paid_at IS NOT NULL THEN 'paid'
             ELSE 'approved' END) STORED,
    PRIMARY KEY (view_set, position)
);
CREATE INDEX subsidy_of_name ON subsidy (view_set, subsidy);

-- Premium arrears: what was assessed for a month of an insurance (kind), and what a payment or an auction
-- settled of it. The amount is premium; charged is the late fee fixed then, late_fee what was paid of it.
CREATE TABLE premium (
    view_set INTEGER NOT NULL,
    position BIGINT NOT NULL,
    line INTEGER NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('assessed', 'paid', 'auctioned')),
    programme TEXT COLLATE "C" NOT NULL,
    enterprise TEXT COLLATE "C" NOT NULL,
    insurance TEXT COLLATE "C" NOT NULL,
    month TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    charged BIGINT NOT NULL,
    late_fee BIGINT NOT NULL,
    due_on INTEGER,
    happened_on INTEGER NOT NULL,
    reversed_at BIGINT,
    PRIMARY KEY (view_set, position, line)
);
CREATE INDEX premium_of_enterprise ON premium (view_set, enterprise, position);

-- Mortgaged items, and how each left its mortgage (kind).
CREATE TABLE mortgage (
    view_set INTEGER NOT NULL,
    position BIGINT NOT NULL,
    line INTEGER NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('registered', 'released', 'auctioned')),
    mortgage TEXT COLLATE "C" NOT NULL,
    programme TEXT COLLATE "C" NOT NULL,
    enterprise TEXT COLLATE "C" NOT NULL,
    item TEXT COLLATE "C" NOT NULL,
    what TEXT COLLATE "C",
    valuation BIGINT NOT NULL,
    expires_on INTEGER,
    proceeds BIGINT NOT NULL,
    surplus BIGINT NOT NULL,
    shortfall BIGINT NOT NULL,
    happened_on INTEGER NOT NULL,
    reversed_at BIGINT,
    PRIMARY KEY (view_set, position, line)
);
CREATE INDEX mortgage_of_enterprise ON mortgage (view_set, enterprise, position);

-- Wage cases: what each worker claims, the agreement, what came from the employer, what workers were paid.
CREATE TABLE wage (
    view_set INTEGER NOT NULL,
    position BIGINT NOT NULL,
    line INTEGER NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('filed', 'coordinated', 'recovered', 'paid')),
    wage_case TEXT COLLATE "C" NOT NULL,
    employer TEXT COLLATE "C",
    worker TEXT COLLATE "C",
    amount BIGINT NOT NULL,
    happened_on INTEGER NOT NULL,
    reversed_at BIGINT,
    PRIMARY KEY (view_set, position, line)
);
CREATE INDEX wage_of_case ON wage (view_set, wage_case, position);

-- What of subsidies is demanded back, and what of it came.
CREATE TABLE demand (
    view_set INTEGER NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('demanded', 'returned')),
    payment BIGINT NOT NULL,
    subsidy TEXT COLLATE "C" NOT NULL,
    programme TEXT COLLATE "C" NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    beneficiary TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    happened_on INTEGER NOT NULL,
    reversed_at BIGINT,
    PRIMARY KEY (view_set, position)
);
CREATE INDEX demand_of_beneficiary ON demand (view_set, beneficiary, position);

-- Certificates: how many are due in a region, and what happened to each.
CREATE TABLE certificate (
    view_set INTEGER NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('due', 'issued', 'used', 'withdrawn')),
    series TEXT COLLATE "C" NOT NULL,
    region TEXT COLLATE "C" NOT NULL,
    certificate TEXT COLLATE "C",
    holder TEXT COLLATE "C",
    number BIGINT,
    valid_until_on INTEGER,
    happened_on INTEGER NOT NULL,
    PRIMARY KEY (view_set, position)
);
CREATE INDEX certificate_of_name ON certificate (view_set, certificate, kind);
CREATE INDEX certificate_expiring ON certificate (view_set, kind, valid_until_on);
