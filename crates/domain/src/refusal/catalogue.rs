//! The catalogue: every refusal with its stage, code, figures, English and Chinese text. In each stage they stand
//! in the order of the concepts that they belong to.

use super::Stage;
use crate::date::Date;
use crate::id::{Id, Pseudonym, Text};
use crate::money::Money;
use crate::rate::Rate;
use crate::refusal::Word;

refusals! {
    Form "form_invalid" FormInvalid { field: String, problem: String }
        "the command cannot be read at {field}: {problem}"
        "命令格式有误，位置 {field}：{problem}"
    Form "amount_zero" AmountZero { field: &'static str }
        "{field} is zero; an amount above 0.00 is needed"
        "{field} 为零，金额须大于 0.00"
    Form "too_many_lines" TooManyLines { lines: usize, maximum: usize }
        "the list holds {lines} lines; from 1 to {maximum} are accepted"
        "清单有 {lines} 行，可接受 1 至 {maximum} 行"
    Form "record_too_large" RecordTooLarge { bytes: usize, maximum: usize }
        "the record would take {bytes} bytes; at most {maximum} are accepted: shorten the texts or split the list"
        "记录将占 {bytes} 字节，上限 {maximum} 字节：请缩短文字或拆分清单"
    Form "date_in_future" DateInFuture { effective_on: Date, today: Date }
        "the effective date {effective_on} lies in the future; today is {today}, and that day or an earlier one is accepted"
        "生效日期 {effective_on} 晚于今天 {today}，只接受今天或更早的日期"
    Form "months_impossible" MonthsImpossible { months: u16, maximum: u16 }
        "a payment for {months} months cannot be; from 1 to {maximum} are accepted"
        "一次支付 {months} 个月不成立，可接受 1 至 {maximum} 个月"

    Idempotency "key_reused" KeyReused { key: String, position: u64 }
        "the key {key} was used for another command, recorded at position {position}; a new command needs a new key"
        "幂等键 {key} 已用于另一条命令（记录号 {position}），新命令须用新键"

    Reference "unknown_programme" UnknownProgramme { programme: Id }
        "there is no programme {programme}; publish it first"
        "没有项目 {programme}，请先发布"
    Reference "unknown_fund" UnknownFund { fund: Id }
        "there is no fund {fund}; open it first"
        "没有资金 {fund}，请先开立"
    Reference "unknown_source" UnknownSource { fund: Id, source: Id, known: String }
        "fund {fund} has no source {source}; it has {known}"
        "资金 {fund} 没有来源 {source}，现有来源：{known}"
    Reference "unknown_category" UnknownCategory { programme: Id, category: Id, known: String }
        "programme {programme} has no category {category}; it has {known}"
        "项目 {programme} 没有类别 {category}，现有类别：{known}"
    Reference "unknown_pledge" UnknownPledge { fund: Id, pledge: Id }
        "fund {fund} has no open pledge {pledge}"
        "资金 {fund} 没有未到账的认捐 {pledge}"
    Reference "unknown_loan" UnknownLoan { loan: Id }
        "there is no loan {loan}"
        "没有贷款 {loan}"
    Reference "loan_closed" LoanClosed { loan: Id }
        "loan {loan} is closed: it was settled, declined or cancelled"
        "贷款 {loan} 已结清、被否决或已取消"
    Reference "unknown_claim" UnknownClaim { claim: Id }
        "there is no discount claim {claim}; it was never filed, or it was rejected"
        "没有贴息申请 {claim}：从未提交或已被退回"
    Reference "unknown_subsidy" UnknownSubsidy { subsidy: Id }
        "no approved subsidy {subsidy} waits for payment; it was never approved, or it is paid already"
        "没有待支付的补贴 {subsidy}：从未批准或已支付"
    Reference "unknown_batch" UnknownBatch { batch: Id }
        "no approved batch {batch} waits for payment; it was never approved, or it is paid already"
        "没有待支付的批次 {batch}：从未批准或已支付"
    Reference "unknown_record" UnknownRecord { position: u64 }
        "there is no record at position {position}"
        "没有记录号 {position}"
    Reference "already_exists" AlreadyExists { kind: Word, id: Id }
        "the {kind} {id} exists already; choose another identifier"
        "{kind:#} {id} 已存在，请使用其他编号"
    Reference "unknown_parameter" UnknownParameter { parameter: Id, place: Text, date: Date }
        "no value of the parameter {parameter} is published for {place} on {date}; publish it with the document that sets it"
        "参数 {parameter} 在 {place} 没有 {date} 有效的数值，请先按文件发布"
    Reference "unknown_promise" UnknownPromise { kind: Word, fund: Id, id: Id }
        "fund {fund} has no {kind} {id} of this source and purpose; register it first"
        "资金 {fund} 没有此来源和用途的{kind:#} {id}，请先登记"

    Rule "version_not_newer" VersionNotNewer { programme: Id, version: u32, needed: u32 }
        "programme {programme} needs version {needed} next; {version} was given"
        "项目 {programme} 的下一版本应为 {needed}，收到 {version}"
    Rule "terms_invalid" TermsInvalid { field: &'static str, problem: String }
        "the terms cannot stand at {field}: {problem}"
        "条款 {field} 不成立：{problem}"
    Rule "no_version_in_force" NoVersionInForce { programme: Id, date: Date }
        "programme {programme} has no version in force on {date}"
        "项目 {programme} 在 {date} 没有生效的版本"
    Rule "wrong_programme_kind" WrongProgrammeKind { programme: Id, kind: Word, needed: Word }
        "programme {programme} is a {kind} programme; a {needed} programme is needed"
        "项目 {programme} 属于{kind:#}类，此处需要{needed:#}类"
    Rule "wrong_stage" WrongStage { loan: Id, stage: Word, needed: Word }
        "loan {loan} is {stage}; it must be {needed} for this"
        "贷款 {loan} 的状态为“{stage:#}”，此操作要求“{needed:#}”"
    Rule "lender_mismatch" LenderMismatch { programme: Id, lender: Word }
        "programme {programme} is lent by a {lender}: name the bank if and only if a bank lends"
        "项目 {programme} 由{lender:#}放款：仅在银行放款时填写经办银行"
    Rule "open_loan_exists" OpenLoanExists { borrower: Pseudonym, open: u32, maximum: u32 }
        "borrower {borrower} has {open} open loans; the programme allows {maximum} at a time"
        "借款人 {borrower} 已有 {open} 笔未结清贷款，项目规定同时最多 {maximum} 笔"
    Rule "approved_over_applied" ApprovedOverApplied { loan: Id, applied: Money, approved: Money }
        "loan {loan} was applied for with {applied} yuan; {approved} is more than that"
        "贷款 {loan} 申请 {applied} 元，批准额 {approved} 元超出申请"
    Rule "method_not_allowed" MethodNotAllowed { method: String, allowed: String }
        "the repayment method {method} is not allowed; the programme allows {allowed}"
        "不允许还款方式 {method}，项目允许：{allowed}"
    Rule "guarantee_missing" GuaranteeMissing { loan: Id, fund: Id }
        "loan {loan} needs a guarantee of fund {fund} before it is disbursed"
        "贷款 {loan} 放款前须先取得担保基金 {fund} 的承诺担保"
    Rule "guarantee_exists" GuaranteeExists { loan: Id, amount: Money }
        "loan {loan} has a guarantee of {amount} yuan already"
        "贷款 {loan} 已有 {amount} 元担保"
    Rule "no_guarantee" NoGuarantee { programme: Id }
        "programme {programme} is not guaranteed by a fund"
        "项目 {programme} 没有担保基金"
    Rule "not_a_guarantee_fund" NotAGuaranteeFund { fund: Id }
        "fund {fund} is not a guarantee fund: it was opened without a multiplier"
        "资金 {fund} 不是担保基金：开立时未定放大倍数"
    Rule "before_disbursement" BeforeDisbursement { loan: Id, disbursed_on: Date, date: Date }
        "{date} lies before {disbursed_on}, when loan {loan} was disbursed or last changed"
        "{date} 早于贷款 {loan} 的放款或最近变动日 {disbursed_on}"
    Rule "prepayment_not_possible" PrepaymentNotPossible { loan: Id, reason: Word }
        "loan {loan} cannot be prepaid now: {reason}; pay the next instalments instead"
        "贷款 {loan} 现在不能提前还款（{reason:#}），请改为支付后续各期"
    Rule "prepayment_too_small" PrepaymentTooSmall { loan: Id, amount: Money, accrued: Money }
        "{amount} yuan beyond what is due do not exceed the interest of {accrued} accrued on loan {loan}; pay more, or pay the next instalments"
        "到期部分之外的 {amount} 元不超过贷款 {loan} 已计利息 {accrued} 元，请多付或改为支付后续各期"
    Rule "no_discount" NoDiscount { programme: Id }
        "programme {programme} has no interest discount"
        "项目 {programme} 没有贴息"
    Rule "claim_programme_differs" ClaimProgrammeDiffers { loan: Id, programme: Id, claimed: Id }
        "loan {loan} belongs to programme {programme}; the claim is for {claimed}"
        "贷款 {loan} 属于项目 {programme}，申请的是 {claimed}"
    Rule "claim_fund_differs" ClaimFundDiffers { loan: Id, fund: Id, claimed: Id }
        "the discount of loan {loan} is paid by fund {fund}, that of the first loan of the claim by {claimed}; file one claim for each fund"
        "贷款 {loan} 的贴息由资金 {fund} 支付，本申请第一笔贷款由 {claimed} 支付，请按资金分别申请"
    Rule "loan_in_claim" LoanInClaim { loan: Id, position: u64 }
        "the interest of loan {loan} is claimed for discount by the record at position {position}; reject that claim first (if it is paid, reverse its payment before)"
        "贷款 {loan} 的利息已由记录号 {position} 申请贴息，请先退回该申请（已支付的先冲销支付）"
    Rule "period_invalid" PeriodInvalid { from: Date, to: Date }
        "the period from {from} to before {to} holds no day"
        "期间 {from} 至 {to}（不含）没有任何一天"
    Rule "interest_already_discounted" InterestAlreadyDiscounted { loan: Id, until: Date, from: Date }
        "the interest of loan {loan} is discounted or claimed up to before {until}; a period from {from} overlaps, one from {until} is accepted"
        "贷款 {loan} 在 {until} 之前的利息已申请贴息，自 {from} 起的期间重叠，可接受自 {until} 起"
    Rule "beyond_discount_period" BeyondDiscountPeriod { loan: Id, last: Date, to: Date }
        "the discount of loan {loan} ends before {last}; a period to {to} passes it (extension and overdue days are never discounted)"
        "贷款 {loan} 的贴息期截至 {last}（不含），期间至 {to} 超出（展期和逾期不贴息）"
    Rule "discount_period_not_over" DiscountPeriodNotOver { to: Date, effective_on: Date }
        "the period runs to {to}, after {effective_on}; the programme discounts interest after the period is over"
        "期间至 {to}，晚于 {effective_on}，项目规定期满后贴息"
    Rule "claim_wrong_stage" ClaimWrongStage { claim: Id, stage: Word, needed: Word }
        "claim {claim} is {stage}; it must be {needed} for this"
        "贴息申请 {claim} 的状态为“{stage:#}”，此操作要求“{needed:#}”"
    Rule "subsidy_paid_already" SubsidyPaidAlready { programme: Id, beneficiary: Pseudonym, period: Id }
        "programme {programme} has approved or paid {beneficiary} for the period {period} already"
        "项目 {programme} 已为 {beneficiary} 批准或支付 {period} 期补贴"
    Rule "batch_total_differs" BatchTotalDiffers { stated: Money, sum: Money, difference: Money }
        "the stated total is {stated} yuan, the lines sum to {sum}; the difference of {difference} must be 0.00"
        "申报合计 {stated} 元，各行之和 {sum} 元，差额 {difference} 元须为零"
    Rule "not_reversible" NotReversible { position: u64, kind: &'static str }
        "the record at position {position} is of type {kind}, which moves no money and cannot be reversed; cancel or reject what it approved, or record what is right anew"
        "记录号 {position} 类型为 {kind}，不涉及资金收付，不能冲销；请取消或退回相应审批，或重新登记正确内容"
    Rule "already_reversed" AlreadyReversed { position: u64 }
        "the record at position {position} is reversed already; record the right entry anew"
        "记录号 {position} 已被冲销，请直接补记正确的分录"
    Rule "reverse_later_first" ReverseLaterFirst { position: u64, later: u64 }
        "position {later} builds on position {position}; reverse {later} first"
        "记录号 {later} 以 {position} 为前提，请先冲销 {later}"
    Rule "before_original" BeforeOriginal { position: u64, effective_on: Date, date: Date }
        "the record at position {position} took effect on {effective_on}; {date} lies before that, and that day or a later one is accepted"
        "记录号 {position} 的生效日期为 {effective_on}，{date} 早于该日，只接受当日或更晚的日期"
    Rule "not_a_payment" NotAPayment { position: u64, kind: &'static str }
        "the record at position {position} is of type {kind}; a subsidy payment (subsidy.paid) is needed"
        "记录号 {position} 类型为 {kind}，此处需要补贴支付记录（subsidy.paid）"
    Rule "cost_missing" CostMissing { programme: Id }
        "programme {programme} pays a part of the beneficiary's cost; state the cost"
        "项目 {programme} 按受益人实际费用的一部分支付，请填写费用"
    Rule "exclusive_programme" ExclusiveProgramme { programme: Id, beneficiary: Pseudonym, period: Id, other: Id }
        "programme {other} has approved or paid {beneficiary} for the period {period}; programme {programme} may not pay for the same time: withdraw or return that first"
        "项目 {other} 已为 {beneficiary} 批准或支付 {period} 期补贴，项目 {programme} 不得重复支付，请先取消或退回前者"
    Rule "roster_needed" RosterNeeded { programme: Id }
        "programme {programme} asks for public notice or a second person; approve a roster (subsidy_batch.approve), one line is enough"
        "项目 {programme} 须公示或双人复核，请用花名册批准（subsidy_batch.approve），一行即可"
    Rule "same_person" SamePerson { actor: Text }
        "{actor} made the roster and checked it; another person must check it"
        "花名册由 {actor} 制单并复核，须由另一人复核"
    Rule "review_missing" ReviewMissing { programme: Id }
        "programme {programme} needs two persons for a roster; state who made it and who checked it (review)"
        "项目 {programme} 的花名册须双人复核，请填写制单人和复核人（review）"
    Rule "notice_too_short" NoticeTooShort { batch: Id, from: Date, to: Date, days: u16, needed: u16 }
        "the notice of batch {batch} from {from} to {to} has {days} days that count; at least {needed} are needed"
        "批次 {batch} 公示自 {from} 至 {to} 计 {days} 天，至少须 {needed} 天"
    Rule "notice_missing" NoticeMissing { batch: Id, programme: Id, days: u16 }
        "batch {batch} was not posted; programme {programme} pays after a public notice of {days} days (subsidy_batch.post_notice)"
        "批次 {batch} 未公示，项目 {programme} 须公示 {days} 天后支付（subsidy_batch.post_notice）"
    Rule "notice_not_over" NoticeNotOver { batch: Id, to: Date, effective_on: Date }
        "the notice of batch {batch} runs to the end of {to}; it may be paid after that day, not on {effective_on}"
        "批次 {batch} 公示至 {to} 日终，此后方可支付，{effective_on} 尚不可"
    Rule "not_returned" NotReturned { position: u64, open: Money }
        "{open} yuan of the payment at position {position} have not come back; record the return first"
        "记录号 {position} 的支付尚有 {open} 元未退回，请先登记退回"
    Rule "year_closed" YearClosed { effective_on: Date, year: i16, first: Date }
        "{effective_on} lies in a closed year ({year} is closed); date it {first} or later, a reversal too"
        "{effective_on} 属于已结账年度（{year} 年已结账），请以 {first} 或更晚的日期登记，冲销亦然"
    Rule "year_wrong_stage" YearWrongStage { year: i16, stage: Word, needed: Word }
        "the budget year {year} is {stage}; it must be {needed} for this"
        "预算年度 {year} 的状态为“{stage:#}”，此操作要求“{needed:#}”"
    Rule "earlier_year_open" EarlierYearOpen { year: i16, earlier: i16 }
        "the budget year {earlier} is still open; close it before {year}"
        "预算年度 {earlier} 尚未结账，请先于 {year} 年结账"
    Rule "year_not_over" YearNotOver { year: i16, last: Date, effective_on: Date }
        "the budget year {year} ends on {last}; it is closed on that day or later, not on {effective_on}"
        "预算年度 {year} 截至 {last}，应于当日或之后结账，{effective_on} 尚早"
    Rule "carry_before_close" CarryBeforeClose { allocation: Id, year: i16 }
        "money of allocation document {allocation} is carried out of {year} after that year is closed"
        "指标文 {allocation} 的资金须在 {year} 年结账后结转"
    Rule "carried_already" CarriedAlready { allocation: Id, year: i16, carried: i16 }
        "allocation document {allocation} was carried out of {carried} already; {year} is not later"
        "指标文 {allocation} 已从 {carried} 年结转，{year} 年不晚于该年"
    Rule "kept_too_long" KeptTooLong { allocation: Id, year: i16, age: u16, keep_years: u16 }
        "by the end of {year} the money of allocation document {allocation} was kept for {age} years; after {keep_years} it is a surplus: give it back (allocation.return_surplus)"
        "至 {year} 年末，指标文 {allocation} 的资金已留用 {age} 年，满 {keep_years} 年即为结余，请交回（allocation.return_surplus）"
    Rule "not_yet_surplus" NotYetSurplus { allocation: Id, age: u16, keep_years: u16 }
        "the money of allocation document {allocation} was kept for {age} full years; it is a surplus after {keep_years}"
        "指标文 {allocation} 的资金留用满 {age} 年，满 {keep_years} 年方为结余"

    Limit "term_too_long" TermTooLong { months: u16, maximum: u16 }
        "a term of {months} months is too long; the programme lends for at most {maximum}"
        "期限 {months} 个月过长，项目最长 {maximum} 个月"
    Limit "rate_too_high" RateTooHigh { rate: Rate, maximum: Rate }
        "the annual rate {rate} is too high; the programme accepts at most {maximum}"
        "年利率 {rate} 过高，项目上限 {maximum}"
    Limit "loan_outside_band" LoanOutsideBand { category: Id, requested: Money, minimum: Money, maximum: Money }
        "{requested} yuan lies outside the band of category {category}: from {minimum} to {maximum} is accepted"
        "{requested} 元超出类别 {category} 的额度，可接受 {minimum} 至 {maximum} 元"
    Limit "fund_overdrawn" FundOverdrawn { fund: Id, purpose: String, needed: Money, available: Money, unallocated: Money }
        "{needed} yuan are needed, but fund {fund} has {available} available for {purpose} ({unallocated} more are received but not allocated to a purpose)"
        "需要 {needed} 元，资金 {fund} 可用于 {purpose} 的只有 {available} 元（另有 {unallocated} 元已到账未分配用途）"
    Limit "pledge_exceeded" PledgeExceeded { pledge: Id, open: Money, received: Money }
        "{received} yuan exceed the {open} yuan still open on pledge {pledge}; record the rest without the pledge"
        "到账 {received} 元超过认捐 {pledge} 未到账的 {open} 元，超出部分请另行登记"
    Limit "capacity_exceeded" CapacityExceeded { fund: Id, needed: Money, capacity: Money, multiplier: u16, balance: Money, liability: Money, commitments: Money }
        "a guarantee of {needed} yuan passes the capacity of fund {fund}: {multiplier} x {balance} - liability {liability} - commitments {commitments} leaves {capacity}"
        "担保 {needed} 元超出基金 {fund} 的能力：{multiplier} × {balance} − 责任余额 {liability} − 承诺 {commitments}，余 {capacity} 元"
    Limit "interest_over_actual" InterestOverActual { loan: Id, claimed: Money, actual: Money }
        "interest of {claimed} yuan is claimed for loan {loan}; the actual interest that may be discounted is {actual}"
        "贷款 {loan} 申报利息 {claimed} 元，可贴息的实际利息为 {actual} 元"
    Limit "discount_over_share" DiscountOverShare { loan: Id, claimed: Money, share: Rate, maximum: Money }
        "a discount of {claimed} yuan is claimed for loan {loan}; the share {share} of the interest gives {maximum}"
        "贷款 {loan} 申报贴息 {claimed} 元，按比例 {share} 最多 {maximum} 元"
    Limit "payment_over_cap" PaymentOverCap { programme: Id, amount: Money, cap: Money }
        "{amount} yuan exceed the cap of programme {programme}: at most {cap} a payment"
        "{amount} 元超过项目 {programme} 单次上限 {cap} 元"
    Limit "household_over_cap" HouseholdOverCap { programme: Id, household: Pseudonym, year: i16, amount: Money, used: Money, cap: Money, left: Money }
        "{amount} yuan with {used} already in {year} pass the cap of {cap} a household and year of programme {programme}; {left} is left for household {household}"
        "{amount} 元加上 {year} 年已享受的 {used} 元，超过项目 {programme} 每户每年上限 {cap} 元；户 {household} 还可享受 {left} 元"
    Limit "return_over_paid" ReturnOverPaid { position: u64, amount: Money, open: Money }
        "{amount} yuan are more than the {open} yuan of the payment at position {position} not yet returned"
        "退回 {amount} 元超过记录号 {position} 支付中尚未退回的 {open} 元"
    Limit "refund_over_overpaid" RefundOverOverpaid { loan: Id, amount: Money, overpaid: Money }
        "{amount} yuan are more than the {overpaid} yuan overpaid on loan {loan}"
        "退还 {amount} 元超过贷款 {loan} 多收的 {overpaid} 元"
    Limit "reversal_overdraws" ReversalOverdraws { position: u64, fund: Id, needed: Money, available: Money }
        "reversing position {position} takes {needed} yuan out of fund {fund}, where {available} is left; reverse what was spent first"
        "冲销记录号 {position} 须从资金 {fund} 扣回 {needed} 元，现仅余 {available} 元，请先冲销相应支出"
    Limit "amount_outside_rule" AmountOutsideRule { programme: Id, amount: Money, minimum: Money, maximum: Money }
        "the rule of programme {programme} gives from {minimum} to {maximum} yuan for this; {amount} lies outside"
        "按项目 {programme} 的标准应为 {minimum} 至 {maximum} 元，{amount} 元不在其内"
    Limit "times_over_limit" TimesOverLimit { programme: Id, beneficiary: Pseudonym, used: u32, limit: u32 }
        "{beneficiary} has had {used} payments of programme {programme}; {limit} are allowed in a lifetime"
        "{beneficiary} 已享受项目 {programme} {used} 次，终身最多 {limit} 次"
    Limit "months_over_limit" MonthsOverLimit { programme: Id, beneficiary: Pseudonym, months: u32, used: u32, limit: u32, left: u32 }
        "{months} months with {used} already pass the limit of {limit} months of programme {programme}; {left} are left for {beneficiary}"
        "{months} 个月加上已享受的 {used} 个月，超过项目 {programme} 最长 {limit} 个月；{beneficiary} 还可享受 {left} 个月"
    Limit "lifetime_over_cap" LifetimeOverCap { programme: Id, beneficiary: Pseudonym, amount: Money, used: Money, cap: Money, left: Money }
        "{amount} yuan with {used} already pass the cap of {cap} a lifetime of programme {programme}; {left} is left for {beneficiary}"
        "{amount} 元加上已享受的 {used} 元，超过项目 {programme} 终身上限 {cap} 元；{beneficiary} 还可享受 {left} 元"
    Limit "promise_exceeded" PromiseExceeded { kind: Word, id: Id, open: Money, received: Money }
        "{received} yuan exceed the {open} yuan still open on the {kind} {id}; record the rest without it"
        "到账 {received} 元超过{kind:#} {id} 未到账的 {open} 元，超出部分请另行登记"
    Limit "more_than_kept" MoreThanKept { allocation: Id, amount: Money, kept: Money }
        "{amount} yuan are more than the {kept} yuan of allocation document {allocation} that are left"
        "{amount} 元超过指标文 {allocation} 结存的 {kept} 元"
    Limit "gift_exceeded" GiftExceeded { gift: Id, quantity: u32, left: u32 }
        "{quantity} units are more than the {left} left of gift {gift}"
        "{quantity} 件超过实物捐赠 {gift} 剩余的 {left} 件"
}
