//! What goes wrong in practice: twenty cases that clerks, guarantee agencies and auditors tell of. Each has a test.

/// Number, what happens, the file of its test, the test.
pub const CASES: [(u8, &str, &str, &str); 20] = [
    (
        1,
        "numbers of persons as 1.1E+17 in the file of an office",
        "tests/e2e/import.rs",
        "a_workbook_with_faults_is_reported_cell_by_cell",
    ),
    (
        2,
        "the same loan in the files of two banks",
        "crates/domain/tests/behaviour/verdicts.rs",
        "what_cannot_be_claimed_is_told_before_figures_are_compared",
    ),
    (
        3,
        "two names with one number, one name with an old and a new number",
        "crates/import/src/roster.rs",
        "an_old_number_and_a_new_one_are_one_person",
    ),
    (
        4,
        "discount on the days of an extension",
        "crates/domain/tests/behaviour/extensions.rs",
        "days_by_which_principal_is_extended_are_not_discounted",
    ),
    (
        5,
        "a payment of December that comes back in January",
        "crates/domain/tests/behaviour/practice.rs",
        "a_payment_of_december_that_the_bank_returns_in_january_is_made_again_in_the_new_year",
    ),
    (
        6,
        "a rate changed for the past",
        "crates/domain/tests/behaviour/discount_modes.rs",
        "a_rate_changed_retroactively_cuts_the_period_and_the_corrected_line_is_claimed_anew",
    ),
    (
        7,
        "a split that changes inside the quarter",
        "crates/domain/tests/behaviour/discount_claims.rs",
        "a_split_that_changes_inside_the_quarter_parts_the_discount_by_days",
    ),
    (
        8,
        "a borrower who pays the bank after compensation",
        "crates/domain/tests/behaviour/compensations.rs",
        "a_borrower_who_pays_the_bank_after_compensation_pays_the_fund",
    ),
    (
        9,
        "a fund that falls below what it guarantees",
        "crates/domain/tests/behaviour/guarantees.rs",
        "when_the_fund_falls_what_is_guaranteed_stays_and_nothing_new_is_accepted",
    ),
    (
        10,
        "one of two parcels released",
        "crates/domain/tests/behaviour/asset_mortgages.rs",
        "one_of_two_parcels_is_released_when_the_other_covers_what_is_still_due",
    ),
    (
        11,
        "a pledge that never arrives",
        "crates/domain/tests/behaviour/fund_documents.rs",
        "a_pledge_that_never_arrives_is_given_up",
    ),
    (
        12,
        "a holder of a post who dies in the month",
        "crates/domain/tests/behaviour/practice.rs",
        "of_a_post_whose_holder_died_in_the_month_the_days_after_come_back",
    ),
    (
        13,
        "a borrower in one county, holder of a post in another",
        "crates/domain/tests/behaviour/practice.rs",
        "a_borrower_of_one_county_who_holds_a_post_in_another_is_one_person_in_the_log",
    ),
    (
        14,
        "the same file, in GB18030, imported twice",
        "tests/e2e/import.rs",
        "a_roster_in_gb18030_is_recorded_once_and_without_the_numbers",
    ),
    (
        15,
        "a clock that is wrong",
        "crates/ledger/tests/ledger.rs",
        "a_clock_that_was_wrong_does_not_turn_time_back",
    ),
    (
        16,
        "a disk that fills in the middle",
        "tests/faults/main.rs",
        "fault_the_disk_fills_in_the_middle_of_a_file_of_commands",
    ),
    (
        17,
        "two clerks who want the last capacity together",
        "crates/ledger/tests/ledger.rs",
        "two_clerks_who_want_the_last_capacity_at_once_do_not_both_get_it",
    ),
    (
        18,
        "a reversal after the close",
        "crates/domain/tests/behaviour/budget_years.rs",
        "a_mistake_of_a_closed_year_is_reversed_in_the_new_one",
    ),
    (
        19,
        "a household cap shared by its members",
        "crates/domain/tests/behaviour/subsidies.rs",
        "a_household_has_its_cap_by_programme_and_calendar_year",
    ),
    (
        20,
        "thirds, and what is left over of a fen",
        "crates/domain/src/money.rs",
        "split_gives_left_over_fen_to_the_largest_remainders",
    ),
];
