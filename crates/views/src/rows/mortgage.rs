//! Rows of asset mortgages: each item, and how it left the mortgage.

use almoner_domain::asset_mortgage::{Auctioned, Registered, Released};
use almoner_domain::date::Date;
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::money::Money;

use super::{Changes, Recorded, word};
use crate::table::{Table, values};

/// What a row of an item says besides which it is.
#[derive(Default)]
struct Said {
    what: Option<String>,
    expires_on: Option<Date>,
    proceeds: Money,
    surplus: Money,
    shortfall: Money,
}

impl Changes<'_> {
    pub(super) fn mortgage_registered(&mut self, record: &Recorded<'_>, event: &Registered) {
        let of = (&event.mortgage, &event.programme, event.enterprise);
        for (line, one) in (1_i64..).zip(&event.items) {
            let said = Said {
                what: Some(word(&one.kind)),
                expires_on: Some(event.expires_on),
                ..Said::default()
            };
            self.mortgage(record, line, "registered", of, (&one.item, one.valuation), &said);
        }
    }

    pub(super) fn mortgage_released(&mut self, record: &Recorded<'_>, event: &Released) {
        let of = (&event.mortgage, &event.programme, event.enterprise);
        let item = (&event.item, event.valuation);
        self.mortgage(record, 1, "released", of, item, &Said::default());
    }

    pub(super) fn mortgage_auctioned(&mut self, record: &Recorded<'_>, event: &Auctioned) {
        self.premium_settled(record, "auctioned", &event.settlement);
        let settlement = &event.settlement;
        let of = (&event.mortgage, &settlement.programme, settlement.enterprise);
        let said = Said {
            proceeds: event.proceeds,
            surplus: event.surplus,
            shortfall: event.shortfall,
            ..Said::default()
        };
        self.mortgage(record, 1, "auctioned", of, (&event.item, event.held.valuation), &said);
    }

    fn mortgage(
        &mut self,
        record: &Recorded<'_>,
        line: i64,
        kind: &str,
        (mortgage, programme, enterprise): (&Id, &Id, Pseudonym),
        (item, valuation): (&Id, Money),
        said: &Said,
    ) {
        self.insert(
            Table::Mortgage,
            values![
                self.set,
                record.position,
                line,
                kind,
                mortgage.as_str(),
                programme.as_str(),
                enterprise.to_string(),
                item.as_str(),
                said.what.as_deref(),
                valuation.fen(),
                said.expires_on.map(|date| date.day_number()),
                said.proceeds.fen(),
                said.surplus.fen(),
                said.shortfall.fen(),
                record.effective_on.day_number(),
            ],
        );
    }
}
