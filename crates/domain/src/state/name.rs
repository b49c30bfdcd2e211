//! Names that are used up: the state keeps eight bytes of a hash of each.

use sha2::{Digest, Sha256};

use crate::date::Date;
use crate::foregone_revenue::ReliefKind;
use crate::id::{Id, Pseudonym};
use crate::month::Month;
use crate::premium_arrears::Insurance;

/// A name that can be used once.
#[derive(Clone, Copy)]
pub(crate) enum Name<'a> {
    Loan(&'a Id),
    Claim(&'a Id),
    /// A subsidy that came alone; those of a batch are used up with it.
    Subsidy(&'a Id),
    Batch(&'a str),
    /// What a programme pays a beneficiary once.
    Period {
        programme: &'a Id,
        period: &'a Id,
        beneficiary: Pseudonym,
    },
    /// What an enterprise is assessed for once.
    Premium {
        enterprise: Pseudonym,
        insurance: Insurance,
        month: Month,
    },
    Mortgage(&'a Id),
    /// A certificate that was withdrawn.
    Certificate(Pseudonym),
    /// What a department reports once.
    Relief {
        department: &'a Id,
        kind: ReliefKind,
        item: &'a Id,
        from: Date,
        to: Date,
    },
    /// The first, second, third … loan of a borrower that is discounted.
    DiscountedLoan {
        borrower: Pseudonym,
        number: u16,
    },
    /// The first, second, third … loan that a borrower is lent under programmes that limit it.
    LentLoan {
        borrower: Pseudonym,
        number: u16,
    },
    /// A donation receipt of a fund.
    Receipt(&'a Id, &'a Id),
}

impl Name<'_> {
    pub(super) fn hash(self) -> u64 {
        let mut hash = Sha256::new();
        // An identifier holds no zero byte, so that it ends there.
        let mut id = |kind: u8, id: &str| {
            hash.update([kind]);
            hash.update(id);
            hash.update([0]);
        };
        match self {
            Self::Loan(loan) => id(b'l', loan.as_str()),
            Self::Claim(claim) => id(b'c', claim.as_str()),
            Self::Subsidy(subsidy) => id(b's', subsidy.as_str()),
            Self::Batch(batch) => id(b'b', batch),
            Self::Period { programme, period, beneficiary } => {
                id(b'p', programme.as_str());
                id(b'p', period.as_str());
                hash.update(beneficiary.to_bits().to_be_bytes());
            }
            Self::Premium { enterprise, insurance, month } => {
                hash.update([b'a', insurance as u8]);
                hash.update(enterprise.to_bits().to_be_bytes());
                hash.update(month.number().to_be_bytes());
            }
            Self::Mortgage(mortgage) => id(b'm', mortgage.as_str()),
            Self::Certificate(certificate) => {
                hash.update([b'k']);
                hash.update(certificate.to_bits().to_be_bytes());
            }
            Self::Relief { department, kind, item, from, to } => {
                id(b'r', department.as_str());
                id(kind as u8, item.as_str());
                hash.update(from.day_number().to_be_bytes());
                hash.update(to.day_number().to_be_bytes());
            }
            Self::DiscountedLoan { borrower, number } => {
                id(b'd', "");
                hash.update(borrower.to_bits().to_be_bytes());
                hash.update(number.to_be_bytes());
            }
            Self::LentLoan { borrower, number } => {
                id(b'v', "");
                hash.update(borrower.to_bits().to_be_bytes());
                hash.update(number.to_be_bytes());
            }
            Self::Receipt(fund, number) => {
                id(b'n', fund.as_str());
                id(b'n', number.as_str());
            }
        }
        let digest = hash.finalize();
        digest.iter().take(8).fold(0, |number, &byte| (number << 8) | u64::from(byte))
    }
}
