//! The ecomap as a picture, drawn on the server.
//!
//! The client stands in the middle, everything around in circles of one size: the picture says how a tie is, not how big
//! anybody is. Lines follow Hartman (1978): strong is thick, tenuous dashed, stressful jagged, broken has a gap and two
//! strokes; arrows show where strength flows. Each circle says its word too, so that nothing hangs on colour, and the
//! picture reads in grey print. The same facts stand in a table under it.

use domain::kernel::codes::System;
use domain::people::ecomap::{Energy, TieKind};

use crate::web::i18n::Lang;

/// What a circle holds: a sign of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    System(System),
    Person,
    Group,
}

impl Sign {
    /// Strokes in a box of 24 by 24.
    pub const fn path(self) -> &'static str {
        match self {
            Self::System(System::School) => {
                "M2.5 10 12 5.2l9.5 4.8-9.5 4.8zM6.8 12.4v4.4c2.8 2.2 7.6 2.2 10.4 0v-4.4M21.5 10v5.5"
            }
            Self::System(System::Probation) => "M6 5h12v15.5H6zM9.2 3.2h5.6v3.6H9.2zM9 13.4l2.3 2.3 4.2-4.4",
            Self::System(System::ChildProtection) => "M3 13a9 9 0 0 1 18 0zM12 13v5.6a2 2 0 0 0 4 0M12 2.2V4",
            Self::System(System::Hospital) => "M5 21V4.5h14V21zM12 7.5v6M9 10.5h6M10 21v-4h4v4",
            Self::System(System::Housing) => "M3.5 11.5 12 4l8.5 7.5M6 9.8V20.5h12V9.8M10 20.5v-5.2h4v5.2",
            Self::System(System::Benefits) => "M6 3h8.6L19 7.4V21H6zM14.6 3v4.4H19M9 12h7M9 16h7",
            Self::System(System::Court) => "M12 3.5v17M8 20.5h8M5 6.5h14M5 6.5l-3 7h6zM19 6.5l-3 7h6z",
            Self::System(System::Clinic) => {
                "M12 20C5.5 15.4 3 12 3 8.7 3 6 5 4 7.5 4c1.9 0 3.5 1 4.5 2.7C13 5 14.6 4 16.5 4 19 4 21 6 21 8.7c0 3.3-2.5 6.7-9 11.3z"
            }
            Self::System(System::Employer) => "M3 8h18v12H3zM9 8V4.8h6V8M3 13.2h18",
            Self::System(System::Police) => "M12 3l8 3v6c0 4.8-3.4 7.8-8 9-4.6-1.2-8-4.2-8-9V6z",
            Self::System(System::Immigration) => {
                "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3.4 4 3.4 14 0 18M12 3c-3.4 4-3.4 14 0 18"
            }
            Self::System(System::Community) => "M3 9.5 12 4l9 5.5zM6 10v8M10 10v8M14 10v8M18 10v8M3 20.5h18",
            Self::System(System::Other) => "M6 12h.01M12 12h.01M18 12h.01",
            Self::Person => {
                "M12 11.2a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.2 20.8c0-4.8 3.4-6.8 7.8-6.8s7.8 2 7.8 6.8"
            }
            Self::Group => {
                "M8.5 11a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM2.5 19.5c0-4 2.6-5.8 6-5.8s6 1.8 6 5.8M15.5 4.8a3.2 3.2 0 1 1 .6 6.2M17 13.9c2.7.4 4.5 2.2 4.5 5.6"
            }
        }
    }
}

/// One tie, as the picture and the table show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcoTie {
    pub node: String,
    pub name: String,
    pub sign: Sign,
    pub kind: TieKind,
    pub energy: Energy,
    /// ISO day.
    pub since: String,
    /// Where its form is; empty in a picture that is only looked at.
    pub href: String,
    pub is_chosen: bool,
}

/// A line of text at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLine {
    pub x: String,
    pub y: String,
    pub text: String,
    pub class: &'static str,
}

/// A tie at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnTie {
    pub node: String,
    pub kind: &'static str,
    pub href: String,
    pub is_chosen: bool,
    /// What a screen reader says of it.
    pub label: String,
    pub x: String,
    pub y: String,
    /// The line, as a path.
    pub line: String,
    /// Points of the arrowheads.
    pub arrows: Vec<String>,
    pub sign: &'static str,
    pub sign_at: String,
    pub words: Vec<TextLine>,
    /// Around circle and words, as one place to press: left, top, width, height.
    pub place: [String; 4],
}

/// The picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcoPicture {
    /// What its ids begin with: two pictures may stand on one page.
    pub prefix: &'static str,
    pub width: String,
    pub height: String,
    pub title: String,
    /// All of it in words.
    pub description: String,
    pub x: String,
    pub y: String,
    pub name: Vec<TextLine>,
    pub ties: Vec<DrawnTie>,
    /// Circles lead to their forms.
    pub is_live: bool,
}

const WIDTH: f64 = 420.0;
const REACH: f64 = 152.0;
const MIDDLE: f64 = 41.0;
const CIRCLE: f64 = 27.0;
const GAP: f64 = 3.0;
const LINE_HEIGHT: f64 = 14.0;

/// A place in the picture.
#[derive(Debug, Clone, Copy)]
struct Spot {
    x: f64,
    y: f64,
}

impl Spot {
    /// From here `along` the way to `to`, and `aside` to its left.
    fn towards(self, to: Self, along: f64, aside: f64) -> Self {
        let (dx, dy) = (to.x - self.x, to.y - self.y);
        let length = dx.hypot(dy).max(1e-9);
        let (ux, uy) = (dx / length, dy / length);
        Self { x: self.x + ux * along - uy * aside, y: self.y + uy * along + ux * aside }
    }

    fn distance(self, to: Self) -> f64 {
        (to.x - self.x).hypot(to.y - self.y)
    }

    fn text(self) -> String {
        format!("{:.1} {:.1}", self.x, self.y)
    }
}

/// A length as the picture writes it.
pub(super) fn at(x: f64) -> String {
    format!("{x:.1}")
}

impl EcoPicture {
    /// Draws `ties` around `name`. `places` are the nodes of all circles that have a place, so that pictures of two days
    /// keep everybody where they were; ties without one are left out.
    pub fn draw(lang: Lang, prefix: &'static str, name: &str, ties: &[EcoTie], places: &[&str]) -> Self {
        let n = places.len();
        let half = half_height(n);
        let label_room = 3.0 * LINE_HEIGHT + 10.0;
        let middle = Spot { x: WIDTH / 2.0, y: half + CIRCLE + label_room };
        let drawn: Vec<DrawnTie> = places
            .iter()
            .enumerate()
            .filter_map(|(index, node)| {
                let tie = ties.iter().find(|tie| tie.node == *node)?;
                Some(drawn(lang, tie, middle, spot(middle, half, index, n), if n > 10 { 14 } else { 18 }))
            })
            .collect();
        let sentences: Vec<String> = drawn.iter().map(|tie| format!("{}.", tie.label)).collect();
        let first = name.split_whitespace().next().unwrap_or_default();
        Self {
            prefix,
            width: at(WIDTH),
            height: at(2.0 * middle.y),
            title: lang.t1("eco-title", "name", first),
            description: if sentences.is_empty() { lang.t("eco-empty") } else { sentences.join(" ") },
            x: at(middle.x),
            y: at(middle.y),
            name: centred(&wrapped(first, 10, 2), middle),
            is_live: ties.iter().any(|tie| !tie.href.is_empty()),
            ties: drawn,
        }
    }
}

/// Half the height of the ellipse on which so many circles keep clear of each other's words.
fn half_height(n: usize) -> f64 {
    match n {
        0..=4 => 138.0,
        5..=6 => 152.0,
        7..=8 => 184.0,
        9..=10 => 224.0,
        11..=12 => 262.0,
        more => 262.0 + 16.0 * (more - 12) as f64,
    }
}

/// The place of a circle: from the top, clockwise. More than twelve take turns on two rings.
fn spot(middle: Spot, half: f64, index: usize, n: usize) -> Spot {
    // On two rings an odd number leaves one seat free, or the last would sit beside the first.
    let seats = if n > 12 { n + n % 2 } else { n };
    let angle = std::f64::consts::TAU * (index as f64 / seats as f64 - 0.25);
    let ring = if n > 12 && index % 2 == 1 { 0.7 } else { 1.0 };
    Spot { x: middle.x + ring * REACH * angle.cos(), y: middle.y + ring * half * angle.sin() }
}

/// `width`: letters in a line of its words.
fn drawn(lang: Lang, tie: &EcoTie, middle: Spot, place: Spot, width: usize) -> DrawnTie {
    let word = lang.word("tie", tie.kind.code());
    let is_above = place.y < middle.y - CIRCLE;
    let mut words = wrapped(&tie.name, width, 2);
    let n_names = words.len();
    words.push(word.clone());
    let words = words
        .into_iter()
        .enumerate()
        .map(|(index, text)| {
            let from_circle = if is_above {
                -(CIRCLE + 8.0) - LINE_HEIGHT * (n_names - index) as f64
            } else {
                CIRCLE + 15.0 + LINE_HEIGHT * index as f64
            };
            let class = if index < n_names { "eco__name" } else { "eco__word" };
            TextLine { x: at(place.x), y: at(place.y + from_circle), text, class }
        })
        .collect();
    let label = 10.0 + LINE_HEIGHT * (n_names + 1) as f64;
    let top = place.y - CIRCLE - 2.0 - if is_above { label } else { 0.0 };
    let arrow = if tie.kind == TieKind::Strong { 12.0 } else { 10.0 };
    let to_client = matches!(tie.energy, Energy::ToClient | Energy::Both);
    let from_client = matches!(tie.energy, Energy::FromClient | Energy::Both);
    let whole = middle.distance(place);
    let begins = MIDDLE + GAP + if to_client { arrow - 2.0 } else { 0.0 };
    let ends = whole - CIRCLE - GAP - if from_client { arrow - 2.0 } else { 0.0 };
    let mut arrows = Vec::new();
    if to_client {
        arrows.push(arrowhead(middle, place, MIDDLE + GAP, MIDDLE + GAP + arrow));
    }
    if from_client {
        arrows.push(arrowhead(middle, place, whole - CIRCLE - GAP, whole - CIRCLE - GAP - arrow));
    }
    DrawnTie {
        node: tie.node.clone(),
        kind: tie.kind.code(),
        href: tie.href.clone(),
        is_chosen: tie.is_chosen,
        label: lang.t_with(
            "eco-label",
            &[
                ("name", tie.name.as_str().into()),
                ("tie", word.into()),
                ("energy", lang.word("energy", tie.energy.code()).into()),
                ("since", lang.day(&tie.since).into()),
            ],
        ),
        x: at(place.x),
        y: at(place.y),
        line: line(tie.kind, middle, place, begins, ends),
        arrows,
        sign: tie.sign.path(),
        sign_at: format!("{:.1} {:.1}", place.x - 12.0, place.y - 12.0),
        words,
        place: [at(place.x - 56.0), at(top), at(112.0), at(2.0 * CIRCLE + 4.0 + label)],
    }
}

/// The line between two distances from the middle, in its convention.
fn line(kind: TieKind, middle: Spot, place: Spot, begins: f64, ends: f64) -> String {
    let spot = |along, aside| middle.towards(place, along, aside);
    match kind {
        TieKind::Strong | TieKind::Tenuous => {
            format!("M{} L{}", spot(begins, 0.0).text(), spot(ends, 0.0).text())
        }
        TieKind::Stressful => {
            let mut path = format!("M{} L{}", spot(begins, 0.0).text(), spot(begins + 4.0, 0.0).text());
            let mut along = begins + 8.0;
            let mut side = 5.5;
            while along < ends - 5.0 {
                path.push_str(&format!(" L{}", spot(along, side).text()));
                side = -side;
                along += 7.0;
            }
            path.push_str(&format!(" L{} L{}", spot(ends - 4.0, 0.0).text(), spot(ends, 0.0).text()));
            path
        }
        TieKind::Broken => {
            let half = f64::midpoint(begins, ends);
            let stroke = |along: f64| {
                format!(" M{} L{}", spot(along - 3.0, -9.0).text(), spot(along + 3.0, 9.0).text())
            };
            format!(
                "M{} L{} M{} L{}{}{}",
                spot(begins, 0.0).text(),
                spot(half - 7.0, 0.0).text(),
                spot(half + 7.0, 0.0).text(),
                spot(ends, 0.0).text(),
                stroke(half - 6.0),
                stroke(half + 6.0)
            )
        }
    }
}

fn arrowhead(middle: Spot, place: Spot, tip: f64, base: f64) -> String {
    let spot = |along, aside| middle.towards(place, along, aside);
    format!("{} {} {}", spot(tip, 0.0).text(), spot(base, 6.0).text(), spot(base, -6.0).text())
}

/// A sample of each line, for the words under the picture: its path in a box of 46 by 14.
pub fn sample_line(kind: TieKind) -> String {
    let (left, right) = (Spot { x: 2.0, y: 7.0 }, Spot { x: 44.0, y: 7.0 });
    line(kind, left, right, 0.0, 42.0).replace("-9.0", "-6.0")
}

/// Words in at most `lines` lines of about `width` letters; what does not fit ends in "…".
pub(super) fn wrapped(text: &str, width: usize, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match out.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => out.push(word.to_owned()),
        }
    }
    let is_cut = out.len() > lines;
    out.truncate(lines);
    let last = out.len().saturating_sub(1);
    for (index, line) in out.iter_mut().enumerate() {
        let is_long = line.chars().count() > width + 2;
        if is_long || (is_cut && index == last) {
            let kept: String = line.chars().take(width.saturating_sub(1)).collect();
            *line = format!("{}…", kept.trim_end());
        }
    }
    out
}

/// Lines around a middle.
fn centred(lines: &[String], middle: Spot) -> Vec<TextLine> {
    let top = middle.y + 4.5 - 15.0 * (lines.len().saturating_sub(1)) as f64 / 2.0;
    lines
        .iter()
        .enumerate()
        .map(|(index, text)| TextLine {
            x: at(middle.x),
            y: at(top + 15.0 * index as f64),
            text: text.clone(),
            class: "eco__client",
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ties(n: usize) -> Vec<EcoTie> {
        (0..n)
            .map(|index| EcoTie {
                node: format!("n{index}"),
                name: format!("Larkwater Office for Matters {index}"),
                sign: Sign::System(System::ALL[index % System::ALL.len()]),
                kind: TieKind::ALL[index % 4],
                energy: Energy::ALL[index % 4],
                since: "2025-01-01".into(),
                href: "#".into(),
                is_chosen: false,
            })
            .collect()
    }

    fn number(text: &str) -> f64 {
        text.parse().unwrap()
    }

    #[test]
    fn circles_keep_clear_of_each_other_and_inside_the_picture() {
        for n in 1..=20 {
            let ties = ties(n);
            let nodes: Vec<&str> = ties.iter().map(|tie| tie.node.as_str()).collect();
            let picture = EcoPicture::draw(Lang::En, "now", "Lucía Moreno", &ties, &nodes);
            assert_eq!(picture.ties.len(), n);
            let spots: Vec<Spot> =
                picture.ties.iter().map(|tie| Spot { x: number(&tie.x), y: number(&tie.y) }).collect();
            let middle = Spot { x: number(&picture.x), y: number(&picture.y) };
            for (index, spot) in spots.iter().enumerate() {
                assert!(spot.x > CIRCLE && spot.x < WIDTH - CIRCLE, "{n}");
                assert!(spot.distance(middle) > MIDDLE + CIRCLE + 20.0, "{n}: {index}");
                for other in &spots[index + 1..] {
                    assert!(spot.distance(*other) > 2.0 * CIRCLE + 8.0, "{n}: {index}");
                }
            }
            for line in picture.ties.iter().flat_map(|tie| &tie.words) {
                let y = number(&line.y);
                assert!(y > 8.0 && y < number(&picture.height) - 2.0, "{n}: {line:?}");
            }
        }
    }

    #[test]
    fn a_tie_that_was_not_there_yet_leaves_its_place_free() {
        let all = ties(5);
        let nodes: Vec<&str> = all.iter().map(|tie| tie.node.as_str()).collect();
        let now = EcoPicture::draw(Lang::En, "now", "Lucía", &all, &nodes);
        let then = EcoPicture::draw(Lang::En, "then", "Lucía", &all[..2], &nodes);
        assert_eq!((&now.ties[1].x, &now.ties[1].y), (&then.ties[1].x, &then.ties[1].y));
        assert_eq!(then.ties.len(), 2);
    }

    #[test]
    fn lines_differ_in_form_and_not_in_colour_alone() {
        let paths: Vec<String> = TieKind::ALL.iter().map(|kind| sample_line(*kind)).collect();
        // Strong and tenuous share the path; the one is thick, the other dashed.
        assert_eq!(paths[0], paths[1]);
        assert!(paths[2].matches('L').count() > 5);
        assert_eq!(paths[3].matches('M').count(), 4);
    }

    #[test]
    fn long_names_wrap_and_end_in_an_ellipsis() {
        assert_eq!(wrapped("Aunt Ruth", 16, 2), ["Aunt Ruth"]);
        assert_eq!(
            wrapped("Larkwater Office for Everything Else", 16, 2),
            ["Larkwater Office", "for Everything…"]
        );
        assert_eq!(wrapped("Donaudampfschifffahrtsgesellschaft", 16, 2), ["Donaudampfschif…"]);
    }
}
