//! What the readers and the jobs say of a file, in the page's language.

use domain::evidence::imports::Problem;
use interop::Words;
use interop::words::{self, Arg as Said};

use crate::cli::chain;
use crate::jobs::import::ImportFailure;
use crate::web::i18n::{Arg, Lang};
use crate::web::views::imports::Verdict;

/// A phrase with its arguments.
pub fn said(lang: Lang, words: &Words) -> String {
    let args: Vec<(&str, Arg<'_>)> = words
        .args()
        .iter()
        .map(|(name, arg)| {
            let text = match arg {
                Said::Text(text) => text.clone(),
                Said::Words(words) => said(lang, words),
            };
            (*name, Arg::from(text))
        })
        .collect();
    lang.t_with(&format!("said-{}", words.key()), &args)
}

/// A sentence of a reader; what is none of theirs stays as it is.
pub fn sentence(lang: Lang, english: &str) -> String {
    words::recognise(english).map_or_else(|| english.to_owned(), |words| said(lang, &words))
}

/// The same at the beginning of a line.
pub fn line(lang: Lang, words: &Words) -> String {
    let text = said(lang, words);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Why a file did not come in.
pub fn failure(lang: Lang, failure: &ImportFailure) -> String {
    match failure {
        ImportFailure::File(problem) => line(lang, &problem.cause.words()),
        ImportFailure::NothingGood { rows, line, field, expected } => {
            let column = column_of(field);
            let key = if column.is_empty() { "import-nothing-good-row" } else { "import-nothing-good" };
            let args = [
                ("n", Arg::from(*rows)),
                ("line", Arg::from(line.to_string())),
                ("column", Arg::from(column)),
                ("problem", Arg::from(sentence(lang, expected))),
            ];
            lang.t_with(key, &args)
        }
        other => chain(other),
    }
}

/// A stored problem as a row of a table.
pub fn verdict(lang: Lang, problem: &Problem) -> Verdict {
    let (expected, found) = match words::recognise(&problem.expected).as_ref().map(|it| (it.key(), it.args()))
    {
        Some(("row-problem", [(_, expected), (_, found)])) => {
            let text = |arg: &Said| match arg {
                Said::Text(text) => text.clone(),
                Said::Words(words) => said(lang, words),
            };
            (text(expected), text(found))
        }
        _ => (problem.expected.clone(), String::new()),
    };
    Verdict { line: problem.line, column: column_of(&problem.field), expected, found }
}

/// `column 3 "zip"` -> `zip`; `feature 4, geometry` -> `geometry`; empty where the whole row is meant.
fn column_of(field: &str) -> String {
    if let Some((_, quoted)) = field.split_once('"') {
        return quoted.strip_suffix('"').unwrap_or(quoted).to_owned();
    }
    field
        .strip_prefix("feature ")
        .and_then(|rest| rest.split_once(", "))
        .map_or_else(String::new, |(_, it)| it.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of a phrase stands in both locales with the arguments it has, and the English is the reader's own.
    #[test]
    fn every_phrase_has_words_in_both_languages() {
        for phrase in words::PHRASES {
            let key = format!("said-{}", phrase.key);
            let names: Vec<&str> = phrase
                .english
                .split('{')
                .skip(1)
                .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
                .filter(|name| name.bytes().all(|b| b.is_ascii_lowercase()))
                .collect();
            for lang in Lang::ALL {
                let args: Vec<(&str, Arg<'_>)> =
                    names.iter().map(|name| (*name, Arg::from(format!("<{name}>")))).collect();
                let text = lang.t_with(&key, &args);
                assert!(!text.contains('⟦'), "{}: {key}", lang.code());
                // Sentences about a mapping are worded for the form, which needs fewer arguments than a file.
                let of_the_form = ["day-first", "file-delimiter"].contains(&phrase.key);
                if !phrase.key.starts_with("map-") {
                    for name in &names {
                        assert!(text.contains(&format!("<{name}>")), "{}: {key}: {text}", lang.code());
                    }
                }
                if lang == Lang::En && !phrase.key.starts_with("map-") && !of_the_form {
                    assert_eq!(text, phrase.english.replace('{', "<").replace('}', ">"), "{key}");
                }
            }
        }
    }

    #[test]
    fn a_stored_problem_is_said_in_spanish() {
        let problem = Problem {
            line: 7,
            field: "column 3 \"zip\"".to_owned(),
            expected: "expected a day up to today, 2026-11-24; found text of 8 letters".to_owned(),
        };
        let verdict = verdict(Lang::Es, &problem);
        assert_eq!((verdict.line, verdict.column.as_str()), (7, "zip"));
        assert_eq!(
            (verdict.expected.as_str(), verdict.found.as_str()),
            ("un día hasta hoy, 2026-11-24", "texto de 8 letras")
        );
        assert_eq!(column_of("feature 4, properties.zip"), "properties.zip");
        assert_eq!(column_of("the row"), "");
    }

    #[test]
    fn what_is_no_phrase_of_ours_stays_as_it_is() {
        assert_eq!(sentence(Lang::Es, "the moon"), "the moon");
    }
}
