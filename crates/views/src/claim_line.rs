//! The lines of discount claims for a loan, and how far each has come.

use almoner_domain::date::Date;
use almoner_domain::id::Id;
use almoner_domain::money::Money;
use almoner_log::Row;
use serde::{Deserialize, Serialize};

use crate::ViewsError;
use crate::snapshot::{Bounds, Snapshot, date, id, money, named, position};
use crate::table::values;

/// One loan of a discount claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimLine {
    /// The position of its record.
    pub position: u64,
    /// The claim.
    pub claim: Id,
    /// The first day of the period.
    pub from: Date,
    /// The day after the last day of the period.
    pub to: Date,
    /// The interest that the bank states.
    pub interest: Money,
    /// The discount claimed.
    pub discount: Money,
    /// How far it has come.
    pub stage: ClaimStage,
    /// The day since which it has.
    pub since: Date,
    /// The discount approved: all or nothing, for a claim is approved as a whole.
    pub approved: Money,
    /// The discount paid, to the bank or out of an advance that it had.
    pub paid: Money,
    /// What of that came back.
    pub returned: Money,
}

/// How far a claim has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimStage {
    /// Filed by the bank.
    Claimed,
    /// Rejected; the period may be claimed again.
    Rejected,
    /// Approved and not yet paid.
    Approved,
    /// Paid.
    Paid,
    /// Held against an advance that the bank had got (预拨清算), and so paid.
    Settled,
    /// Paid, and all of it came back; the period may be claimed again.
    Returned,
}

const LINES: &str = "
SELECT line.position, line.claim, line.from_on, line.to_on, line.interest, line.discount,
       said.effective_on
FROM claim_line AS line
JOIN event AS said ON said.view_set = $1 AND said.position = line.position
WHERE line.view_set = $1 AND line.loan = $2 AND line.position <= $3 AND said.effective_on <= $4
ORDER BY line.position";

/// What became of the claims of a loan: of a line alone, or of the claim as a whole.
const STEPS: &str = "
SELECT line.position, step.kind, step.happened_on, step.returned
FROM claim_line AS line
JOIN claim_step AS step ON step.view_set = $1 AND step.claim = line.claim
WHERE line.view_set = $1 AND line.loan = $2 AND (step.line IS NULL OR step.line = line.position)
  AND step.position <= $3 AND step.happened_on <= $4
  AND (step.reversed_at IS NULL OR step.reversed_at > $3)
ORDER BY step.position";

/// The claim lines of a loan, in the order of the log.
pub(crate) async fn claim_lines(
    snapshot: &mut Snapshot,
    loan: &Id,
    bounds: Bounds,
) -> Result<Vec<ClaimLine>, ViewsError> {
    let values = values![snapshot.set, loan.as_str(), bounds.position, bounds.day];
    let rows = snapshot.rows(LINES, &values).await?;
    let mut lines = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    for row in snapshot.rows(STEPS, &values).await? {
        let at = position(row.integer(0)?)?;
        if let Some(line) = lines.iter_mut().find(|line| line.position == at) {
            line.take(named(row.text(1)?)?, date(row.integer(2)?)?, money(&row, 3)?);
        }
    }
    Ok(lines)
}

fn read(row: &Row) -> Result<ClaimLine, ViewsError> {
    Ok(ClaimLine {
        position: position(row.integer(0)?)?,
        claim: id(row.text(1)?)?,
        from: date(row.integer(2)?)?,
        to: date(row.integer(3)?)?,
        interest: money(row, 4)?,
        discount: money(row, 5)?,
        stage: ClaimStage::Claimed,
        since: date(row.integer(6)?)?,
        approved: Money::ZERO,
        paid: Money::ZERO,
        returned: Money::ZERO,
    })
}

impl ClaimLine {
    /// Takes in what happened next.
    fn take(&mut self, stage: ClaimStage, on: Date, returned: Money) {
        match stage {
            ClaimStage::Claimed | ClaimStage::Rejected => self.approved = Money::ZERO,
            ClaimStage::Approved => self.approved = self.discount,
            ClaimStage::Paid | ClaimStage::Settled => {
                (self.approved, self.paid) = (self.discount, self.discount);
            }
            ClaimStage::Returned => {
                self.returned += returned;
                // What comes back in part leaves the line paid, or settled.
                if self.returned < self.paid {
                    return;
                }
            }
        }
        (self.stage, self.since) = (stage, on);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::{empty_views, plan};

    #[tokio::test]
    async fn the_claims_of_a_loan_are_found_by_indexes() {
        let (_directory, mut snapshot) = empty_views().await;
        let values = values![snapshot.set, "L-1", 1_000_i64, 12_000_i64];
        for (question, by) in [
            (LINES, "claim_line_of_loan (view_set=? AND loan=? AND position<?)"),
            (STEPS, "claim_step_of_claim (view_set=? AND claim=? AND position<?)"),
        ] {
            let steps = plan(&mut snapshot, question, &values).await;
            assert!(steps.iter().any(|step| step.ends_with(by)), "{by}: {steps:#?}");
        }
    }
}
