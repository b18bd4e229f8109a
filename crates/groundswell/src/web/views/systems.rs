//! The tab Systems of a client's file, the panel of whom to call, and the web of systems over all clients.
//!
//! Addresses: `GET /clients/{id}/systems` with `on` (a day to compare with), `tie`, `call`, `person` (the entry whose
//! form is open) and `find` (a client to name as the other side) in the query; `POST .../ties[/{node}[/end]]`,
//! `.../professionals[/{link}[/end]]`, `.../household[/{entry}]`. `GET /systems` is the web over all.

use askama::Template;
use askama::filters::Safe;
use domain::people::ecomap::{Energy, TieKind};
use domain::people::household::RelationKind;
use privacy::{Cell, Disclosed};

use super::client::ClientFrame;
use super::ecomap::{EcoPicture, sample_line};
use super::form::{Choice, Field, Problem, problems};
use super::genogram::Genogram;
use super::signals::sentence_case;
use super::{Chrome, rich};

/// Choices under a heading of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceGroup {
    pub label: String,
    pub choices: Vec<Choice>,
}

/// The map as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Then {
    /// The day in words.
    pub day: String,
    pub picture: EcoPicture,
}

/// One tie in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TieLine {
    pub node: String,
    pub name: String,
    /// Whose kind it is: "school", "person"; empty where the name says it.
    pub what: String,
    /// None: it was there on the day that is compared with, and is no longer.
    pub kind: Option<TieKind>,
    /// How it was on that day, in words.
    pub then: String,
    pub flow: Energy,
    /// The same in words.
    pub energy: String,
    pub since: String,
    pub note: String,
    pub href: String,
}

/// A name and what was noted, for the lists beside the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighs {
    pub name: String,
    pub kind: TieKind,
    pub note: String,
}

/// A sample of a line and its word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegendLine {
    pub kind: &'static str,
    pub path: String,
    pub text: String,
}

/// One earlier state of a tie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    pub what: String,
    pub when: String,
    pub note: String,
}

/// The form of a tie: a new one, or the change of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TieForm {
    /// Where a change goes; empty: a new tie.
    pub action: String,
    /// Whom the tie is with.
    pub title: String,
    pub what: Field,
    pub whats: Vec<ChoiceGroup>,
    pub name: Field,
    pub kind: Field,
    pub kinds: Vec<Choice>,
    pub energy: Field,
    pub energies: Vec<Choice>,
    pub since: Field,
    pub note: Field,
    /// The state that the form was filled from.
    pub seen: String,
    pub history: Vec<HistoryLine>,
    pub has_conflict: bool,
    pub is_open: bool,
}

impl TieForm {
    pub fn is_change(&self) -> bool {
        !self.action.is_empty()
    }

    fn problems(&self) -> Vec<Problem> {
        problems(&[
            ("tie_what", &self.what),
            ("tie_name", &self.name),
            ("tie_kind", &self.kind),
            ("tie_energy", &self.energy),
            ("tie_since", &self.since),
            ("tie_note", &self.note),
        ])
    }
}

/// Whom to call, for the client's file: draw it with `who_to_call` of `systems/parts.html`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WhoToCall {
    pub client_id: String,
    pub rows: Vec<CallRow>,
}

/// Somebody to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    pub id: String,
    pub name: String,
    pub part: String,
    pub organization_id: String,
    pub organization: String,
    pub phone: String,
    /// The number as a link; None when there is nothing to dial.
    pub tel: Option<String>,
    pub email: String,
    pub is_lead: bool,
    pub has_left: bool,
    /// "last talked 8 May", or that nobody did yet.
    pub talked: String,
    /// The day alone.
    pub talked_day: String,
    pub next_step: String,
}

impl CallRow {
    pub fn what(&self) -> String {
        if self.part.is_empty() {
            self.organization.clone()
        } else {
            format!("{}, {}", self.part, self.organization)
        }
    }
}

/// The form of somebody to call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallForm {
    pub action: String,
    /// Whose entry it is; empty: a new one.
    pub title: String,
    pub version: String,
    pub professional: Field,
    pub professionals: Vec<ChoiceGroup>,
    pub part: Field,
    pub talked: Field,
    pub next_step: Field,
    pub lead: Vec<Choice>,
    pub no_field: Field,
    pub has_conflict: bool,
    pub is_open: bool,
}

impl CallForm {
    pub fn is_change(&self) -> bool {
        !self.title.is_empty()
    }

    fn problems(&self) -> Vec<Problem> {
        problems(&[
            ("call_professional", &self.professional),
            ("call_part", &self.part),
            ("call_talked", &self.talked),
            ("call_next", &self.next_step),
        ])
    }
}

/// Somebody of the household or close to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdLine {
    pub id: String,
    /// Empty where the reader may not know it.
    pub name: String,
    /// The file of another client; empty for others.
    pub client_href: String,
    pub kind: RelationKind,
    pub home: String,
    pub is_home: bool,
    pub when: String,
    pub note: String,
    pub is_now: bool,
}

/// The form of somebody of the household.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonForm {
    pub action: String,
    /// Whose entry it is; empty: a new one.
    pub title: String,
    pub version: String,
    /// What was looked for among the clients.
    pub find: String,
    pub find_is_empty: bool,
    pub other: Field,
    /// Clients that were found, after the choice of nobody.
    pub others: Vec<Choice>,
    pub name: Field,
    pub kind: Field,
    pub kinds: Vec<Choice>,
    pub gender: Field,
    pub genders: Vec<Choice>,
    pub home: Vec<Choice>,
    pub from: Field,
    pub to: Field,
    pub note: Field,
    pub no_field: Field,
    pub has_conflict: bool,
    pub is_open: bool,
}

impl PersonForm {
    pub fn is_change(&self) -> bool {
        !self.title.is_empty()
    }

    fn problems(&self) -> Vec<Problem> {
        problems(&[
            ("person_other", &self.other),
            ("person_name", &self.name),
            ("person_kind", &self.kind),
            ("person_from", &self.from),
            ("person_to", &self.to),
            ("person_note", &self.note),
        ])
    }
}

/// `GET /clients/{id}/systems`.
#[derive(Debug, Template)]
#[template(path = "systems/page.html")]
pub struct SystemsView {
    pub chrome: Chrome,
    pub frame: ClientFrame,
    pub now: EcoPicture,
    pub then: Option<Then>,
    /// Days on which something changed, newest first.
    pub days: Vec<Choice>,
    /// The ties of today, and those of the day that is compared with.
    pub ties: Vec<TieLine>,
    pub tie: TieForm,
    pub who: WhoToCall,
    pub call: CallForm,
    pub household: Vec<HouseholdLine>,
    pub genogram: Option<Genogram>,
    pub person: PersonForm,
    pub may_record: bool,
}

impl SystemsView {
    pub fn problems(&self) -> Vec<Problem> {
        [self.tie.problems(), self.call.problems(), self.person.problems()].concat()
    }

    fn first_name(&self) -> &str {
        self.frame.name.split_whitespace().next().unwrap_or_default()
    }

    /// What there is to know: what drains and what helps, by name.
    pub fn sentence(&self) -> Safe<String> {
        let lang = self.chrome.lang;
        let names = |lines: Vec<Weighs>| {
            let mut names: Vec<String> = lines.into_iter().map(|line| line.name.replace("**", "")).collect();
            if names.len() > 3 {
                let more = names.split_off(2).len();
                names.push(lang.t1("eco-more", "n", more));
            }
            lang.list(&names)
        };
        let (helps, drains) = (names(self.helps()), names(self.drains()));
        let key = match (helps.is_empty(), drains.is_empty()) {
            (true, true) if self.ties.is_empty() => "eco-sentence-empty",
            (true, true) => "eco-sentence-neither",
            (false, true) => "eco-sentence-helps",
            (true, false) => "eco-sentence-drains",
            (false, false) => "eco-sentence-both",
        };
        let args = [("name", self.first_name().into()), ("helps", helps.into()), ("drains", drains.into())];
        rich(&lang.t_with(key, &args))
    }

    fn weighing(&self, is_in: impl Fn(TieKind, Energy) -> bool) -> Vec<Weighs> {
        self.ties
            .iter()
            .filter_map(|line| {
                let kind = line.kind.filter(|kind| is_in(*kind, line.flow))?;
                Some(Weighs { name: line.name.clone(), kind, note: line.note.clone() })
            })
            .collect()
    }

    /// Strong ties that do not only take.
    pub fn helps(&self) -> Vec<Weighs> {
        self.weighing(|kind, flow| kind == TieKind::Strong && flow != Energy::FromClient)
    }

    /// Stressful ties, and those that only take.
    pub fn drains(&self) -> Vec<Weighs> {
        self.weighing(|kind, flow| {
            kind == TieKind::Stressful || (flow == Energy::FromClient && kind != TieKind::Broken)
        })
    }

    pub fn sample(&self, kind: &TieKind) -> String {
        sample_line(*kind)
    }

    pub fn legend(&self) -> Vec<LegendLine> {
        let line = |kind: &TieKind| LegendLine {
            kind: kind.code(),
            path: sample_line(*kind),
            text: self.chrome.lang.word("tie", kind.code()),
        };
        TieKind::ALL.iter().map(line).collect()
    }

    pub fn household_sentence(&self) -> Safe<String> {
        let now = || self.household.iter().filter(|line| line.is_now);
        let home = now().filter(|line| line.is_home).count();
        let elsewhere = now().count() - home;
        let key = match (home, elsewhere) {
            (0, 0) => "household-empty",
            (0, _) => "household-elsewhere",
            (_, 0) => "household-home",
            _ => "household-both",
        };
        let args =
            [("name", self.first_name().into()), ("home", home.into()), ("elsewhere", elsewhere.into())];
        rich(&self.chrome.lang.t_with(key, &args))
    }
}

/// A part of a bar, in hundredths of the picture's width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarPart {
    /// The code of a tie, or `hidden`.
    pub kind: &'static str,
    pub x: String,
    pub width: String,
}

/// A signal of a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalLink {
    pub href: String,
    pub title: String,
}

/// One system over all clients with an open case.
#[derive(Debug, Clone, PartialEq)]
pub struct AcrossRow {
    /// The code of the system.
    pub system: String,
    pub clients: Disclosed<u64>,
    /// In the order of [`KINDS`].
    pub by_kind: [Cell; 4],
    pub parts: Vec<BarPart>,
    pub signals: Vec<SignalLink>,
}

/// The order of counts and of parts of a bar: the hardest first.
pub const KINDS: [&str; 4] = ["stressful", "broken", "tenuous", "strong"];

/// `GET /systems`.
#[derive(Debug, Template)]
#[template(path = "systems/across.html")]
pub struct AcrossView {
    pub chrome: Chrome,
    /// Clients with an open case and a map.
    pub clients: Disclosed<u64>,
    /// The most often stressful first.
    pub rows: Vec<AcrossRow>,
}

/// The parts of every row's bar, drawn from nothing but what is shown: what is hidden is one part, as long as the total
/// less the others, or as the threshold where the total is hidden too.
pub fn bars(rows: &mut [AcrossRow]) {
    let length =
        |row: &AcrossRow| row.clients.value().copied().or(row.clients.fewer_than()).unwrap_or_default();
    let longest = rows.iter().map(length).max().unwrap_or_default().max(1) as f64;
    for row in rows {
        let shown: u64 = row.by_kind.iter().filter_map(|cell| cell.count.value()).sum();
        let hidden = length(row).saturating_sub(shown);
        let mut parts = Vec::new();
        let mut x = 0.0;
        let mut push = |kind, count: u64| {
            let width = 100.0 * count as f64 / longest;
            if count > 0 {
                parts.push(BarPart { kind, x: format!("{x:.2}"), width: format!("{width:.2}") });
            }
            x += width;
        };
        for (kind, cell) in KINDS.iter().zip(&row.by_kind) {
            push(kind, cell.count.value().copied().unwrap_or_default());
        }
        push("hidden", hidden);
        row.parts = parts;
    }
}

impl AcrossView {
    pub fn kinds(&self) -> [&'static str; 4] {
        KINDS
    }

    pub fn system(&self, row: &AcrossRow) -> String {
        sentence_case(&self.chrome.lang.word("system", &row.system))
    }

    /// The system that is stressful for most, as far as that may be said.
    pub fn sentence(&self) -> Safe<String> {
        let lang = self.chrome.lang;
        let found = self.rows.iter().find_map(|row| {
            let [stressful, ..] = row.by_kind;
            let (n, of) = (*stressful.count.value()?, *row.clients.value()?);
            (n > 0).then_some((row, n, of))
        });
        let Some((row, n, of)) = found else { return rich(&lang.t("across-sentence-none")) };
        let args =
            [("system", self.system(row).into()), ("n", lang.int(n).into()), ("of", lang.int(of).into())];
        rich(&lang.t_with("across-sentence", &args))
    }

    pub fn row_text(&self, row: &AcrossRow) -> String {
        let lang = self.chrome.lang;
        let [stressful, broken, ..] = row.by_kind;
        let args = [
            ("stressful", self.count(&stressful).into()),
            ("broken", self.count(&broken).into()),
            ("clients", lang.count(row.clients).into()),
        ];
        lang.t_with("across-row", &args)
    }

    /// The count; that it is small; or that it is withheld for the sake of a small one beside it.
    pub fn count(&self, cell: &Cell) -> String {
        if cell.complementary { self.chrome.t("across-withheld") } else { self.chrome.lang.count(cell.count) }
    }

    pub fn base_text(&self) -> String {
        self.chrome.t1("across-base", "n", self.chrome.lang.count(self.clients))
    }

    pub fn with_signals(&self) -> Vec<&AcrossRow> {
        self.rows.iter().filter(|row| !row.signals.is_empty()).collect()
    }
}

#[cfg(test)]
pub mod samples {
    use domain::kernel::codes::System;
    use domain::people::household::{Gender, Home};
    use privacy::{Policy, suppress_column};

    use super::*;
    use crate::web::i18n::Lang;
    use crate::web::views::NavItem;
    use crate::web::views::client::Tab;
    use crate::web::views::ecomap::{EcoTie, Sign};
    use crate::web::views::genogram::GenoPerson;

    pub fn frame(name: &str) -> ClientFrame {
        ClientFrame {
            id: "01JXC".into(),
            tab: Tab::Systems,
            tabs: Tab::ALL.to_vec(),
            name: name.into(),
            pronouns: "she/her".into(),
            language: "Spanish".into(),
            age: Some(15),
            strength: "Plays trumpet".into(),
            wish: "Stay at my school".into(),
            area: "Eastside North".into(),
            workers: vec!["Rosa Alvarez".into()],
            is_restricted: false,
            is_emergency: false,
        }
    }

    fn tie(lang: Lang, name: &str, sign: Sign, kind: TieKind, energy: Energy) -> (EcoTie, TieLine) {
        let node = name.to_lowercase().replace(' ', "-");
        let href = format!("/clients/01JXC/systems?tie={node}#tie-panel");
        let drawn = EcoTie {
            node: node.clone(),
            name: name.into(),
            sign,
            kind,
            energy,
            since: "2027-03-01".into(),
            href: href.clone(),
            is_chosen: false,
        };
        let line = TieLine {
            node,
            name: name.into(),
            what: lang.word("system", "school"),
            kind: Some(kind),
            then: lang.word("tie", "strong"),
            flow: energy,
            energy: lang.word("energy", energy.code()),
            since: lang.day_short("2027-03-01"),
            note: "Two offices, two forms".into(),
            href,
        };
        (drawn, line)
    }

    pub fn who_to_call(lang: Lang) -> WhoToCall {
        WhoToCall {
            client_id: "01JXC".into(),
            rows: vec![
                CallRow {
                    id: "1".into(),
                    name: "Ms Porter".into(),
                    part: "vice principal".into(),
                    organization_id: "school-1".into(),
                    organization: "Eastside High".into(),
                    phone: "555 0142".into(),
                    tel: Some("tel:5550142".into()),
                    email: "porter@eastside.example".into(),
                    is_lead: true,
                    has_left: true,
                    talked: lang.t1("call-talked-on", "day", "8 May"),
                    talked_day: "8 May".into(),
                    next_step: "write down the shorter day".into(),
                },
                CallRow {
                    id: "2".into(),
                    name: "Officer Hale".into(),
                    part: String::new(),
                    organization_id: "probation-1".into(),
                    organization: "Probation".into(),
                    phone: String::new(),
                    tel: None,
                    email: String::new(),
                    is_lead: false,
                    has_left: false,
                    talked: lang.t("call-talked-never"),
                    talked_day: "–".into(),
                    next_step: String::new(),
                },
            ],
        }
    }

    fn choices(values: &[&str]) -> Vec<Choice> {
        values.iter().map(|value| Choice::new(*value, *value)).collect()
    }

    pub fn page(lang: Lang) -> Vec<(&'static str, SystemsView)> {
        let ties = [
            ("Eastside High", Sign::System(System::School), TieKind::Stressful, Energy::FromClient),
            ("Probation", Sign::System(System::Probation), TieKind::Strong, Energy::Both),
            ("Larkwater General Hospital", Sign::System(System::Hospital), TieKind::Tenuous, Energy::Neither),
            ("Housing office", Sign::System(System::Housing), TieKind::Broken, Energy::Neither),
            ("عمة روث", Sign::Person, TieKind::Strong, Energy::ToClient),
            ("Trumpet group", Sign::Group, TieKind::Strong, Energy::ToClient),
        ];
        let (drawn, lines): (Vec<_>, Vec<_>) =
            ties.into_iter().map(|(name, sign, kind, energy)| tie(lang, name, sign, kind, energy)).unzip();
        let nodes: Vec<&str> = drawn.iter().map(|tie| tie.node.as_str()).collect();
        let person = |id: &str, kind, home| GenoPerson {
            id: id.into(),
            kind,
            name: if id == "3" { String::new() } else { format!("Person {id}") },
            gender: Gender::NotRecorded,
            home,
        };
        let people = [
            person("1", Some(RelationKind::Parent), Home::Shared),
            person("2", Some(RelationKind::Sibling), Home::Shared),
            person("3", Some(RelationKind::Grandparent), Home::Elsewhere),
        ];
        let household: Vec<HouseholdLine> = people
            .iter()
            .map(|it| HouseholdLine {
                id: it.id.clone(),
                name: it.name.clone(),
                client_href: if it.id == "2" { "/clients/01JXD".into() } else { String::new() },
                kind: it.kind.unwrap_or(RelationKind::Other),
                home: lang.t(if it.home == Home::Shared { "rel-home-shared" } else { "rel-home-elsewhere" }),
                is_home: it.home == Home::Shared,
                when: lang.t("rel-when-open"),
                note: String::new(),
                is_now: true,
            })
            .collect();
        let form = || TieForm {
            whats: vec![ChoiceGroup {
                label: lang.t("tie-group-own"),
                choices: choices(&["person", "group"]),
            }],
            kinds: choices(&["strong", "tenuous", "stressful", "broken"]),
            energies: choices(&["to_client", "from_client"]),
            ..TieForm::default()
        };
        let who = who_to_call(lang);
        let view = || SystemsView {
            chrome: Chrome::sample(lang, "client-tab-systems", Some(NavItem::Clients)),
            frame: frame("Lucía Moreno"),
            now: EcoPicture::draw(lang, "now", "Lucía Moreno", &drawn, &nodes),
            then: None,
            days: vec![Choice::new("2027-03-01", lang.day("2027-03-01")), Choice::new("2027-01-01", "x")],
            ties: lines.clone(),
            tie: form(),
            who: who.clone(),
            call: CallForm {
                action: "/clients/01JXC/systems/professionals".into(),
                professionals: vec![ChoiceGroup {
                    label: "Eastside High".into(),
                    choices: choices(&["Ms Porter"]),
                }],
                lead: vec![Choice::new("yes", lang.t("call-lead-yes"))],
                ..CallForm::default()
            },
            household: household.clone(),
            genogram: Some(Genogram::draw(lang, &person("", None, Home::Shared), &people)),
            person: PersonForm {
                action: "/clients/01JXC/systems/household".into(),
                kinds: choices(&["parent"]),
                genders: choices(&["woman"]),
                home: vec![Choice::new("yes", lang.t("rel-home-yes"))],
                ..PersonForm::default()
            },
            may_record: true,
        };
        let empty = SystemsView {
            now: EcoPicture::draw(lang, "now", "Lucía Moreno", &[], &[]),
            days: Vec::new(),
            ties: Vec::new(),
            who: WhoToCall { client_id: "01JXC".into(), rows: Vec::new() },
            household: Vec::new(),
            genogram: None,
            frame: frame("نور الهدى عبد الرحمن"),
            ..view()
        };
        let unlinked: Vec<EcoTie> =
            drawn.iter().take(3).cloned().map(|tie| EcoTie { href: String::new(), ..tie }).collect();
        let then = SystemsView {
            then: Some(Then {
                day: lang.day("2027-01-01"),
                picture: EcoPicture::draw(lang, "then", "Lucía Moreno", &unlinked, &nodes),
            }),
            may_record: false,
            ..view()
        };
        let change = SystemsView {
            tie: TieForm {
                action: "/clients/01JXC/systems/ties/eastside-high".into(),
                title: "Eastside High".into(),
                kind: Field::new("stressful"),
                since: Field::wrong("soon", lang.t("error-day")),
                history: vec![
                    HistoryLine { what: "1".into(), when: "2".into(), note: "3".into() },
                    HistoryLine { what: "1".into(), when: "2".into(), note: String::new() },
                ],
                has_conflict: true,
                ..form()
            },
            call: CallForm { title: "Ms Porter".into(), is_open: true, has_conflict: true, ..view().call },
            person: PersonForm {
                title: "Person 1".into(),
                is_open: true,
                has_conflict: true,
                ..view().person
            },
            ..view()
        };
        let find = SystemsView {
            person: PersonForm {
                find: "ana".into(),
                others: choices(&["", "01JXD"]),
                find_is_empty: true,
                is_open: true,
                name: Field::wrong("", lang.t("error-rel-name")),
                ..view().person
            },
            ..view()
        };
        vec![("usual", view()), ("empty", empty), ("then", then), ("change", change), ("find", find)]
    }

    pub fn across(lang: Lang) -> Vec<(&'static str, AcrossView)> {
        let policy = Policy::default();
        let row = |system: &str, counts: [u64; 4]| {
            let cells = suppress_column(&policy, &counts);
            AcrossRow {
                system: system.into(),
                clients: policy.count(counts.iter().sum()),
                by_kind: std::array::from_fn(|index| cells[index]),
                parts: Vec::new(),
                signals: vec![SignalLink { href: "/signals/x".into(), title: "Benefits denied".into() }],
            }
        };
        let mut rows = vec![
            row("benefits", [140, 21, 60, 80]),
            row("school", [44, 3, 20, 90]),
            row("court", [4, 0, 2, 0]),
        ];
        bars(&mut rows);
        let chrome = || Chrome::sample(lang, "across-title", None);
        vec![
            ("usual", AcrossView { chrome: chrome(), clients: policy.count(410), rows }),
            ("empty", AcrossView { chrome: chrome(), clients: policy.count(0), rows: Vec::new() }),
        ]
    }

    /// All of the page's own text values of an attribute.
    fn values<'t>(text: &'t str, attribute: &str) -> Vec<&'t str> {
        let opening = format!(" {attribute}=\"");
        let mut found: Vec<&str> =
            text.split(opening.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn every_tie_of_the_picture_stands_in_the_table_and_every_row_in_the_picture() {
        for (_, view) in page(Lang::En) {
            if view.then.is_some() {
                continue;
            }
            let text = view.render().unwrap();
            assert_eq!(values(&text, "data-tie"), values(&text, "data-tie-row"));
            let people = values(&text, "data-person");
            let people: Vec<_> = people.into_iter().filter(|id| !id.is_empty()).collect();
            assert_eq!(people, values(&text, "data-person-row"));
            for line in &view.ties {
                let kind = line.kind.unwrap().code();
                let drawn = format!("eco__node eco__tie--{kind}\" href=\"{}\"", line.href);
                assert!(text.contains(&drawn), "{}", line.name);
            }
        }
    }

    #[test]
    fn a_bar_shows_no_more_than_the_table_says() {
        let (_, view) = across(Lang::En).swap_remove(0);
        let court = &view.rows[2];
        // Fewer than eleven in all: one part as long as the threshold, the same for any number under it.
        assert_eq!(court.parts.len(), 1);
        assert_eq!(court.parts[0].kind, "hidden");
        let school = &view.rows[1];
        let kinds: Vec<_> = school.parts.iter().map(|part| part.kind).collect();
        assert_eq!(kinds, ["stressful", "strong", "hidden"]);
    }
}
