//! Set-up, log-in and the passphrase. Forms post to the address they were opened at.

use askama::Template;

use super::Chrome;
use super::form::{Field, Problem, problems};

/// First run: `GET/POST /setup`, opened with the one-time token that the server printed.
#[derive(Debug, Template)]
#[template(path = "account/setup.html")]
pub struct SetupView {
    pub chrome: Chrome,
    /// The one-time token, sent back as the field `token`.
    pub token: String,
    pub agency_name: Field,
    pub display_name: Field,
    pub login: Field,
    pub passphrase: Field,
    pub passphrase_again: Field,
}

impl SetupView {
    pub fn problems(&self) -> Vec<Problem> {
        problems(&[
            ("agency_name", &self.agency_name),
            ("display_name", &self.display_name),
            ("login", &self.login),
            ("passphrase", &self.passphrase),
            ("passphrase_again", &self.passphrase_again),
        ])
    }
}

/// A login of the simulated agency, listed on its log-in page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoLogin {
    pub login: String,
    pub passphrase: String,
    pub display_name: String,
    /// The code of the role.
    pub role: String,
}

/// `GET/POST /login`.
#[derive(Debug, Template)]
#[template(path = "account/login.html")]
pub struct LoginView {
    pub chrome: Chrome,
    pub login: Field,
    pub passphrase: Field,
    /// Where to go afterwards, sent back as the field `next`; empty for the Corner.
    pub next: String,
    /// The account is being guessed at: try again after this many minutes.
    pub wait_minutes: Option<u32>,
    /// Empty outside the demo.
    pub demo_logins: Vec<DemoLogin>,
}

impl LoginView {
    pub fn problems(&self) -> Vec<Problem> {
        problems(&[("login", &self.login), ("passphrase", &self.passphrase)])
    }
}

/// Why a passphrase is being chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassphraseReason {
    /// The person wants another: `GET/POST /account/passphrase`.
    Change,
    /// A new account's one-time link: `GET/POST /welcome/{token}`.
    Welcome { display_name: String, login: String },
}

/// Choosing a passphrase.
#[derive(Debug, Template)]
#[template(path = "account/passphrase.html")]
pub struct PassphraseView {
    pub chrome: Chrome,
    pub reason: PassphraseReason,
    /// Only for a change.
    pub current: Field,
    pub passphrase: Field,
    pub passphrase_again: Field,
}

impl PassphraseView {
    pub fn problems(&self) -> Vec<Problem> {
        problems(&[
            ("current", &self.current),
            ("passphrase", &self.passphrase),
            ("passphrase_again", &self.passphrase_again),
        ])
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::{Flash, FlashKind};

    pub fn setup(lang: Lang) -> Vec<(&'static str, SetupView)> {
        let empty = || SetupView {
            chrome: Chrome::visitor(lang, "setup-title"),
            token: "sample".into(),
            agency_name: Field::default(),
            display_name: Field::default(),
            login: Field::default(),
            passphrase: Field::default(),
            passphrase_again: Field::default(),
        };
        let wrong = SetupView {
            agency_name: Field::wrong("", lang.t("error-agency-name")),
            display_name: Field::new("نور الهدى"),
            login: Field::new("noor"),
            passphrase: Field::wrong("", lang.t("error-passphrase-weak")),
            passphrase_again: Field::wrong("", lang.t("error-passphrase-differs")),
            ..empty()
        };
        vec![("empty", empty()), ("wrong", wrong)]
    }

    pub fn login(lang: Lang) -> Vec<(&'static str, LoginView)> {
        let empty = || LoginView {
            chrome: Chrome::visitor(lang, "login-title"),
            login: Field::default(),
            passphrase: Field::default(),
            next: "/signals".into(),
            wait_minutes: None,
            demo_logins: Vec::new(),
        };
        let demo = |login: &str, name: &str, role: &str| DemoLogin {
            login: login.into(),
            passphrase: "harbor-lantern-maple".into(),
            display_name: name.into(),
            role: role.into(),
        };
        let mut with_demo = empty();
        with_demo.chrome.is_demo = true;
        with_demo.chrome.agency_name = "Harbor Street Family Center".into();
        with_demo.demo_logins = vec![
            demo("rosa", "Rosa Alvarez", "caseworker"),
            demo("sam", "Sam Whitfield", "supervisor"),
            demo("ines", "Inés Duarte", "organizer"),
            demo("teo", "Teo Lindqvist", "evaluator"),
            demo("ada", "Ada Mensah", "administrator"),
        ];
        let wrong = LoginView {
            login: Field::wrong("rosa", lang.t("error-login")),
            chrome: Chrome {
                flash: Some(Flash { kind: FlashKind::Done, message: lang.t("flash-logged-out") }),
                ..Chrome::visitor(lang, "login-title")
            },
            ..empty()
        };
        let waiting = LoginView { wait_minutes: Some(5), login: Field::new("rosa"), ..empty() };
        vec![("empty", empty()), ("demo", with_demo), ("wrong", wrong), ("waiting", waiting)]
    }

    pub fn passphrase(lang: Lang) -> Vec<(&'static str, PassphraseView)> {
        let view = |chrome, reason| PassphraseView {
            chrome,
            reason,
            current: Field::default(),
            passphrase: Field::default(),
            passphrase_again: Field::default(),
        };
        let welcome = PassphraseReason::Welcome {
            display_name: "نور الهدى عبد الرحمن".into(),
            login: "noor".into(),
        };
        let mut wrong = view(Chrome::sample(lang, "passphrase-change", None), PassphraseReason::Change);
        wrong.current = Field::wrong("", lang.t("error-passphrase-current"));
        vec![
            ("welcome", view(Chrome::visitor(lang, "passphrase-choose"), welcome)),
            ("change", view(Chrome::sample(lang, "passphrase-change", None), PassphraseReason::Change)),
            ("wrong", wrong),
        ]
    }
}
