//! The household by generation, as a picture drawn on the server: a genogram's lines without its diagnoses.
//!
//! Shapes say what a person says of themselves where that was recorded (circle, square, diamond) and are neutral else;
//! those who live together are filled. The same facts stand in a table under it.

use domain::people::household::{Gender, Home, RelationKind};

use super::ecomap::{TextLine, at, wrapped};
use crate::web::i18n::Lang;

/// Somebody in the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenoPerson {
    /// The id of the entry; empty for the client.
    pub id: String,
    /// None: the client.
    pub kind: Option<RelationKind>,
    /// Empty where the reader may not know it.
    pub name: String,
    pub gender: Gender,
    pub home: Home,
}

/// A person at their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnPerson {
    pub id: String,
    /// A path.
    pub shape: String,
    pub class: &'static str,
    pub words: Vec<TextLine>,
}

/// The picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genogram {
    pub width: String,
    pub height: String,
    pub title: String,
    pub description: String,
    /// Lines of descent and partnership.
    pub lines: String,
    /// Of guardians: dashed.
    pub dashed: String,
    pub people: Vec<DrawnPerson>,
}

const CELL: f64 = 98.0;
const ROW: f64 = 144.0;
const TOP: f64 = 34.0;
const R: f64 = 21.0;

struct Placed<'a> {
    person: &'a GenoPerson,
    row: i32,
    x: f64,
    y: f64,
    words: Vec<(String, &'static str)>,
}

/// The row below those of the family, for whoever belongs to no generation.
const AROUND: i32 = 9;

impl Genogram {
    /// Draws the client and the people of today around them.
    pub fn draw(lang: Lang, client: &GenoPerson, people: &[GenoPerson]) -> Self {
        let row_of = |person: &GenoPerson| person.kind.map_or(0, |kind| kind.generation().unwrap_or(AROUND));
        // Siblings, then the client, then partners: partners stand beside the client.
        let order = |person: &&GenoPerson| match person.kind {
            Some(RelationKind::Sibling) => 0,
            None => 1,
            _ => 2,
        };
        let mut rows: Vec<(i32, Vec<&GenoPerson>)> = Vec::new();
        for row in [-2, -1, 0, 1, 2, AROUND] {
            let everybody = std::iter::once(client).chain(people);
            let mut members: Vec<&GenoPerson> = everybody.filter(|it| row_of(it) == row).collect();
            members.sort_by_key(order);
            // A long row goes on below, so that the words stay readable on a phone.
            for piece in members.chunks(6) {
                rows.push((row, piece.to_vec()));
            }
        }
        let longest = rows.iter().map(|(_, members)| members.len()).max().unwrap_or(1);
        let width = (longest as f64 * CELL).max(3.0 * CELL);
        let mut placed: Vec<Placed<'_>> = Vec::new();
        for (index, (row, members)) in rows.iter().enumerate() {
            let left = (width - members.len() as f64 * CELL) / 2.0 + CELL / 2.0;
            for (seat, person) in members.iter().enumerate() {
                let (x, y) = (left + seat as f64 * CELL, TOP + index as f64 * ROW);
                placed.push(Placed { person, row: *row, x, y, words: words_of(lang, person) });
            }
        }
        let (lines, dashed) = connect(&placed);
        let words: Vec<String> = people.iter().map(|person| said(lang, person)).collect();
        let first = client.name.split_whitespace().next().unwrap_or_default();
        Self {
            width: at(width),
            height: at(TOP + rows.len() as f64 * ROW - 44.0),
            title: lang.t1("geno-title", "name", first),
            description: words.join(". "),
            lines,
            dashed,
            people: placed.iter().map(drawn).collect(),
        }
    }
}

fn said(lang: Lang, person: &GenoPerson) -> String {
    let word = person.kind.map(|kind| lang.word("relation", kind.code())).unwrap_or_default();
    let home = match person.home {
        Home::Shared => lang.t("rel-home-shared"),
        Home::Elsewhere => lang.t("rel-home-elsewhere"),
    };
    if person.name.is_empty() {
        format!("{word}, {home}")
    } else {
        format!("{}, {word}, {home}", person.name)
    }
}

fn drawn(it: &Placed<'_>) -> DrawnPerson {
    let Placed { person, x, y, .. } = it;
    let shape = match person.gender {
        Gender::Woman => {
            format!("M{} {y:.1}a{R} {R} 0 1 0 {} 0a{R} {R} 0 1 0 -{} 0z", at(x - R), 2.0 * R, 2.0 * R)
        }
        Gender::Man => format!("M{} {}h{s}v{s}h-{s}z", at(x - 19.0), at(y - 19.0), s = 38),
        Gender::Other => format!("M{x:.1} {}l24 24-24 24-24-24z", at(y - 24.0)),
        Gender::NotRecorded => format!(
            "M{} {}h20a9 9 0 0 1 9 9v20a9 9 0 0 1-9 9h-20a9 9 0 0 1-9-9v-20a9 9 0 0 1 9-9z",
            at(x - 10.0),
            at(y - 19.0)
        ),
    };
    let class = match (person.kind, person.home) {
        (None, _) => "geno__person geno__person--client",
        (_, Home::Shared) => "geno__person geno__person--shared",
        (_, Home::Elsewhere) => "geno__person",
    };
    let words = it
        .words
        .iter()
        .enumerate()
        .map(|(index, (text, class))| TextLine {
            x: at(*x),
            y: at(y + 38.0 + 14.0 * index as f64),
            text: text.clone(),
            class,
        })
        .collect();
    DrawnPerson { id: person.id.clone(), shape, class, words }
}

/// Name and relation in short lines.
fn words_of(lang: Lang, person: &GenoPerson) -> Vec<(String, &'static str)> {
    let word = person.kind.map(|kind| lang.word("relation", kind.code())).unwrap_or_default();
    let name = wrapped(&person.name, 12, 2).into_iter().map(|line| (line, "eco__name"));
    name.chain(wrapped(&word, 14, 2).into_iter().map(|line| (line, "eco__word"))).collect()
}

/// Lines of descent from each row of the family to the next, and between partners.
fn connect(placed: &[Placed<'_>]) -> (String, String) {
    let mut lines = String::new();
    let mut dashed = String::new();
    let is_partner = |it: &Placed<'_>| it.person.kind == Some(RelationKind::Partner);
    let of_family: Vec<i32> =
        [-2, -1, 0, 1, 2].into_iter().filter(|row| placed.iter().any(|it| it.row == *row)).collect();
    for pair in of_family.windows(2) {
        let [upper, lower] = pair else { continue };
        // Siblings' children are not among the client's relations: the line starts at the client and partners.
        let above: Vec<&Placed<'_>> = placed
            .iter()
            .filter(|it| it.row == *upper && it.person.kind != Some(RelationKind::Sibling))
            .collect();
        let below: Vec<&Placed<'_>> =
            placed.iter().filter(|it| it.row == *lower && !is_partner(it)).collect();
        let Some(bar) = below.iter().map(|it| it.y).reduce(f64::min).map(|top| top - R - 14.0) else {
            continue;
        };
        let all = || above.iter().chain(&below).map(|it| it.x);
        let (left, right) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
        lines.push_str(&format!("M{left:.1} {bar:.1}H{right:.1}"));
        for it in &above {
            // Below the words, so that none is struck through.
            let drop = format!("M{:.1} {:.1}V{bar:.1}", it.x, it.y + 30.0 + 14.0 * it.words.len() as f64);
            let is_guardian = it.person.kind == Some(RelationKind::Guardian);
            if is_guardian { dashed.push_str(&drop) } else { lines.push_str(&drop) }
        }
        for it in &below {
            let rise = format!("M{:.1} {bar:.1}V{:.1}", it.x, it.y - R);
            let is_ward = it.person.kind == Some(RelationKind::Ward);
            if is_ward { dashed.push_str(&rise) } else { lines.push_str(&rise) }
        }
    }
    if let Some(client) = placed.iter().find(|it| it.person.kind.is_none()) {
        for partner in placed.iter().filter(|it| is_partner(it)) {
            for lift in [-2.5, 2.5] {
                let y = client.y + lift;
                lines.push_str(&format!("M{:.1} {y:.1}H{:.1}", client.x + R, partner.x - R));
            }
        }
    }
    (lines, dashed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str, kind: Option<RelationKind>) -> GenoPerson {
        GenoPerson {
            id: id.into(),
            kind,
            name: format!("Name {id}"),
            gender: Gender::NotRecorded,
            home: Home::Shared,
        }
    }

    #[test]
    fn everybody_is_drawn_once_and_generations_lie_one_under_the_other() {
        let client = person("", None);
        let people: Vec<GenoPerson> =
            RelationKind::ALL.iter().map(|kind| person(kind.code(), Some(*kind))).collect();
        let picture = Genogram::draw(Lang::En, &client, &people);
        assert_eq!(picture.people.len(), people.len() + 1);
        let y = |id: &str| -> f64 {
            let found = picture.people.iter().find(|it| it.id == id).unwrap();
            found.words[0].y.parse().unwrap()
        };
        assert!(y("grandparent") < y("parent") && y("parent") < y("sibling"));
        assert!((y("sibling") - y("")).abs() < 1.0 && (y("partner") - y("")).abs() < 1.0);
        assert!(y("") < y("child") && y("child") < y("grandchild") && y("grandchild") < y("friend"));
    }

    #[test]
    fn a_shape_is_neutral_unless_something_was_recorded() {
        let client = person("", None);
        let picture = Genogram::draw(Lang::En, &client, &[person("a", Some(RelationKind::Parent))]);
        assert_eq!(picture.people[0].shape.matches('a').count(), 4);
    }
}
