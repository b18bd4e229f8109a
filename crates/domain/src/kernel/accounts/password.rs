//! Passwords: what makes one good enough, and its Argon2id hash.
//!
//! Length and guessability are asked of a password, not kinds of letters (NIST SP 800-63B-4 §3.1.1.2). Hashing takes
//! 19 MiB and some 30 ms on purpose, so it runs on the threads for blocking work, and only a few at once:
//! otherwise a burst of log-ins would take the memory that the pages need.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;
use zxcvbn::Score;
use zxcvbn::feedback::Warning;

/// Fewest characters (Unicode scalar values) of a password.
pub const SHORTEST: usize = 12;
/// Most characters of a password.
pub const LONGEST: usize = 256;

/// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

static HASHING: Semaphore = Semaphore::const_new(4);

/// The hash that a log-in under an unknown name is compared with, so that it takes as long as any other. Nothing
/// hashes to it: salt and output are zeros.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What a person typed as a password. Never shown, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Typed(String);

impl Typed {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(..)")
    }
}

/// Why a password cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    #[error("use at least {SHORTEST} characters")]
    TooShort,
    #[error("use at most {LONGEST} characters")]
    TooLong,
    #[error("{0}; use four or more unrelated words")]
    Guessable(Why),
}

/// What makes a password easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is built from the person's login or name or the agency's name.
    AboutYou,
    /// It is one of the passwords that many people use, or close to one.
    Common,
    Keyboard,
    Repeats,
    Sequence,
    Dates,
    Names,
    FewWords,
}

impl Why {
    pub const ALL: [Self; 8] = [
        Self::AboutYou,
        Self::Common,
        Self::Keyboard,
        Self::Repeats,
        Self::Sequence,
        Self::Dates,
        Self::Names,
        Self::FewWords,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Self::AboutYou => "about-you",
            Self::Common => "common",
            Self::Keyboard => "keyboard",
            Self::Repeats => "repeats",
            Self::Sequence => "sequence",
            Self::Dates => "dates",
            Self::Names => "names",
            Self::FewWords => "few-words",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AboutYou => "it is close to the login, the name or the agency",
            Self::Common => "many people use it or one like it",
            Self::Keyboard => "keys in a row are easy to guess",
            Self::Repeats => "repeats are easy to guess",
            Self::Sequence => "sequences like abc or 6543 are easy to guess",
            Self::Dates => "dates and years are easy to guess",
            Self::Names => "names are easy to guess",
            Self::FewWords => "a word or two are easy to guess",
        })
    }
}

/// Checks a password against its length and against guessing; `about` are the login, the name and the agency's name.
pub fn check(typed: &Typed, about: &[&str]) -> Result<(), Weak> {
    let length = typed.0.chars().count();
    if length < SHORTEST {
        return Err(Weak::TooShort);
    }
    if length > LONGEST {
        return Err(Weak::TooLong);
    }
    let known: Vec<String> = about.iter().flat_map(|text| words(text)).collect();
    if leans_on(&typed.0, &known) {
        return Err(Weak::Guessable(Why::AboutYou));
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let judged = zxcvbn::zxcvbn(&typed.0, &known);
    if judged.score() >= Score::Three {
        return Ok(());
    }
    // Good enough for a stranger: then what is known about this person is what makes it weak.
    if zxcvbn::zxcvbn(&typed.0, &[]).score() >= Score::Three {
        return Err(Weak::Guessable(Why::AboutYou));
    }
    let warning = judged.feedback().and_then(zxcvbn::feedback::Feedback::warning);
    Err(Weak::Guessable(warning.map_or(Why::FewWords, why)))
}

/// Whether little is left of a password without the words that anyone who knows its person would try first. The
/// estimate alone would let three such words in a row pass.
fn leans_on(text: &str, known: &[String]) -> bool {
    const ENOUGH: usize = 8;
    let whole = text.to_lowercase();
    let rest = known.iter().fold(whole.clone(), |rest, word| rest.replace(word.as_str(), " "));
    rest != whole && rest.chars().filter(|c| c.is_alphanumeric()).count() < ENOUGH
}

/// The whole text, and the words in it that are long enough to be recognised.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut found: Vec<String> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 2)
        .map(str::to_owned)
        .collect();
    if lower.len() > 2 {
        found.push(lower);
    }
    // Longest first, so that a part does not break up the whole.
    found.sort_by_key(|word| std::cmp::Reverse(word.len()));
    found
}

const fn why(warning: Warning) -> Why {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess => {
            Why::Keyboard
        }
        Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            Why::Repeats
        }
        Warning::ThisIsATop10Password
        | Warning::ThisIsATop100Password
        | Warning::ThisIsACommonPassword
        | Warning::ThisIsSimilarToACommonlyUsedPassword => Why::Common,
        Warning::SequencesLikeAbcAreEasyToGuess => Why::Sequence,
        Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess => Why::Dates,
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess
        | Warning::CommonNamesAndSurnamesAreEasyToGuess => Why::Names,
        Warning::AWordByItselfIsEasyToGuess => Why::FewWords,
    }
}

#[derive(Debug, thiserror::Error)]
pub enum HashError {
    #[error("hash the password: {0}")]
    Argon2(String),
    #[error("draw random bytes")]
    Random(#[source] getrandom::Error),
    #[error("wait for the thread that hashes")]
    Thread(#[source] tokio::task::JoinError),
}

/// The hash to store, as a PHC string.
pub(super) async fn hash(typed: Typed) -> Result<String, HashError> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(HashError::Random)?;
    away(move || {
        let hash = hasher()?.hash_password_with_salt(typed.0.as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(|error| HashError::Argon2(error.to_string()))
    })
    .await
}

/// Whether the password fits the stored hash. With no hash (nobody by that login, no password yet) it takes the same
/// time and says no.
pub(super) async fn fits(typed: Typed, stored: &str) -> Result<bool, HashError> {
    let stored = if stored.is_empty() { NOBODY } else { stored }.to_owned();
    away(move || Ok(hasher()?.verify_password(typed.0.as_bytes(), stored.as_str()).is_ok())).await
}

async fn away<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
) -> Result<T, HashError> {
    // The semaphore is never closed, so this cannot fail; without a permit the work would only be unbounded.
    let _permit = HASHING.acquire().await.ok();
    tokio::task::spawn_blocking(work).await.map_err(HashError::Thread)?
}

fn hasher() -> Result<Argon2<'static>, HashError> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| HashError::Argon2(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Result<(), Weak> {
        check(&Typed::new(text), &["rosa.alvarez", "Rosa Alvarez", "Harbor Street Family Center"])
    }

    #[test]
    fn a_password_is_judged_by_length_and_by_how_easily_it_is_guessed() {
        let table = [
            ("short", Err(Weak::TooShort)),
            ("elevenchars", Err(Weak::TooShort)),
            ("aaaaaaaaaaaaaaaa", Err(Weak::Guessable(Why::Repeats))),
            ("qwertyuiop12", Err(Weak::Guessable(Why::Common))),
            ("password1234", Err(Weak::Guessable(Why::Common))),
            ("alvarezrosa2024", Err(Weak::Guessable(Why::AboutYou))),
            ("copper lantern drifts", Ok(())),
            ("tortuga-ventana-lluvia", Ok(())),
        ];
        for (text, expected) in table {
            assert_eq!(judged(text), expected, "{text}");
        }
        assert_eq!(judged(&"ab cd ".repeat(60)), Err(Weak::TooLong));
    }

    #[tokio::test]
    async fn a_hash_fits_its_password_and_no_other() {
        let stored = hash(Typed::new("copper lantern drifts")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(fits(Typed::new("copper lantern drifts"), &stored).await.unwrap());
        assert!(!fits(Typed::new("copper lantern drift"), &stored).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_a_password_that_fits() {
        assert!(!fits(Typed::new(""), "").await.unwrap());
        // The stand-in must parse, or a log-in under an unknown name would answer at once.
        assert!(argon2::PasswordHash::new(NOBODY).is_ok());
    }
}
