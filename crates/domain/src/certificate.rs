//! Certificates (再就业优惠证 and others): issued against what is due in a region, used, withdrawn.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::by_hash::ByHash;
use crate::date::Date;
use crate::id::{Id, Pseudonym, Text, present};
use crate::refusal::Refusal;
use crate::state::{Link, Name, State};

/// Command `certificate.set_quota` and event `certificate.quota_set.v1`: how many certificates of a series are
/// due in a region (应发). A later one replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaSet {
    /// Which certificates: re-employment, medical …
    pub series: Id,
    /// The region.
    pub region: Id,
    /// How many persons are entitled to one.
    pub due: u32,
    /// The document that counts them.
    pub document: Text,
}

/// Command `certificate.issue` and event `certificate.issued.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// The pseudonym of its number.
    pub certificate: Pseudonym,
    /// Which certificates.
    pub series: Id,
    /// Who holds it.
    pub holder: Pseudonym,
    /// The region.
    pub region: Id,
    /// The last day on which it can be used; without end when absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub valid_until: Option<Date>,
    /// The approval.
    pub document: Text,
}

/// Command `certificate.use`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// The certificate.
    pub certificate: Pseudonym,
    /// For what: a programme, a fee, a tax.
    pub purpose: Id,
    /// By which document.
    pub document: Text,
}

/// Event `certificate.used.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// The certificate.
    pub certificate: Pseudonym,
    /// Which certificates.
    pub series: Id,
    /// Who holds it.
    pub holder: Pseudonym,
    /// The region.
    pub region: Id,
    /// For what.
    pub purpose: Id,
    /// By which document.
    pub document: Text,
}

/// Command `certificate.withdraw`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// The certificate.
    pub certificate: Pseudonym,
    /// Why.
    pub reason: Text,
}

/// Event `certificate.withdrawn.v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    /// The certificate.
    pub certificate: Pseudonym,
    /// Which certificates.
    pub series: Id,
    /// Who held it.
    pub holder: Pseudonym,
    /// The region, where one more can be issued now.
    pub region: Id,
    /// Why.
    pub reason: Text,
}

/// The certificates that are issued and not withdrawn; of those withdrawn only the number is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificates {
    held: ByHash<Pseudonym, Certificate>,
    quotas: BTreeMap<(Id, Id), Quota>,
}

/// A certificate that is not withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Certificate {
    series: Id,
    holder: Pseudonym,
    region: Id,
    valid_until: Option<Date>,
    issued: Link,
}

/// How many certificates of a series a region has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// How many are due, when that is recorded.
    pub due: Option<u32>,
    /// How many are issued and not withdrawn.
    pub issued: u32,
}

impl Certificates {
    /// How many certificates of a series a region has.
    #[must_use]
    pub fn quota(&self, series: &Id, region: &Id) -> Quota {
        self.quotas.get(&(series.clone(), region.clone())).copied().unwrap_or_default()
    }

    fn quota_mut(&mut self, series: &Id, region: &Id) -> &mut Quota {
        self.quotas.entry((series.clone(), region.clone())).or_default()
    }
}

impl QuotaSet {
    pub(crate) fn decide(&self) -> Self {
        self.clone()
    }

    pub(crate) fn apply(&self, state: &mut State) {
        state.certificates.quota_mut(&self.series, &self.region).due = Some(self.due);
    }
}

impl Issued {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Self, Refusal> {
        let certificate = self.certificate;
        if state.certificates.held.get(&certificate).is_some()
            || state.is_used(Name::Certificate(certificate))
        {
            return Err(Refusal::CertificateIssuedAlready { certificate });
        }
        if let Some(valid_until) = self.valid_until.filter(|until| *until < effective_on) {
            let date = effective_on;
            return Err(Refusal::CertificateExpired { certificate, valid_until, date });
        }
        let quota = state.certificates.quota(&self.series, &self.region);
        if let Some(due) = quota.due.filter(|due| quota.issued >= *due) {
            return Err(Refusal::QuotaExhausted {
                series: self.series.clone(),
                region: self.region.clone(),
                issued: quota.issued,
                due,
            });
        }
        Ok(self.clone())
    }

    pub(crate) fn apply(&self, state: &mut State, position: u64, effective_on: Date) {
        let certificate = Certificate {
            series: self.series.clone(),
            holder: self.holder,
            region: self.region.clone(),
            valid_until: self.valid_until,
            issued: Link { position, effective_on },
        };
        state.certificates.held.insert(self.certificate, certificate);
        let quota = state.certificates.quota_mut(&self.series, &self.region);
        quota.issued = quota.issued.saturating_add(1);
    }
}

impl Use {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Used, Refusal> {
        let known = held(state, self.certificate, effective_on)?;
        if let Some(valid_until) = known.valid_until.filter(|until| *until < effective_on) {
            let (certificate, date) = (self.certificate, effective_on);
            return Err(Refusal::CertificateExpired { certificate, valid_until, date });
        }
        Ok(Used {
            certificate: self.certificate,
            series: known.series.clone(),
            holder: known.holder,
            region: known.region.clone(),
            purpose: self.purpose.clone(),
            document: self.document.clone(),
        })
    }
}

impl Withdraw {
    pub(crate) fn decide(&self, state: &State, effective_on: Date) -> Result<Withdrawn, Refusal> {
        let known = held(state, self.certificate, effective_on)?;
        Ok(Withdrawn {
            certificate: self.certificate,
            series: known.series.clone(),
            holder: known.holder,
            region: known.region.clone(),
            reason: self.reason.clone(),
        })
    }
}

impl Withdrawn {
    pub(crate) fn apply(&self, state: &mut State) {
        state.certificates.held.remove(&self.certificate);
        state.use_up(Name::Certificate(self.certificate));
        let quota = state.certificates.quota_mut(&self.series, &self.region);
        quota.issued = quota.issued.saturating_sub(1);
    }
}

/// A certificate that was issued by a day and is not withdrawn; refused otherwise.
fn held(state: &State, certificate: Pseudonym, on: Date) -> Result<&Certificate, Refusal> {
    let known = state.certificates.held.get(&certificate).ok_or_else(|| {
        if state.is_used(Name::Certificate(certificate)) {
            Refusal::CertificateWithdrawn { certificate }
        } else {
            Refusal::UnknownCertificate { certificate }
        }
    })?;
    known.issued.not_after(on)?;
    Ok(known)
}
