//! The file around the features: what it says of itself, and one feature after the other.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::feature::Feature;
use super::{AreaOutcome, AreaProperties};
use crate::problem::FileCause;
use crate::words::{self, Phrase, Words};

/// serde_json's own words name no values for faults of grammar; for other faults they would.
pub(super) fn json_cause(error: serde_json::Error) -> FileCause {
    use serde_json::error::Category;
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let what: Words = match error.classify() {
        Category::Io => return FileCause::Io(error.into()),
        Category::Eof if line <= 1 && column == 0 => return FileCause::Empty,
        Category::Eof => (&words::JSON_CUT).into(),
        Category::Syntax if text == "trailing comma" => (&words::JSON_COMMA).into(),
        Category::Syntax if text == "trailing characters" => (&words::JSON_TRAILING).into(),
        Category::Syntax => words::JSON_SYNTAX.with("fault", text),
        Category::Data => (&words::JSON_FEATURES).into(),
    };
    FileCause::Json { line, column, what }
}

/// What the top of the file says about itself.
#[derive(Default)]
pub(super) struct Seen {
    kind: Option<String>,
    features: bool,
    topology: bool,
    esri: bool,
    geometry: bool,
}

impl Seen {
    pub(super) fn verdict(&self, features: usize) -> Option<FileCause> {
        let not =
            |found: &'static Phrase, instead: &'static Phrase| Some(FileCause::NotGeoJson { found, instead });
        match self.kind.as_deref() {
            Some("Topology") => not(&words::IS_TOPOJSON, TOPOJSON),
            _ if self.topology => not(&words::IS_TOPOJSON, TOPOJSON),
            _ if self.esri && !self.features => not(&words::IS_ARCGIS, ESRI),
            Some("Feature") if features > 0 => None,
            Some("FeatureCollection") if features > 0 => None,
            Some("FeatureCollection") if self.features => not(&words::IS_NO_FEATURES, &words::DO_AREAS),
            Some("FeatureCollection") => not(&words::IS_NO_MEMBER, &words::DO_AREAS),
            _ if self.geometry => not(&words::IS_GEOMETRY, &words::DO_FEATURE),
            _ if self.features => not(&words::IS_OTHER_TYPE, &words::DO_TYPE),
            _ => not(&words::IS_OTHER_JSON, &words::DO_EXPORT_GEOJSON),
        }
    }
}

static TOPOJSON: &Phrase = &words::DO_TOPOJSON;
static ESRI: &Phrase = &words::DO_ARCGIS;
static REPROJECT: &Phrase = &words::DO_REPROJECT;

pub(super) struct Collection<'a> {
    pub(super) file: &'a Arc<str>,
    pub(super) options: &'a AreaProperties,
    pub(super) each: &'a mut dyn FnMut(AreaOutcome),
    /// Features so far by code.
    pub(super) codes: HashMap<String, usize>,
    pub(super) features: usize,
    pub(super) seen: Seen,
    pub(super) stop: Option<FileCause>,
}

impl Collection<'_> {
    fn stop<E: serde::de::Error>(&mut self, found: &'static Phrase, instead: &'static Phrase) -> E {
        self.stop = Some(FileCause::NotGeoJson { found, instead });
        E::custom("stopped")
    }

    fn feature<E: serde::de::Error>(&mut self, value: Value) -> Result<(), E> {
        self.features += 1;
        let esri = value.get("attributes").is_some() && value.get("properties").is_none();
        if esri && self.features == 1 {
            return Err(self.stop(&words::IS_ARCGIS, ESRI));
        }
        let mut feature =
            Feature { file: self.file, number: self.features, problems: Vec::new(), warnings: Vec::new() };
        let mut row = feature.area(value, self.options);
        if let Some(row) = &mut row {
            let parts = self.codes.entry(row.code.clone()).or_default();
            row.part = *parts;
            *parts += 1;
            if row.part > 0 && row.surface > 0.0 {
                let found: &'static Phrase = &words::CODE_JOINED;
                feature.warning("code", &words::CODE_ONCE, found);
            } else if row.part > 0 {
                feature.problem("code", &words::CODE_ONCE, &words::CODE_AGAIN);
            }
        }
        let Feature { problems, warnings, .. } = feature;
        let outcome = match row {
            Some(row) if problems.is_empty() => Ok(row),
            _ => Err(problems),
        };
        (self.each)(AreaOutcome { feature: self.features, outcome, warnings });
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Collection<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Collection<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a GeoJSON FeatureCollection")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.stop(&words::IS_JSON_LIST, &words::DO_EXPORT_GEOJSON))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // Of a single feature at the top.
        let mut single = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => self.seen.kind = map.next_value::<Value>()?.as_str().map(str::to_owned),
                "features" => {
                    self.seen.features = true;
                    map.next_value_seed(Features(self))?;
                }
                "crs" => {
                    let crs = map.next_value::<Value>()?;
                    let name = crs.pointer("/properties/name").and_then(Value::as_str).unwrap_or_default();
                    let degrees = ["CRS84", "4326", "4269", "4258", "WGS84", "WGS 84"];
                    if !name.is_empty() && !degrees.iter().any(|known| name.contains(known)) {
                        return Err(self.stop(&words::IS_OTHER_CRS, REPROJECT));
                    }
                }
                "objects" | "arcs" => {
                    self.seen.topology = true;
                    map.next_value::<IgnoredAny>()?;
                }
                "geometryType" | "spatialReference" | "fieldAliases" => {
                    self.seen.esri = true;
                    map.next_value::<IgnoredAny>()?;
                }
                "coordinates" | "geometries" => {
                    self.seen.geometry = true;
                    map.next_value::<IgnoredAny>()?;
                }
                "geometry" | "properties" | "id" => {
                    single.insert(key, map.next_value()?);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if self.seen.kind.as_deref() == Some("Feature") && !self.seen.features {
            self.feature(Value::Object(single))?;
        }
        Ok(())
    }
}

struct Features<'a, 'b>(&'a mut Collection<'b>);

impl<'de> DeserializeSeed<'de> for Features<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Features<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut features: A) -> Result<(), A::Error> {
        while let Some(feature) = features.next_element::<Value>()? {
            self.0.feature::<A::Error>(feature)?;
            if self.0.stop.is_some() {
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
