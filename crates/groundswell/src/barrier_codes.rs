//! The code list of barriers in words: what the picker, the page, the export and the document show.
//!
//! The list itself is the domain's ([`MECHANISMS`]); its words are the locales'. docs/barrier-codes.md is made from both,
//! and a test fails when it is stale.

use std::fmt::Write as _;

use domain::casework::barriers::{
    Access, Burden, LIST_VERSION, Locus, MECHANISMS, Mechanism, Severity, Verb,
};
use serde_json::{Value, json};

use crate::web::i18n::Lang;

/// A mechanism with its words in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeWords {
    pub mechanism: &'static Mechanism,
    pub label: String,
    /// What it is, in a sentence.
    pub meaning: String,
    pub examples: String,
    /// What is often taken for it, and the code to take instead.
    pub not_this: String,
    /// Other words that people look for it by.
    pub synonyms: Vec<String>,
}

impl CodeWords {
    pub fn of(lang: Lang, mechanism: &'static Mechanism) -> Self {
        let code = mechanism.code;
        Self {
            mechanism,
            label: lang.word("barrier", code),
            meaning: lang.word("barrier-is", code),
            examples: lang.word("barrier-eg", code),
            not_this: lang.word("barrier-not", code),
            synonyms: lang.word("barrier-syn", code).split(", ").map(str::to_owned).collect(),
        }
    }

    /// What a search looks in, folded.
    pub fn search_text(&self) -> String {
        fold(&format!("{} {} {} {}", self.label, self.synonyms.join(" "), self.meaning, self.mechanism.code))
    }

    /// Whether every word of a query is in it.
    pub fn answers(&self, query: &str) -> bool {
        let text = self.search_text();
        fold(query).split_whitespace().all(|word| text.contains(word))
    }
}

/// Lower case and without the accents of our two languages, so that "admision" finds "admisión".
pub fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|letter| match letter {
            'á' => 'a',
            'é' => 'e',
            'í' => 'i',
            'ó' => 'o',
            'ú' | 'ü' => 'u',
            'ñ' => 'n',
            '’' => '\'',
            other => other,
        })
        .collect()
}

/// The whole list, in its own order.
pub fn all(lang: Lang) -> Vec<CodeWords> {
    MECHANISMS.iter().map(|mechanism| CodeWords::of(lang, mechanism)).collect()
}

/// The list as one JSON object with its axes, both languages side by side.
pub fn json() -> Value {
    let both =
        |list: &str, code: &str| json!({"en": Lang::En.word(list, code), "es": Lang::Es.word(list, code)});
    let axis = |list: &str, codes: Vec<&str>| -> Value {
        codes.into_iter().map(|code| json!({"code": code, "label": both(list, code)})).collect()
    };
    let codes: Vec<Value> = all(Lang::En)
        .into_iter()
        .zip(all(Lang::Es))
        .map(|(en, es)| {
            let mechanism = en.mechanism;
            json!({
                "code": mechanism.code,
                "label": {"en": en.label, "es": es.label},
                "definition": {"en": en.meaning, "es": es.meaning},
                "examples": {"en": en.examples, "es": es.examples},
                "not_this": {"en": en.not_this, "es": es.not_this},
                "synonyms": {"en": en.synonyms, "es": es.synonyms},
                "burden": mechanism.burden,
                "access": mechanism.access,
                "locus": mechanism.locus,
                "level": mechanism.locus.level(),
                "severity": mechanism.severity,
                "verb": mechanism.verb,
                "counts_as_systemic": mechanism.locus.is_systemic(),
            })
        })
        .collect();
    json!({
        "name": "groundswell-barrier-codes",
        "version": LIST_VERSION,
        "license": "Apache-2.0",
        "axes": {
            "burden": axis("burden", Burden::ALL.iter().map(|it| it.code()).collect()),
            "access": axis("access", Access::ALL.iter().map(|it| it.code()).collect()),
            "locus": axis("locus", Locus::ALL.iter().map(|it| it.code()).collect()),
            "severity": axis("severity", Severity::ALL.iter().map(|it| it.code()).collect()),
            "verb": axis("verb", Verb::ALL.iter().map(|it| it.code()).collect()),
        },
        "codes": codes,
    })
}

/// The list as CSV, a row per mechanism, both languages side by side.
///
/// # Errors
/// Writing into memory failed.
pub fn csv() -> Result<String, csv::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record([
        "code",
        "label_en",
        "label_es",
        "definition_en",
        "definition_es",
        "examples_en",
        "examples_es",
        "not_this_en",
        "not_this_es",
        "synonyms_en",
        "synonyms_es",
        "burden",
        "access",
        "locus",
        "level",
        "severity",
        "verb",
        "counts_as_systemic",
        "list_version",
    ])?;
    for (en, es) in all(Lang::En).into_iter().zip(all(Lang::Es)) {
        let mechanism = en.mechanism;
        let is_systemic = mechanism.locus.is_systemic().to_string();
        out.write_record([
            mechanism.code,
            &en.label,
            &es.label,
            &en.meaning,
            &es.meaning,
            &en.examples,
            &es.examples,
            &en.not_this,
            &es.not_this,
            &en.synonyms.join("; "),
            &es.synonyms.join("; "),
            mechanism.burden.code(),
            mechanism.access.code(),
            mechanism.locus.code(),
            mechanism.locus.level().code(),
            mechanism.severity.code(),
            mechanism.verb.code(),
            &is_systemic,
            LIST_VERSION,
        ])?;
    }
    let bytes = out.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The list for a terminal: code and label.
pub fn text() -> String {
    let mut out = format!("Barrier codes, version {LIST_VERSION}\n");
    for words in all(Lang::En) {
        // Writing into a String cannot fail.
        let _ = writeln!(out, "{:<28}{}", words.mechanism.code, words.label);
    }
    out
}

/// docs/barrier-codes.md.
pub fn document() -> String {
    let lang = Lang::En;
    let mut out = format!(
        "# Barrier codes\n\n\
        Version {LIST_VERSION}. Made from the source: `GROUNDSWELL_WRITE_DOCS=1 cargo test -p groundswell barrier_codes` writes \
        this page, and the test fails when it is stale. The same list comes as JSON and CSV from \
        `groundswell export barrier-codes`, in English and Spanish.\n\n\
        A barrier is something that got in the way of a client. Worker, client or referral names the mechanism with one \
        code, and the code brings a usual value for each of the axes below; whoever knows better says so. Code once, \
        count many ways. A code never changes its meaning: a new meaning is a new code.\n\n\
        ## The axes\n\n"
    );
    let axis = |out: &mut String, title: &str, list: &str, codes: Vec<&str>| {
        let words: Vec<String> =
            codes.into_iter().map(|code| format!("`{code}` {}", lang.word(list, code))).collect();
        let _ = writeln!(out, "- **{title}**: {}.", words.join("; "));
    };
    axis(
        &mut out,
        "Burden: what it costs a person to get through (Herd and Moynihan 2018)",
        "burden",
        Burden::ALL.iter().map(|it| it.code()).collect(),
    );
    axis(
        &mut out,
        "Access: which side of access fails (Levesque, Harris and Russell 2013, doi 10.1186/1475-9276-12-18)",
        "access",
        Access::ALL.iter().map(|it| it.code()).collect(),
    );
    axis(
        &mut out,
        "Locus: where something must change (`individual` never counts alone as systemic)",
        "locus",
        Locus::ALL.iter().map(|it| it.code()).collect(),
    );
    axis(
        &mut out,
        "Severity: what it did to the client",
        "severity",
        Severity::ALL.iter().map(|it| it.code()).collect(),
    );
    axis(&mut out, "Verb: what would make it go", "verb", Verb::ALL.iter().map(|it| it.code()).collect());
    out.push_str("\n## The codes\n");
    for words in all(lang) {
        let it = words.mechanism;
        let _ = write!(
            out,
            "\n### `{}` {}\n\n{}\n\n- Examples: {}\n- Not this: {}\n- Also looked for as: {}\n- Usual axes: burden `{}`, access \
            `{}`, locus `{}` (level `{}`), severity `{}`, verb `{}`\n- En español: **{}**. {}\n",
            it.code,
            words.label,
            words.meaning,
            words.examples,
            words.not_this,
            words.synonyms.join(", "),
            it.burden,
            it.access,
            it.locus,
            it.locus.level(),
            it.severity,
            it.verb,
            Lang::Es.word("barrier", it.code),
            Lang::Es.word("barrier-is", it.code),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use domain::casework::barriers::{Confidence, How, Judgement, Level, NeedDomain, Verification};
    use domain::casework::crises::{CRISES, CrisisLevel, Setting};

    use super::*;

    #[test]
    fn every_code_has_all_its_words_in_both_languages() {
        let mut keys: Vec<String> = Vec::new();
        for mechanism in &MECHANISMS {
            for list in ["barrier", "barrier-is", "barrier-eg", "barrier-not", "barrier-syn"] {
                keys.push(format!("{list}-{}", mechanism.code));
            }
        }
        macro_rules! axis {
            ($list:literal, $axis:ty) => {
                keys.extend(<$axis>::ALL.iter().map(|it| format!(concat!($list, "-{}"), it.code())))
            };
        }
        axis!("burden", Burden);
        axis!("access", Access);
        axis!("ability", Access);
        axis!("locus", Locus);
        axis!("level", Level);
        axis!("severity", Severity);
        axis!("verb", Verb);
        axis!("life", NeedDomain);
        axis!("judgement", Judgement);
        axis!("confidence", Confidence);
        axis!("verification", Verification);
        axis!("how", How);
        axis!("setting", Setting);
        axis!("crisis-level", CrisisLevel);
        keys.extend(CRISES.iter().map(|kind| format!("crisis-{}", kind.code)));
        for lang in Lang::ALL {
            for key in &keys {
                assert!(lang.find(key).is_some(), "{} {key}", lang.code());
            }
        }
    }

    #[test]
    fn no_two_codes_have_the_same_label() {
        for lang in Lang::ALL {
            let mut labels: Vec<String> = all(lang).into_iter().map(|it| it.label).collect();
            labels.sort();
            labels.dedup();
            assert_eq!(labels.len(), MECHANISMS.len(), "{}", lang.code());
        }
    }

    #[test]
    fn a_search_finds_by_label_synonym_and_without_accents() {
        let found = |lang, query: &str| -> Vec<&str> {
            all(lang).iter().filter(|it| it.answers(query)).map(|it| it.mechanism.code).collect()
        };
        assert_eq!(found(Lang::En, "CORI"), ["criminal_record"]);
        assert!(found(Lang::En, "bus").contains(&"transport"));
        assert_eq!(found(Lang::Es, "migratoria"), ["immigration_status"]);
        assert!(found(Lang::Es, "citacion").is_empty() && found(Lang::Es, "rotacion") == ["handoff_lost"]);
    }

    #[test]
    fn the_exports_hold_every_code_once() {
        let csv = csv().unwrap();
        assert_eq!(csv::Reader::from_reader(csv.as_bytes()).records().count(), MECHANISMS.len());
        assert_eq!(json()["codes"].as_array().unwrap().len(), MECHANISMS.len());
        assert_eq!(json()["codes"][0]["burden"], "learning");
    }

    #[test]
    fn the_document_is_not_stale() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/barrier-codes.md");
        if std::env::var_os("GROUNDSWELL_WRITE_DOCS").is_some() {
            std::fs::write(path, document()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap();
        assert!(
            written == document(),
            "write it anew: GROUNDSWELL_WRITE_DOCS=1 cargo test -p groundswell barrier_codes"
        );
    }
}
