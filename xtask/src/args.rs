//! The few options that the chores take.

use anyhow::{Result, bail};

/// The words after `cargo xtask`, taken one by one; what nobody takes is an error.
#[derive(Debug)]
pub struct Args(Vec<String>);

impl Args {
    pub fn new(words: impl Iterator<Item = String>) -> Self {
        Self(words.collect())
    }

    /// The next word that is not an option.
    pub fn word(&mut self) -> Option<String> {
        let is_word = self.0.first().is_some_and(|word| !word.starts_with("--") || word == "--help");
        is_word.then(|| self.0.remove(0))
    }

    /// Whether `--name` is there.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|word| word != name);
        self.0.len() < before
    }

    /// The value of `--name VALUE` or `--name=VALUE`.
    pub fn value(&mut self, name: &str) -> Result<Option<String>> {
        let with_equals = format!("{name}=");
        let Some(at) = self.0.iter().position(|word| word == name || word.starts_with(&with_equals)) else {
            return Ok(None);
        };
        let word = self.0.remove(at);
        if let Some(value) = word.strip_prefix(&with_equals) {
            return Ok(Some(value.to_owned()));
        }
        if at < self.0.len() { Ok(Some(self.0.remove(at))) } else { bail!("{name} needs a value") }
    }

    /// Refuses what nobody took.
    pub fn finish(self) -> Result<()> {
        match self.0.first() {
            None => Ok(()),
            Some(word) => bail!("`{word}` is not an option of this chore; see `cargo xtask help`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(words: &str) -> Args {
        Args::new(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_taken_in_any_order_and_the_rest_is_refused() {
        let mut given = args("demo --fresh --port 8081 --data=d");
        assert_eq!(given.word().as_deref(), Some("demo"));
        assert_eq!(given.value("--data").unwrap().as_deref(), Some("d"));
        assert_eq!(given.value("--port").unwrap().as_deref(), Some("8081"));
        assert!(given.flag("--fresh"));
        assert!(given.finish().is_ok());
        assert!(args("--prot 1").finish().is_err());
    }

    #[test]
    fn an_option_without_its_value_says_so() {
        assert!(args("--port").value("--port").is_err());
    }
}
