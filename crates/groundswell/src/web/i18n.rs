//! The words of the pages, in English and in Spanish, and how each language writes numbers and days.
//!
//! Texts live in `locales/{en,es}/*.ftl`. A key that is missing shows as `⟦key⟧` instead of failing a page in
//! front of a person; a test renders every page and fails on the mark.

use std::borrow::Borrow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::static_loader;
use privacy::Disclosed;
use unic_langid::{LanguageIdentifier, langid};

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // Isolating marks are left out: names stand in `<bdi>` where direction matters, and the marks would
        // travel into copied text. Numbers are written the way the language writes them.
        customise: |bundle| {
            bundle.set_use_isolating(false);
            let spanish = bundle.locales.first().is_some_and(|id| id.language.as_str() == "es");
            if spanish {
                bundle.set_formatter(Some(|value, _| number_of(Lang::Es, value)));
            } else {
                bundle.set_formatter(Some(|value, _| number_of(Lang::En, value)));
            }
        },
    };
}

static ENGLISH: LanguageIdentifier = langid!("en");
static SPANISH: LanguageIdentifier = langid!("es");

/// A space that does not break the line, for "44.85 %" and "1 May".
const NO_BREAK: char = '\u{a0}';

fn number_of(lang: Lang, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(number) => {
            let decimals = if number.value.fract().abs() < 1e-9 { 0 } else { 2 };
            Some(lang.number(number.value, number.options.minimum_fraction_digits.unwrap_or(decimals)))
        }
        _ => None,
    }
}

/// A language the pages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum Lang {
    #[default]
    En,
    Es,
}

/// What a text is given to fill in: words or a number (a number also chooses singular or plural).
pub type Arg<'a> = FluentValue<'a>;

impl Lang {
    pub const ALL: [Self; 2] = [Self::En, Self::Es];

    /// The language's tag: `en` or `es`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }

    /// The language's own name for itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Es => "Español",
        }
    }

    /// The other of the two, for the switch.
    pub const fn other(self) -> Self {
        match self {
            Self::En => Self::Es,
            Self::Es => Self::En,
        }
    }

    /// The language of a tag such as `es-MX`; none of ours: `None`.
    pub fn from_code(code: &str) -> Option<Self> {
        let main = code.trim().split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|lang| main.eq_ignore_ascii_case(lang.code()))
    }

    /// The language of an `Accept-Language` header: the first of ours with the highest weight, else English.
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (Self::En, 0.0);
        for part in header.split(',') {
            let mut pieces = part.split(';');
            let Some(lang) = pieces.next().and_then(Self::from_code) else { continue };
            let weight = pieces
                .find_map(|piece| piece.trim().strip_prefix("q="))
                .map_or(1.0, |weight| weight.trim().parse::<f64>().unwrap_or(0.0));
            if weight > best.1 {
                best = (lang, weight);
            }
        }
        best.0
    }

    fn id(self) -> &'static LanguageIdentifier {
        match self {
            Self::En => &ENGLISH,
            Self::Es => &SPANISH,
        }
    }

    /// The text of a key.
    pub fn t(self, key: &str) -> String {
        self.find(key).unwrap_or_else(|| format!("⟦{key}⟧"))
    }

    /// The text of a key with its blanks filled in.
    pub fn t_with(self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        let args: HashMap<&str, Arg<'_>> = args.iter().cloned().collect();
        LOCALES.lookup_single_language(self.id(), key, Some(&args)).unwrap_or_else(|_| format!("⟦{key}⟧"))
    }

    /// The text of a key with one blank.
    pub fn t1<'a>(self, key: &str, name: &str, value: impl Into<Arg<'a>>) -> String {
        self.t_with(key, &[(name, value.into())])
    }

    /// The text of a key when there is one in this language.
    pub fn find(self, key: &str) -> Option<String> {
        LOCALES.lookup_single_language::<&str>(self.id(), key, None).ok()
    }

    /// The word for a code of a list (`barrier`, `procedural_denial`). An agency's own imports bring codes we
    /// have no word for: these are shown as they are, with spaces for underscores.
    pub fn word(self, list: &str, code: &str) -> String {
        self.find(&format!("{list}-{code}")).unwrap_or_else(|| code.replace('_', " "))
    }

    /// Words in a row: "a, b and c".
    pub fn list(self, items: &[String]) -> String {
        match items {
            [] => String::new(),
            [one] => one.clone(),
            [first @ .., last] => {
                let and = match self {
                    Self::En => "and",
                    Self::Es if last.to_lowercase().starts_with(['i', 'í']) => "e",
                    Self::Es => "y",
                };
                format!("{} {and} {last}", first.join(", "))
            }
        }
    }

    /// A whole number: 12,345 or 12.345.
    pub fn int(self, n: impl Borrow<u64>) -> String {
        self.grouped(&n.borrow().to_string())
    }

    fn grouped(self, digits: &str) -> String {
        let separator = match self {
            Self::En => ',',
            Self::Es => '.',
        };
        let mut out = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                out.push(separator);
            }
            out.push(digit);
        }
        out
    }

    /// A number with this many decimals: 1,234.5 or 1.234,5. Not finite: a dash.
    pub fn number(self, x: f64, decimals: usize) -> String {
        if !x.is_finite() {
            return "–".to_owned();
        }
        let plain = format!("{:.decimals$}", x.abs());
        // A rounded zero carries no sign: "-0.0" would read as a fall.
        let is_zero = plain.chars().all(|c| c == '0' || c == '.');
        let sign = if x < 0.0 && !is_zero { "−" } else { "" };
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let whole = self.grouped(whole);
        if fraction.is_empty() {
            return format!("{sign}{whole}");
        }
        let point = match self {
            Self::En => '.',
            Self::Es => ',',
        };
        format!("{sign}{whole}{point}{fraction}")
    }

    /// A share between 0 and 1 as a percentage: "44.85 %".
    pub fn percent(self, share: f64, decimals: usize) -> String {
        format!("{}{NO_BREAK}%", self.number(share * 100.0, decimals))
    }

    /// An interval: "2.4 to 4.0". An open upper end is said in words.
    pub fn interval(self, low: f64, high: f64, decimals: usize) -> String {
        let to = match self {
            Self::En => "to",
            Self::Es => "a",
        };
        if high.is_infinite() {
            return self.t1("interval-open", "low", self.number(low, decimals));
        }
        format!("{} {to} {}", self.number(low, decimals), self.number(high, decimals))
    }

    /// A p-value: three decimals, or "under 0.001".
    pub fn p_value(self, p: impl Borrow<f64>) -> String {
        let p = *p.borrow();
        if p.is_finite() && p < 0.001 {
            return self.t1("p-under", "limit", self.number(0.001, 3));
        }
        self.number(p, 3)
    }

    /// A count that has passed the privacy gate: "64" or "fewer than 11".
    pub fn count(self, n: impl Borrow<Disclosed<u64>>) -> String {
        let n = n.borrow();
        match n.value() {
            Some(value) => self.int(value),
            None => self.t1("fewer-than", "n", n.fewer_than().unwrap_or(0)),
        }
    }

    /// A figure that has passed the privacy gate, or "too few to show": the bound is on the people behind it,
    /// so it would be wrong to print it for the figure.
    pub fn figure(self, x: impl Borrow<Disclosed<f64>>, decimals: usize) -> String {
        x.borrow().value().map_or_else(|| self.t("too-few"), |x| self.number(*x, decimals))
    }

    /// A share that has passed the privacy gate, as a percentage.
    pub fn share(self, x: impl Borrow<Disclosed<f64>>, decimals: usize) -> String {
        x.borrow().value().map_or_else(|| self.t("too-few"), |x| self.percent(*x, decimals))
    }

    /// A day of ISO text as a person writes it: "1 March 2024", "1 de marzo de 2024". Text that is no day
    /// comes back as it was.
    pub fn day(self, iso: &str) -> String {
        let Some((year, month, day)) = parts(iso) else { return iso.to_owned() };
        let name = self.month_name(month);
        match self {
            Self::En => format!("{day}{NO_BREAK}{name} {year}"),
            Self::Es => format!("{day} de {name} de {year}"),
        }
    }

    /// The same for narrow columns: "1 Mar 2024".
    pub fn day_short(self, iso: &str) -> String {
        let Some((year, month, day)) = parts(iso) else { return iso.to_owned() };
        let name: String = self.month_name(month).chars().take(3).collect();
        format!("{day}{NO_BREAK}{name}{NO_BREAK}{year}")
    }

    /// The same without its year, where the year is understood: "1 Mar".
    pub fn day_brief(self, iso: &str) -> String {
        let Some((_, month, day)) = parts(iso) else { return iso.to_owned() };
        let name: String = self.month_name(month).chars().take(3).collect();
        format!("{day}{NO_BREAK}{name}")
    }

    /// The month of a day: "March 2024", "marzo de 2024".
    pub fn month(self, iso: &str) -> String {
        let Some((year, month, _)) = parts(iso) else { return iso.to_owned() };
        let name = self.month_name(month);
        match self {
            Self::En => format!("{name} {year}"),
            Self::Es => format!("{name} de {year}"),
        }
    }

    /// A period: "1 March 2024 to 31 May 2024"; a single day when both are the same.
    pub fn period(self, from: &str, to: &str) -> String {
        if from == to {
            return self.day(from);
        }
        let word = match self {
            Self::En => "to",
            Self::Es => "al",
        };
        format!("{} {word} {}", self.day(from), self.day(to))
    }

    /// An instant in microseconds since 1970, in UTC: "14 May 2027, 10:12".
    pub fn instant(self, micros: impl Borrow<i64>) -> String {
        let micros = *micros.borrow();
        let Ok(at) = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000) else {
            return String::new();
        };
        format!("{}, {:02}:{:02}", self.day(&at.date().to_string()), at.hour(), at.minute())
    }

    fn month_name(self, month: u8) -> &'static str {
        const ENGLISH_MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        const SPANISH_MONTHS: [&str; 12] = [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ];
        let names = match self {
            Self::En => &ENGLISH_MONTHS,
            Self::Es => &SPANISH_MONTHS,
        };
        names.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or("")
    }
}

fn parts(iso: &str) -> Option<(i32, u8, u8)> {
    let mut pieces = iso.get(..10)?.split('-');
    let year = pieces.next()?.parse().ok()?;
    let month: u8 = pieces.next()?.parse().ok()?;
    let day: u8 = pieces.next()?.parse().ok()?;
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn each_language_writes_numbers_its_own_way() {
        assert_eq!(Lang::En.number(1234.5, 1), "1,234.5");
        assert_eq!(Lang::Es.number(1234.5, 1), "1.234,5");
        assert_eq!(Lang::En.percent(0.448_468, 2), "44.85\u{a0}%");
        assert_eq!(Lang::En.number(-0.04, 1), "0.0");
        assert_eq!(Lang::En.number(-3.04, 1), "−3.0");
        assert_eq!(Lang::En.int(1_234_567), "1,234,567");
    }

    #[test]
    fn each_language_writes_days_its_own_way() {
        assert_eq!(Lang::En.day("2024-03-01"), "1\u{a0}March 2024");
        assert_eq!(Lang::Es.day("2024-03-01"), "1 de marzo de 2024");
        assert_eq!(Lang::En.day("soon"), "soon");
        assert_eq!(Lang::En.instant(0), "1\u{a0}January 1970, 00:00");
    }

    #[test]
    fn a_hidden_count_says_so_in_both_languages() {
        let hidden = privacy::Policy::default().count(4);
        assert_eq!(Lang::En.count(hidden), "fewer than 11");
        assert_eq!(Lang::Es.count(hidden), "menos de 11");
    }

    #[test]
    fn the_browser_chooses_the_language_by_weight() {
        assert_eq!(Lang::from_accept_language("fr, es-MX;q=0.8, en;q=0.5"), Lang::Es);
        assert_eq!(Lang::from_accept_language("en-GB,es;q=0.9"), Lang::En);
        assert_eq!(Lang::from_accept_language("fr"), Lang::En);
    }

    fn files(folder: &Path, ending: &str, out: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, ending, out);
            } else if path.extension().is_some_and(|found| found == ending) {
                out.push(std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    fn keys(lang: Lang) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(lang.code());
        let mut texts = Vec::new();
        files(&folder, "ftl", &mut texts);
        let mut keys = BTreeSet::new();
        for line in texts.iter().flat_map(|text| text.lines()) {
            let Some((key, _)) = line.split_once('=') else { continue };
            if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
                assert!(keys.insert(key.trim().to_owned()), "{}: {key} stands twice", lang.code());
            }
        }
        keys
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        let english = keys(Lang::En);
        let spanish = keys(Lang::Es);
        assert_eq!(english.difference(&spanish).collect::<Vec<_>>(), Vec::<&String>::new(), "not in Spanish");
        assert_eq!(spanish.difference(&english).collect::<Vec<_>>(), Vec::<&String>::new(), "not in English");
        assert!(english.len() > 50);
    }

    #[test]
    fn every_key_that_a_template_names_exists() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut texts = Vec::new();
        files(&folder, "html", &mut texts);
        let known = keys(Lang::En);
        let mut missing = BTreeSet::new();
        for text in &texts {
            for opening in [".t(\"", ".t1(\"", ".t_with(\""] {
                for after in text.split(opening).skip(1) {
                    let key = after.split('"').next().unwrap();
                    if !known.contains(key) {
                        missing.insert(key.to_owned());
                    }
                }
            }
        }
        assert!(missing.is_empty(), "no text for {missing:?}");
    }
}
