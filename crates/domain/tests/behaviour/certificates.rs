//! Certificates: issued against what is due, used, withdrawn.

use serde_json::json;

use crate::support::arrears::*;
use crate::support::given;
use crate::support::world::*;

#[test]
fn a_certificate_is_issued_used_and_withdrawn_and_moves_no_money() {
    let ledger = given([])
        .when(issue(1, "heihe", Some("2005-12-31")))
        .then([(
            "certificate.issued.v1",
            json!({
                "certificate": person(501), "series": "work", "holder": person(1),
                "region": "heihe", "valid_until": "2005-12-31", "document": "approval 1",
            }),
        )])
        .posts(&[]);
    let ledger = ledger
        .when(use_certificate(1, "2003-03-02"))
        .then([(
            "certificate.used.v1",
            json!({
                "certificate": person(501), "series": "work", "holder": person(1),
                "region": "heihe", "purpose": "business-tax", "document": "tax 1",
            }),
        )])
        .posts(&[]);
    // It can be used for more than one thing, and on its last day.
    let ledger = ledger.and([use_certificate(1, "2005-12-31")]);
    let ledger = ledger
        .when(withdraw_certificate(1, "2006-01-01"))
        .then([(
            "certificate.withdrawn.v1",
            json!({
                "certificate": person(501), "series": "work", "holder": person(1),
                "region": "heihe", "reason": "employed",
            }),
        )])
        .posts(&[]);
    ledger.when(use_certificate(1, "2005-01-01")).refused_as("certificate_withdrawn");
    ledger.when(withdraw_certificate(1, "2006-01-01")).refused_as("certificate_withdrawn");
}

#[test]
fn a_region_gets_as_many_as_are_due_when_that_is_recorded() {
    let ledger = given([set_quota("heihe", 2), issue(1, "heihe", None), issue(2, "heihe", None)]);
    ledger.when(issue(3, "heihe", None)).refused_as("quota_exhausted");
    ledger.when(issue(3, "aihui", None)).accepted();
    let quota =
        ledger.state.certificates.quota(&"work".parse().unwrap(), &"heihe".parse().unwrap());
    assert_eq!((quota.due, quota.issued), (Some(2), 2));
    ledger.clone().and([set_quota("heihe", 3), issue(3, "heihe", None)]);
    ledger.and([withdraw_certificate(1, "2003-04-01"), issue(3, "heihe", None)]);
}

#[test]
fn a_certificate_is_not_used_before_it_was_issued() {
    let ledger = given([issue(1, "heihe", None)]);
    ledger.when(use_certificate(1, "2003-03-01")).refused_as("before_original");
    ledger.when(withdraw_certificate(1, "2003-03-01")).refused_as("before_original");
}

#[test]
fn a_certificate_is_not_issued_when_it_has_run_out() {
    given([]).when(issue(1, "heihe", Some("2003-03-01"))).refused_as("certificate_expired");
    given([]).when(issue(1, "heihe", Some("2003-03-02"))).accepted();
}
