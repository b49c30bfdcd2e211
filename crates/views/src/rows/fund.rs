//! Rows of programmes, funds and pledges.

use almoner_domain::fund::{Opened, Pledged, Received, SourceKind};
use almoner_domain::programme::Version;

use super::{Changes, Recorded};
use crate::table::{Table, values};

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
        self.insert(
            Table::Pledge,
            values![
                self.set,
                record.position,
                event.fund.as_str(),
                event.pledge.as_str(),
                event.source.as_str(),
                event.amount.fen(),
                event.due_on.map(|date| date.day_number()),
                event.document.as_str(),
                record.effective_on.day_number(),
            ],
        );
    }

    pub(super) fn fund_received(&mut self, record: &Recorded<'_>, event: &Received) {
        let Some(pledge) = &event.pledge else { return };
        self.insert(
            Table::Receipt,
            values![
                self.set,
                record.position,
                event.fund.as_str(),
                pledge.as_str(),
                event.amount.fen(),
                record.effective_on.day_number(),
            ],
        );
    }

    pub(super) fn reverse_pledge(&mut self, record: &Recorded<'_>, reversed: i64) {
        let sql = "UPDATE pledge SET reversed_at = $3 WHERE view_set = $1 AND position = $2";
        self.statement(record, sql, values![self.set, reversed, record.position]);
    }

    pub(super) fn reverse_receipt(&mut self, record: &Recorded<'_>, reversed: i64) {
        let sql = "UPDATE receipt SET reversed_at = $3 WHERE view_set = $1 AND position = $2";
        self.statement(record, sql, values![self.set, reversed, record.position]);
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
