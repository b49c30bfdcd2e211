//! Rows of certificates: how many are due in a region, and what happened to each.

use almoner_domain::certificate::{Issued, QuotaSet, Used, Withdrawn};
use almoner_domain::date::Date;
use almoner_domain::id::{Id, Pseudonym};

use super::{Changes, Recorded};
use crate::table::{Table, values};

impl Changes<'_> {
    pub(super) fn certificates_due(&mut self, record: &Recorded<'_>, event: &QuotaSet) {
        let of = (&event.series, &event.region);
        self.certificate(record, "due", of, None, (Some(event.due), None));
    }

    pub(super) fn certificate_issued(&mut self, record: &Recorded<'_>, event: &Issued) {
        let of = (&event.series, &event.region);
        let which = Some((event.certificate, event.holder));
        self.certificate(record, "issued", of, which, (None, event.valid_until));
    }

    pub(super) fn certificate_used(&mut self, record: &Recorded<'_>, event: &Used) {
        let of = (&event.series, &event.region);
        let which = Some((event.certificate, event.holder));
        self.certificate(record, "used", of, which, (None, None));
    }

    pub(super) fn certificate_withdrawn(&mut self, record: &Recorded<'_>, event: &Withdrawn) {
        let of = (&event.series, &event.region);
        let which = Some((event.certificate, event.holder));
        self.certificate(record, "withdrawn", of, which, (None, None));
    }

    fn certificate(
        &mut self,
        record: &Recorded<'_>,
        kind: &str,
        (series, region): (&Id, &Id),
        which: Option<(Pseudonym, Pseudonym)>,
        (number, valid_until): (Option<u32>, Option<Date>),
    ) {
        let (certificate, holder) = which.unzip();
        self.insert(
            Table::Certificate,
            values![
                self.set,
                record.position,
                kind,
                series.as_str(),
                region.as_str(),
                certificate.map(|certificate| certificate.to_string()),
                holder.map(|holder| holder.to_string()),
                number.map(i64::from),
                valid_until.map(|date| date.day_number()),
                record.effective_on.day_number(),
            ],
        );
    }
}
