//! The county: sixty areas in six districts along a river, drawn as hexagons with frayed borders.
//!
//! The map is the same in every world (only who lives there and what happens depends on the seed), and it lies in
//! the open Atlantic between Bermuda and the Azores, where there is no land that it could be mistaken for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::rng::{Stream, mix, unit, whole};

/// The county's name.
pub const COUNTY: &str = "Larkwater County (fictional)";

/// The language groups and their share of the residents.
pub const LANGUAGES: [(&str, f64); 6] = [
    ("English", 0.62),
    ("Spanish", 0.22),
    ("Haitian Creole", 0.06),
    ("Vietnamese", 0.05),
    ("Somali", 0.03),
    ("Other", 0.02),
];

/// The age bands the agency serves, in years, and their share of the residents.
pub const AGE_BANDS: [(&str, f64); 4] = [("12-14", 0.24), ("15-17", 0.30), ("18-20", 0.26), ("21-24", 0.20)];

/// The genders on record and their share of the residents.
pub const GENDERS: [(&str, f64); 3] = [("female", 0.485), ("male", 0.485), ("nonbinary", 0.03)];

/// A district: the level at which the county's rule was adopted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct District {
    /// `D1` to `D6`.
    pub code: String,
    pub name: String,
}

/// Residents aged 12 to 24 of one area and one combination of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PopulationCell {
    pub language: &'static str,
    pub age_band: &'static str,
    pub gender: &'static str,
    pub people: u32,
}

/// An area of the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// `LW01` to `LW60`.
    pub code: String,
    pub name: String,
    /// Place in [`crate::World::districts`].
    pub district: usize,
    /// Of the centroid, in degrees.
    pub longitude: f64,
    pub latitude: f64,
    /// The outline as (longitude, latitude), counter-clockwise, first point repeated at the end.
    pub ring: Vec<(f64, f64)>,
    /// Areas that share a border (a bridge counts), as places in [`crate::World::areas`].
    pub neighbours: Vec<usize>,
    /// Is the area on the river's west bank?
    pub west_bank: bool,
    pub population: Vec<PopulationCell>,
}

impl Area {
    /// Residents aged 12 to 24.
    pub fn people(&self) -> u32 {
        self.population.iter().map(|cell| cell.people).sum()
    }
}

const DISTRICTS: [(char, &str); 6] = [
    ('A', "North Shore"),
    ('B', "Highfield"),
    ('C', "Westmarsh"),
    ('D', "Old Larkwater"),
    ('E', "Eastmeadow"),
    ('F', "Twin Forks"),
];

/// One row of hexagons a line; odd rows lie half a hexagon further east. `|` is the river.
const LAYOUT: [&str; 9] = [
    "..AAA|BB..",
    ".AAA|BBB..",
    ".AAA|BBBB.",
    "CCAD|DDBE.",
    "CCCD|DDEE.",
    "CCCD|DDEE.",
    ".CCF|DFEEE",
    "..FFF|FFEE",
    "....F|FF..",
];

const AREA_NAMES: [&str; 60] = [
    "Heron Point",
    "Saltmarsh",
    "North Quay",
    "Kettle Bay",
    "Thistle Hill",
    "Cormorant",
    "Ropewalk",
    "Cooper's Ferry",
    "Amber Flats",
    "Windrow",
    "Hollow Oak",
    "Tanner's Row",
    "Brightwell",
    "Juniper Bend",
    "Stonebridge",
    "Pepper Lane",
    "Cedar Steps",
    "Sparrow Hill",
    "Sedge End",
    "Reedmoor",
    "Linden Row",
    "Mill Race",
    "Old Market",
    "Chapel Green",
    "Copperfield",
    "Barley Field",
    "Eel Creek",
    "Marsh Gate",
    "Weaver's Yard",
    "Foundry",
    "Lantern Square",
    "Bell Tower",
    "Orchard Gate",
    "Clover Ridge",
    "Sandbar",
    "Fairwater",
    "Long Meadow",
    "Railyard",
    "Ferry Stairs",
    "Dovecote",
    "Goldfinch",
    "Marigold",
    "Plover Marsh",
    "Cinder Hill",
    "Willow Fork",
    "Quarry End",
    "Redbud",
    "Plum Hollow",
    "Harrow",
    "Shepherd's Rest",
    "Badger Creek",
    "Lower Fork",
    "Three Bridges",
    "Upper Fork",
    "Whistle Stop",
    "Sunfield",
    "Prairie End",
    "Gravel Bank",
    "Moss Hollow",
    "Southmost",
];

const LONGITUDE_WEST: f64 = -38.4;
const LATITUDE_NORTH: f64 = 34.3;
/// Circumradius of a hexagon in degrees of latitude (about 4 km).
const RADIUS: f64 = 0.036;

/// A corner of the hexagon lattice, in steps of (sqrt(3)/2, 1/2) circumradii; y grows southwards.
type Corner = (i32, i32);

/// Corners of a hexagon around its centre, clockwise on the map.
const CORNERS: [Corner; 6] = [(0, -2), (1, -1), (1, 1), (0, 2), (-1, 1), (-1, -1)];

struct Hexagon {
    centre: Corner,
    district: usize,
    west_bank: bool,
}

fn hexagons() -> Vec<Hexagon> {
    let mut hexagons = Vec::with_capacity(AREA_NAMES.len());
    for (row, line) in (0_i32..).zip(LAYOUT) {
        let mut west_bank = true;
        let mut column = 0_i32;
        for mark in line.chars() {
            if mark == '|' {
                west_bank = false;
                continue;
            }
            if let Some(district) = DISTRICTS.iter().position(|(letter, _)| *letter == mark) {
                hexagons.push(Hexagon { centre: (2 * column + row % 2, 3 * row), district, west_bank });
            }
            column += 1;
        }
    }
    hexagons
}

fn place_of(corner: Corner) -> (f64, f64) {
    (f64::from(corner.0) * 3.0_f64.sqrt() / 2.0, f64::from(corner.1) / 2.0)
}

/// Three numbers in `[-1, 1)` that belong to a pair of corners, the same from both sides of a border.
fn wobble(a: Corner, b: Corner) -> [f64; 3] {
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let word = |n: i32| u64::from(n.cast_unsigned());
    [1_u64, 2, 3].map(|salt| 2.0 * unit(mix(&[salt, word(a.0), word(a.1), word(b.0), word(b.1)])) - 1.0)
}

/// Where the corners end up: shaken, and pulled apart where the river runs between them.
struct Outline<'a> {
    hexagons: &'a [Hexagon],
    /// The hexagons that meet in a corner.
    meeting: BTreeMap<Corner, Vec<usize>>,
}

impl<'a> Outline<'a> {
    fn new(hexagons: &'a [Hexagon]) -> Self {
        let mut meeting: BTreeMap<Corner, Vec<usize>> = BTreeMap::new();
        for (at, hexagon) in hexagons.iter().enumerate() {
            for corner in CORNERS {
                let corner = (hexagon.centre.0 + corner.0, hexagon.centre.1 + corner.1);
                meeting.entry(corner).or_default().push(at);
            }
        }
        Self { hexagons, meeting }
    }

    fn at(&self, corner: Corner) -> impl Iterator<Item = &'a Hexagon> + '_ {
        self.meeting.get(&corner).into_iter().flatten().filter_map(|at| self.hexagons.get(*at))
    }

    /// The corner as the hexagons of one bank see it.
    fn corner(&self, corner: Corner, west_bank: bool) -> (f64, f64) {
        let (x, y) = place_of(corner);
        let [dx, dy, _] = wobble(corner, corner);
        let on_coast = self.at(corner).count() < 3;
        let reach = if on_coast { 0.24 } else { 0.17 };
        let (mut x, mut y) = (x + reach * dx, y + reach * dy);
        let on_river = self.at(corner).any(|h| h.west_bank != west_bank);
        if on_river {
            let own: Vec<_> =
                self.at(corner).filter(|h| h.west_bank == west_bank).map(|h| place_of(h.centre)).collect();
            let n = own.len().max(1) as f64;
            let (cx, cy) = own.iter().fold((0.0, 0.0), |sum, p| (sum.0 + p.0 / n, sum.1 + p.1 / n));
            let length = (cx - x).hypot(cy - y).max(0.1);
            // The river widens on its way south.
            let half_width = 0.05 + 0.007 * f64::from(corner.1);
            x += half_width * (cx - x) / length;
            y += half_width * (cy - y) / length;
        }
        (x, y)
    }

    /// The points of a border after its first corner, up to and without its last.
    fn border(&self, from: Corner, to: Corner, west_bank: bool) -> Vec<(f64, f64)> {
        let (first, last) = if from <= to { (from, to) } else { (to, from) };
        let (a, b) = (self.corner(first, west_bank), self.corner(last, west_bank));
        let shared = self.at(first).filter(|h| self.at(last).any(|other| other.centre == h.centre)).count();
        let reach = if shared < 2 { 0.13 } else { 0.07 };
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let mut points: Vec<_> = [0.25, 0.5, 0.75]
            .iter()
            .zip(wobble(first, last))
            .map(|(along, aside)| {
                (a.0 + along * dx - reach * aside * dy, a.1 + along * dy + reach * aside * dx)
            })
            .collect();
        if from > to {
            points.reverse();
        }
        points
    }

    fn ring(&self, hexagon: &Hexagon) -> Vec<(f64, f64)> {
        let corners = CORNERS.map(|corner| (hexagon.centre.0 + corner.0, hexagon.centre.1 + corner.1));
        let mut ring = Vec::with_capacity(25);
        for (from, to) in corners.iter().zip(corners.iter().cycle().skip(1)) {
            ring.push(on_earth(self.corner(*from, hexagon.west_bank)));
            ring.extend(self.border(*from, *to, hexagon.west_bank).into_iter().map(on_earth));
        }
        // GeoJSON wants the outer ring counter-clockwise.
        ring.reverse();
        if let Some(first) = ring.first().copied() {
            ring.push(first);
        }
        ring
    }
}

fn on_earth((x, y): (f64, f64)) -> (f64, f64) {
    let stretch = LATITUDE_NORTH.to_radians().cos();
    let metre = |degrees: f64| (degrees * 1e5).round() / 1e5;
    (metre(LONGITUDE_WEST + x * RADIUS / stretch), metre(LATITUDE_NORTH - y * RADIUS))
}

/// Centroid of a closed ring (the shoelace formula).
fn centroid(ring: &[(f64, f64)]) -> (f64, f64) {
    let origin = ring.first().copied().unwrap_or((0.0, 0.0));
    let (mut twice_area, mut x, mut y) = (0.0, 0.0, 0.0);
    for (a, b) in ring.iter().zip(ring.iter().skip(1)) {
        // Relative to the first point, because the squares of degrees far from zero cancel badly.
        let (a, b) = ((a.0 - origin.0, a.1 - origin.1), (b.0 - origin.0, b.1 - origin.1));
        let cross = a.0 * b.1 - b.0 * a.1;
        twice_area += cross;
        x += (a.0 + b.0) * cross;
        y += (a.1 + b.1) * cross;
    }
    let metre = |degrees: f64| (degrees * 1e5).round() / 1e5;
    (metre(origin.0 + x / (3.0 * twice_area)), metre(origin.1 + y / (3.0 * twice_area)))
}

/// The six districts.
pub(crate) fn districts() -> Vec<District> {
    (1..)
        .zip(DISTRICTS)
        .map(|(number, (_, name))| District { code: format!("D{number}"), name: name.to_owned() })
        .collect()
}

/// The sixty areas, with residents drawn from the seed.
pub(crate) fn areas(seed: u64) -> Vec<Area> {
    let hexagons = hexagons();
    let outline = Outline::new(&hexagons);
    let mut stream = Stream::new(seed, "population");
    (1..)
        .zip(&hexagons)
        .zip(AREA_NAMES)
        .map(|((number, hexagon), name)| {
            let ring = outline.ring(hexagon);
            let (longitude, latitude) = centroid(&ring);
            let neighbours = hexagons
                .iter()
                .enumerate()
                .filter(|(_, other)| {
                    let (dx, dy) = (
                        (other.centre.0 - hexagon.centre.0).abs(),
                        (other.centre.1 - hexagon.centre.1).abs(),
                    );
                    (dx, dy) == (2, 0) || (dx, dy) == (1, 3)
                })
                .map(|(at, _)| at)
                .collect();
            Area {
                code: format!("LW{number:02}"),
                name: name.to_owned(),
                district: hexagon.district,
                longitude,
                latitude,
                ring,
                neighbours,
                west_bank: hexagon.west_bank,
                population: population(hexagon, &mut stream),
            }
        })
        .collect()
}

/// More people live near the old town. Languages differ mildly between areas, by at most a fifth of their share:
/// were they segregated, a disparity by language would also be one by area, and the truth would blur.
fn population(hexagon: &Hexagon, stream: &mut Stream) -> Vec<PopulationCell> {
    let (x, y) = place_of(hexagon.centre);
    let (cx, cy) = place_of((8, 12));
    let near = (-((x - cx).powi(2) + (y - cy).powi(2)) / 18.0).exp();
    let people = (800.0 + 1300.0 * near) * (0.8 + 0.4 * stream.unit());
    let mut shaken = |shares: &[(&'static str, f64)], by: f64| -> Vec<(&'static str, f64)> {
        let parts: Vec<_> = shares
            .iter()
            .map(|(name, share)| (*name, share * (1.0 - by + 2.0 * by * stream.unit())))
            .collect();
        let total: f64 = parts.iter().map(|(_, part)| part).sum();
        parts.into_iter().map(|(name, part)| (name, part / total)).collect()
    };
    let languages = shaken(&LANGUAGES, 0.2);
    let age_bands = shaken(&AGE_BANDS, 0.05);
    let genders = shaken(&GENDERS, 0.02);
    let mut cells = Vec::with_capacity(72);
    for (language, of_language) in &languages {
        for (age_band, of_age) in &age_bands {
            for (gender, of_gender) in &genders {
                cells.push(PopulationCell {
                    language,
                    age_band,
                    gender,
                    people: whole((people * of_language * of_age * of_gender).round()),
                });
            }
        }
    }
    cells
}

/// The map as a GeoJSON feature collection; properties `code`, `name`, `district`.
pub(crate) fn geojson(areas: &[Area], districts: &[District]) -> String {
    let mut out = String::from("{\"type\":\"FeatureCollection\",\"features\":[\n");
    for (at, area) in areas.iter().enumerate() {
        let district = districts.get(area.district).map_or("", |district| district.name.as_str());
        if at > 0 {
            out.push_str(",\n");
        }
        // Names of this county hold letters, spaces and apostrophes: nothing that JSON would escape.
        let _ = write!(
            out,
            "{{\"type\":\"Feature\",\"properties\":{{\"code\":\"{}\",\"name\":\"{}\",\"district\":\"{district}\"}},\
             \"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[[",
            area.code, area.name
        );
        for (at, (longitude, latitude)) in area.ring.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            let _ = write!(out, "{comma}[{longitude:.5},{latitude:.5}]");
        }
        out.push_str("]]}}");
    }
    out.push_str("\n]}\n");
    out
}
