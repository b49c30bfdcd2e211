//! The catalogue: every refusal with its stage, code, figures, English and Chinese text. In each stage they stand
//! in the order of the concepts that they belong to; those of contracts that run follow in `contracts.rs`.

use super::Stage;
use crate::date::Date;
use crate::id::{Id, Pseudonym, Text};
use crate::money::Money;
use crate::month::Month;
use crate::rate::Rate;
use crate::refusal::Word;

and_contracts! { refusals {
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
    Reference "not_compensated" NotCompensated { loan: Id }
        "no fund has compensated loan {loan}"
        "贷款 {loan} 没有代偿"
    Reference "unknown_counter_guarantee" UnknownCounterGuarantee { loan: Id, counter_guarantee: Id }
        "loan {loan} has no counter-guarantee {counter_guarantee} that stands; it was never registered, or it is released"
        "贷款 {loan} 没有有效的反担保 {counter_guarantee}：从未登记或已解除"
    Reference "unknown_premium_arrears" UnknownPremiumArrears { enterprise: Pseudonym, kind: Word, month: Month }
        "enterprise {enterprise} owes no {kind} premium for {month}; it was never assessed, it is paid, or it is named twice"
        "企业 {enterprise} 没有 {month} 的{kind:#}欠费：从未核定、已缴清或重复填写"
    Reference "unknown_mortgage" UnknownMortgage { mortgage: Id }
        "there is no mortgage {mortgage}, or all its items are released or auctioned"
        "没有抵押 {mortgage}，或其抵押物均已解押或拍卖"
    Reference "unknown_mortgaged_item" UnknownMortgagedItem { mortgage: Id, item: Id, known: String }
        "mortgage {mortgage} holds no item {item}; it holds {known}"
        "抵押 {mortgage} 没有抵押物 {item}，现有：{known}"
    Reference "unknown_wage_case" UnknownWageCase { case: Id }
        "there is no wage case {case}; file it first"
        "没有欠薪案件 {case}，请先立案"
    Reference "unknown_certificate" UnknownCertificate { certificate: Pseudonym }
        "there is no certificate {certificate}; issue it first"
        "没有证件 {certificate}，请先发放"
    Reference "unknown_advance" UnknownAdvance { advance: Id }
        "there is no advance {advance} for interest discount"
        "没有预拨贴息 {advance}"
    Reference "unknown_tier" UnknownTier { programme: Id, tier: Id, known: String }
        "no split of programme {programme} names the tier {tier}; they name {known}"
        "项目 {programme} 的分担比例中没有 {tier} 这一级，现有：{known}"
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
    Rule "no_compensation" NoCompensation { programme: Id }
        "the guarantee of programme {programme} has no terms of compensation"
        "项目 {programme} 的担保没有代偿条款"
    Rule "loan_compensated" LoanCompensated { loan: Id, open: Money }
        "loan {loan} was compensated and {open} yuan are to be recovered; record what comes in as a recovery (guarantee.recover)"
        "贷款 {loan} 已代偿，尚有 {open} 元待追偿，收款请登记为追偿（guarantee.recover）"
    Rule "nothing_to_recover" NothingToRecover { loan: Id }
        "everything that was compensated for loan {loan} is recovered"
        "贷款 {loan} 的代偿款已全部追回"
    Rule "claim_written_off" ClaimWrittenOff { loan: Id }
        "the claim on loan {loan} is written off; only recoveries are accepted"
        "贷款 {loan} 的代偿已核销，只接受追偿收款"
    Rule "not_overdue_enough" NotOverdueEnough { loan: Id, days: i32, needed: u16 }
        "loan {loan} is overdue for {days} days beyond what was claimed; it is compensated from {needed} days on"
        "贷款 {loan} 未申报部分逾期 {days} 天，满 {needed} 天方可代偿"
    Rule "claim_too_late" ClaimTooLate { loan: Id, maturity: Date, claim_until: Date, date: Date }
        "loan {loan} matured on {maturity} and could be claimed until {claim_until}; {date} is later"
        "贷款 {loan} 于 {maturity} 到期，保证期间截至 {claim_until}，{date} 已超过"
    Rule "demand_outside_limitation" DemandOutsideLimitation { loan: Id, from: Date, last: Date, date: Date }
        "limitation of the claim on loan {loan} runs from {from} to {last}; a demand on {date} does not interrupt it"
        "贷款 {loan} 追偿的诉讼时效自 {from} 至 {last}，{date} 的催收不能中断时效"
    Rule "bank_not_suspended" BankNotSuspended { bank: Id, fund: Id, outstanding: Money, guaranteed: Money }
        "bank {bank} is not suspended: fund {fund} has compensated {outstanding} yuan and guarantees {guaranteed}"
        "银行 {bank} 未被暂停：基金 {fund} 代偿余额 {outstanding} 元，担保余额 {guaranteed} 元"
    Rule "no_reshare_left" NoReshareLeft { loan: Id, paid: Money, rate: Rate, claimed: Money }
        "the upper tier bears {rate} of the {paid} yuan compensated for loan {loan}, and {claimed} is claimed already"
        "上级对贷款 {loan} 的代偿款 {paid} 元按 {rate} 分担，已申报 {claimed} 元"
    Rule "counter_guarantee_missing" CounterGuaranteeMissing { loan: Id, needed: Money, registered: Money }
        "loan {loan} needs counter-guarantees of {needed} yuan, and {registered} is registered; register more or waive them"
        "贷款 {loan} 需反担保 {needed} 元，已登记 {registered} 元，请补充登记或办理免除"
    Rule "premium_assessed_already" PremiumAssessedAlready { enterprise: Pseudonym, kind: Word, month: Month }
        "enterprise {enterprise} is assessed for the {kind} of {month} already; reverse that assessment to correct it"
        "企业 {enterprise} {month} 的{kind:#}欠费已核定，如需更正请先冲销原核定"
    Rule "auction_not_due" AuctionNotDue { mortgage: Id, expires_on: Date, owed: Money, date: Date }
        "mortgage {mortgage} expires on {expires_on} and {owed} yuan are owed; on {date} nothing can be auctioned: that takes a later day than the expiry, and arrears"
        "抵押 {mortgage} 于 {expires_on} 到期，欠缴 {owed} 元；{date} 不能拍卖，须在到期之后且仍有欠缴"
    Rule "worker_twice" WorkerTwice { worker: Pseudonym }
        "worker {worker} stands twice in the list; give one line with the sum"
        "清单中职工 {worker} 重复，请合并为一行"
    Rule "coordinated_already" CoordinatedAlready { case: Id, on: Date }
        "wage case {case} was coordinated on {on} already"
        "欠薪案件 {case} 已于 {on} 协调"
    Rule "certificate_issued_already" CertificateIssuedAlready { certificate: Pseudonym }
        "certificate {certificate} was issued already; a number is issued once, even when it was withdrawn"
        "证件 {certificate} 已发放，同一编号只能发放一次（收回后也不再发放）"
    Rule "certificate_withdrawn" CertificateWithdrawn { certificate: Pseudonym }
        "certificate {certificate} was withdrawn and cannot be used"
        "证件 {certificate} 已收回，不能使用"
    Rule "certificate_expired" CertificateExpired { certificate: Pseudonym, valid_until: Date, date: Date }
        "certificate {certificate} is valid until {valid_until}; {date} is later, and that day or an earlier one is accepted"
        "证件 {certificate} 有效期至 {valid_until}，{date} 已过期，只接受当日或更早的日期"
    Rule "relief_recorded_already" ReliefRecordedAlready { department: Id, kind: Word, item: Id, from: Date, to: Date }
        "department {department} has reported the {kind} {item} from {from} to {to} already; reverse that record to correct it"
        "部门 {department} 已登记 {from} 至 {to} 的{kind:#}减免 {item}，如需更正请先冲销"
    Rule "reference_rate_missing" ReferenceRateMissing { programme: Id, version: u32 }
        "version {version} of programme {programme} discounts interest by the reference rate of the contract (LPR or benchmark); approve the loan with reference_rate"
        "项目 {programme} 第 {version} 版按合同参考利率（LPR 或基准利率）贴息，审批贷款时须填写 reference_rate"
    Rule "claim_bank_differs" ClaimBankDiffers { loan: Id, bank: String, claimed: String }
        "loan {loan} is lent by {bank}; the claim is filed by {claimed}"
        "贷款 {loan} 由 {bank} 发放，本申请由 {claimed} 提交"
    Rule "claimed_by_two_banks" ClaimedByTwoBanks { loan: Id, bank: String, claimed: String, until: Date }
        "loan {loan} is lent by {bank} and its interest is claimed up to before {until}; {claimed} claims it a second time"
        "贷款 {loan} 由 {bank} 发放，{until} 之前的利息已申请贴息，{claimed} 又重复申请"
    Rule "file_received_already" FileReceivedAlready { claim: Id, position: u64 }
        "this very file is the last that came for claim {claim}, recorded at position {position}; only one that differs is a new version"
        "同一文件就是申请 {claim} 最近收到的文件（记录号 {position}），内容有改动才是新版本"
    Rule "claim_file_differs" ClaimFileDiffers { claim: Id, position: u64, programme: Id, bank: String }
        "the last file for claim {claim}, recorded at position {position}, is of programme {programme} and bank {bank}; what follows it must be of the same, or that record be reversed"
        "申请 {claim} 的最近文件（记录号 {position}）属于项目 {programme}、银行 {bank}，后续须与之一致，或先冲销该记录"
    Rule "loan_repaid_early" LoanRepaidEarly { loan: Id, on: Date, maximum: Money }
        "principal of loan {loan} was repaid early on {on}, and its discount ends on that day; the ledger computes {maximum} for the period"
        "贷款 {loan} 于 {on} 提前还本，该部分贴息到当日为止，本期按台账计算为 {maximum} 元"
    Rule "interest_not_paid" InterestNotPaid { loan: Id, due_on: Date, open: Money, to: Date }
        "{open} yuan of the interest of loan {loan} due on {due_on} are not paid; the programme discounts interest after it is paid, and the days up to before {to} need all of it: claim for days that are paid for"
        "贷款 {loan} 于 {due_on} 到期的利息尚有 {open} 元未付，项目实行先付后贴，申报至 {to} 前须先付清该笔利息，请只申报已付息的天数"
    Rule "not_a_claim_line" NotAClaimLine { position: u64, kind: &'static str }
        "the record at position {position} is of type {kind}; a line of a discount claim (interest_discount.claimed) is needed"
        "记录号 {position} 类型为 {kind}，此处需要贴息申请的明细记录（interest_discount.claimed）"
    Rule "advance_settled" AdvanceSettled { advance: Id, position: u64 }
        "advance {advance} is settled by the record at position {position}"
        "预拨 {advance} 已由记录号 {position} 清算"
    Rule "claim_not_of_advance" ClaimNotOfAdvance { claim: Id, advance: Id, programme: Id, bank: Id }
        "claim {claim} cannot be settled by advance {advance}, which is for claims of bank {bank} under programme {programme} that the same fund pays"
        "贴息申请 {claim} 不能用预拨 {advance} 清算：该预拨只用于银行 {bank} 在项目 {programme} 下由同一资金支付的申请"
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
        "programme {programme} needs two persons for a roster; state who made it (made_by)"
        "项目 {programme} 的花名册须双人复核，请填写制单人（made_by）"
    Rule "notice_before_roster" NoticeBeforeRoster { batch: Id, from: Date, approved_on: Date }
        "the notice of batch {batch} from {from} is older than the roster, approved on {approved_on}; post it from then on"
        "批次 {batch} 的公示自 {from} 起，早于花名册批准日 {approved_on}，须自该日起公示"
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
    Limit "discount_over_share" DiscountOverShare { loan: Id, claimed: Money, maximum: Money }
        "a discount of {claimed} yuan is claimed for loan {loan}; of the interest stated, {maximum} are discounted"
        "贷款 {loan} 申报贴息 {claimed} 元，按申报利息最多贴息 {maximum} 元"
    Limit "payment_over_cap" PaymentOverCap { programme: Id, amount: Money, cap: Money }
        "{amount} yuan exceed the cap of programme {programme}: at most {cap} a payment"
        "{amount} 元超过项目 {programme} 单次上限 {cap} 元"
    Limit "household_over_cap" HouseholdOverCap { programme: Id, household: Pseudonym, year: i16, amount: Money, used: Money, cap: Money, left: Money }
        "{amount} yuan with {used} already in {year} pass the cap of {cap} a household and year of programme {programme}; {left} is left for household {household}"
        "{amount} 元加上 {year} 年已享受的 {used} 元，超过项目 {programme} 每户每年上限 {cap} 元；户 {household} 还可享受 {left} 元"
    Limit "return_over_paid" ReturnOverPaid { position: u64, amount: Money, open: Money }
        "{amount} yuan are more than the {open} yuan of the payment at position {position} not yet returned"
        "退回 {amount} 元超过记录号 {position} 支付中尚未退回的 {open} 元"
    Limit "demand_over_paid" DemandOverPaid { position: u64, amount: Money, paid: Money, returned: Money, demanded: Money, left: Money }
        "{amount} yuan cannot be demanded back of the payment at position {position}: {paid} were paid, {returned} are returned and {demanded} demanded already; at most {left} more"
        "记录号 {position} 的支付不能追回 {amount} 元：已支付 {paid} 元、已退回 {returned} 元、已要求追回 {demanded} 元，最多还可追回 {left} 元"
    Limit "refund_over_overpaid" RefundOverOverpaid { loan: Id, amount: Money, overpaid: Money }
        "{amount} yuan are more than the {overpaid} yuan overpaid on loan {loan}"
        "退还 {amount} 元超过贷款 {loan} 多收的 {overpaid} 元"
    Limit "reversal_overdraws" ReversalOverdraws { position: u64, fund: Id, needed: Money, available: Money }
        "reversing position {position} takes {needed} yuan out of fund {fund}, where {available} is left; reverse what was spent first"
        "冲销记录号 {position} 须从资金 {fund} 扣回 {needed} 元，现仅余 {available} 元，请先冲销相应支出"
    Limit "claim_over_overdue" ClaimOverOverdue { loan: Id, claimed_principal: Money, principal: Money, claimed_interest: Money, interest: Money }
        "principal {claimed_principal} and interest {claimed_interest} are claimed for loan {loan}; {principal} and {interest} are overdue and not yet claimed"
        "贷款 {loan} 申报本金 {claimed_principal} 元、利息 {claimed_interest} 元，逾期未申报的本金为 {principal} 元、利息 {interest} 元"
    Limit "costs_over_recovery" CostsOverRecovery { loan: Id, costs: Money, amount: Money }
        "costs of {costs} yuan are more than the {amount} recovered on loan {loan}"
        "费用 {costs} 元超过贷款 {loan} 追回的 {amount} 元"
    Limit "recovery_over_open" RecoveryOverOpen { loan: Id, amount: Money, costs: Money, net: Money, open: Money, surplus: Money }
        "{amount} yuan less costs {costs} is {net}, more than the {open} to be recovered on loan {loan}; the surplus of {surplus} belongs to the payer"
        "追回 {amount} 元减费用 {costs} 元为 {net} 元，超过贷款 {loan} 待追偿的 {open} 元，多出 {surplus} 元应退还付款人"
    Limit "settlement_over_open" SettlementOverOpen { loan: Id, party: Id, amount: Money, open: Money }
        "{amount} yuan are more than the {open} yuan of recoveries on loan {loan} to be settled with {party}"
        "{amount} 元超过贷款 {loan} 追偿款中与 {party} 待结算的 {open} 元"
    Limit "reshare_over_claim" ReshareOverClaim { loan: Id, amount: Money, open: Money }
        "{amount} yuan are more than the {open} yuan claimed from the upper tier for loan {loan} and not received"
        "{amount} 元超过贷款 {loan} 已向上级申报未到账的 {open} 元"
    Limit "bank_suspended" BankSuspended { bank: Id, fund: Id, outstanding: Money, guaranteed: Money, rate: Rate }
        "bank {bank} gets no new guarantees of fund {fund}: compensation of {outstanding} yuan against {guaranteed} guaranteed reaches the rate {rate}; recover, or lift the suspension (guarantee.resume_bank)"
        "基金 {fund} 对银行 {bank} 暂停新增担保：代偿余额 {outstanding} 元对担保余额 {guaranteed} 元已达代偿率 {rate}，请追偿或办理恢复（guarantee.resume_bank）"
    Limit "release_over_value" ReleaseOverValue { counter_guarantee: Id, released: Money, value: Money }
        "{released} yuan are more than the {value} yuan that counter-guarantee {counter_guarantee} still stands for"
        "解除 {released} 元超过反担保 {counter_guarantee} 尚有的 {value} 元"
    Limit "release_uncovers" ReleaseUncovers { loan: Id, released: Money, registered: Money, needed: Money }
        "releasing {released} of {registered} yuan leaves less than the {needed} that the debt of loan {loan} needs"
        "在 {registered} 元反担保中解除 {released} 元后，不足贷款 {loan} 所需的 {needed} 元"
    Limit "premium_over_owed" PremiumOverOwed { enterprise: Pseudonym, amount: Money, owed: Money, date: Date }
        "{amount} yuan are more than the {owed} yuan that enterprise {enterprise} owes on {date}, premiums and late fees together; at most that is accepted"
        "{amount} 元超过企业 {enterprise} 截至 {date} 所欠保费和滞纳金合计 {owed} 元，最多接受该数额"
    Limit "cover_too_low" CoverTooLow { item: Id, owed: Money, remaining: Money, rate: Rate, covered: Money }
        "without item {item} the mortgaged items are valued at {remaining} yuan and cover, at the rate {rate}, {covered} of the {owed} still due; pay down to that, or mortgage more, before it is released"
        "解押 {item} 后，其余抵押物估值 {remaining} 元，按抵押率 {rate} 可担保 {covered} 元，低于尚欠 {owed} 元；请先缴至该数额或增加抵押物"
    Limit "recovered_over_claimed" RecoveredOverClaimed { case: Id, amount: Money, open: Money }
        "{amount} yuan are more than the {open} yuan claimed in case {case} and not yet recovered"
        "追回 {amount} 元超过案件 {case} 尚未追回的 {open} 元"
    Limit "wages_not_held" WagesNotHeld { case: Id, needed: Money, held: Money }
        "{needed} yuan are to be paid, but {held} are recovered in case {case} and not paid out"
        "拟发放 {needed} 元，案件 {case} 已追回未发放的只有 {held} 元"
    Limit "wage_over_claimed" WageOverClaimed { worker: Pseudonym, amount: Money, open: Money }
        "{amount} yuan are more than the {open} yuan that worker {worker} claims and has not been paid"
        "发放 {amount} 元超过职工 {worker} 尚未领取的 {open} 元"
    Limit "quota_exhausted" QuotaExhausted { series: Id, region: Id, issued: u32, due: u32 }
        "{issued} certificates of {series} are issued in region {region}, where {due} are due; record a higher number due, or withdraw one"
        "{region} 地区 {series} 证件已发放 {issued} 份，应发 {due} 份；请先更正应发数或收回一份"
    Limit "discount_over_cap" DiscountOverCap { loan: Id, claimed: Money, cap: Money, maximum: Money }
        "a discount of {claimed} yuan is claimed for loan {loan} on all of its principal; interest is discounted on at most {cap}, which gives {maximum}"
        "贷款 {loan} 按全部本金申报贴息 {claimed} 元，贴息本金上限 {cap} 元，最多 {maximum} 元"
    Limit "discounted_loans_over_limit" DiscountedLoansOverLimit { borrower: Pseudonym, count: u16, maximum: u16 }
        "borrower {borrower} has had {count} discounted loans; the programme allows {maximum} in a lifetime"
        "借款人 {borrower} 已享受 {count} 笔贷款贴息，项目规定终身最多 {maximum} 笔"
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
}}
