//! The audit trail: who did what, on what, when, and whether the chain is whole.
//!
//! Address: `GET /audit` with `who`, `action`, `from`, `to` and the keyset `before` (a sequence number).

use askama::Template;

use super::Chrome;
use super::form::{Choice, Field};

/// What a walk along the chain of seals found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainState {
    /// Every seal fits, up to this entry.
    Whole {
        entries: u64,
        head: String,
    },
    /// The first entry that does not fit.
    BrokenAt {
        seq: i64,
    },
    Unchecked,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    pub seq: i64,
    /// Microseconds since 1970.
    pub at: i64,
    /// The name of who did it, or what: "the server".
    pub who: String,
    /// The action's code: `issue.open`.
    pub action: String,
    /// What it was done on, the kind and the id.
    pub subject_kind: String,
    pub subject_id: String,
    /// Counts, field names, codes.
    pub detail: String,
}

/// `GET /audit`.
#[derive(Debug, Template)]
#[template(path = "audit/page.html")]
pub struct AuditView {
    pub chrome: Chrome,
    /// Newest first.
    pub rows: Vec<AuditRow>,
    pub chain: ChainState,
    pub who: Field,
    /// Begins with an empty value for everybody.
    pub people: Vec<Choice>,
    pub action: Field,
    /// Begins with an empty value for everything.
    pub actions: Vec<Choice>,
    pub from: Field,
    pub to: Field,
    /// Older entries.
    pub next_href: Option<String>,
    /// Back to the newest, when this is not the first page.
    pub first_href: Option<String>,
}

impl AuditView {
    pub fn action_text(&self, row: &AuditRow) -> String {
        self.chrome.lang.word("action", &row.action.replace('.', "_"))
    }

    pub fn subject_text(&self, row: &AuditRow) -> String {
        self.chrome.lang.word("subject", &row.subject_kind)
    }

    pub fn whole_text(&self, entries: &u64) -> String {
        self.chrome.t1("audit-whole", "n", *entries)
    }

    pub fn broken_text(&self, seq: &i64) -> String {
        self.chrome.t1("audit-broken", "n", *seq)
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::NavItem;

    pub fn page(lang: Lang) -> Vec<(&'static str, AuditView)> {
        let row = |seq, who: &str, action: &str, subject_kind: &str, detail: &str| AuditRow {
            seq,
            at: 1_810_288_920_000_000 + seq * 1_000_000,
            who: who.into(),
            action: action.into(),
            subject_kind: subject_kind.into(),
            subject_id: "01JX8Z6T9QRK5V3M2N1B0C7D4E".into(),
            detail: detail.into(),
        };
        let view = |rows, chain| AuditView {
            chrome: Chrome::sample(lang, "nav-audit", Some(NavItem::Audit)),
            rows,
            chain,
            who: Field::default(),
            people: vec![Choice::new("", lang.t("audit-everybody")), Choice::new("rosa", "Rosa Alvarez")],
            action: Field::default(),
            actions: vec![
                Choice::new("", lang.t("filter-all")),
                Choice::new("issue.open", lang.t("action-issue_open")),
            ],
            from: Field::default(),
            to: Field::default(),
            next_href: None,
            first_href: None,
        };
        let whole = ChainState::Whole { entries: 41_207, head: "9c1f77d24c1f".into() };
        let usual = AuditView {
            next_href: Some("/audit?before=41203".into()),
            first_href: Some("/audit".into()),
            ..view(
                vec![
                    row(41_207, "Rosa Alvarez", "issue.open", "issue", ""),
                    row(41_206, "نور الهدى", "import.undo", "import", "48213 rows"),
                    row(41_205, "Groundswell", "identify.finish", "run", "3412 looked at, 6 kept"),
                    row(41_204, "Ada Mensah", "account.roles", "account", "evaluator"),
                    row(41_203, "Ada Mensah", "ledger.sealed", "ledger", ""),
                ],
                whole.clone(),
            )
        };
        let mut wrong = view(Vec::new(), ChainState::Unchecked);
        wrong.from = Field::wrong("soon", lang.t("error-day"));
        vec![
            ("usual", usual),
            (
                "broken",
                view(vec![row(7, "Ada Mensah", "login.ok", "account", "")], ChainState::BrokenAt { seq: 3 }),
            ),
            ("empty", wrong),
        ]
    }
}
