//! Rows of programmes, funds, and money that is promised to them.

use almoner_domain::allocation_document::{Carried, Registered, SurplusReturned};
use almoner_domain::fund::{Opened, Pledged, Received, SourceKind};
use almoner_domain::id::Id;
use almoner_domain::matching_fund::Required;
use almoner_domain::money::Money;
use almoner_domain::pledge::Withdrawn;
use almoner_domain::programme::Version;

use super::{Changes, Recorded};
use crate::table::{Table, values};

/// What became of a promise; what a kind does not have is zero or none.
#[derive(Default)]
struct Receipt {
    received: Money,
    withdrawn: Money,
    returned: Money,
    carried: Money,
    carried_year: Option<i64>,
}

impl Changes<'_> {
    pub(super) fn programme_published(&mut self, record: &Recorded<'_>, event: &Version) {
        // Writing plain structs as JSON has nothing that can fail.
        let terms = serde_json::to_string(&event.terms).unwrap_or_default();
        self.insert(
            Table::Programme,
            values![
                self.set,
                event.programme.as_str(),
                event.version,
                event.name.as_str(),
                event.place.as_str(),
                event.document.as_str(),
                event.effective_from.day_number(),
                event.effective_to.map(|date| date.day_number()),
                terms,
                record.position,
            ],
        );
    }

    pub(super) fn fund_opened(&mut self, record: &Recorded<'_>, event: &Opened) {
        self.insert(
            Table::Fund,
            values![
                self.set,
                event.fund.as_str(),
                event.name.as_str(),
                event.multiplier.map(i64::from),
                record.effective_on.day_number(),
                record.position,
            ],
        );
        for (number, source) in (1_i64..).zip(&event.sources) {
            self.insert(
                Table::Source,
                values![
                    self.set,
                    event.fund.as_str(),
                    number,
                    source.source.as_str(),
                    kind_name(source.kind),
                    source.name.as_str(),
                ],
            );
        }
    }

    pub(super) fn fund_pledged(&mut self, record: &Recorded<'_>, event: &Pledged) {
        let day = match &event.monthly {
            Some(monthly) => Some(monthly.first_due_on),
            None => event.due_on,
        };
        self.insert(
            Table::Promise,
            values![
                self.set,
                record.position,
                "pledge",
                event.fund.as_str(),
                event.pledge.as_str(),
                event.source.as_str(),
                None::<&str>,
                event.amount.fen(),
                day.map(|date| date.day_number()),
                event.monthly.as_ref().map(|monthly| monthly.amount.fen()),
                None::<i64>,
                event.document.as_str(),
                record.effective_on.day_number(),
            ],
        );
    }

    pub(super) fn allocation_registered(&mut self, record: &Recorded<'_>, event: &Registered) {
        self.insert(
            Table::Promise,
            values![
                self.set,
                record.position,
                "allocation_document",
                event.fund.as_str(),
                event.allocation.as_str(),
                event.source.as_str(),
                event.purpose.as_ref().map(Id::as_str),
                event.amount.fen(),
                None::<i64>,
                None::<i64>,
                i64::from(event.year),
                event.document.as_str(),
                record.effective_on.day_number(),
            ],
        );
    }

    pub(super) fn matching_required(&mut self, record: &Recorded<'_>, event: &Required) {
        self.insert(
            Table::Promise,
            values![
                self.set,
                record.position,
                "matching_fund",
                event.fund.as_str(),
                event.matching.as_str(),
                event.source.as_str(),
                None::<&str>,
                event.amount.fen(),
                event.due_on.map(|date| date.day_number()),
                None::<i64>,
                None::<i64>,
                event.document.as_str(),
                record.effective_on.day_number(),
            ],
        );
    }

    pub(super) fn fund_received(&mut self, record: &Recorded<'_>, event: &Received) {
        for (kind, name) in [
            ("pledge", &event.pledge),
            ("allocation_document", &event.allocation),
            ("matching_fund", &event.matching),
        ] {
            if let Some(name) = name {
                let said = Receipt { received: event.amount, ..Receipt::default() };
                self.receipt(record, kind, (&event.fund, name), &said);
            }
        }
    }

    pub(super) fn pledge_withdrawn(&mut self, record: &Recorded<'_>, event: &Withdrawn) {
        let said = Receipt { withdrawn: event.amount, ..Receipt::default() };
        self.receipt(record, "pledge", (&event.fund, &event.pledge), &said);
    }

    pub(super) fn surplus_returned(&mut self, record: &Recorded<'_>, event: &SurplusReturned) {
        let said = Receipt { returned: event.amount, ..Receipt::default() };
        self.receipt(record, "allocation_document", (&event.fund, &event.allocation), &said);
    }

    pub(super) fn allocation_carried(&mut self, record: &Recorded<'_>, event: &Carried) {
        let carried_year = Some(i64::from(event.year));
        let said = Receipt { carried: event.amount, carried_year, ..Receipt::default() };
        self.receipt(record, "allocation_document", (&event.fund, &event.allocation), &said);
    }

    fn receipt(
        &mut self,
        record: &Recorded<'_>,
        kind: &str,
        (fund, promise): (&Id, &Id),
        said: &Receipt,
    ) {
        self.insert(
            Table::Receipt,
            values![
                self.set,
                record.position,
                kind,
                fund.as_str(),
                promise.as_str(),
                said.received.fen(),
                said.withdrawn.fen(),
                said.returned.fen(),
                said.carried.fen(),
                said.carried_year,
                record.effective_on.day_number(),
            ],
        );
    }
}

const fn kind_name(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Fiscal => "fiscal",
        SourceKind::Union => "union",
        SourceKind::Enterprise => "enterprise",
        SourceKind::Donation => "donation",
    }
}
