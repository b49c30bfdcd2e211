//! The part of the catalogue about who may borrow and about contracts that run.

/// Gives a list of refusals and those of contracts to a macro.
macro_rules! and_contracts {
    ($then:ident { $($others:tt)* }) => {
        $then! { $($others)*

            Rule "contract_change_not_allowed" ContractChangeNotAllowed { programme: Id, version: u32, kind: Word }
                "version {version} of programme {programme} has no terms of {kind}; loans under it stay as they were signed"
                "项目 {programme} 第 {version} 版没有{kind:#}条款，其贷款按原合同执行"
            Rule "contract_change_not_possible" ContractChangeNotPossible { loan: Id, kind: Word, reason: Word }
                "the {kind} of loan {loan} is not possible: {reason}"
                "贷款 {loan} 不能办理{kind:#}：{reason:#}"
            Rule "extension_too_late" ExtensionTooLate { loan: Id, maturity: Date, date: Date }
                "loan {loan} matures on {maturity}; it is extended before that day, not on {date}"
                "贷款 {loan} 于 {maturity} 到期，展期须在到期日之前办理，{date} 已不可"
            Rule "consent_missing" ConsentMissing { loan: Id, kind: Word, guaranteed: Money }
                "{guaranteed} yuan of loan {loan} are guaranteed; the {kind} needs the written consent of the guarantor (consent)"
                "贷款 {loan} 有 {guaranteed} 元担保责任，{kind:#}须有担保人书面同意（consent）"
            Rule "penalty_not_charged" PenaltyNotCharged { loan: Id, amount: Money, date: Date }
                "penalty interest of {amount} yuan has run on loan {loan} up to {date}; charge it to that day first (loan.charge_penalty)"
                "贷款 {loan} 截至 {date} 有未计收罚息 {amount} 元，请先计收至当日（loan.charge_penalty）"
            Rule "nothing_to_charge" NothingToCharge { loan: Id, date: Date }
                "no penalty interest has run on loan {loan} up to {date} that is not charged"
                "贷款 {loan} 截至 {date} 没有未计收的罚息"
            Rule "misuse_recorded_already" MisuseRecordedAlready { loan: Id, from: Date }
                "misuse of loan {loan} is recorded from {from} on; reverse that record to correct it"
                "贷款 {loan} 自 {from} 起的挪用已登记，如需更正请先冲销"
            Rule "misuse_outside_time" MisuseOutsideTime { loan: Id, from: Date, first: Date, last: Date }
                "misuse of loan {loan} from {from} on cannot be recorded: a day from {first}, when it was lent or last charged, to {last} is accepted"
                "贷款 {loan} 自 {from} 起挪用不能登记，可接受 {first}（放款日或已计收罚息日）至 {last}"
            Rule "rate_fixed" RateFixed { loan: Id }
                "the rate of loan {loan} was fixed when it was signed; only floating rates are reset"
                "贷款 {loan} 的利率签订时已固定，只有浮动利率可重定价"
            Rule "not_a_reset_day" NotAResetDay { loan: Id, date: Date, next: Date }
                "the rate of loan {loan} is not reset on {date}; the next reset day is {next}"
                "贷款 {loan} 的利率在 {date} 不重定价，下一重定价日为 {next}"
            Rule "heads_missing" HeadsMissing { category: Id }
                "category {category} lends so much for each head of a partnership; state how many there are (heads)"
                "类别 {category} 按合伙人数核定额度，请填写人数（heads）"
            Rule "spouse_has_loan" SpouseHasLoan { spouse: Pseudonym, open: u32 }
                "the spouse {spouse} has {open} open loans; the programme asks for none"
                "配偶 {spouse} 有 {open} 笔未结清贷款，项目要求没有"
            Rule "lent_to_spouse" LentToSpouse { borrower: Pseudonym, open: u32 }
                "{open} open loans name {borrower} as the spouse of their borrower; the programme asks for none"
                "有 {open} 笔未结清贷款登记 {borrower} 为其借款人的配偶，项目要求没有"
            Rule "joint_group_too_small" JointGroupTooSmall { members: usize, needed: u16 }
                "the joint group has {members} members with the borrower; the programme asks for at least {needed} (joint_group)"
                "联保小组连同借款人共 {members} 人，项目要求至少 {needed} 人（joint_group）"
            Rule "group_member_in_arrears" GroupMemberInArrears { member: Pseudonym, loan: Id, days: i32 }
                "loan {loan} of the member {member} of the joint group is {days} days past due; nobody of the group is lent anything until it is paid"
                "联保小组成员 {member} 的贷款 {loan} 已逾期 {days} 天，还清之前小组成员均不得新增贷款"

            Limit "loans_over_lifetime" LoansOverLifetime { borrower: Pseudonym, count: u16, maximum: u16 }
                "borrower {borrower} has been lent {count} loans; the programme lends at most {maximum} in a lifetime"
                "借款人 {borrower} 已获得 {count} 笔贷款，项目规定终身最多 {maximum} 笔"
            Limit "contract_changes_over_limit" ContractChangesOverLimit { loan: Id, kind: Word, count: usize, maximum: u16 }
                "loan {loan} has had {count} changes by {kind}; the programme allows {maximum}"
                "贷款 {loan} 已办理{kind:#} {count} 次，项目最多允许 {maximum} 次"
            Limit "contract_change_too_long" ContractChangeTooLong { kind: Word, months: u16, maximum: u16 }
                "{kind} for {months} months is too long; the programme allows at most {maximum}"
                "{kind:#} {months} 个月过长，项目最长 {maximum} 个月"
            Limit "waiver_over_owed" WaiverOverOwed { loan: Id, penalty: Money, compound: Money, penalty_owed: Money, compound_owed: Money }
                "penalty interest of {penalty} and compound interest of {compound} yuan are waived on loan {loan}; {penalty_owed} and {compound_owed} are charged and unpaid"
                "贷款 {loan} 拟减免罚息 {penalty} 元、复利 {compound} 元，已计收未付的为 {penalty_owed} 元、{compound_owed} 元"
        }
    };
}
