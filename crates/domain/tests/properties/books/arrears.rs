//! What is owed, mortgaged and held for others, told from the state.

use almoner_domain::account::{Account, Pot};
use almoner_domain::money::Money;
use almoner_domain::state::State;

/// Adds what the books must hold of it, and checks that nothing of it is negative or paid beyond what is claimed.
pub fn open(state: &State, add: &mut impl FnMut(Account, Pot, Money)) {
    for ((programme, _), account) in &state.premium_accounts {
        for arrear in account.open.values() {
            assert!(!arrear.premium.fen().is_negative() && arrear.premium <= arrear.due);
            assert!(!arrear.late_fee.fen().is_negative() && arrear.late_fee <= arrear.charged);
            assert!((arrear.premium + arrear.late_fee).is_positive());
            if programme.as_str() == "capped" {
                assert!(arrear.charged <= arrear.due);
            }
            add(Account::PremiumArrears, Pot::of_programme(programme), arrear.premium);
            add(Account::LateFee, Pot::of_programme(programme), arrear.late_fee);
        }
    }
    for mortgage in state.mortgages.values() {
        assert!(!mortgage.items.is_empty());
        let pot = Pot::of_programme(&mortgage.programme);
        for held in mortgage.items.values() {
            add(Account::AssetMortgage, pot.clone(), held.valuation);
        }
    }
    for case in state.wage_cases.values() {
        assert!(case.unpaid.values().all(|unpaid| unpaid.is_positive()));
        assert!(!case.held.fen().is_negative() && !case.open().fen().is_negative());
        add(Account::WageArrears, Pot::default(), case.open());
        add(Account::WagesHeld, Pot::default(), case.held);
    }
}
