//! What the rows must be that are written once: promises and what became of them, discount claims, premium arrears,
//! mortgages, wage cases, what of subsidies is demanded back, certificates. Of these, a reversal marks the rows of what
//! it takes back, and nothing else changes them.

use almoner_domain::asset_mortgage;
use almoner_domain::date::Date;
use almoner_domain::event::Event;
use almoner_domain::fund::{Pledged, Received};
use almoner_domain::id::{Id, Pseudonym};
use almoner_domain::interest_discount::Claimed;
use almoner_domain::money::Money;
use almoner_domain::premium_arrears::payment::Settlement;
use almoner_domain::subsidy::demand::Demanded;
use almoner_domain::subsidy::returned::Returned;
use serde::Serialize;

use super::Tally;
use super::rows::optional;

/// A row of a table: its key, and its text without the position of a reversal.
struct Row {
    table: &'static str,
    key: String,
    text: String,
}

/// Hands over the rows of an event, or marks those of the event that it reverses.
pub(super) fn take_in(position: u64, on: Date, event: &Event, tally: &mut Tally) {
    for row in never_marked(position, on, event) {
        tally.add(row.table, &row.key, &row.text);
    }
    for row in rows(position, on, event) {
        tally.add(row.table, &row.key, &format!("{}\t", row.text));
    }
    if let Event::ReversalRecorded(reversal) = event {
        for row in rows(reversal.position, reversal.effective_on, &reversal.original) {
            tally.remove(row.table, &row.key, &format!("{}\t", row.text));
            tally.add(row.table, &row.key, &format!("{}\t{position}", row.text));
        }
    }
}

/// The rows of an event that no reversal marks.
fn never_marked(position: u64, on: Date, event: &Event) -> Vec<Row> {
    let certificate =
        |kind, series: &Id, region: &Id, which: Option<(Pseudonym, Pseudonym)>, rest| {
            let (certificate, holder) = which.unzip();
            let (certificate, holder) = (optional(certificate), optional(holder));
            let text = format!("{kind}\t{series}\t{region}\t{certificate}\t{holder}\t{rest}\t{on}");
            vec![Row { table: "certificate", key: position.to_string(), text }]
        };
    match event {
        Event::DiscountClaimed(line) => {
            let Claimed { claim, loan, from, to, actual_interest, interest, discount, .. } = line;
            let (number, shares) = (line.line, shares(line));
            let text = format!(
                "{claim}\t{number}\t{loan}\t{from}\t{to}\t{actual_interest}\t{interest}\t{shares}\t{discount}"
            );
            vec![Row { table: "claim_line", key: position.to_string(), text }]
        }
        Event::DiscountFiled(filed) => {
            let (programme, bank, fund) =
                (&filed.programme, optional(filed.bank.as_ref()), &filed.fund);
            let (lines, total, document) = (filed.lines, filed.total, &filed.document);
            let text = format!(
                "{programme}\t{bank}\t{fund}\t{lines}\t{total}\t{document}\t{on}\t{position}"
            );
            vec![Row { table: "claim", key: filed.claim.to_string(), text }]
        }
        Event::CertificateQuotaSet(event) => {
            let rest = format!("{}\t", event.due);
            certificate("due", &event.series, &event.region, None, rest)
        }
        Event::CertificateIssued(event) => {
            let which = Some((event.certificate, event.holder));
            let rest = format!("\t{}", optional(event.valid_until));
            certificate("issued", &event.series, &event.region, which, rest)
        }
        Event::CertificateUsed(event) => {
            let which = Some((event.certificate, event.holder));
            certificate("used", &event.series, &event.region, which, "\t".to_owned())
        }
        Event::CertificateWithdrawn(event) => {
            let which = Some((event.certificate, event.holder));
            certificate("withdrawn", &event.series, &event.region, which, "\t".to_owned())
        }
        _ => Vec::new(),
    }
}

/// The rows of an event that its reversal marks.
fn rows(position: u64, on: Date, event: &Event) -> Vec<Row> {
    match event {
        Event::FundPledged(_) | Event::AllocationRegistered(_) | Event::MatchingRequired(_) => {
            promise(position, on, event)
        }
        Event::FundReceived(_)
        | Event::PledgeWithdrawn(_)
        | Event::SurplusReturned(_)
        | Event::AllocationCarried(_) => receipts(position, on, event),
        Event::DiscountApproved(_)
        | Event::DiscountRejected(_)
        | Event::DiscountPaid(_)
        | Event::DiscountSettled(_)
        | Event::DiscountReturned(_) => claim_steps(position, on, event),
        Event::PremiumAssessed(event) => {
            let insurance = word(&event.insurance);
            let text = format!(
                "assessed\t{}\t{}\t{insurance}\t{}\t{}\t0.00\t0.00\t{}\t{on}",
                event.programme, event.enterprise, event.month, event.amount, event.due_on
            );
            vec![Row { table: "premium", key: format!("{position}\t1"), text }]
        }
        Event::PremiumPaid(event) => settled(position, on, "paid", &event.settlement),
        Event::MortgageRegistered(_) | Event::MortgageReleased(_) => mortgage(position, on, event),
        Event::MortgageAuctioned(auctioned) => {
            let mut rows = settled(position, on, "auctioned", &auctioned.settlement);
            rows.extend(mortgage(position, on, event));
            rows
        }
        Event::WagesFiled(_)
        | Event::WagesCoordinated(_)
        | Event::WagesRecovered(_)
        | Event::WagesPaid(_) => wages(position, on, event),
        Event::SubsidyDemanded(event) => {
            let Demanded { payment, subsidy, programme, fund, beneficiary, amount, .. } = event;
            let of = format!("{payment}\t{subsidy}\t{programme}\t{fund}\t{beneficiary}");
            vec![demand(position, on, "demanded", &of, *amount)]
        }
        Event::SubsidyReturned(event) => {
            let Returned { payment, subsidy, programme, fund, beneficiary, demanded, .. } = event;
            let of = format!("{payment}\t{subsidy}\t{programme}\t{fund}\t{beneficiary}");
            demanded.map(|part| demand(position, on, "returned", &of, part)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn demand(position: u64, on: Date, kind: &str, of: &str, amount: Money) -> Row {
    let text = format!("{kind}\t{of}\t{amount}\t{on}");
    Row { table: "demand", key: position.to_string(), text }
}

fn promise(position: u64, on: Date, event: &Event) -> Vec<Row> {
    let text = match event {
        Event::FundPledged(pledged) => {
            let Pledged { fund, pledge, source, amount, due_on, monthly, document, .. } = pledged;
            let first = monthly.as_ref().map(|monthly| monthly.first_due_on);
            let due_on = optional(first.or(*due_on));
            let monthly = optional(monthly.as_ref().map(|monthly| monthly.amount));
            format!(
                "pledge\t{fund}\t{pledge}\t{source}\t\t{amount}\t{due_on}\t{monthly}\t\t{document}"
            )
        }
        Event::AllocationRegistered(event) => {
            let purpose = optional(event.purpose.as_ref());
            format!(
                "allocation_document\t{}\t{}\t{}\t{purpose}\t{}\t\t\t{}\t{}",
                event.fund,
                event.allocation,
                event.source,
                event.amount,
                event.year,
                event.document
            )
        }
        Event::MatchingRequired(event) => {
            let due_on = optional(event.due_on);
            format!(
                "matching_fund\t{}\t{}\t{}\t\t{}\t{due_on}\t\t\t{}",
                event.fund, event.matching, event.source, event.amount, event.document
            )
        }
        _ => return Vec::new(),
    };
    vec![Row { table: "promise", key: position.to_string(), text: format!("{text}\t{on}") }]
}

fn receipts(position: u64, on: Date, event: &Event) -> Vec<Row> {
    let row = |kind: &str, fund: &Id, promise: &Id, amounts: [Money; 4], year: Option<i16>| {
        let [received, withdrawn, returned, carried] = amounts;
        let year = optional(year);
        let text = format!(
            "{fund}\t{promise}\t{received}\t{withdrawn}\t{returned}\t{carried}\t{year}\t{on}"
        );
        Row { table: "receipt", key: format!("{position}\t{kind}"), text }
    };
    let none = Money::ZERO;
    match event {
        Event::FundReceived(received) => {
            let Received { fund, amount, pledge, allocation, matching, .. } = received;
            let named = [
                ("pledge", pledge),
                ("allocation_document", allocation),
                ("matching_fund", matching),
            ];
            let row = |(kind, name): (&str, &Option<Id>)| {
                Some(row(kind, fund, name.as_ref()?, [*amount, none, none, none], None))
            };
            named.into_iter().filter_map(row).collect()
        }
        Event::PledgeWithdrawn(event) => {
            let amounts = [none, event.amount, none, none];
            vec![row("pledge", &event.fund, &event.pledge, amounts, None)]
        }
        Event::SurplusReturned(event) => {
            let amounts = [none, none, event.amount, none];
            vec![row("allocation_document", &event.fund, &event.allocation, amounts, None)]
        }
        Event::AllocationCarried(event) => {
            let (amounts, year) = ([none, none, none, event.amount], Some(event.year));
            vec![row("allocation_document", &event.fund, &event.allocation, amounts, year)]
        }
        _ => Vec::new(),
    }
}

fn claim_steps(position: u64, on: Date, event: &Event) -> Vec<Row> {
    let row = |claim: &Id, kind: &str, line: Option<u64>, returned: Money| Row {
        table: "claim_step",
        key: format!("{position}\t{claim}"),
        text: format!("{kind}\t{}\t{returned}\t{on}", optional(line)),
    };
    match event {
        Event::DiscountApproved(event) => vec![row(&event.claim, "approved", None, Money::ZERO)],
        Event::DiscountRejected(event) => vec![row(&event.claim, "rejected", None, Money::ZERO)],
        Event::DiscountPaid(event) => vec![row(&event.claim, "paid", None, Money::ZERO)],
        Event::DiscountSettled(event) => {
            event.claims.iter().map(|one| row(&one.claim, "settled", None, Money::ZERO)).collect()
        }
        Event::DiscountReturned(event) => {
            vec![row(&event.claim, "returned", Some(event.line), event.amount)]
        }
        _ => Vec::new(),
    }
}

fn settled(position: u64, on: Date, kind: &str, settlement: &Settlement) -> Vec<Row> {
    let Settlement { programme, enterprise, allocations, .. } = settlement;
    let row = |(line, one): (u64, &almoner_domain::premium_arrears::payment::Allocation)| {
        let (insurance, month) = (word(&one.insurance), one.month);
        let (premium, charged, late_fee) = (one.premium, one.charged, one.late_fee);
        let text = format!(
            "{kind}\t{programme}\t{enterprise}\t{insurance}\t{month}\t{premium}\t{charged}\t{late_fee}\t\t{on}"
        );
        Row { table: "premium", key: format!("{position}\t{line}"), text }
    };
    (1..).zip(allocations).map(row).collect()
}

fn mortgage(position: u64, on: Date, event: &Event) -> Vec<Row> {
    let row = |line: u64, text: String| Row {
        table: "mortgage",
        key: format!("{position}\t{line}"),
        text: format!("{text}\t{on}"),
    };
    match event {
        Event::MortgageRegistered(event) => {
            let asset_mortgage::Registered { mortgage, programme, enterprise, expires_on, .. } =
                event;
            let item = |(line, one): (u64, &asset_mortgage::Item)| {
                let (item, what, valuation) = (&one.item, word(&one.kind), one.valuation);
                row(
                    line,
                    format!(
                        "registered\t{mortgage}\t{programme}\t{enterprise}\t{item}\t{what}\t{valuation}\t{expires_on}\t0.00\t0.00\t0.00"
                    ),
                )
            };
            (1..).zip(&event.items).map(item).collect()
        }
        Event::MortgageReleased(event) => {
            let asset_mortgage::Released { mortgage, programme, enterprise, item, .. } = event;
            let valuation = event.valuation;
            let text = format!(
                "released\t{mortgage}\t{programme}\t{enterprise}\t{item}\t\t{valuation}\t\t0.00\t0.00\t0.00"
            );
            vec![row(1, text)]
        }
        Event::MortgageAuctioned(event) => {
            let asset_mortgage::Auctioned { mortgage, item, proceeds, surplus, shortfall, .. } =
                event;
            let Settlement { programme, enterprise, .. } = &event.settlement;
            let valuation = event.held.valuation;
            let text = format!(
                "auctioned\t{mortgage}\t{programme}\t{enterprise}\t{item}\t\t{valuation}\t\t{proceeds}\t{surplus}\t{shortfall}"
            );
            vec![row(1, text)]
        }
        _ => Vec::new(),
    }
}

fn wages(position: u64, on: Date, event: &Event) -> Vec<Row> {
    let row = |line: u64, text: String| Row {
        table: "wage",
        key: format!("{position}\t{line}"),
        text: format!("{text}\t{on}"),
    };
    match event {
        Event::WagesFiled(event) => {
            let (case, employer) = (&event.case, event.employer);
            let claims = (1..).zip(&event.claims);
            let text = |worker, amount| format!("filed\t{case}\t{employer}\t{worker}\t{amount}");
            claims.map(|(line, one)| row(line, text(one.worker, one.amount))).collect()
        }
        Event::WagesCoordinated(event) => {
            vec![row(1, format!("coordinated\t{}\t\t\t0.00", event.case))]
        }
        Event::WagesRecovered(event) => {
            vec![row(1, format!("recovered\t{}\t\t\t{}", event.case, event.amount))]
        }
        Event::WagesPaid(event) => {
            let case = &event.case;
            let wages = (1..).zip(&event.wages);
            let text = |worker, amount| format!("paid\t{case}\t\t{worker}\t{amount}");
            wages.map(|(line, one)| row(line, text(one.worker, one.amount))).collect()
        }
        _ => Vec::new(),
    }
}

/// The shares of a line's segments, each once in order.
fn shares(line: &Claimed) -> String {
    let mut shares: Vec<_> = line.segments.iter().map(|one| one.share.to_string()).collect();
    shares.dedup();
    shares.join(" ")
}

/// The plain name of a kind, as events write it.
fn word(kind: &impl Serialize) -> String {
    let written = serde_json::to_value(kind).ok();
    written.as_ref().and_then(|word| word.as_str()).unwrap_or_default().to_owned()
}
