//! How parts of the state are kept in a snapshot, where the derived form would not do.

/// As JSON: for the few that are written with fields left out, which the binary form cannot do.
pub(crate) mod as_json {
    use serde::de::DeserializeOwned;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text = serde_json::to_string(value).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }

    pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let text = String::deserialize(deserializer)?;
        serde_json::from_str(&text).map_err(serde::de::Error::custom)
    }
}

/// Subsidies that wait for payment: there may be many, and their records leave fields out.
pub(crate) mod waiting {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use crate::fund::Share;
    use crate::id::{Id, Pseudonym};
    use crate::money::Money;
    use crate::parameter::Used;
    use crate::state::Link;
    use crate::subsidy::{Grant, Payment};

    pub(crate) fn serialize<S: Serializer>(
        waiting: &BTreeMap<Id, Payment>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(waiting.values().map(|Payment { grant, rests_on }| {
            // Taken apart by name, so that no field can be forgotten.
            let Grant {
                subsidy,
                batch,
                programme,
                version,
                beneficiary,
                household,
                year,
                period,
                amount,
                fund,
                shares,
                cost,
                months,
                parameters,
            } = grant;
            let basis = (cost, months, parameters);
            let whose = (beneficiary, household, year, period);
            let paid_by = (amount, fund, shares);
            (subsidy, batch, programme, version, whose, paid_by, basis, rests_on)
        }))
    }

    type Whose = (Pseudonym, Pseudonym, i16, Id);
    type Basis = (Option<Money>, Option<u16>, Vec<Used>);
    type PaidBy = (Money, Id, Vec<Share>);
    type Row = (Id, Option<Id>, Id, u32, Whose, PaidBy, Basis, Link);

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Id, Payment>, D::Error> {
        let rows: Vec<Row> = Vec::deserialize(deserializer)?;
        let grants = rows.into_iter().map(|row| {
            let (subsidy, batch, programme, version, whose, paid_by, basis, rests_on) = row;
            let (amount, fund, shares) = paid_by;
            let (cost, months, parameters) = basis;
            let (beneficiary, household, year, period) = whose;
            let grant = Grant {
                subsidy: subsidy.clone(),
                batch,
                programme,
                version,
                beneficiary,
                household,
                year,
                period,
                amount,
                fund,
                shares,
                cost,
                months,
                parameters,
            };
            (subsidy, Payment { grant, rests_on })
        });
        Ok(grants.collect())
    }
}
