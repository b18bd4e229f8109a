//! Maps: a GeoJSON FeatureCollection becomes areas with a code, a name, a centroid and a shape.
//!
//! Features are read one at a time, so that a national file passes in the memory of its largest feature. Shapes keep
//! five decimals of a degree (about a metre), which is more than a page can show.

mod collection;
mod feature;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::io::{BufReader, Read};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_json::{Value, json};

use collection::{Collection, Seen, json_cause};
use shape::rounded;

use crate::problem::FileProblem;
use crate::text::{Expect, Source};
use crate::words::{self, Words};

/// Which properties mean what. `None`: the usual names are tried, in any case of letters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaProperties {
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub parent: Option<String>,
    /// Properties that hold the centroid; without them it is computed.
    #[serde(default)]
    pub longitude: Option<String>,
    #[serde(default)]
    pub latitude: Option<String>,
}

/// One area of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaRow {
    /// Number of the feature in the file, from 1.
    pub feature: usize,
    pub code: String,
    /// The code, if there is no name.
    pub name: String,
    pub parent: Option<String>,
    /// Degrees (WGS 84) of the centroid: the properties' own, else the centre of the shape's surface, holes left out.
    pub longitude: f64,
    pub latitude: f64,
    /// A GeoJSON geometry: Polygon, MultiPolygon or Point, two coordinates of five decimals, rings closed.
    pub geometry: Value,
    /// Surface in square degrees, holes left out: the weight of the centroid when parts are joined. 0 for a point.
    pub surface: f64,
    /// 0, or how many features before this one have the same code: islands often come as features of their own.
    pub part: usize,
}

impl AreaRow {
    /// Adds a further feature of the same code. Name and parent stay those of the first; a shape that is there already
    /// is not added again.
    pub fn join(&mut self, part: AreaRow) {
        let mut polygons = polygons_of(&self.geometry);
        let mut added = polygons_of(&part.geometry);
        added.retain(|polygon| !polygons.contains(polygon));
        if added.is_empty() {
            return;
        }
        polygons.append(&mut added);
        self.geometry = json!({ "type": "MultiPolygon", "coordinates": polygons });
        let surface = self.surface + part.surface;
        if surface > 0.0 {
            let mean = |a: f64, b: f64| rounded((a * self.surface + b * part.surface) / surface);
            (self.longitude, self.latitude) =
                (mean(self.longitude, part.longitude), mean(self.latitude, part.latitude));
        }
        self.surface = surface;
    }
}

fn polygons_of(geometry: &Value) -> Vec<Value> {
    let coordinates = geometry.get("coordinates").cloned().unwrap_or(Value::Null);
    match (geometry.get("type").and_then(Value::as_str), coordinates) {
        (Some("MultiPolygon"), Value::Array(polygons)) => polygons,
        (Some("Polygon"), polygon) => vec![polygon],
        _ => Vec::new(),
    }
}

/// What is wrong with, or doubtful about, one feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaProblem {
    pub file: Arc<str>,
    /// Number of the feature in the file, from 1.
    pub feature: usize,
    /// The member that is meant: "geometry", "properties.zip".
    pub property: String,
    pub expected: Words,
    /// The kind of what was found, never the value.
    pub found: Words,
}

impl fmt::Display for AreaProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AreaProblem { file, feature, property, expected, found } = self;
        let said = words::PROBLEM_AT_FEATURE.with("file", &**file).and("feature", *feature);
        let said = said.and("property", property.as_str());
        said.and("expected", expected.clone()).and("found", found.clone()).fmt(f)
    }
}

/// A feature of the file, good or bad.
#[derive(Debug)]
pub struct AreaOutcome {
    pub feature: usize,
    pub outcome: Result<AreaRow, Vec<AreaProblem>>,
    pub warnings: Vec<AreaProblem>,
}

/// All of a file that fits into memory.
#[derive(Debug, Default)]
pub struct Areas {
    /// Features read, good and bad.
    pub features: usize,
    /// One per code, parts joined.
    pub rows: Vec<AreaRow>,
    pub problems: Vec<AreaProblem>,
    pub warnings: Vec<AreaProblem>,
}

/// Reads a whole map into memory.
///
/// # Errors
/// When the file as a whole is not usable; features that are not come as `problems`.
pub fn collect(file: &str, read: impl Read, options: &AreaProperties) -> Result<Areas, FileProblem> {
    let mut areas = Areas::default();
    let mut at: HashMap<String, usize> = HashMap::new();
    areas.features = read_each(file, read, options, &mut |area| {
        areas.warnings.extend(area.warnings);
        match area.outcome {
            Err(problems) => areas.problems.extend(problems),
            Ok(row) => match at.get(&row.code).and_then(|n| areas.rows.get_mut(*n)) {
                Some(first) => first.join(row),
                None => {
                    at.insert(row.code.clone(), areas.rows.len());
                    areas.rows.push(row);
                }
            },
        }
    })?;
    Ok(areas)
}

/// Reads a map feature by feature, handing each to `each`. Returns the number of features.
///
/// A later part of an area comes as a row of its own, with its `part` above 0, to be joined to the first.
///
/// # Errors
/// When the file as a whole is not usable. Features before the fault were handed over by then.
pub fn read_each(
    file: &str,
    read: impl Read,
    options: &AreaProperties,
    each: &mut dyn FnMut(AreaOutcome),
) -> Result<usize, FileProblem> {
    let file: Arc<str> = Arc::from(file);
    let fail = |cause| FileProblem::new(&file, cause);
    let source = Source::open(read, Expect::Json).map_err(fail)?;
    let mut collection = Collection {
        file: &file,
        options,
        each,
        codes: HashMap::new(),
        features: 0,
        seen: Seen::default(),
        stop: None,
    };
    let mut deserializer = serde_json::Deserializer::from_reader(BufReader::with_capacity(64 * 1024, source));
    let outcome = (&mut collection).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if let Some(cause) = collection.stop.take() {
        return Err(fail(cause));
    }
    outcome.map_err(|error| fail(json_cause(error)))?;
    match collection.seen.verdict(collection.features) {
        Some(cause) => Err(fail(cause)),
        None => Ok(collection.features),
    }
}
