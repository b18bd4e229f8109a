//! Numbers as people and programs write them into tables.

use crate::problem::{letters_kind, value_kind};
use crate::words::{self, Phrase, Words};

/// The largest count one row may carry. Above it the column is more likely an identifier.
pub(crate) const COUNT_MAX: u64 = 1_000_000_000;

/// What was expected and the kind of what was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NumberFault {
    pub expected: &'static Phrase,
    pub found: Words,
}

fn fault<T>(expected: &'static Phrase, found: impl Into<Words>) -> Result<T, NumberFault> {
    Err(NumberFault { expected, found: found.into() })
}

static COUNT: &Phrase = &words::COUNT;

/// A count: digits, also with thousands separators ("1,234") or a decimal part of zeros ("12.0",
/// which spreadsheets and data frames write).
pub(crate) fn count(text: &str) -> Result<u64, NumberFault> {
    let value = text.trim();
    let bytes = value.as_bytes();
    if !bytes.is_empty() && bytes.len() <= 10 && bytes.iter().all(u8::is_ascii_digit) {
        let n = bytes.iter().fold(0u64, |n, b| n * 10 + u64::from(b - b'0'));
        return if n <= COUNT_MAX { Ok(n) } else { fault(COUNT, &words::NUMBER_LARGER) };
    }
    match amount(value) {
        Err(_) => fault(COUNT, value_kind(value)),
        Ok(x) if x < 0.0 => fault(COUNT, &words::NUMBER_NEGATIVE),
        Ok(_) if fraction_digits(value).any(|c| c != '0') => fault(COUNT, &words::NUMBER_DECIMALS),
        Ok(_) => {
            let whole: String = value
                .split(['.', 'e', 'E'])
                .next()
                .unwrap_or_default()
                .chars()
                .filter(char::is_ascii_digit)
                .collect();
            if value.contains(['e', 'E']) {
                return fault(COUNT, &words::NUMBER_SCIENTIFIC);
            }
            match whole.parse::<u64>() {
                Ok(n) if n <= COUNT_MAX => Ok(n),
                _ => fault(COUNT, &words::NUMBER_LARGER),
            }
        }
    }
}

fn fraction_digits(value: &str) -> impl Iterator<Item = char> + '_ {
    value
        .split_once('.')
        .map(|(_, fraction)| fraction)
        .unwrap_or_default()
        .chars()
        .take_while(char::is_ascii_digit)
}

/// A finite number: "12", "-0.5", "1e3", "1,234.5". Not "inf", "nan" or "1,23".
pub(crate) fn amount(text: &str) -> Result<f64, NumberFault> {
    static EXPECTED: &Phrase = &words::NUMBER;
    let value = text.trim();
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | 'e' | 'E');
    // The standard parser also takes "inf" and "nan", which no table means as a number.
    if !value.chars().all(plain) || !value.contains(|c: char| c.is_ascii_digit()) {
        return fault(EXPECTED, kind_without_recursion(value));
    }
    let parsed = if value.contains(',') {
        if !thousands_well_placed(value) {
            return fault(EXPECTED, &words::NUMBER_COMMAS);
        }
        value.replace(',', "").parse::<f64>()
    } else {
        value.parse::<f64>()
    };
    match parsed {
        Ok(x) if x.is_finite() => Ok(x),
        Ok(_) => fault(EXPECTED, &words::NUMBER_BEYOND),
        Err(_) => fault(EXPECTED, kind_without_recursion(value)),
    }
}

/// `value_kind` asks `amount` whether a text is a number; asking back would never end.
fn kind_without_recursion(value: &str) -> Words {
    let n = value.chars().count();
    match n {
        0 => (&words::KIND_EMPTY).into(),
        _ if value.chars().all(char::is_alphabetic) => letters_kind(n),
        _ => words::KIND_TEXT.with("n", n),
    }
}

fn thousands_well_placed(value: &str) -> bool {
    let value = value.strip_prefix(['-', '+']).unwrap_or(value);
    let whole = value.split_once('.').map_or(value, |(whole, _)| whole);
    let mut parts = whole.split(',');
    let first = parts.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_digit())
        && parts.all(|part| part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()))
        && !value.split_once('.').is_some_and(|(_, fraction)| fraction.contains(','))
}

/// A number above zero, to divide by.
pub(crate) fn exposure(text: &str) -> Result<f64, NumberFault> {
    static EXPECTED: &Phrase = &words::NUMBER_ABOVE_0;
    match amount(text) {
        Ok(x) if x > 0.0 => Ok(x),
        Ok(x) if x < 0.0 => fault(EXPECTED, &words::NUMBER_NEGATIVE),
        Ok(_) => fault(EXPECTED, &words::NUMBER_ZERO),
        Err(other) => fault(EXPECTED, other.found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_whole_and_may_part_thousands() {
        assert_eq!(count("0"), Ok(0));
        assert_eq!(count(" 42 "), Ok(42));
        assert_eq!(count("1,234"), Ok(1234));
        assert_eq!(count("1,234,567"), Ok(1_234_567));
        assert_eq!(count("12.0"), Ok(12));
        assert_eq!(count("1000000000"), Ok(1_000_000_000));
        for (bad, found) in [
            ("-1", "a negative number"),
            ("1.5", "a number with decimals"),
            ("1000000001", "a larger number"),
            ("99999999999999999999999", "a larger number"),
            ("1e3", "a number in scientific notation"),
            ("", "nothing (an empty field)"),
            ("nan", "text of 3 letters"),
            ("inf", "text of 3 letters"),
            ("1,23", "text of 4 characters (digits and signs)"),
        ] {
            assert_eq!(count(bad).unwrap_err().found.to_string(), found, "{bad}");
        }
    }

    #[test]
    fn an_exposure_is_above_zero() {
        assert_eq!(exposure("0.5"), Ok(0.5));
        assert_eq!(exposure("36,916"), Ok(36916.0));
        assert_eq!(exposure("0").unwrap_err().found.to_string(), "zero");
        assert_eq!(exposure("-2").unwrap_err().found.to_string(), "a negative number");
        assert_eq!(exposure("1e999").unwrap_err().found.to_string(), "a number beyond what can be kept");
    }
}
