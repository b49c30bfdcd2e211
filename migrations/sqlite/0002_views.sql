-- Views: tables made from the log, to be asked. They may be deleted at any time and are made anew.
--
-- Dates are days since 1970-01-01, moments milliseconds since then, amounts fen. A column `position`,
-- or one whose name ends in `_at`, holds the position of the record that says so; one whose name ends
-- in `_on` the date for which it says so.

-- Every row of a view belongs to a set. A set is built from one position of the log to the next and
-- holds what the log said up to its own. Answers come from the current one.
CREATE TABLE view_set (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    ledger TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('building', 'current', 'retired'))
) STRICT;
CREATE UNIQUE INDEX view_set_current ON view_set (ledger) WHERE stage = 'current';
CREATE UNIQUE INDEX view_set_building ON view_set (ledger) WHERE stage = 'building';

CREATE TABLE event (
    view_set INTEGER NOT NULL,
    position INTEGER NOT NULL,
    effective_on INTEGER NOT NULL,
    recorded_time INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    actor TEXT NOT NULL,
    document TEXT,
    reason TEXT,
    reverses INTEGER,
    reversed_at INTEGER,
    PRIMARY KEY (view_set, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_of_subject ON event (view_set, subject, position);
CREATE INDEX event_by_date ON event (view_set, effective_on, position);

-- What the entries add up to. The number stands for the account and pot in the entries.
-- What a pot does not have is empty.
CREATE TABLE balance (
    view_set INTEGER NOT NULL,
    number INTEGER NOT NULL,
    account TEXT NOT NULL,
    fund TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (view_set, number),
    UNIQUE (view_set, account, fund, source, purpose)
) STRICT;

-- The lines of the events' entries. Debits are positive, credits negative.
CREATE TABLE entry (
    view_set INTEGER NOT NULL,
    position INTEGER NOT NULL,
    line INTEGER NOT NULL,
    effective_on INTEGER NOT NULL,
    balance INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (view_set, position, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_by_date ON entry (view_set, effective_on, position, balance, amount);
CREATE INDEX entry_of_balance ON entry (view_set, balance, position, effective_on);

CREATE TABLE programme (
    view_set INTEGER NOT NULL,
    programme TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    place TEXT NOT NULL,
    document TEXT NOT NULL,
    effective_from INTEGER NOT NULL,
    effective_to INTEGER,
    terms TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (view_set, programme, version)
) STRICT;

CREATE TABLE fund (
    view_set INTEGER NOT NULL,
    fund TEXT NOT NULL,
    name TEXT NOT NULL,
    multiplier INTEGER,
    opened_on INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (view_set, fund)
) STRICT;

-- The sources of a fund in the order in which payments draw on them.
CREATE TABLE source (
    view_set INTEGER NOT NULL,
    fund TEXT NOT NULL,
    number INTEGER NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (view_set, fund, number)
) STRICT;

-- Money promised to a fund: a pledge, an allocation document, a matching duty (kind). A pledge by the
-- month has the amount of each month, and in due_on the first day.
CREATE TABLE promise (
    view_set INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    fund TEXT NOT NULL,
    promise TEXT NOT NULL,
    source TEXT NOT NULL,
    purpose TEXT,
    amount INTEGER NOT NULL,
    due_on INTEGER,
    monthly INTEGER,
    year INTEGER,
    document TEXT NOT NULL,
    promised_on INTEGER NOT NULL,
    reversed_at INTEGER,
    PRIMARY KEY (view_set, position)
) STRICT;
CREATE INDEX promise_of_fund ON promise (view_set, fund, promise);

-- What became of a promise: money received, or given up; of an allocation document, money that went back, or
-- that was unspent at the end of a year and carried over.
CREATE TABLE receipt (
    view_set INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    fund TEXT NOT NULL,
    promise TEXT NOT NULL,
    received INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL,
    returned INTEGER NOT NULL,
    carried INTEGER NOT NULL,
    carried_year INTEGER,
    received_on INTEGER NOT NULL,
    reversed_at INTEGER,
    PRIMARY KEY (view_set, position, kind)
) STRICT;
CREATE INDEX receipt_of_promise ON receipt (view_set, fund, promise);

CREATE TABLE loan (
    view_set INTEGER NOT NULL,
    loan TEXT NOT NULL,
    programme TEXT NOT NULL,
    version INTEGER NOT NULL,
    category TEXT NOT NULL,
    borrower TEXT NOT NULL,
    bank TEXT,
    months INTEGER NOT NULL,
    applied_amount INTEGER NOT NULL,
    applied_on INTEGER NOT NULL,
    applied_at INTEGER NOT NULL,
    approved_amount INTEGER,
    annual_rate TEXT,
    method TEXT,
    fund TEXT,
    approved_on INTEGER,
    approved_at INTEGER,
    guarantee_fund TEXT,
    guarantee INTEGER,
    guaranteed_on INTEGER,
    guaranteed_at INTEGER,
    cancelled_on INTEGER,
    cancelled_at INTEGER,
    disbursed_on INTEGER,
    disbursed_at INTEGER,
    maturity_on INTEGER,
    open_principal INTEGER NOT NULL DEFAULT 0,
    open_interest INTEGER NOT NULL DEFAULT 0,
    overpaid INTEGER NOT NULL DEFAULT 0,
    open_penalty INTEGER NOT NULL DEFAULT 0,
    compensated INTEGER NOT NULL DEFAULT 0,
    stage TEXT NOT NULL GENERATED ALWAYS AS (
        CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled'
             WHEN disbursed_at IS NOT NULL AND open_principal = 0 AND compensated > 0
                  THEN 'compensated'
             WHEN disbursed_at IS NOT NULL AND open_principal = 0 AND open_interest = 0
                  AND overpaid = 0 AND open_penalty = 0 THEN 'settled'
             WHEN disbursed_at IS NOT NULL THEN 'active'
             WHEN approved_at IS NOT NULL THEN 'approved'
             ELSE 'applied' END) STORED,
    PRIMARY KEY (view_set, loan)
) STRICT;
CREATE INDEX loan_of_borrower ON loan (view_set, borrower, loan);
CREATE INDEX loan_of_programme ON loan (view_set, programme, loan);
CREATE INDEX loan_in_stage ON loan (view_set, stage, loan);

-- What happened to a loan that is lent: money that moved, and contracts changed. The penalty is what was
-- charged, paid or waived; a rescheduled loan is of at least a class until a day.
-- Rate, method and maturity are what the contract says from here on, where that is new.
CREATE TABLE payment (
    view_set INTEGER NOT NULL,
    position INTEGER NOT NULL,
    loan TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('disbursement', 'repayment', 'refund', 'compensation', 'recovery',
        'extension', 'rescheduling', 'rate_reset', 'penalty', 'waiver')),
    paid_on INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    principal INTEGER NOT NULL,
    interest INTEGER NOT NULL,
    prepaid_principal INTEGER NOT NULL,
    prepaid_interest INTEGER NOT NULL,
    overpaid INTEGER NOT NULL,
    guarantee INTEGER NOT NULL,
    penalty INTEGER NOT NULL,
    class TEXT,
    observed_until_on INTEGER,
    annual_rate TEXT,
    method TEXT,
    maturity_on INTEGER,
    reversed_at INTEGER,
    PRIMARY KEY (view_set, position)
) STRICT;
CREATE INDEX payment_of_loan ON payment (view_set, loan, position);
CREATE INDEX payment_by_date ON payment (view_set, paid_on, loan);
CREATE INDEX payment_observed ON payment (view_set, observed_until_on, loan)
    WHERE observed_until_on IS NOT NULL;
CREATE INDEX payment_reversed ON payment (view_set, reversed_at, loan) WHERE reversed_at IS NOT NULL;

-- What a repayment covered of an instalment.
CREATE TABLE allocation (
    view_set INTEGER NOT NULL,
    loan TEXT NOT NULL,
    position INTEGER NOT NULL,
    number INTEGER NOT NULL,
    principal INTEGER NOT NULL,
    interest INTEGER NOT NULL,
    reversed_at INTEGER,
    PRIMARY KEY (view_set, loan, position, number)
) STRICT, WITHOUT ROWID;

-- The schedules. A row holds from one position until before another: an early repayment ends rows and
-- adds new ones, its reversal ends those and adds the old ones again. What is open is kept in the rows
-- that hold now.
CREATE TABLE instalment (
    view_set INTEGER NOT NULL,
    loan TEXT NOT NULL,
    number INTEGER NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_until INTEGER,
    due_on INTEGER NOT NULL,
    payable_until_on INTEGER NOT NULL,
    principal INTEGER NOT NULL,
    interest INTEGER NOT NULL,
    open_principal INTEGER NOT NULL,
    open_interest INTEGER NOT NULL,
    PRIMARY KEY (view_set, loan, number, valid_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX instalment_open ON instalment (view_set, payable_until_on)
    WHERE valid_until IS NULL AND open_principal + open_interest > 0;

CREATE TABLE claim (
    view_set INTEGER NOT NULL,
    claim TEXT NOT NULL,
    programme TEXT NOT NULL,
    bank TEXT,
    fund TEXT NOT NULL,
    lines INTEGER NOT NULL,
    total INTEGER NOT NULL,
    document TEXT NOT NULL,
    filed_on INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (view_set, claim)
) STRICT;

-- What became of a claim; of returned money, of which line (its position) and how much.
CREATE TABLE claim_step (
    view_set INTEGER NOT NULL,
    position INTEGER NOT NULL,
    claim TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('approved', 'rejected', 'paid', 'settled', 'returned')),
    line INTEGER,
    returned INTEGER NOT NULL,
    happened_on INTEGER NOT NULL,
    reversed_at INTEGER,
    PRIMARY KEY (view_set, position, claim)
) STRICT;
CREATE INDEX claim_step_of_claim ON claim_step (view_set, claim, position);

CREATE TABLE claim_line (
    view_set INTEGER NOT NULL,
    position INTEGER NOT NULL,
    claim TEXT NOT NULL,
    line INTEGER NOT NULL,
    loan TEXT NOT NULL,
    from_on INTEGER NOT NULL,
    to_on INTEGER NOT NULL,
    actual_interest INTEGER NOT NULL,
    interest INTEGER NOT NULL,
    share TEXT NOT NULL,
    discount INTEGER NOT NULL,
    PRIMARY KEY (view_set, position)
) STRICT;
CREATE INDEX claim_line_of_loan ON claim_line (view_set, loan, position);

CREATE TABLE subsidy (
    view_set INTEGER NOT NULL,
    position INTEGER NOT NULL,
    subsidy TEXT NOT NULL,
    batch TEXT,
    programme TEXT NOT NULL,
    version INTEGER NOT NULL,
    beneficiary TEXT NOT NULL,
    household TEXT NOT NULL,
    year INTEGER NOT NULL,
    period TEXT NOT NULL,
    fund TEXT NOT NULL,
    amount INTEGER NOT NULL,
    approved_on INTEGER NOT NULL,
    paid_on INTEGER,
    paid_at INTEGER,
    cancelled_at INTEGER,
    returned INTEGER NOT NULL DEFAULT 0,
    stage TEXT NOT NULL GENERATED ALWAYS AS (
        CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled'
             WHEN paid_at IS NOT NULL THEN 'paid'
             ELSE 'approved' END) STORED,
    PRIMARY KEY (view_set, position)
) STRICT;
CREATE INDEX subsidy_of_name ON subsidy (view_set, subsidy);

-- Premium arrears: what was assessed for a month of an insurance (kind), and what a payment or an auction
-- settled of it. The amount is premium; charged is the late fee fixed then, late_fee what was paid of it.
CREATE TABLE premium (
    view_set INTEGER NOT NULL,
    position INTEGER NOT NULL,
    line INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('assessed', 'paid', 'auctioned')),
    programme TEXT NOT NULL,
    enterprise TEXT NOT NULL,
    insurance TEXT NOT NULL,
    month TEXT NOT NULL,
    amount INTEGER NOT NULL,
    charged INTEGER NOT NULL,
    late_fee INTEGER NOT NULL,
    due_on INTEGER,
    happened_on INTEGER NOT NULL,
    reversed_at INTEGER,
    PRIMARY KEY (view_set, position, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX premium_of_enterprise ON premium (view_set, enterprise, position);

-- Mortgaged items, and how each left its mortgage (kind).
CREATE TABLE mortgage (
    view_set INTEGER NOT NULL,
    position INTEGER NOT NULL,
    line INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('registered', 'released', 'auctioned')),
    mortgage TEXT NOT NULL,
    programme TEXT NOT NULL,
    enterprise TEXT NOT NULL,
    item TEXT NOT NULL,
    what TEXT,
    valuation INTEGER NOT NULL,
    expires_on INTEGER,
    proceeds INTEGER NOT NULL,
    surplus INTEGER NOT NULL,
    shortfall INTEGER NOT NULL,
    happened_on INTEGER NOT NULL,
    reversed_at INTEGER,
    PRIMARY KEY (view_set, position, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX mortgage_of_enterprise ON mortgage (view_set, enterprise, position);

-- Wage cases: what each worker claims, the agreement, what came from the employer, what workers were paid.
CREATE TABLE wage (
    view_set INTEGER NOT NULL,
    position INTEGER NOT NULL,
    line INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('filed', 'coordinated', 'recovered', 'paid')),
    wage_case TEXT NOT NULL,
    employer TEXT,
    worker TEXT,
    amount INTEGER NOT NULL,
    happened_on INTEGER NOT NULL,
    reversed_at INTEGER,
    PRIMARY KEY (view_set, position, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX wage_of_case ON wage (view_set, wage_case, position);

-- What of subsidies is demanded back, and what of it came.
CREATE TABLE demand (
    view_set INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('demanded', 'returned')),
    payment INTEGER NOT NULL,
    subsidy TEXT NOT NULL,
    programme TEXT NOT NULL,
    fund TEXT NOT NULL,
    beneficiary TEXT NOT NULL,
    amount INTEGER NOT NULL,
    happened_on INTEGER NOT NULL,
    reversed_at INTEGER,
    PRIMARY KEY (view_set, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX demand_of_beneficiary ON demand (view_set, beneficiary, position);

-- Certificates: how many are due in a region, and what happened to each.
CREATE TABLE certificate (
    view_set INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('due', 'issued', 'used', 'withdrawn')),
    series TEXT NOT NULL,
    region TEXT NOT NULL,
    certificate TEXT,
    holder TEXT,
    number INTEGER,
    valid_until_on INTEGER,
    happened_on INTEGER NOT NULL,
    PRIMARY KEY (view_set, position)
) STRICT;
CREATE INDEX certificate_of_name ON certificate (view_set, certificate, kind);
CREATE INDEX certificate_expiring ON certificate (view_set, kind, valid_until_on);

-- SQLite plans by statistics that it does not gather by itself, and without any it takes a set for ten
-- rows, and reads all of it rather than an index. So it is told, once for all and the same everywhere,
-- what a large store looks like: for each index the number of rows, then how many of them agree in the
-- first column, in the first two, and so on. They decide only how an answer is found.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('event', 'event', '1000000 1000000 1'),
    ('event', 'event_of_subject', '1000000 1000000 5 1'),
    ('event', 'event_by_date', '1000000 1000000 1000 1'),
    ('balance', 'sqlite_autoindex_balance_1', '1000 1000 1'),
    ('balance', 'sqlite_autoindex_balance_2', '1000 1000 50 5 2 1'),
    ('entry', 'entry', '3000000 3000000 3 1'),
    ('entry', 'entry_by_date', '3000000 3000000 3000 3 1 1'),
    ('entry', 'entry_of_balance', '3000000 3000000 3000 1 1'),
    ('programme', 'sqlite_autoindex_programme_1', '100 100 5 1'),
    ('fund', 'sqlite_autoindex_fund_1', '100 100 1'),
    ('source', 'sqlite_autoindex_source_1', '500 500 5 1'),
    ('promise', 'sqlite_autoindex_promise_1', '1000 1000 1'),
    ('promise', 'promise_of_fund', '1000 1000 10 1'),
    ('receipt', 'sqlite_autoindex_receipt_1', '1000 1000 1 1'),
    ('receipt', 'receipt_of_promise', '1000 1000 10 2'),
    ('loan', 'sqlite_autoindex_loan_1', '100000 100000 1'),
    ('loan', 'loan_of_borrower', '100000 100000 2 1'),
    ('loan', 'loan_of_programme', '100000 100000 10000 1'),
    ('loan', 'loan_in_stage', '100000 100000 20000 1'),
    ('payment', 'sqlite_autoindex_payment_1', '500000 500000 1'),
    ('payment', 'payment_of_loan', '500000 500000 5 1'),
    ('payment', 'payment_by_date', '500000 500000 500 1'),
    ('payment', 'payment_observed', '1000 1000 10 1'),
    ('payment', 'payment_reversed', '1000 1000 1 1'),
    ('allocation', 'allocation', '1000000 1000000 10 2 1'),
    ('instalment', 'instalment', '1000000 1000000 10 1 1'),
    ('instalment', 'instalment_open', '100000 100000 100'),
    ('claim', 'sqlite_autoindex_claim_1', '1000 1000 1'),
    ('claim_step', 'sqlite_autoindex_claim_step_1', '5000 5000 1 1'),
    ('claim_step', 'claim_step_of_claim', '5000 5000 5 1'),
    ('claim_line', 'sqlite_autoindex_claim_line_1', '10000 10000 1'),
    ('claim_line', 'claim_line_of_loan', '10000 10000 2 1'),
    ('subsidy', 'sqlite_autoindex_subsidy_1', '500000 500000 1'),
    ('subsidy', 'subsidy_of_name', '500000 500000 1'),
    ('premium', 'premium', '100000 100000 5 1'),
    ('premium', 'premium_of_enterprise', '100000 100000 20 4'),
    ('mortgage', 'mortgage', '1000 1000 3 1'),
    ('mortgage', 'mortgage_of_enterprise', '1000 1000 5 2'),
    ('wage', 'wage', '100000 100000 20 1'),
    ('wage', 'wage_of_case', '100000 100000 50 20'),
    ('demand', 'demand', '1000 1000 1'),
    ('demand', 'demand_of_beneficiary', '1000 1000 2 1'),
    ('certificate', 'sqlite_autoindex_certificate_1', '500000 500000 1'),
    ('certificate', 'certificate_of_name', '500000 500000 2 1'),
    ('certificate', 'certificate_expiring', '500000 500000 100000 100');
-- Again, so that this connection takes them in.
ANALYZE sqlite_schema;
