//! Pages that say what went wrong and what to do now.

use askama::Template;

use super::Chrome;

/// What went wrong, as the reader is told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Not there, or not for this account: the same words for both (404).
    NotFound,
    /// The session ended or the form's token is not ours (403).
    SessionEnded,
    /// What was sent cannot be understood (422).
    Unreadable,
    /// The state forbids it (409).
    Conflict,
    /// Larger than the server takes (413).
    TooLarge,
    /// We are broken (500).
    Broken,
}

impl ErrorKind {
    /// The key of the title and of the explanation, `{key}-help`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::NotFound => "error-not-found",
            Self::SessionEnded => "error-session-ended",
            Self::Unreadable => "error-unreadable",
            Self::Conflict => "error-conflict",
            Self::TooLarge => "error-too-large",
            Self::Broken => "error-broken",
        }
    }

    pub const fn status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::SessionEnded => 403,
            Self::Unreadable => 422,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::Broken => 500,
        }
    }
}

/// Text the person had typed into a form that could not be taken, given back for copying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub name: String,
    pub value: String,
}

/// A whole page for an error. The chrome's title is [`ErrorKind::key`]'s text.
#[derive(Debug, Template)]
#[template(path = "errors/page.html")]
pub struct ErrorView {
    pub chrome: Chrome,
    pub kind: ErrorKind,
    /// What exactly, in the page's language, when there is something to say beyond the usual sentence.
    pub detail: Option<String>,
    /// Shown when we are broken, so that the log can be searched.
    pub request_id: Option<String>,
    /// What the person had typed.
    pub kept: Vec<Kept>,
}

/// The same for a part of a page that htmx swaps in.
#[derive(Debug, Template)]
#[template(path = "errors/fragment.html")]
pub struct ErrorFragment {
    pub chrome: Chrome,
    pub kind: ErrorKind,
    pub detail: Option<String>,
    pub request_id: Option<String>,
}

impl ErrorView {
    pub fn help(&self) -> String {
        self.chrome.t(&format!("{}-help", self.kind.key()))
    }
}

impl ErrorFragment {
    pub fn help(&self) -> String {
        self.chrome.t(&format!("{}-help", self.kind.key()))
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::web::i18n::Lang;

    const KINDS: [(&str, ErrorKind); 6] = [
        ("not-found", ErrorKind::NotFound),
        ("session-ended", ErrorKind::SessionEnded),
        ("unreadable", ErrorKind::Unreadable),
        ("conflict", ErrorKind::Conflict),
        ("too-large", ErrorKind::TooLarge),
        ("broken", ErrorKind::Broken),
    ];

    pub fn page(lang: Lang) -> Vec<(&'static str, ErrorView)> {
        let view = |(name, kind): (&'static str, ErrorKind)| {
            let kept = match kind {
                ErrorKind::SessionEnded => vec![Kept {
                    name: "description".into(),
                    value: "Renewal letters come in English only.\nThree families missed the date.".into(),
                }],
                _ => Vec::new(),
            };
            let request_id = (kind == ErrorKind::Broken).then(|| "01JX8Z6T9Q".to_owned());
            let detail = (kind == ErrorKind::Conflict).then(|| lang.t("error-import-already-undone"));
            let chrome = Chrome::sample(lang, kind.key(), None);
            (name, ErrorView { chrome, kind, detail, request_id, kept })
        };
        KINDS.into_iter().map(view).collect()
    }

    pub fn fragment(lang: Lang) -> Vec<(&'static str, ErrorFragment)> {
        let view = |(name, kind): (&'static str, ErrorKind)| {
            let request_id = Some("01JX8Z6T9Q".to_owned());
            let chrome = Chrome::sample(lang, kind.key(), None);
            (name, ErrorFragment { chrome, kind, detail: None, request_id })
        };
        KINDS.into_iter().map(view).collect()
    }
}
