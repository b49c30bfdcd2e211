//! Every refusal of the catalogue is reached, one test a code, named by it.

use std::collections::BTreeSet;

use almoner_domain::refusal::Refusal;

/// Declares tests, each named by the code of the refusal that it gives back.
macro_rules! reach {
    ($(fn $code:ident() $body:block)*) => {
        pub const CODES: &[&str] = &[$(stringify!($code),)*];
        $(
            #[test]
            fn $code() {
                let refusal: almoner_domain::refusal::Refusal = $body;
                assert_eq!(refusal.code(), stringify!($code), "{refusal}");
            }
        )*
    };
}

mod arrears;
mod borrowers;
mod budgets;
mod contracts;
mod discount_rules;
mod discounts;
mod forms;
mod guarantees;
mod limits;
mod loans;
mod references;
mod rules;
mod subsidies;

/// What only the writer of the log can give, and its tests reach: it alone knows the keys used before
/// and how long a record becomes.
const OF_THE_WRITER: [&str; 2] = ["key_reused", "record_too_large"];

#[test]
fn every_code_of_the_catalogue_is_reached() {
    let here = [
        arrears::CODES,
        borrowers::CODES,
        budgets::CODES,
        contracts::CODES,
        discount_rules::CODES,
        discounts::CODES,
        forms::CODES,
        guarantees::CODES,
        limits::CODES,
        loans::CODES,
        references::CODES,
        rules::CODES,
        subsidies::CODES,
        &OF_THE_WRITER,
    ];
    let reached: BTreeSet<&str> = here.concat().into_iter().collect();
    let catalogue: BTreeSet<&str> = Refusal::CODES.iter().copied().collect();
    assert_eq!(reached, catalogue);
}
