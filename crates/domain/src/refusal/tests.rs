//! The catalogue keeps its promises.

use super::*;
use crate::money::Money;

#[test]
fn codes_are_unique() {
    let mut codes = Refusal::CODES.to_vec();
    codes.sort_unstable();
    let count = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), count);
}

#[test]
fn a_refusal_says_rule_limit_and_figures_in_both_languages() {
    let refusal = Refusal::LoanOutsideBand {
        category: "stall".parse().unwrap(),
        requested: Money::from_yuan(5_000),
        minimum: Money::from_yuan(1_000),
        maximum: Money::from_yuan(2_000),
    };
    assert_eq!(
        serde_json::to_value(&refusal).unwrap(),
        serde_json::json!({
            "code": "loan_outside_band",
            "stage": "limit",
            "english": "5000.00 yuan lies outside the band of category stall: from 1000.00 to 2000.00 is accepted",
            "chinese": "5000.00 元超出类别 stall 的额度，可接受 1000.00 至 2000.00 元",
            "figures": {"category": "stall", "requested": "5000.00", "minimum": "1000.00", "maximum": "2000.00"},
        })
    );
}
