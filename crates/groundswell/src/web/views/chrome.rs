//! What stands around every page: name, navigation, account, language, notices.

use crate::web::assets;
use crate::web::i18n::{Arg, Lang};

/// A place in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NavItem {
    Corner,
    Clients,
    Caseload,
    Referrals,
    Signals,
    Disparities,
    Systems,
    Issues,
    Evaluate,
    Imports,
    People,
    Audit,
}

impl NavItem {
    pub const ALL: [Self; 12] = [
        Self::Corner,
        Self::Clients,
        Self::Caseload,
        Self::Referrals,
        Self::Signals,
        Self::Disparities,
        Self::Systems,
        Self::Issues,
        Self::Evaluate,
        Self::Imports,
        Self::People,
        Self::Audit,
    ];

    pub const fn href(self) -> &'static str {
        match self {
            Self::Corner => "/",
            Self::Clients => "/clients",
            Self::Caseload => "/caseload",
            Self::Referrals => "/referrals",
            Self::Signals => "/signals",
            Self::Disparities => "/disparities",
            Self::Systems => "/systems",
            Self::Issues => "/issues",
            Self::Evaluate => "/evaluations",
            Self::Imports => "/imports",
            Self::People => "/people",
            Self::Audit => "/audit",
        }
    }

    /// The key of its name.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Corner => "nav-corner",
            Self::Clients => "nav-clients",
            Self::Caseload => "nav-caseload",
            Self::Referrals => "ref-title",
            Self::Signals => "nav-signals",
            Self::Disparities => "nav-disparities",
            Self::Systems => "nav-systems",
            Self::Issues => "nav-issues",
            Self::Evaluate => "nav-evaluate",
            Self::Imports => "nav-imports",
            Self::People => "nav-people",
            Self::Audit => "nav-audit",
        }
    }
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub display_name: String,
    pub initials: String,
    /// Codes of roles, `caseworker` and so on; shown by their words.
    pub roles: Vec<String>,
}

impl Account {
    /// The account with its initials taken from the name: first and last word.
    pub fn new(display_name: impl Into<String>, roles: Vec<String>) -> Self {
        let display_name = display_name.into();
        let first_letter = |word: &str| word.chars().next().map(|c| c.to_uppercase().to_string());
        let mut words = display_name.split_whitespace();
        let first = words.next().and_then(first_letter);
        let last = words.next_back().and_then(first_letter);
        let initials = first.into_iter().chain(last).collect();
        Self { display_name, initials, roles }
    }
}

/// What kind of news a notice brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlashKind {
    /// It was done.
    Done,
    /// Something to know.
    Note,
    /// It was not done.
    Failed,
}

/// A notice shown once, on the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    pub kind: FlashKind,
    pub message: String,
}

impl FlashKind {
    pub const fn class(self) -> &'static str {
        match self {
            Self::Done => "notice notice--done",
            Self::Note => "notice",
            Self::Failed => "notice notice--failed",
        }
    }

    /// How urgently a screen reader says it.
    pub const fn role(self) -> &'static str {
        match self {
            Self::Failed => "alert",
            Self::Done | Self::Note => "status",
        }
    }
}

/// Everything around the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chrome {
    pub lang: Lang,
    /// The page's title without the product's name. Never a client's name.
    pub title: String,
    pub current: Option<NavItem>,
    pub account: Option<Account>,
    /// The token of every form.
    pub csrf: String,
    pub flash: Option<Flash>,
    pub agency_name: String,
    pub is_demo: bool,
    /// Path and query of this page: where the language switch comes back to.
    pub path: String,
    /// The places this account may open, in order.
    pub nav: Vec<NavItem>,
}

impl Chrome {
    /// The surroundings of a page that anyone may see: log-in, set-up, an error.
    pub fn visitor(lang: Lang, title_key: &str) -> Self {
        Self {
            lang,
            title: lang.t(title_key),
            current: None,
            account: None,
            csrf: String::new(),
            flash: None,
            agency_name: String::new(),
            is_demo: false,
            path: "/".to_owned(),
            nav: Vec::new(),
        }
    }

    pub fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }

    pub fn t1<'a>(&self, key: &str, name: &str, value: impl Into<Arg<'a>>) -> String {
        self.lang.t1(key, name, value)
    }

    /// The title in the browser's tab.
    pub fn full_title(&self) -> String {
        format!("{} – {}", self.title, self.t("product"))
    }

    /// Where the language switch leads: `GET /language/{code}?back=PATH`.
    pub fn language_href(&self) -> String {
        let mut back = String::with_capacity(self.path.len());
        for byte in self.path.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
                back.push(char::from(byte));
            } else {
                back.push_str(&format!("%{byte:02X}"));
            }
        }
        format!("/language/{}?back={back}", self.lang.other().code())
    }

    /// The words of the account's roles.
    pub fn roles_text(&self) -> String {
        let roles = self.account.iter().flat_map(|account| &account.roles);
        let words: Vec<String> = roles.map(|role| self.lang.word("role", role)).collect();
        self.lang.list(&words)
    }

    pub fn is_current(&self, item: &NavItem) -> bool {
        self.current == Some(*item)
    }

    pub fn style_address(&self) -> &'static str {
        assets::style_address()
    }

    pub fn script_address(&self, name: &str) -> Option<&'static str> {
        assets::address(name)
    }

    #[cfg(test)]
    pub fn sample(lang: Lang, title_key: &str, current: Option<NavItem>) -> Self {
        Self {
            current,
            account: Some(Account::new("Rosa Alvarez", vec!["caseworker".into(), "organizer".into()])),
            csrf: "sample-token".into(),
            agency_name: "Harbor Street Family Center".into(),
            path: current.map_or("/", NavItem::href).to_owned(),
            nav: NavItem::ALL.to_vec(),
            is_demo: true,
            ..Self::visitor(lang, title_key)
        }
    }

    /// A very long name in letters written from the right.
    #[cfg(test)]
    pub fn sample_right_to_left(lang: Lang, title_key: &str, current: Option<NavItem>) -> Self {
        let mut chrome = Self::sample(lang, title_key, current);
        chrome.account = Some(Account::new("نور الهدى عبد الرحمن المنصوري", vec!["administrator".into()]));
        chrome.agency_name = "مركز الأسرة".into();
        chrome
    }
}
