//! Finding clients, adding one, their details, records entered twice, and files opened in an emergency.
//!
//! Addresses: `GET /clients?q=` (a fragment for htmx), `GET /clients/new?q=`, `POST /clients`,
//! `GET|POST /clients/{id}/details`, `GET|POST /clients/{id}/emergency`, `GET /clients/duplicates`,
//! `POST /clients/duplicates/{find,merge,different}`, `POST /clients/merges/{id}/undo`, `GET /supervise/emergencies`,
//! `POST /supervise/emergencies/{id}`.

use std::collections::BTreeMap;

use askama::Template;
use askama::filters::Safe;
use domain::people::details::{DIMENSIONS, Entered, IDENTIFIER_KINDS, Known};
use domain::people::matching::{Evidence, Field as Compared};
use domain::people::search::Line;

use super::client::ClientFrame;
use super::form::{Choice, Field, Problem, problems};
use super::{Chrome, Page};
use crate::web::current::query_text;
use crate::web::i18n::Lang;

/// Somebody found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRow {
    pub id: String,
    pub name: String,
    pub born_year: Option<i32>,
    pub area: String,
    pub worker: String,
    pub may_open: bool,
    pub is_own: bool,
    pub is_restricted: bool,
    /// The caller could open the file in an emergency.
    pub may_break_glass: bool,
}

impl ClientRow {
    pub fn of(line: Line, is_caseworker: bool) -> Self {
        Self {
            id: line.client.to_string(),
            name: line.preferred_name,
            born_year: line.born_year,
            area: line.area_name,
            worker: line.worker,
            may_open: line.may_open,
            is_own: line.is_own,
            is_restricted: line.is_restricted,
            may_break_glass: is_caseworker && !line.may_open,
        }
    }

    /// "born 1990 · Eastside North · with Rosa Delgado".
    pub fn facts(&self, chrome: &Chrome) -> String {
        let mut facts = Vec::new();
        facts.push(match self.born_year {
            Some(year) => chrome.t1("clients-born", "year", year.to_string()),
            None => chrome.t("clients-born-unknown"),
        });
        if !self.area.is_empty() {
            facts.push(self.area.clone());
        }
        facts.push(if self.worker.is_empty() {
            chrome.t("clients-no-case")
        } else {
            chrome.t1("client-with", "names", self.worker.as_str())
        });
        facts.join(" · ")
    }
}

/// What came of a search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Something was asked.
    pub is_asked: bool,
    pub is_too_short: bool,
    pub has_more: bool,
    pub rows: Vec<ClientRow>,
}

/// `GET /clients`.
#[derive(Debug, Template)]
#[template(path = "clients/search.html")]
pub struct SearchView {
    pub chrome: Chrome,
    pub query: String,
    pub found: Found,
    pub may_add: bool,
    /// For supervisors: pairs of records that may be one person.
    pub n_duplicates: Option<u64>,
}

/// The results alone.
#[derive(Debug, Template)]
#[template(path = "clients/results.html")]
pub struct ResultsView {
    pub chrome: Chrome,
    pub query: String,
    pub found: Found,
    pub may_add: bool,
}

pub fn new_href(query: &str) -> String {
    format!("/clients/new?q={}", query_text(query))
}

/// The key of a verdict's words.
pub fn verdict_key(code: &str) -> &'static str {
    if code == "in_order" { "emergencies-was-in-order" } else { "emergencies-was-not-in-order" }
}

pub fn count_text(chrome: &Chrome, found: &Found) -> String {
    if found.has_more {
        chrome.t1("clients-found-more", "n", found.rows.len())
    } else {
        chrome.t1("clients-found", "n", found.rows.len())
    }
}

/// What one field says about two records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Says {
    pub field: String,
    pub text: String,
    /// Bits with their sign: "+12.6".
    pub weight: String,
    /// Class of its tag.
    pub class: &'static str,
}

/// The evidence in words, field by field; what was not compared is left out.
pub fn says(lang: Lang, evidence: &Evidence) -> Vec<(Compared, Says)> {
    let compared = evidence.fields.iter().filter(|it| it.is_compared());
    compared
        .map(|it| {
            let code = it.field.code();
            let sign = if it.weight > 0.0 { "+" } else { "" };
            let class = if it.weight >= 1.0 {
                "tag tag--green"
            } else if it.weight <= -1.0 {
                "tag tag--rust"
            } else {
                "tag"
            };
            let says = Says {
                field: lang.t(&format!("match-field-{code}")),
                text: lang.t(&format!("match-{code}-{}", it.level)),
                weight: format!("{sign}{}", lang.number(it.weight, 1)),
                class,
            };
            (it.field, says)
        })
        .collect()
}

/// "Almost certainly the same person".
pub fn sure(lang: Lang, evidence: &Evidence) -> String {
    lang.t(match evidence.probability {
        p if p >= 0.99 => "match-sure",
        p if p >= 0.8 => "match-likely",
        _ => "match-possible",
    })
}

/// Somebody in the record who may be the new client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikenessCard {
    pub row: ClientRow,
    pub sure: String,
    pub says: Vec<Says>,
}

/// One question about a group: a choice, or the client's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupField {
    pub select: String,
    pub words_name: String,
    pub label: String,
    pub choice: Field,
    pub choices: Vec<Choice>,
    pub words: Field,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneField {
    pub at: usize,
    pub name: String,
    pub id: String,
    pub number: Field,
    pub label: String,
    pub may_leave_message: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentifierField {
    pub at: usize,
    pub name: String,
    pub id: String,
    pub kind: String,
    pub kinds: Vec<Choice>,
    pub value: Field,
}

/// The choice that opens the field for the client's own words.
pub const OWN_WORDS: &str = "own-words";

/// The fields of a person, for adding and for changing one.
#[derive(Debug, Template)]
#[template(path = "clients/person_fields.html")]
pub struct PersonFields {
    pub chrome: Chrome,
    pub preferred_name: Field,
    pub legal_name: Field,
    pub pronouns: Field,
    pub language: Field,
    pub born_on: Field,
    pub address: Field,
    pub area: Field,
    pub strength: Field,
    pub wish: Field,
    pub groups: Vec<GroupField>,
    pub phones: Vec<PhoneField>,
    pub identifiers: Vec<IdentifierField>,
    pub languages: Vec<String>,
    /// Code and name.
    pub areas: Vec<(String, String)>,
    /// Somebody is at the desk: what can wait is folded away.
    pub is_short: bool,
}

/// What is wrong, as a sentence by field.
pub type Sentences = BTreeMap<String, String>;

impl PersonFields {
    pub fn new(chrome: Chrome, entered: &Entered, wrong: &Sentences, known: &Known, is_short: bool) -> Self {
        let lang = chrome.lang;
        let field =
            |name: &str, value: &str| Field { value: value.to_owned(), error: wrong.get(name).cloned() };
        let groups =
            DIMENSIONS.iter().map(|dimension| group(lang, dimension, entered, wrong, known)).collect();
        let phones = entered.phones.iter().enumerate().map(|(at, phone)| PhoneField {
            at,
            name: format!("phone-{at}"),
            id: phone.id.clone(),
            number: field(&format!("phone-{at}"), &phone.number),
            label: phone.label.clone(),
            may_leave_message: phone.may_leave_message,
        });
        let identifiers = entered.identifiers.iter().enumerate().map(|(at, it)| IdentifierField {
            at,
            name: format!("identifier-{at}"),
            id: it.id.clone(),
            kind: it.kind.clone(),
            kinds: IDENTIFIER_KINDS
                .iter()
                .map(|kind| Choice::new(*kind, lang.t(&format!("identifier-{kind}"))).chosen_if(&it.kind))
                .collect(),
            value: field(&format!("identifier-{at}"), &it.value),
        });
        Self {
            preferred_name: field("preferred_name", &entered.preferred_name),
            legal_name: field("legal_name", &entered.legal_name),
            pronouns: field("pronouns", &entered.pronouns),
            language: field("language", &entered.language),
            born_on: field("born_on", &entered.born_on),
            address: field("address", &entered.address),
            area: field("area", &entered.area),
            strength: field("strength", &entered.strength),
            wish: field("wish", &entered.wish),
            groups,
            phones: phones.collect(),
            identifiers: identifiers.collect(),
            languages: known.languages.clone(),
            areas: known.areas.clone(),
            is_short,
            chrome,
        }
    }

    /// The fields as part of a page that has the form around them.
    pub fn html(&self) -> Safe<String> {
        Safe(self.page())
    }

    /// Something that is folded away is wrong.
    pub fn is_wrong_inside(&self) -> bool {
        let groups = self.groups.iter().any(|it| it.choice.error.is_some() || it.words.error.is_some());
        let fields = [&self.legal_name, &self.pronouns, &self.address, &self.strength, &self.wish];
        groups || fields.iter().any(|it| it.error.is_some())
    }

    pub fn problems(&self) -> Vec<Problem> {
        let mut fields: Vec<(&str, &Field)> = vec![
            ("preferred_name", &self.preferred_name),
            ("born_on", &self.born_on),
            ("area", &self.area),
            ("language", &self.language),
        ];
        fields.extend(self.phones.iter().map(|it| (it.name.as_str(), &it.number)));
        fields.extend(self.identifiers.iter().map(|it| (it.name.as_str(), &it.value)));
        fields.extend([
            ("legal_name", &self.legal_name),
            ("pronouns", &self.pronouns),
            ("address", &self.address),
        ]);
        for it in &self.groups {
            fields.extend([(it.select.as_str(), &it.choice), (it.words_name.as_str(), &it.words)]);
        }
        fields.extend([("strength", &self.strength), ("wish", &self.wish)]);
        problems(&fields)
    }
}

fn group(lang: Lang, dimension: &str, entered: &Entered, wrong: &Sentences, known: &Known) -> GroupField {
    const ANSWERS: [&str; 2] = ["client_doesnt_know", "client_prefers_not_to_answer"];
    const NOT_ASKED: &str = "data_not_collected";
    let said = entered.groups.get(dimension).map_or("", String::as_str);
    let values = known.values.get(dimension).map_or(&[][..], Vec::as_slice);
    let mut choices = vec![Choice::new(NOT_ASKED, lang.t("group-not-collected"))];
    choices.extend(values.iter().map(|value| Choice::new(value.as_str(), lang.word("group", value))));
    choices.push(Choice::new(OWN_WORDS, lang.t("group-own-words")));
    choices.push(Choice::new(ANSWERS[0], lang.t("group-doesnt-know")));
    choices.push(Choice::new(ANSWERS[1], lang.t("group-prefers-not")));
    let is_choice = choices.iter().any(|it| it.value == said);
    let (choice, words) = match said {
        "" => (NOT_ASKED, ""),
        _ if is_choice => (said, ""),
        _ => (OWN_WORDS, said),
    };
    let error = wrong.get(dimension).cloned();
    GroupField {
        select: format!("group-{dimension}"),
        words_name: format!("words-{dimension}"),
        label: super::signals::sentence_case(&lang.word("dimension", dimension)),
        choice: Field::new(choice),
        choices,
        words: Field { value: words.to_owned(), error },
    }
}

/// `GET /clients/new`, and again after `POST /clients`.
#[derive(Debug, Template)]
#[template(path = "clients/new.html")]
pub struct NewClientView {
    pub chrome: Chrome,
    pub person: PersonFields,
    pub programme: Field,
    /// For supervisors: who leads the case; empty for those who lead it themselves.
    pub workers: Vec<Choice>,
    pub worker: Field,
    /// Who may be meant; while there is somebody, the client is not added yet.
    pub likenesses: Vec<LikenessCard>,
    /// Ids of those who were shown, to be sent back with "this is somebody else".
    pub shown: String,
}

/// `GET /clients/{id}/details`.
#[derive(Debug, Template)]
#[template(path = "clients/details.html")]
pub struct DetailsView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub person: PersonFields,
    pub version: i64,
    pub may_edit: bool,
    /// Somebody else has saved in the meantime.
    pub is_changed: bool,
    /// For reading only: label and value.
    pub facts: Vec<(String, String)>,
}

/// One record of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    pub id: String,
    pub name: String,
}

/// One row of a pair: what either record has, and what that says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairRow {
    pub label: String,
    pub one: String,
    pub other: String,
    pub says: Option<Says>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairCard {
    pub one: Side,
    pub other: Side,
    pub sure: String,
    pub rows: Vec<PairRow>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedRow {
    pub id: String,
    pub survivor: Side,
    pub merged_name: String,
    pub at: i64,
    pub by: String,
}

/// `GET /clients/duplicates`.
#[derive(Debug, Template)]
#[template(path = "clients/duplicates.html")]
pub struct DuplicatesView {
    pub chrome: Chrome,
    pub n: u64,
    pub pairs: Vec<PairCard>,
    /// Microseconds since 1970; None: nobody has looked yet.
    pub looked_at: Option<i64>,
    pub merged: Vec<MergedRow>,
}

impl DuplicatesView {
    pub fn lede(&self) -> String {
        match (self.n, self.looked_at) {
            (0, None) => self.chrome.t("duplicates-none-yet"),
            (0, Some(_)) => self.chrome.t("duplicates-none"),
            (n, _) => self.chrome.t1("duplicates-waiting", "n", n),
        }
    }

    pub fn merged_text(&self, row: &MergedRow) -> String {
        let args = [("when", self.chrome.lang.instant(row.at).into()), ("who", row.by.as_str().into())];
        self.chrome.lang.t_with("duplicates-merged-by", &args)
    }
}

/// `GET /clients/{id}/emergency`.
#[derive(Debug, Template)]
#[template(path = "clients/emergency.html")]
pub struct EmergencyView {
    pub chrome: Chrome,
    pub row: ClientRow,
    pub reason: Field,
    pub hours: i64,
}

impl EmergencyView {
    pub fn problems(&self) -> Vec<Problem> {
        problems(&[("reason", &self.reason)])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyRow {
    pub id: String,
    pub client_id: String,
    pub client_name: String,
    pub by: String,
    pub reason: String,
    /// Microseconds since 1970.
    pub from: i64,
    pub until: i64,
    /// Code of the verdict; empty while nobody has looked.
    pub verdict: String,
}

/// `GET /supervise/emergencies`.
#[derive(Debug, Template)]
#[template(path = "clients/emergencies.html")]
pub struct EmergenciesView {
    pub chrome: Chrome,
    pub rows: Vec<EmergencyRow>,
}

impl EmergenciesView {
    pub fn waiting(&self) -> usize {
        self.rows.iter().filter(|row| row.verdict.is_empty()).count()
    }

    pub fn when(&self, row: &EmergencyRow) -> String {
        self.chrome.t1("emergencies-when", "from", self.chrome.lang.instant(row.from))
    }
}

#[cfg(test)]
pub mod samples {
    use domain::people::details::{EnteredIdentifier, EnteredPhone};
    use domain::people::matching::FieldEvidence;

    use super::*;
    use crate::web::views::NavItem;
    use crate::web::views::client::Tab;

    fn chrome(lang: Lang, title: &str) -> Chrome {
        Chrome { title: lang.t(title), ..Chrome::sample(lang, "nav-clients", Some(NavItem::Clients)) }
    }

    fn row(name: &str, may_open: bool) -> ClientRow {
        ClientRow {
            id: "01JXC".into(),
            name: name.into(),
            born_year: Some(1990),
            area: "Eastside North".into(),
            worker: "Rosa Alvarez".into(),
            may_open,
            is_own: may_open,
            is_restricted: false,
            may_break_glass: !may_open,
        }
    }

    fn found() -> Found {
        let nobody = ClientRow {
            born_year: None,
            area: String::new(),
            worker: String::new(),
            ..row("نور الهدى عبد الرحمن المنصوري", false)
        };
        let hidden = ClientRow { is_restricted: true, ..row("Lucía Moreno", true) };
        Found {
            is_asked: true,
            rows: vec![hidden, row("Luz Moreno", false), nobody],
            has_more: true,
            is_too_short: false,
        }
    }

    pub fn search(lang: Lang) -> Vec<(&'static str, SearchView)> {
        let view = |query: &str, found| SearchView {
            chrome: chrome(lang, "nav-clients"),
            query: query.into(),
            found,
            may_add: true,
            n_duplicates: None,
        };
        let nobody = Found { is_asked: true, ..Found::default() };
        let short = Found { is_asked: true, is_too_short: true, ..Found::default() };
        vec![
            ("empty", SearchView { n_duplicates: Some(3), ..view("", Found::default()) }),
            ("usual", view("moreno", found())),
            ("nobody", view("zzyzx", nobody)),
            ("short", view("x", short)),
        ]
    }

    pub fn results(lang: Lang) -> Vec<(&'static str, ResultsView)> {
        let view = |found| ResultsView {
            chrome: chrome(lang, "nav-clients"),
            query: "moreno".into(),
            found,
            may_add: true,
        };
        vec![("usual", view(found())), ("nobody", view(Found { is_asked: true, ..Found::default() }))]
    }

    fn entered() -> Entered {
        Entered {
            preferred_name: "Lucía Moreno".into(),
            born_on: "5/3/1990".into(),
            groups: [("gender".to_owned(), "two-spirit".to_owned())].into_iter().collect(),
            phones: vec![
                EnteredPhone {
                    id: "01P".into(),
                    number: "208 555 0143".into(),
                    label: "mother".into(),
                    may_leave_message: true,
                },
                EnteredPhone::default(),
            ],
            identifiers: vec![EnteredIdentifier {
                id: String::new(),
                kind: "school".into(),
                value: "S-1".into(),
            }],
            ..Entered::default()
        }
    }

    fn known() -> Known {
        Known {
            values: [("gender".to_owned(), vec!["woman".to_owned(), "man".to_owned()])].into_iter().collect(),
            languages: vec!["English".into(), "Spanish".into()],
            areas: vec![("A1".into(), "Eastside North".into())],
        }
    }

    fn fields(lang: Lang, wrong: &Sentences, is_short: bool) -> PersonFields {
        PersonFields::new(chrome(lang, "clients-new"), &entered(), wrong, &known(), is_short)
    }

    fn evidence() -> Evidence {
        let levels = [
            (Compared::Given, 1, 4.4),
            (Compared::Family, 0, 7.1),
            (Compared::Born, 1, 6.1),
            (Compared::Phone, 0, 14.9),
            (Compared::Identifier, 255, 0.0),
            (Compared::Area, 1, -2.1),
        ];
        let fields = levels.map(|(field, level, weight)| FieldEvidence { field, level, weight }).to_vec();
        Evidence { fields, total: 9.0, probability: 0.998 }
    }

    pub fn new(lang: Lang) -> Vec<(&'static str, NewClientView)> {
        let view = |wrong: &Sentences| NewClientView {
            chrome: chrome(lang, "clients-new"),
            person: fields(lang, wrong, true),
            programme: Field::default(),
            workers: Vec::new(),
            worker: Field::default(),
            likenesses: Vec::new(),
            shown: String::new(),
        };
        let wrong: Sentences = ["born_on", "phone-0", "wish"]
            .into_iter()
            .map(|field| (field.to_owned(), lang.t("client-error-day")))
            .collect();
        let card = LikenessCard {
            row: row("Luz Moreno", false),
            sure: sure(lang, &evidence()),
            says: says(lang, &evidence()).into_iter().map(|(_, says)| says).collect(),
        };
        let supervisor = NewClientView {
            workers: vec![Choice::new("01A", "Rosa Alvarez")],
            likenesses: vec![card],
            shown: "01JXC".into(),
            ..view(&Sentences::new())
        };
        vec![("usual", view(&Sentences::new())), ("wrong", view(&wrong)), ("likenesses", supervisor)]
    }

    fn frame() -> ClientFrame {
        ClientFrame {
            id: "01JXC".into(),
            tab: Tab::Details,
            tabs: Tab::ALL.to_vec(),
            name: "نور الهدى".into(),
            pronouns: "she/her".into(),
            language: "Arabic".into(),
            age: Some(34),
            strength: "Knows everybody on her street".into(),
            wish: "A home with a door that locks".into(),
            area: "Eastside North".into(),
            workers: vec!["Rosa Alvarez".into()],
            is_restricted: false,
            is_emergency: false,
        }
    }

    pub fn details(lang: Lang) -> Vec<(&'static str, DetailsView)> {
        let view = || DetailsView {
            chrome: chrome(lang, "client-tab-details"),
            frame: frame(),
            person: fields(lang, &Sentences::new(), false),
            version: 3,
            may_edit: true,
            is_changed: false,
            facts: Vec::new(),
        };
        let wrong: Sentences =
            [("wish".to_owned(), lang.t1("client-stored-now", "value", "a job"))].into_iter().collect();
        let read = DetailsView {
            may_edit: false,
            facts: vec![
                (lang.t("client-legal-name"), "Nour".into()),
                (lang.t("client-phone"), String::new()),
            ],
            ..view()
        };
        vec![
            ("usual", view()),
            ("changed", DetailsView { is_changed: true, person: fields(lang, &wrong, false), ..view() }),
            ("reading", read),
        ]
    }

    pub fn duplicates(lang: Lang) -> Vec<(&'static str, DuplicatesView)> {
        let side = |name: &str| Side { id: "01JXC".into(), name: name.into() };
        let rows = says(lang, &evidence())
            .into_iter()
            .map(|(_, says)| PairRow {
                label: says.field.clone(),
                one: "Lucía".into(),
                other: String::new(),
                says: Some(says),
            })
            .collect();
        let pair = PairCard {
            one: side("Lucía Moreno"),
            other: side("Luz Moreno"),
            sure: sure(lang, &evidence()),
            rows,
        };
        let merged = MergedRow {
            id: "01M".into(),
            survivor: side("Ana"),
            merged_name: "Anna".into(),
            at: 1_810_288_920_000_000,
            by: "Miriam".into(),
        };
        let view = |n, pairs, looked_at, merged| DuplicatesView {
            chrome: chrome(lang, "duplicates"),
            n,
            pairs,
            looked_at,
            merged,
        };
        vec![
            ("empty", view(0, Vec::new(), None, Vec::new())),
            ("done", view(0, Vec::new(), Some(1_810_288_920_000_000), vec![merged.clone()])),
            ("usual", view(1, vec![pair], Some(1_810_288_920_000_000), vec![merged])),
        ]
    }

    pub fn emergency(lang: Lang) -> Vec<(&'static str, EmergencyView)> {
        let view = |reason| EmergencyView {
            chrome: chrome(lang, "emergency"),
            row: row("Luz Moreno", false),
            reason,
            hours: 4,
        };
        vec![
            ("usual", view(Field::default())),
            ("wrong", view(Field::wrong("quick", lang.t1("emergency-too-short", "n", 20)))),
        ]
    }

    pub fn emergencies(lang: Lang) -> Vec<(&'static str, EmergenciesView)> {
        let row = |verdict: &str| EmergencyRow {
            id: "01E".into(),
            client_id: "01JXC".into(),
            client_name: "Luz Moreno".into(),
            by: "Sam Whitfield".into(),
            reason: "At the hospital with her; her worker is on leave.".into(),
            from: 1_810_288_920_000_000,
            until: 1_810_303_320_000_000,
            verdict: verdict.into(),
        };
        let view = |rows| EmergenciesView { chrome: chrome(lang, "emergencies"), rows };
        vec![
            ("empty", view(Vec::new())),
            ("usual", view(vec![row(""), row("in_order"), row("not_in_order")])),
        ]
    }
}
