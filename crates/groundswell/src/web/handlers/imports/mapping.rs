//! The form of a mapping: to the mapping it describes, and back from a mapping's file.
//!
//! Fields of the first event have plain names (`code_column`); those of the second begin with `e2_`, and so on. Lists
//! are typed one line each: `EVICT = crisis` for a value and what it becomes, the value alone for a filter.

use std::collections::BTreeMap;

use domain::kernel::codes::{EventKind, code_from};
use interop::DateStyle;
use interop::events::{
    Amount, Bounds, Condition, Delimiter, EventMapping, FileFormat, Group, Mapping, MappingProblem, REJECT,
    Text, When,
};

use super::said;
use crate::web::form::Form;
use crate::web::i18n::Lang;
use crate::web::views::form::Problem;

/// More events than these of one row are a mistake.
pub const EVENTS_MOST: usize = 12;
/// More filters or groups of one event than these are, too.
const SLOTS_MOST: usize = 40;

/// How many events the form has fields for.
pub fn n_events(form: &Form) -> usize {
    form.text("events").parse().unwrap_or(1).clamp(1, EVENTS_MOST)
}

/// What the names of an event's fields begin with; `n` from 0.
pub fn prefix(n: usize) -> String {
    if n == 0 { String::new() } else { format!("e{}_", n + 1) }
}

/// How many slots of a kind are in use, up to the last one.
pub fn slots_used(form: &Form, prefix: &str, kind: &str, parts: &[&str]) -> usize {
    let is_used = |slot: &usize| {
        parts.iter().any(|part| !form.text(&format!("{prefix}{kind}_{slot}_{part}")).trim().is_empty())
    };
    (0..SLOTS_MOST).filter(is_used).max().map_or(0, |last| last + 1)
}

pub fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

pub fn date_style(form: &Form) -> DateStyle {
    DateStyle::parse(form.text("date_style")).unwrap_or_default()
}

/// Reads the form; remembers what is wrong by field.
struct Reading<'f> {
    form: &'f Form,
    lang: Lang,
    prefix: String,
    problems: Vec<Problem>,
}

/// The mapping that a form describes, or everything that is wrong with it, field by field. `dataset`: its name where
/// the form gives none.
pub fn mapping_of(form: &Form, lang: Lang, dataset: &str) -> Result<Mapping, Vec<Problem>> {
    let mut reading = Reading { form, lang, prefix: String::new(), problems: Vec::new() };
    let mut events = Vec::new();
    // Where each event and each of its filters stands in the form.
    let mut places = Vec::new();
    for n in 0..n_events(form) {
        reading.prefix = prefix(n);
        if n > 0 && reading.is_untouched() {
            continue;
        }
        let slots = slots_used(form, &reading.prefix, "only", &["column", "values"]);
        if let Some(event) = reading.event() {
            let filters: Vec<usize> =
                (0..slots).filter(|slot| reading.slot("only", *slot, "column").is_some()).collect();
            events.push(event);
            places.push((reading.prefix.clone(), filters));
        }
    }
    let mapping = Mapping {
        dataset: some(form.text("dataset")).unwrap_or_else(|| dataset.to_owned()),
        title: some(form.text("title")),
        file: FileFormat { delimiter: Delimiter::parse(form.text("delimiter")), dates: date_style(form) },
        events,
    };
    let mut problems = reading.problems;
    if problems.is_empty() {
        let found = mapping.check();
        problems.extend(found.iter().map(|problem| problem_at(problem, &mapping, &places, form, lang)));
    }
    if problems.is_empty() { Ok(mapping) } else { Err(problems) }
}

/// A problem of the mapping beside the field that it is about.
fn problem_at(
    problem: &MappingProblem,
    mapping: &Mapping,
    places: &[(String, Vec<usize>)],
    form: &Form,
    lang: Lang,
) -> Problem {
    let at = problem.event().and_then(|n| places.get(n).zip(mapping.events.get(n)));
    let key = problem.problem.key();
    let field = match (at, problem.member()) {
        (None, Some("dataset")) => "dataset".to_owned(),
        (Some(((prefix, filters), event)), Some(member)) => {
            let is_column = |text: Option<&Text>| matches!(text, Some(Text::Column { .. }));
            let role = |part: &str| format!("{prefix}{member}_{part}");
            match member {
                "kind" if is_column(Some(&event.kind)) => role("values"),
                "code" if is_column(Some(&event.code)) => role("values"),
                "system" if is_column(event.system.as_ref()) => role("values"),
                "when" if key == "map-on" => format!("{prefix}day_constant"),
                "when" => format!("{prefix}day_to_column"),
                "count" if key == "map-any-of" => role("any_of"),
                "kind" | "code" | "system" | "count" | "exposure" => role("constant"),
                "only" => match problem.condition().and_then(|n| filters.get(n)) {
                    Some(slot) => format!("{prefix}only_{slot}_values"),
                    None => "mapping".to_owned(),
                },
                "groups" => (0..SLOTS_MOST)
                    .map(|slot| format!("{prefix}group_{slot}_"))
                    .find(|slot| {
                        code_from(form.text(&format!("{slot}dimension"))).as_deref() == problem.dimension()
                    })
                    .map_or_else(
                        || "mapping".to_owned(),
                        |slot| format!("{slot}{}", if key == "map-other" { "values" } else { "dimension" }),
                    ),
                _ => role("column"),
            }
        }
        _ => "mapping".to_owned(),
    };
    Problem { field, text: said::line(lang, &problem.problem) }
}

impl Reading<'_> {
    fn text(&self, name: &str) -> &str {
        self.form.text(&format!("{}{name}", self.prefix))
    }

    fn column(&self, role: &str) -> Option<String> {
        some(self.text(&format!("{role}_column")))
    }

    fn constant(&self, role: &str) -> Option<String> {
        some(self.text(&format!("{role}_constant")))
    }

    fn slot(&self, kind: &str, slot: usize, part: &str) -> Option<String> {
        some(self.text(&format!("{kind}_{slot}_{part}")))
    }

    fn wrong(&mut self, name: &str, key: &str) {
        let field = format!("{}{name}", self.prefix);
        self.problems.push(Problem { field, text: self.lang.t(key) });
    }

    /// Whether nothing was chosen for this event: then it is none.
    fn is_untouched(&self) -> bool {
        ["kind", "code", "day"]
            .iter()
            .all(|role| self.column(role).is_none() && self.constant(role).is_none())
    }

    fn event(&mut self) -> Option<EventMapping> {
        let kind = self.translated("kind", |lang, words| Some(kind_word(lang, words)));
        let code = self.translated("code", |_, words| code_from(words));
        let system = self.translated("system", |_, words| code_from(words));
        let when = self.when();
        for (role, is_there) in [("kind", kind.is_some()), ("code", code.is_some())] {
            if !is_there && (role != "code" || self.constant(role).is_none()) {
                self.wrong(&format!("{role}_column"), "error-role-missing");
            } else if !is_there {
                self.wrong(&format!("{role}_constant"), "said-map-code");
            }
        }
        let only = self.only();
        let groups = self.groups();
        let count = self.count();
        let exposure = match (self.column("exposure"), self.constant("exposure")) {
            (Some(column), _) => Some(Amount::Column(column)),
            (None, Some(number)) => self.number("exposure_constant", &number).map(Amount::Number),
            (None, None) => None,
        };
        let (kind, code, when) = (kind?, code?, when?);
        let mut event = EventMapping::new(EventKind::Barrier, "code", when);
        // The words that were typed stay as the code's label.
        let words =
            self.constant("code").filter(|words| matches!(&code, Text::Constant(code) if code != words));
        event.label = some(self.text("label")).or(words);
        event.kind = kind;
        event.code = code;
        event.system = system;
        event.area = self.column("area");
        event.client = self.column("case");
        event.record = self.column("record");
        event.count = count;
        event.exposure = exposure;
        event.only = only;
        event.groups = groups;
        Some(event)
    }

    fn when(&mut self) -> Option<When> {
        match (self.column("day"), self.column("day_to"), self.constant("day")) {
            (Some(from), Some(to), _) => {
                let bounds = Bounds::parse(self.text("bounds")).unwrap_or_default();
                Some(When::Period { from, to, bounds })
            }
            (Some(day), None, _) => Some(When::Day { day }),
            (None, None, Some(on)) => Some(When::On { on }),
            _ => {
                self.wrong("day_column", "error-role-missing");
                None
            }
        }
    }

    /// A column with what its values become, or what is the same in every row.
    fn translated(&mut self, role: &str, word: impl Fn(Lang, &str) -> Option<String>) -> Option<Text> {
        let lang = self.lang;
        let word = |text: String| {
            if is_reject(lang, &text) { REJECT.to_owned() } else { word(lang, &text).unwrap_or(text) }
        };
        match (self.column(role), self.constant(role)) {
            (Some(column), _) => {
                let values = self.values(&format!("{role}_values"));
                let values = values.into_iter().map(|(from, to)| (from, word(to))).collect();
                let other = some(self.text(&format!("{role}_other"))).map(word);
                Some(Text::Column { column, values, other })
            }
            (None, Some(constant)) => Some(Text::Constant(word(constant))),
            (None, None) => None,
        }
    }

    fn values(&mut self, name: &str) -> BTreeMap<String, String> {
        match values_read(self.text(name)) {
            Ok(values) => values,
            Err(line) => {
                let field = format!("{}{name}", self.prefix);
                self.problems.push(Problem {
                    field,
                    text: self.lang.t1("error-values-line", "line", line.to_string()),
                });
                BTreeMap::new()
            }
        }
    }

    fn number(&mut self, name: &str, text: &str) -> Option<f64> {
        let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            self.wrong(name, "error-number");
        }
        number
    }

    fn count(&mut self) -> Option<Amount> {
        let any_of = lines_read(self.text("count_any_of"));
        match (self.column("count"), self.constant("count")) {
            (Some(column), _) if any_of.is_empty() => Some(Amount::Column(column)),
            (Some(column), _) => Some(Amount::AnyOf { column, any_of }),
            (None, _) if !any_of.is_empty() => {
                self.wrong("count_column", "error-role-missing");
                None
            }
            (None, Some(number)) => self.number("count_constant", &number).map(Amount::Number),
            (None, None) => None,
        }
    }

    fn only(&mut self) -> Vec<Condition> {
        let mut only = Vec::new();
        for slot in 0..slots_used(self.form, &self.prefix, "only", &["column", "values"]) {
            let name = |part: &str| format!("only_{slot}_{part}");
            let values = self.text(&name("values")).to_owned();
            let Some(column) = self.slot("only", slot, "column") else {
                if !values.trim().is_empty() {
                    self.wrong(&name("column"), "error-role-missing");
                }
                continue;
            };
            let mut condition = Condition { column, ..Condition::default() };
            match self.text(&name("how")) {
                "none_of" => condition.none_of = lines_read(&values),
                "min" => condition.min = self.number(&name("values"), &values),
                "max" => condition.max = self.number(&name("values"), &values),
                _ => condition.any_of = lines_read(&values),
            }
            only.push(condition);
        }
        only
    }

    fn groups(&mut self) -> BTreeMap<String, Group> {
        let mut groups = BTreeMap::new();
        for slot in 0..slots_used(self.form, &self.prefix, "group", &["dimension", "column"]) {
            let name = |part: &str| format!("group_{slot}_{part}");
            let (dimension, column) =
                (self.slot("group", slot, "dimension"), self.slot("group", slot, "column"));
            let (dimension, column) = match (dimension, column) {
                (None, None) => continue,
                (None, Some(_)) => {
                    self.wrong(&name("dimension"), "said-map-dimension");
                    continue;
                }
                (Some(_), None) => {
                    self.wrong(&name("column"), "error-role-missing");
                    continue;
                }
                (Some(dimension), Some(column)) => (dimension, column),
            };
            let Some(dimension) = code_from(&dimension) else {
                self.wrong(&name("dimension"), "said-map-dimension");
                continue;
            };
            let values = self.values(&name("values"));
            let other = self.slot("group", slot, "other");
            let other = other.map(|text| if is_reject(self.lang, &text) { REJECT.to_owned() } else { text });
            if groups.insert(dimension, Group { column, values, other }).is_some() {
                self.wrong(&name("dimension"), "error-group-twice");
            }
        }
        groups
    }
}

/// A kind's code for its word in the page's language.
fn kind_word(lang: Lang, words: &str) -> String {
    let words = words.trim().to_lowercase();
    let known = EventKind::ALL
        .iter()
        .find(|kind| words == kind.code() || words == lang.word("kind", kind.code()).to_lowercase());
    known.map_or(words, |kind| kind.code().to_owned())
}

fn is_reject(lang: Lang, text: &str) -> bool {
    let text = text.trim().to_lowercase();
    text == REJECT || text == lang.t("mapping-reject").to_lowercase()
}

/// `EVICT = crisis` on each line. A side in quotation marks may hold anything. `Err`: the line without a sign between.
fn values_read(text: &str) -> Result<BTreeMap<String, String>, usize> {
    let mut values = BTreeMap::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let quoted =
            quoted_read(line).and_then(|(from, rest)| Some((from, rest.trim_start().strip_prefix('=')?)));
        let (from, to) = match quoted {
            Some((from, to)) => (from, to),
            // The value may hold the sign itself; what it becomes hardly ever does.
            None => line.rsplit_once('=').map(|(from, to)| (from.trim().to_owned(), to)).ok_or(n + 1)?,
        };
        let to = to.trim();
        let to =
            quoted_read(to).filter(|(_, rest)| rest.is_empty()).map_or_else(|| to.to_owned(), |(to, _)| to);
        // Listed with nothing behind it: not decided yet, so as if it were not listed.
        if !to.is_empty() {
            values.insert(from, to);
        }
    }
    Ok(values)
}

pub fn values_text<'v>(values: impl IntoIterator<Item = (&'v String, &'v String)>) -> String {
    let line = |(from, to): (&String, &String)| match to.as_str() {
        "" => format!("{} =", side_text(from)),
        to => format!("{} = {}", side_text(from), side_text(to)),
    };
    values.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// One value to a line; `""` is the empty one.
fn lines_read(text: &str) -> Vec<String> {
    let value = |line: &str| quoted_read(line).filter(|(_, rest)| rest.is_empty()).map(|(value, _)| value);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| value(line).unwrap_or_else(|| line.to_owned())).collect()
}

fn lines_text(values: &[String]) -> String {
    values.iter().map(|value| side_text(value)).collect::<Vec<_>>().join("\n")
}

/// A text in quotation marks at the beginning, and what is behind it.
fn quoted_read(text: &str) -> Option<(String, &str)> {
    let mut stream =
        serde_json::Deserializer::from_str(text.strip_prefix('"').map(|_| text)?).into_iter::<String>();
    let value = stream.next()?.ok()?;
    Some((value, text.get(stream.byte_offset()..).unwrap_or_default()))
}

fn side_text(text: &str) -> String {
    let is_plain = !text.is_empty()
        && text.trim() == text
        && !text.starts_with('"')
        && !text.contains('=')
        && !text.contains(char::is_control);
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

/// The form filled with a mapping.
pub fn form_of(mapping: &Mapping) -> Form {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut add = |name: String, value: &str| pairs.push((name, value.to_owned()));
    add("dataset".to_owned(), &mapping.dataset);
    add("title".to_owned(), mapping.title.as_deref().unwrap_or_default());
    add("delimiter".to_owned(), mapping.file.delimiter.map_or("", Delimiter::as_str));
    add("date_style".to_owned(), mapping.file.dates.as_str());
    add("events".to_owned(), &mapping.events.len().to_string());
    for (n, event) in mapping.events.iter().enumerate() {
        event_fields(event, &mut |name, value| add(format!("{}{name}", prefix(n)), value));
    }
    Form::new(pairs)
}

fn event_fields(event: &EventMapping, add: &mut dyn FnMut(String, &str)) {
    let texts = [("kind", Some(&event.kind)), ("code", Some(&event.code)), ("system", event.system.as_ref())];
    for (role, text) in texts {
        match text {
            None => {}
            Some(Text::Constant(text)) => add(format!("{role}_constant"), text),
            Some(Text::Column { column, values, other }) => {
                add(format!("{role}_column"), column);
                add(format!("{role}_values"), &values_text(values));
                add(format!("{role}_other"), other.as_deref().unwrap_or_default());
            }
        }
    }
    add("label".to_owned(), event.label.as_deref().unwrap_or_default());
    match &event.when {
        When::Day { day } => add("day_column".to_owned(), day),
        When::Period { from, to, bounds } => {
            add("day_column".to_owned(), from);
            add("day_to_column".to_owned(), to);
            add("bounds".to_owned(), bounds.as_str());
        }
        When::On { on } => add("day_constant".to_owned(), on),
    }
    for (role, column) in [("area", &event.area), ("case", &event.client), ("record", &event.record)] {
        add(format!("{role}_column"), column.as_deref().unwrap_or_default());
    }
    for (role, amount) in [("count", &event.count), ("exposure", &event.exposure)] {
        match amount {
            None => {}
            Some(Amount::Number(number)) => add(format!("{role}_constant"), &number.to_string()),
            Some(Amount::Column(column)) => add(format!("{role}_column"), column),
            Some(Amount::AnyOf { column, any_of }) => {
                add(format!("{role}_column"), column);
                add(format!("{role}_any_of"), &lines_text(any_of));
            }
        }
    }
    let mut slot = 0;
    for condition in &event.only {
        // All conditions must hold, so one with several parts is as good as several with one.
        let parts = [
            ("any_of", (!condition.any_of.is_empty()).then(|| lines_text(&condition.any_of))),
            ("none_of", (!condition.none_of.is_empty()).then(|| lines_text(&condition.none_of))),
            ("min", condition.min.map(|min| min.to_string())),
            ("max", condition.max.map(|max| max.to_string())),
        ];
        for (how, values) in parts {
            let Some(values) = values else { continue };
            add(format!("only_{slot}_column"), &condition.column);
            add(format!("only_{slot}_how"), how);
            add(format!("only_{slot}_values"), &values);
            slot += 1;
        }
    }
    for (slot, (dimension, group)) in event.groups.iter().enumerate() {
        add(format!("group_{slot}_dimension"), dimension);
        add(format!("group_{slot}_column"), &group.column);
        add(format!("group_{slot}_values"), &values_text(&group.values));
        add(format!("group_{slot}_other"), group.other.as_deref().unwrap_or_default());
    }
}

/// What a mapping's file says, with its columns looked for in this file: the form, and what is not there.
pub fn form_from_file(
    text: &str,
    columns: &[String],
    lang: Lang,
) -> Result<(Form, Vec<Problem>), Vec<Problem>> {
    let at_file = |text: String| Problem { field: "mapping_file".to_owned(), text };
    let mapping = Mapping::parse(text).map_err(|problems| {
        let line = |problem: &MappingProblem| {
            let words = said::said(lang, &problem.problem);
            let place = if problem.place.is_empty() { words } else { format!("{}: {words}", problem.place) };
            let at = problem.at.map(|(line, _)| line.to_string());
            at_file(at.map_or(place.clone(), |line| {
                let args = [("line", line.into()), ("problem", place.as_str().into())];
                lang.t_with("error-mapping-line", &args)
            }))
        };
        problems.iter().map(line).collect::<Vec<_>>()
    })?;
    if mapping.events.len() > EVENTS_MOST {
        return Err(vec![at_file(lang.t1("error-mapping-events", "n", EVENTS_MOST))]);
    }
    let missing = mapping.columns().into_iter().filter(|column| !columns.iter().any(|it| it == column));
    let missing =
        missing.map(|column| at_file(lang.t1("error-mapping-column", "column", column.to_owned()))).collect();
    Ok((form_of(&mapping), missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Form {
        Form::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    const FULL: &str = r#"
dataset = "nyc-evictions"
title = "Eviction filings"

[file]
delimiter = "semicolon"
dates = "eu"

[[event]]
kind = { column = "type", values = { "EVICT" = "crisis", "A = B" = "barrier" }, other = "contact" }
code = { column = "what", values = { "Filing (new)" = "filing", "" = "unknown" }, other = "reject" }
system = "court"
when = { from = "start", to = "end", bounds = "(]" }
area = "zip"
client = "case"
record = "id"
count = { column = "score", any_of = ["High", "", " x "] }
exposure = 12.5
only = [{ column = "closed", any_of = ["no", ""] }, { column = "n", min = 1.0 }, { column = "n", max = 9.0 }]

[event.groups]
language = { column = "lang", values = { "ES" = "Spanish", "\"q\"" = "a = b" }, other = "other" }
sex = "sex"

[[event]]
kind = "decision"
code = "visit"
label = "Home visit"
system = { column = "sys" }
when = { on = "2014-01-31" }
count = 3
exposure = "homes"
only = [{ column = "t", none_of = ["X"] }]
"#;

    #[test]
    fn a_form_holds_all_that_a_mapping_file_can() {
        let mapping = Mapping::parse(FULL).unwrap();
        for lang in Lang::ALL {
            assert_eq!(mapping_of(&form_of(&mapping), lang, "").unwrap(), mapping);
        }
    }

    #[test]
    fn the_file_that_is_downloaded_is_read_back_to_the_same_mapping() {
        let form = form(&[
            ("events", "1"),
            ("kind_column", "type"),
            ("kind_values", "EVICT = crisis\r\nDENY = obstáculo\r\nOTHER ="),
            ("kind_other", "rechazar"),
            ("code_constant", "Desalojo (nuevo)"),
            ("day_column", "filed"),
            ("record_column", "id"),
            ("only_0_column", "closed"),
            ("only_0_how", "none_of"),
            ("only_0_values", "sí\r\n\"\""),
            ("group_0_dimension", "Idioma"),
            ("group_0_column", "lang"),
        ]);
        let mapping = mapping_of(&form, Lang::Es, "desalojos").unwrap();
        assert_eq!(Mapping::parse(&mapping.to_toml()).unwrap(), mapping);
        let event = &mapping.events[0];
        let Text::Column { values, other, .. } = &event.kind else { panic!() };
        assert_eq!(
            (values["EVICT"].as_str(), values["DENY"].as_str(), values.len()),
            ("crisis", "barrier", 2)
        );
        assert_eq!(other.as_deref(), Some(REJECT));
        assert_eq!(event.code, Text::Constant("desalojo_nuevo".to_owned()));
        assert_eq!(event.label.as_deref(), Some("Desalojo (nuevo)"));
        assert_eq!(event.only[0].none_of, ["sí", ""]);
        assert_eq!((mapping.dataset.as_str(), event.groups["idioma"].column.as_str()), ("desalojos", "lang"));
    }

    #[test]
    fn what_is_wrong_stands_beside_its_field() {
        let form = form(&[
            ("events", "2"),
            ("kind_column", "type"),
            ("kind_values", "EVICT crisis"),
            ("day_column", "filed"),
            ("exposure_constant", "many"),
            ("only_1_values", "x"),
            ("only_2_column", "n"),
            ("only_2_how", "min"),
            ("only_2_values", "ten"),
            ("group_0_column", "lang"),
            ("group_1_dimension", "sex"),
            ("e2_kind_constant", "crisis"),
        ]);
        let problems = mapping_of(&form, Lang::En, "d").unwrap_err();
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "kind_values",
                "code_column",
                "only_1_column",
                "only_2_values",
                "group_0_dimension",
                "group_1_column",
                "exposure_constant",
                "e2_day_column",
                "e2_code_column"
            ]
        );
        assert!(problems.iter().all(|problem| !problem.text.contains('⟦')), "{problems:?}");
    }

    #[test]
    fn what_does_not_hold_together_stands_beside_its_field() {
        let good = [("kind_constant", "crisis"), ("code_constant", "a"), ("day_column", "filed")];
        for (field, more) in [
            ("dataset", vec![("dataset", "casework")]),
            ("kind_constant", vec![("kind_constant", "crises")]),
            ("kind_values", vec![("kind_column", "t"), ("kind_values", "A = nothing")]),
            ("code_values", vec![("code_column", "t"), ("code_values", "A = !!")]),
            ("system_values", vec![("system_column", "t"), ("system_other", "court")]),
            ("day_to_column", vec![("day_to_column", "filed")]),
            ("day_constant", vec![("day_column", ""), ("day_constant", "yesterday")]),
            ("count_constant", vec![("count_constant", "1.5")]),
            ("exposure_constant", vec![("exposure_constant", "0")]),
            ("only_1_values", vec![("only_1_column", "t")]),
            (
                "group_3_values",
                vec![("group_3_dimension", "x"), ("group_3_column", "t"), ("group_3_other", "y")],
            ),
        ] {
            // The first of a name counts.
            let pairs: Vec<_> = more.iter().copied().chain(good).collect();
            for lang in Lang::ALL {
                let problems = mapping_of(&form(&pairs), lang, "d").unwrap_err();
                assert_eq!(problems.iter().map(|it| it.field.as_str()).collect::<Vec<_>>(), [field]);
                assert!(!problems[0].text.contains('⟦'), "{problems:?}");
            }
        }
    }

    #[test]
    fn a_mapping_file_that_is_no_help_says_why() {
        let columns = ["type", "filed"].map(str::to_owned);
        let wrong = form_from_file("dataset = \"d\"\ncolour = 1\n", &columns, Lang::Es).unwrap_err();
        assert!(wrong[0].text.starts_with("Línea 2: no se entiende"), "{wrong:?}");
        let text = "dataset = \"d\"\n[[event]]\nkind = \"crisis\"\ncode = \"c\"\nwhen = { day = \"day\" }\n";
        let (form, missing) = form_from_file(text, &columns, Lang::En).unwrap();
        assert_eq!(form.text("code_constant"), "c");
        assert!(missing[0].text.contains("day"), "{missing:?}");
    }
}
