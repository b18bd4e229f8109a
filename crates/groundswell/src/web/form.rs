//! From what was typed to a command, or to all that is wrong with it at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::error::WebError;
use super::i18n::Lang;
use super::views::Field;
use super::views::errors::Kept;

/// The fields of a form, as the guard read them. In the order of the form; a name may stand several times.
#[derive(Debug, Clone, Default)]
pub struct Form {
    pairs: Arc<Vec<(String, String)>>,
}

/// Never given back to a page: secrets, and what is no text of the person's.
const NOT_KEPT: [&str; 7] =
    ["csrf", "token", "next", "passphrase", "passphrase_again", "current", "username"];

impl Form {
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self { pairs: Arc::new(pairs) }
    }

    /// What was typed into a field; empty when it was not sent.
    pub fn text(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The same form with some fields changed or added.
    #[must_use]
    pub fn with(&self, changed: &[(String, String)]) -> Self {
        let kept = self.pairs.iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
        Self::new(kept.chain(changed).cloned().collect())
    }

    /// What was chosen in a list of checkboxes.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.pairs.iter().filter(move |(key, _)| key.as_str() == name).map(|(_, value)| value.as_str())
    }

    /// Every field with what was typed, in the order of the form.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Starts reading: errors are said in this language.
    pub fn reading(&self, lang: Lang) -> Reading<'_> {
        Reading { form: self, lang, wrong: BTreeMap::new() }
    }

    /// What the person had typed, to be copied from the error page.
    pub fn kept(&self) -> Vec<Kept> {
        self.pairs
            .iter()
            .filter(|(name, value)| !value.trim().is_empty() && !NOT_KEPT.contains(&name.as_str()))
            .map(|(name, value)| Kept { name: name.clone(), value: value.clone() })
            .collect()
    }
}

impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebError> {
        parts.extensions.get::<Self>().cloned().ok_or(WebError::Unreadable)
    }
}

/// Reads field by field and remembers what is wrong.
#[derive(Debug)]
pub struct Reading<'f> {
    form: &'f Form,
    lang: Lang,
    wrong: BTreeMap<&'static str, String>,
}

impl Reading<'_> {
    /// The field as a value, or `None` and the sentence behind the key that the parser gives.
    pub fn parse<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        match parse(self.form.text(name)) {
            Ok(value) => Some(value),
            Err(key) => {
                self.wrong(name, self.lang.t(key));
                None
            }
        }
    }

    /// Notes that a field is wrong, with what to do about it.
    pub fn wrong(&mut self, name: &'static str, sentence: impl Into<String>) {
        self.wrong.entry(name).or_insert_with(|| sentence.into());
    }

    pub fn is_good(&self) -> bool {
        self.wrong.is_empty()
    }

    /// The field for the page: what was typed, and what is wrong with it.
    pub fn field(&self, name: &str) -> Field {
        Field { value: self.form.text(name).to_owned(), error: self.wrong.get(name).cloned() }
    }

    /// The same for a passphrase: what was typed does not go back.
    pub fn secret_field(&self, name: &str) -> Field {
        Field { value: String::new(), error: self.wrong.get(name).cloned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        let pairs = [("csrf", "t"), ("title", " x "), ("role", "a"), ("role", "b"), ("passphrase", "p")];
        Form::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_and_what_was_typed_is_kept() {
        let form = form();
        let mut reading = form.reading(Lang::En);
        assert_eq!(reading.parse("title", |_| Err::<(), _>("error-required")), None);
        assert_eq!(reading.parse("other", |_| Err::<(), _>("error-required")), None);
        assert!(!reading.is_good());
        let field = reading.field("title");
        assert_eq!((field.value.as_str(), field.error.as_deref()), (" x ", Some("Fill this in")));
        assert_eq!(reading.secret_field("passphrase").value, "");
        assert_eq!(form.all("role").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn secrets_are_not_kept_for_the_error_page() {
        let kept: Vec<_> = form().kept().into_iter().map(|kept| kept.name).collect();
        assert_eq!(kept, ["title", "role", "role"]);
    }
}
