//! Arrears, mortgages, wages, certificates and relief.

use almoner_domain::refusal::Stage;

use crate::support::arrears::*;
use crate::support::given;
use crate::support::world::*;

reach! {
    fn unknown_premium_arrears() {
        owing().when(pay_named(1, "2010-02-01", "1.00", &[("medical", "2010-01")])).refused(
            Stage::Reference,
            &[("enterprise", &person(1)), ("kind", "medical insurance"), ("month", "2010-01")],
        )
    }

    fn unknown_mortgage() {
        owing()
            .when(release_item("M-1", "a", "2010-01-01"))
            .refused(Stage::Reference, &[("mortgage", "M-1")])
    }

    fn unknown_mortgaged_item() {
        owing()
            .and([mortgage("M-1", 1, "2010-01-01", &[("a", "1.00"), ("b", "1.00")])])
            .when(release_item("M-1", "c", "2010-01-01"))
            .refused(Stage::Reference, &[("mortgage", "M-1"), ("item", "c"), ("known", "a, b")])
    }

    fn unknown_wage_case() {
        given([]).when(recover_wages("W-1", "1.00")).refused(Stage::Reference, &[("case", "W-1")])
    }

    fn unknown_certificate() {
        given([])
            .when(use_certificate(1, "2004-01-01"))
            .refused(Stage::Reference, &[("certificate", &person(501))])
    }

    fn premium_assessed_already() {
        // Settled ones count, and those of another programme.
        owing()
            .and([assess(1, "2010-01", "9.00"), pay_premium(1, "2010-01-01", "9.00")])
            .when(assess_of("capped", 1, "pension", "2010-01", "9.00"))
            .refused(
                Stage::Rule,
                &[("enterprise", &person(1)), ("kind", "pension insurance"), ("month", "2010-01")],
            )
    }

    fn auction_not_due() {
        owing()
            .and([
                assess(1, "2010-01", "1000.00"),
                mortgage("M-1", 1, "2010-01-01", &[("a", "700.00")]),
            ])
            .when(auction("M-1", "a", "2011-12-31", "1.00"))
            .refused(
                Stage::Rule,
                &[
                    ("mortgage", "M-1"),
                    ("expires_on", "2011-12-31"),
                    ("owed", "2183.50"),
                    ("date", "2011-12-31"),
                ],
            )
    }

    fn worker_twice() {
        given([])
            .when(file("W-1", &[(1, "1.00"), (1, "2.00")], "3.00"))
            .line_refused(2, Stage::Rule, &[("worker", &person(1))])
    }

    fn coordinated_already() {
        given([file("W-1", &[(1, "1.00")], "1.00"), coordinate("W-1")])
            .when(coordinate("W-1"))
            .refused(Stage::Rule, &[("case", "W-1"), ("on", "2024-02-10")])
    }

    fn certificate_issued_already() {
        given([issue(1, "heihe", None), withdraw_certificate(1, "2004-01-01")])
            .when(issue(1, "heihe", None))
            .refused(Stage::Rule, &[("certificate", &person(501))])
    }

    fn certificate_withdrawn() {
        given([issue(1, "heihe", None), withdraw_certificate(1, "2004-01-01")])
            .when(use_certificate(1, "2004-01-02"))
            .refused(Stage::Rule, &[("certificate", &person(501))])
    }

    fn certificate_expired() {
        given([issue(1, "heihe", Some("2005-12-31"))]).when(use_certificate(1, "2006-01-01")).refused(
            Stage::Rule,
            &[
                ("certificate", &person(501)),
                ("valid_until", "2005-12-31"),
                ("date", "2006-01-01"),
            ],
        )
    }

    fn relief_recorded_already() {
        let report = relief("commerce", "fee", "registration-fee", 1, "1.00");
        given([report.clone()]).when(report).refused(
            Stage::Rule,
            &[
                ("department", "commerce"),
                ("kind", "administrative fee"),
                ("item", "registration-fee"),
                ("from", "2003-01-01"),
                ("to", "2003-10-31"),
            ],
        )
    }

    fn premium_over_owed() {
        owing()
            .and([assess(1, "2010-01", "1000.00")])
            .when(pay_premium(1, "2010-01-11", "1020.01"))
            .refused(
                Stage::Limit,
                &[
                    ("enterprise", &person(1)),
                    ("amount", "1020.01"),
                    ("owed", "1020.00"),
                    ("date", "2010-01-11"),
                ],
            )
    }

    fn cover_too_low() {
        owing()
            .and([
                assess(1, "2010-01", "1000.00"),
                mortgage("M-1", 1, "2010-01-01", &[("a", "1.00"), ("b", "1428.57")]),
            ])
            .when(release_item("M-1", "a", "2010-01-01"))
            .refused(
                Stage::Limit,
                &[
                    ("item", "a"),
                    ("owed", "1000.00"),
                    ("remaining", "1428.57"),
                    ("rate", "0.7"),
                    ("covered", "999.99"),
                ],
            )
    }

    fn recovered_over_claimed() {
        given([file("W-1", &[(1, "3.00")], "3.00"), recover_wages("W-1", "1.00")])
            .when(recover_wages("W-1", "2.01"))
            .refused(Stage::Limit, &[("case", "W-1"), ("amount", "2.01"), ("open", "2.00")])
    }

    fn wages_not_held() {
        given([file("W-1", &[(1, "3.00")], "3.00"), recover_wages("W-1", "1.00")])
            .when(pay_wages("W-1", &[(1, "2.00")], "2.00"))
            .refused(Stage::Limit, &[("case", "W-1"), ("needed", "2.00"), ("held", "1.00")])
    }

    fn wage_over_claimed() {
        given([file("W-1", &[(1, "3.00")], "3.00"), recover_wages("W-1", "3.00")])
            .when(pay_wages("W-1", &[(1, "3.01")], "3.01"))
            .line_refused(
                1,
                Stage::Limit,
                &[("worker", &person(1)), ("amount", "3.01"), ("open", "3.00")],
            )
    }

    fn quota_exhausted() {
        given([set_quota("heihe", 1), issue(1, "heihe", None)]).when(issue(2, "heihe", None)).refused(
            Stage::Limit,
            &[("series", "work"), ("region", "heihe"), ("issued", "1"), ("due", "1")],
        )
    }
}

#[test]
fn a_month_is_owed_at_most_so_much() {
    owing().when(assess(1, "2010-01", "1000000000.01")).refused_as("form_invalid");
    owing().when(assess(1, "2010-01", "1000000000.00")).accepted();
}
