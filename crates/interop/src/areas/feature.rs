//! One feature to one area: its properties under their usual names, its shape checked position by position.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::shape::{Position, Ring, Shape, rounded, same};
use super::{AreaProblem, AreaProperties, AreaRow};
use crate::problem::value_kind;
use crate::words::{self, Phrase, Words};

const CODE_NAMES: [&str; 16] = [
    "code",
    "geoid",
    "geoid20",
    "geoid10",
    "zip",
    "zipcode",
    "zip_code",
    "zcta",
    "zcta5",
    "zcta5ce20",
    "zcta5ce10",
    "postcode",
    "postal_code",
    "modzcta",
    "fips",
    "id",
];
const NAME_NAMES: [&str; 7] = ["name", "namelsad", "namelsad20", "label", "title", "area_name", "po_name"];
const PARENT_NAMES: [&str; 9] =
    ["parent", "borough", "boro", "boro_name", "county", "district", "city", "region", "state"];
const LONGITUDE_NAMES: [&str; 5] = ["longitude", "lon", "lng", "intptlon", "intptlon20"];
const LATITUDE_NAMES: [&str; 4] = ["latitude", "lat", "intptlat", "intptlat20"];

/// A feature in the works.
pub(super) struct Feature<'a> {
    pub(super) file: &'a Arc<str>,
    pub(super) number: usize,
    pub(super) problems: Vec<AreaProblem>,
    pub(super) warnings: Vec<AreaProblem>,
}

impl Feature<'_> {
    fn said(&self, property: &str, expected: impl Into<Words>, found: impl Into<Words>) -> AreaProblem {
        AreaProblem {
            file: Arc::clone(self.file),
            feature: self.number,
            property: property.to_owned(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    pub(super) fn problem(&mut self, property: &str, expected: impl Into<Words>, found: impl Into<Words>) {
        let problem = self.said(property, expected, found);
        // Every position of a projected shape has the same fault.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    pub(super) fn warning(&mut self, property: &str, expected: impl Into<Words>, found: impl Into<Words>) {
        let warning = self.said(property, expected, found);
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    pub(super) fn area(&mut self, value: Value, options: &AreaProperties) -> Option<AreaRow> {
        let Value::Object(mut members) = value else {
            self.problem("feature", &words::FEATURE_OBJECT, json_kind(&value));
            return None;
        };
        let empty = Map::new();
        let properties = match members.get("properties") {
            Some(Value::Object(properties)) => properties,
            None | Some(Value::Null) => &empty,
            Some(other) => {
                self.problem("properties", &words::JSON_OBJECT, json_kind(other));
                &empty
            }
        };
        let code = self.code(properties, members.get("id"), options);
        let name = self.text(properties, options.name.as_deref(), &NAME_NAMES, &words::AREA_NAME);
        let parent = self.text(properties, options.parent.as_deref(), &PARENT_NAMES, &words::AREA_PARENT);
        let own = self.own_centroid(properties, options);
        let geometry = members.remove("geometry").unwrap_or(Value::Null);
        let shape = self.shape(&geometry);
        let (code, shape) = (code?, shape?);
        let (surface, centre) = shape.surface_and_centroid();
        let [longitude, latitude] = own.unwrap_or(centre);
        Some(AreaRow {
            feature: self.number,
            name: name.unwrap_or_else(|| code.clone()),
            code,
            parent,
            longitude: rounded(longitude),
            latitude: rounded(latitude),
            geometry: shape.to_json(),
            surface,
            part: 0,
        })
    }

    fn code(
        &mut self,
        properties: &Map<String, Value>,
        id: Option<&Value>,
        options: &AreaProperties,
    ) -> Option<String> {
        let expected: &'static Phrase = &words::FEATURE_CODE;
        if let Some(name) = &options.code {
            let found = properties.get(name).or(id.filter(|_| name == "id"));
            let property = format!("properties.{name}");
            let Some(value) = found else {
                self.problem(&property, expected, &words::PROPERTY_MISSING);
                return None;
            };
            let code = plain(value);
            if code.is_none() {
                self.problem(&property, expected, described(value));
            }
            return code;
        }
        let usual = CODE_NAMES.iter().find_map(|name| find(properties, name).and_then(plain));
        let code = usual.or_else(|| id.and_then(plain));
        if code.is_none() {
            let expected: &'static Phrase = &words::FEATURE_CODE_USUAL;
            self.problem("properties", expected, &words::NONE_OF_THEM);
        }
        code
    }

    fn text(
        &mut self,
        properties: &Map<String, Value>,
        given: Option<&str>,
        usual: &[&str],
        what: &'static Phrase,
    ) -> Option<String> {
        match given {
            Some(name) => {
                let value = properties.get(name);
                if value.is_none() {
                    let property = format!("properties.{name}");
                    self.warning(&property, what, &words::PROPERTY_MISSING);
                }
                value.and_then(plain)
            }
            None => usual.iter().find_map(|name| find(properties, name).and_then(plain)),
        }
    }

    fn own_centroid(
        &mut self,
        properties: &Map<String, Value>,
        options: &AreaProperties,
    ) -> Option<Position> {
        let mut degrees = |given: &Option<String>, usual: &[&str], most: f64| {
            let value = match given {
                Some(name) => properties.get(name),
                None => usual.iter().find_map(|name| find(properties, name)),
            };
            let x = match value {
                Some(Value::Number(x)) => x.as_f64(),
                Some(Value::String(text)) => crate::number::amount(text).ok(),
                _ => None,
            };
            let good = x.filter(|x| x.abs() <= most);
            if let Some(name) = given
                && good.is_none()
            {
                let found = value.map_or_else(|| (&words::PROPERTY_MISSING).into(), described);
                self.problem(
                    &format!("properties.{name}"),
                    words::DEGREES.with("low", format!("-{most}")).and("high", format!("{most}")),
                    found,
                );
            }
            good
        };
        let longitude = degrees(&options.longitude, &LONGITUDE_NAMES, 180.0);
        let latitude = degrees(&options.latitude, &LATITUDE_NAMES, 90.0);
        longitude.zip(latitude).map(|(longitude, latitude)| [longitude, latitude])
    }

    fn shape(&mut self, geometry: &Value) -> Option<Shape> {
        let shape = self.shape_of(geometry);
        if shape.is_none() && self.problems.iter().all(|problem| problem.property != "geometry") {
            self.problem("geometry", &words::SHAPE_NESTED, &words::SHAPE_OTHER_NESTING);
        }
        shape
    }

    fn shape_of(&mut self, geometry: &Value) -> Option<Shape> {
        let expected: &'static Phrase = &words::SHAPE_TYPE;
        if geometry.is_null() {
            self.problem("geometry", expected, &words::NOTHING);
            return None;
        }
        let coordinates = geometry.get("coordinates");
        match geometry.get("type").and_then(Value::as_str) {
            Some("Point") => Some(Shape::Point(self.position(coordinates?)?)),
            Some("Polygon") => {
                let rings = self.polygon(coordinates.and_then(Value::as_array)?)?;
                Some(Shape::Polygon(rings))
            }
            Some("MultiPolygon") => {
                let mut polygons = Vec::new();
                for polygon in coordinates.and_then(Value::as_array)? {
                    polygons.push(self.polygon(polygon.as_array()?)?);
                }
                if polygons.is_empty() {
                    self.problem("geometry", &words::SHAPE_POLYGON, &words::NONE);
                    return None;
                }
                Some(Shape::MultiPolygon(polygons))
            }
            Some("MultiPoint" | "LineString" | "MultiLineString" | "GeometryCollection") => {
                self.problem("geometry", expected, &words::SHAPE_OTHER_TYPE);
                None
            }
            _ => {
                self.problem("geometry", expected, described(geometry));
                None
            }
        }
    }

    fn polygon(&mut self, rings: &[Value]) -> Option<Vec<Ring>> {
        if rings.is_empty() {
            self.problem("geometry", &words::SHAPE_RING, &words::SHAPE_NO_RINGS);
            return None;
        }
        let mut read = Vec::with_capacity(rings.len());
        for ring in rings {
            read.push(self.ring(ring.as_array()?)?);
        }
        Some(read)
    }

    fn ring(&mut self, positions: &[Value]) -> Option<Ring> {
        let mut ring: Ring = Vec::with_capacity(positions.len());
        for position in positions {
            ring.push(self.position(position)?);
        }
        let first = *ring.first().unwrap_or(&[0.0, 0.0]);
        if ring.len() > 1 && ring.last().is_some_and(|last| !same(*last, first)) {
            self.warning("geometry", &words::RING_CLOSED, &words::RING_OPEN);
            ring.push(first);
        }
        if ring.len() < 4 {
            self.problem("geometry", &words::RING_LENGTH, &words::RING_SHORT);
            return None;
        }
        let inner = ring.len() - 1;
        if ring.iter().take(inner).skip(1).any(|position| same(*position, first)) {
            self.warning("geometry", &words::RING_ONCE, &words::RING_EARLY);
        }
        Some(ring)
    }

    fn position(&mut self, position: &Value) -> Option<Position> {
        let mut numbers = position.as_array()?.iter().map(Value::as_f64);
        let (Some(Some(x)), Some(Some(y))) = (numbers.next(), numbers.next()) else {
            self.problem("geometry", &words::POSITION, &words::VALUE_OTHER);
            return None;
        };
        if x.abs() > 180.0 || y.abs() > 90.0 {
            let expected: &'static Phrase = &words::POSITION_RANGE;
            let found: &'static Phrase = if x.abs() > 360.0 || y.abs() > 360.0 {
                &words::POSITION_PROJECTED
            } else if x.abs() <= 90.0 && y.abs() <= 180.0 {
                &words::POSITION_TURNED
            } else {
                &words::POSITION_OUTSIDE
            };
            self.problem("geometry", expected, found);
            return None;
        }
        Some([x, y])
    }
}

fn find<'a>(properties: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    properties
        .get(name)
        .or_else(|| properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// A text or whole number as a text; `None` for anything else, for nothing and for too much.
fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(n) if n.is_f64() => {
            let x = n.as_f64()?;
            // Data frames write whole numbers with a point.
            (x.fract().abs() < f64::MIN_POSITIVE && x.abs() < 1e15).then(|| format!("{x:.0}"))?
        }
        Value::Number(n) => n.to_string(),
        _ => return None,
    };
    (!text.is_empty() && text.len() <= 200).then_some(text)
}

fn json_kind(value: &Value) -> &'static Phrase {
    match value {
        Value::Null => &words::JSON_NULL,
        Value::Bool(_) => &words::JSON_BOOL,
        Value::Number(_) => &words::NUMBER,
        Value::String(_) => &words::JSON_TEXT,
        Value::Array(_) => &words::JSON_LIST,
        Value::Object(_) => &words::JSON_OBJECT,
    }
}

fn described(value: &Value) -> Words {
    match value {
        Value::String(text) => value_kind(text),
        other => json_kind(other).into(),
    }
}
