//! The catalogue of problems: status, code, figures, and the texts in both languages.

use almoner_domain::refusal::{Refusal, Word};
use axum::http::StatusCode;

use crate::language::Language;

/// Declares the catalogue: status, code, figures, titles, texts.
macro_rules! problems {
    ($($(#[$doc:meta])* $status:ident $code:literal $variant:ident { $($figure:ident: $type:ty),* }
        $english_title:literal $chinese_title:literal
        $english:literal
        $chinese:literal)*) => {
        /// Why a request was not done.
        #[derive(Clone, Debug)]
        pub enum Problem {
            /// The ledger refuses the command, or there is nothing of that name.
            Refused(Box<Refusal>),
            $($(#[$doc])* $variant { $($figure: $type),* },)*
        }

        impl Problem {
            /// The stable code.
            pub fn code(&self) -> &'static str {
                match self {
                    Self::Refused(refusal) => refusal.code(),
                    $(Self::$variant { .. } => $code,)*
                }
            }

            /// The HTTP status.
            pub fn status(&self) -> StatusCode {
                match self {
                    Self::Refused(refusal) => super::status(refusal),
                    $(Self::$variant { .. } => StatusCode::$status,)*
                }
            }

            /// What kind of problem it is.
            pub(super) fn title(&self, language: Language) -> &'static str {
                match self {
                    Self::Refused(refusal) => super::title(refusal.stage(), language),
                    $(Self::$variant { .. } => language.say($english_title, $chinese_title),)*
                }
            }

            /// What happened this time, and what to do about it.
            pub(super) fn detail(&self, language: Language) -> String {
                match (self, language) {
                    (Self::Refused(refusal), _) => super::said(refusal, language),
                    $(
                        (Self::$variant { $($figure),* }, Language::English) => format!($english),
                        (Self::$variant { $($figure),* }, Language::Chinese) => format!($chinese),
                    )*
                }
            }

            /// The figures by name.
            pub(super) fn figures(&self) -> Vec<(&'static str, String)> {
                match self {
                    Self::Refused(refusal) => refusal.figures(),
                    $(Self::$variant { $($figure),* } => {
                        vec![$((stringify!($figure), $figure.to_string())),*]
                    })*
                }
            }
        }
    };
}

problems! {
    /// The request itself is malformed.
    BAD_REQUEST "bad_request" BadRequest {}
        "the request cannot be read" "请求无法读取"
        "the request is not well-formed, or its body broke off"
        "请求格式有误，或请求体中断"
    /// The body is no JSON.
    BAD_REQUEST "malformed_json" MalformedJson { line: usize, column: usize }
        "the body is not JSON" "请求体不是 JSON"
        "the body is not JSON from line {line}, column {column} on"
        "请求体自第 {line} 行第 {column} 列起不是 JSON"
    /// A header has a value that it cannot have.
    BAD_REQUEST "bad_header" BadHeader { name: &'static str, expected: Word }
        "a header cannot be read" "请求头有误"
        "the header {name} needs {expected}"
        "请求头 {name} 应为{expected:#}"
    /// A query parameter has a value that it cannot have, or not here.
    BAD_REQUEST "bad_parameter" BadParameter { name: String, expected: Word }
        "a query parameter cannot be read" "查询参数有误"
        "the parameter {name} needs {expected}"
        "参数 {name} 应为{expected:#}"
    /// There is no such query parameter.
    BAD_REQUEST "unknown_parameter" UnknownParameter { name: String }
        "there is no such query parameter" "没有该查询参数"
        "this resource knows no parameter {name}"
        "此资源没有参数 {name}"
    /// No token came along.
    UNAUTHORIZED "no_token" NoToken {}
        "a token is needed" "需要令牌"
        "send your token in the header `Authorization: Bearer TOKEN`"
        "请在请求头 `Authorization: Bearer 令牌` 中提供令牌"
    /// The token is none of ours.
    UNAUTHORIZED "wrong_token" WrongToken {}
        "the token is not valid" "令牌无效"
        "the token is not valid here; ask the administrator for a new one"
        "令牌在此无效，请向管理员申请新令牌"
    /// The token only reads.
    FORBIDDEN "read_only_token" ReadOnlyToken {}
        "the token may only read" "令牌仅可查询"
        "this token may ask questions but not submit commands"
        "此令牌只能查询，不能提交命令"
    /// Nothing is there.
    NOT_FOUND "no_such_path" NoSuchPath {}
        "there is nothing at this path" "路径不存在"
        "there is nothing at this path"
        "此路径下没有资源"
    /// Another ledger is asked for than is served.
    NOT_FOUND "unknown_ledger" UnknownLedger { ledger: String }
        "there is no such ledger" "没有该账本"
        "no ledger {ledger} is served here"
        "此处没有账本 {ledger}"
    /// A log without records has no checkpoint.
    NOT_FOUND "no_checkpoint" NoCheckpoint {}
        "there is no checkpoint yet" "尚无检查点"
        "the log is empty, and an empty log has no checkpoint; there is one after the first record"
        "日志为空，尚无检查点；写入第一条记录后才有"
    /// The tree has no such tile.
    NOT_FOUND "unknown_tile" UnknownTile { path: String }
        "there is no such tile" "没有该数据块"
        "the tree has no tile {path} as it stands now"
        "当前树中没有数据块 {path}"
    /// The resource cannot be used that way.
    METHOD_NOT_ALLOWED "method_not_allowed" MethodNotAllowed {}
        "the method is not allowed here" "不允许的方法"
        "the header Allow says which methods are allowed here"
        "允许的方法见响应头 Allow"
    /// The body is longer than one command can be.
    PAYLOAD_TOO_LARGE "too_large" TooLarge { maximum: usize }
        "the command is too large" "命令过大"
        "one command may have at most {maximum} bytes; send many commands as application/x-ndjson, one a line"
        "单条命令最多 {maximum} 字节；多条命令请用 application/x-ndjson 格式逐行提交"
    /// The body is of another kind than commands are.
    UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" UnsupportedMediaType {}
        "the content type is not accepted" "不支持的内容类型"
        "send one command as application/json, or one a line as application/x-ndjson"
        "单条命令请用 application/json，逐行多条请用 application/x-ndjson"
    /// A programming error.
    INTERNAL_SERVER_ERROR "internal" Internal {}
        "the service failed" "服务内部错误"
        "this should not happen; tell the administrator the request's id, which is the instance"
        "出现意外错误，请将请求编号（instance）告知管理员"
    /// The ledger did not say whether it recorded a command.
    SERVICE_UNAVAILABLE "outcome_unknown" OutcomeUnknown {}
        "the ledger gave no receipt" "未取得回执"
        "the ledger did not confirm the command in time, and may record it yet; send the same command again with the same key: it is recorded once and no more"
        "账本未及时确认，命令仍可能入账；请用同一幂等键重发同一命令，不会重复入账"
    /// Too many commands wait.
    SERVICE_UNAVAILABLE "busy" Busy {}
        "too many commands wait" "排队命令过多"
        "the command was not taken, for too many others wait; send it again later"
        "排队命令过多，本命令未受理，请稍后重发"
    /// The views have not come so far.
    SERVICE_UNAVAILABLE "views_behind" ViewsBehind { asked: u64, at: u64 }
        "the views are behind the log" "视图落后于日志"
        "the question is for position {asked}, but the views are at {at}; ask again in a moment"
        "所问记录号为 {asked}，视图目前到 {at}，请稍后再问"
    /// The machine failed.
    SERVICE_UNAVAILABLE "unavailable" Unavailable {}
        "the store cannot be read at the moment" "存储暂时无法读取"
        "the store cannot be read at the moment; ask again in a moment, or tell the administrator the request's id, which is the instance"
        "存储暂时无法读取，请稍后再试，或将请求编号（instance）告知管理员"
    /// The request took too long.
    SERVICE_UNAVAILABLE "timeout" Timeout {}
        "the request took too long" "请求超时"
        "the request took too long and was given up; a command that came with it must be sent again with the same key"
        "请求超时，已放弃；若随附命令，请用同一幂等键重发"
}
