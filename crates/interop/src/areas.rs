//! Maps: a GeoJSON FeatureCollection becomes areas with a code, a name, a centroid and a shape.
//!
//! Features are read one at a time, so that a national file passes in the memory of its largest feature. Shapes keep
//! five decimals of a degree (about a metre), which is more than a page can show.

use std::collections::HashMap;
use std::fmt;
use std::io::{BufReader, Read};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

use crate::problem::{FileCause, FileProblem, value_kind};
use crate::text::{Expect, Source};

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
    pub expected: String,
    /// The kind of what was found, never the value.
    pub found: String,
}

impl fmt::Display for AreaProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AreaProblem { file, feature, property, expected, found } = self;
        write!(f, "{file}, feature {feature}, {property}: expected {expected}; found {found}")
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

/// serde_json's own words name no values for faults of grammar; for other faults they would.
fn json_cause(error: serde_json::Error) -> FileCause {
    use serde_json::error::Category;
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let what = match error.classify() {
        Category::Io => return FileCause::Io(error.into()),
        Category::Eof if line <= 1 && column == 0 => return FileCause::Empty,
        Category::Eof => "the file ends in the middle of a value (was the download cut off?)".to_owned(),
        Category::Syntax if text == "trailing comma" => {
            "a comma with nothing behind it; remove it".to_owned()
        }
        Category::Syntax if text == "trailing characters" => {
            "more text behind the end of the value (one feature per line? make it one FeatureCollection)"
                .to_owned()
        }
        Category::Syntax => format!("the text is no JSON: {text}"),
        Category::Data => {
            "expected a FeatureCollection whose features are a list; found another value".to_owned()
        }
    };
    FileCause::Json { line, column, what }
}

/// What the top of the file says about itself.
#[derive(Default)]
struct Seen {
    kind: Option<String>,
    features: bool,
    topology: bool,
    esri: bool,
    geometry: bool,
}

impl Seen {
    fn verdict(&self, features: usize) -> Option<FileCause> {
        let not = |found: &str, instead| Some(FileCause::NotGeoJson { found: found.to_owned(), instead });
        match self.kind.as_deref() {
            Some("Topology") => not("TopoJSON", TOPOJSON),
            _ if self.topology => not("TopoJSON", TOPOJSON),
            _ if self.esri && !self.features => not("ArcGIS JSON", ESRI),
            Some("Feature") if features > 0 => None,
            Some("FeatureCollection") if features > 0 => None,
            Some("FeatureCollection") if self.features => {
                not("one without features", "choose a file with areas")
            }
            Some("FeatureCollection") => {
                not("one without the member \"features\"", "choose a file with areas")
            }
            _ if self.geometry => not("a single geometry", "put it into a feature with a code"),
            _ if self.features => not("another \"type\", or none", "its \"type\" must say FeatureCollection"),
            _ => not("other JSON", "export the map as GeoJSON (WGS 84)"),
        }
    }
}

const TOPOJSON: &str = "convert it to GeoJSON (WGS 84), for example with mapshaper or ogr2ogr";
const ESRI: &str = "ask the service for f=geojson instead of f=json";
const REPROJECT: &str = "reproject it to WGS 84 (EPSG:4326)";

struct Collection<'a> {
    file: &'a Arc<str>,
    options: &'a AreaProperties,
    each: &'a mut dyn FnMut(AreaOutcome),
    /// Features so far by code.
    codes: HashMap<String, usize>,
    features: usize,
    seen: Seen,
    stop: Option<FileCause>,
}

impl Collection<'_> {
    fn stop<E: serde::de::Error>(&mut self, found: &str, instead: &'static str) -> E {
        self.stop = Some(FileCause::NotGeoJson { found: found.to_owned(), instead });
        E::custom("stopped")
    }

    fn feature<E: serde::de::Error>(&mut self, value: Value) -> Result<(), E> {
        self.features += 1;
        let esri = value.get("attributes").is_some() && value.get("properties").is_none();
        if esri && self.features == 1 {
            return Err(self.stop("ArcGIS JSON", ESRI));
        }
        let mut feature =
            Feature { file: self.file, number: self.features, problems: Vec::new(), warnings: Vec::new() };
        let mut row = feature.area(value, self.options);
        if let Some(row) = &mut row {
            let parts = self.codes.entry(row.code.clone()).or_default();
            row.part = *parts;
            *parts += 1;
            if row.part > 0 && row.surface > 0.0 {
                let found = "one that an earlier feature has; joined to it as a further part";
                feature.warning("code", "a code that no other feature has", found);
            } else if row.part > 0 {
                feature.problem(
                    "code",
                    "a code that no other feature has",
                    "one that an earlier feature has",
                );
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
        Err(self.stop("a JSON list", "export the map as GeoJSON (WGS 84)"))
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
                        return Err(self.stop("coordinates of another reference system (\"crs\")", REPROJECT));
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

/// A feature in the works.
struct Feature<'a> {
    file: &'a Arc<str>,
    number: usize,
    problems: Vec<AreaProblem>,
    warnings: Vec<AreaProblem>,
}

type Position = [f64; 2];
type Ring = Vec<Position>;

impl Feature<'_> {
    fn said(&self, property: &str, expected: &str, found: &str) -> AreaProblem {
        AreaProblem {
            file: Arc::clone(self.file),
            feature: self.number,
            property: property.to_owned(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }

    fn problem(&mut self, property: &str, expected: &str, found: &str) {
        let problem = self.said(property, expected, found);
        // Every position of a projected shape has the same fault.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn warning(&mut self, property: &str, expected: &str, found: &str) {
        let warning = self.said(property, expected, found);
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    fn area(&mut self, value: Value, options: &AreaProperties) -> Option<AreaRow> {
        let Value::Object(mut members) = value else {
            self.problem("feature", "an object with geometry and properties", json_kind(&value));
            return None;
        };
        let empty = Map::new();
        let properties = match members.get("properties") {
            Some(Value::Object(properties)) => properties,
            None | Some(Value::Null) => &empty,
            Some(other) => {
                self.problem("properties", "an object", json_kind(other));
                &empty
            }
        };
        let code = self.code(properties, members.get("id"), options);
        let name = self.text(properties, options.name.as_deref(), &NAME_NAMES, "name");
        let parent = self.text(properties, options.parent.as_deref(), &PARENT_NAMES, "parent");
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
        let expected = "a code of up to 200 bytes as text or a whole number";
        if let Some(name) = &options.code {
            let found = properties.get(name).or(id.filter(|_| name == "id"));
            let property = format!("properties.{name}");
            let Some(value) = found else {
                self.problem(&property, expected, "no such property");
                return None;
            };
            let code = plain(value);
            if code.is_none() {
                self.problem(&property, expected, &described(value));
            }
            return code;
        }
        let usual = CODE_NAMES.iter().find_map(|name| find(properties, name).and_then(plain));
        let code = usual.or_else(|| id.and_then(plain));
        if code.is_none() {
            let expected = "a code: a property such as code, geoid or zip, or the feature's own id";
            self.problem("properties", expected, "none of them");
        }
        code
    }

    fn text(
        &mut self,
        properties: &Map<String, Value>,
        given: Option<&str>,
        usual: &[&str],
        what: &str,
    ) -> Option<String> {
        match given {
            Some(name) => {
                let value = properties.get(name);
                if value.is_none() {
                    let property = format!("properties.{name}");
                    self.warning(&property, &format!("the area's {what}"), "no such property");
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
                let found = value.map_or_else(|| "no such property".to_owned(), described);
                self.problem(
                    &format!("properties.{name}"),
                    &format!("degrees from -{most} to {most}"),
                    &found,
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
            self.problem(
                "geometry",
                "coordinates as lists of numbers, nested as its type demands",
                "other nesting",
            );
        }
        shape
    }

    fn shape_of(&mut self, geometry: &Value) -> Option<Shape> {
        let expected = "a Polygon, a MultiPolygon or a Point";
        if geometry.is_null() {
            self.problem("geometry", expected, "nothing");
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
                    self.problem("geometry", "at least one polygon", "none");
                    return None;
                }
                Some(Shape::MultiPolygon(polygons))
            }
            Some("MultiPoint" | "LineString" | "MultiLineString" | "GeometryCollection") => {
                self.problem("geometry", expected, "another type of geometry");
                None
            }
            _ => {
                self.problem("geometry", expected, &described(geometry));
                None
            }
        }
    }

    fn polygon(&mut self, rings: &[Value]) -> Option<Vec<Ring>> {
        if rings.is_empty() {
            self.problem("geometry", "at least one ring", "a polygon without rings");
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
            self.warning("geometry", "rings that end where they begin", "an open ring; it was closed");
            ring.push(first);
        }
        if ring.len() < 4 {
            self.problem("geometry", "rings of at least 4 positions", "a shorter ring");
            return None;
        }
        let inner = ring.len() - 1;
        if ring.iter().take(inner).skip(1).any(|position| same(*position, first)) {
            self.warning("geometry", "rings that pass their first position once", "a ring that closes early");
        }
        Some(ring)
    }

    fn position(&mut self, position: &Value) -> Option<Position> {
        let mut numbers = position.as_array()?.iter().map(Value::as_f64);
        let (Some(Some(x)), Some(Some(y))) = (numbers.next(), numbers.next()) else {
            self.problem("geometry", "positions of two numbers: longitude, latitude", "another value");
            return None;
        };
        if x.abs() > 180.0 || y.abs() > 90.0 {
            let expected = "longitude from -180 to 180, then latitude from -90 to 90";
            let found = if x.abs() > 360.0 || y.abs() > 360.0 {
                "projected coordinates; reproject the map to WGS 84 (EPSG:4326)"
            } else if x.abs() <= 90.0 && y.abs() <= 180.0 {
                "latitude first, it seems; the order must be turned round"
            } else {
                "a number out of range"
            };
            self.problem("geometry", expected, found);
            return None;
        }
        Some([x, y])
    }
}

enum Shape {
    Point(Position),
    Polygon(Vec<Ring>),
    MultiPolygon(Vec<Vec<Ring>>),
}

impl Shape {
    fn polygons(&self) -> &[Vec<Ring>] {
        match self {
            Shape::Point(_) => &[],
            Shape::Polygon(rings) => std::slice::from_ref(rings),
            Shape::MultiPolygon(polygons) => polygons,
        }
    }

    /// Centre of the surface, computed in degrees: within one area the error against the sphere is far below the
    /// area's own size.
    fn surface_and_centroid(&self) -> (f64, Position) {
        if let Shape::Point(position) = self {
            return (0.0, *position);
        }
        let outer = || self.polygons().iter().filter_map(|rings| rings.first()).flatten();
        let low = outer().map(|[x, _]| *x).fold(f64::INFINITY, f64::min);
        let high = outer().map(|[x, _]| *x).fold(f64::NEG_INFINITY, f64::max);
        // A shape on both sides of the 180th meridian is whole again when its west is counted on.
        let turn = |x: f64| if high - low > 180.0 && x < 0.0 { x + 360.0 } else { x };
        let (mut area, mut sum_x, mut sum_y) = (0.0, 0.0, 0.0);
        for rings in self.polygons() {
            for (n, ring) in rings.iter().enumerate() {
                let turned: Ring = ring.iter().map(|[x, y]| [turn(*x), *y]).collect();
                let (ring_area, [x, y]) = ring_centroid(&turned);
                let sign = if n == 0 { 1.0 } else { -1.0 };
                area += sign * ring_area;
                sum_x += sign * ring_area * x;
                sum_y += sign * ring_area * y;
            }
        }
        let [x, y] = if area > 0.0 {
            [sum_x / area, sum_y / area]
        } else {
            // A shape without surface: the mean of its corners.
            let n = outer().count().max(1) as f64;
            [outer().map(|[x, _]| turn(*x)).sum::<f64>() / n, outer().map(|[_, y]| *y).sum::<f64>() / n]
        };
        (area.max(0.0), [if x > 180.0 { x - 360.0 } else { x }, y])
    }

    fn to_json(&self) -> Value {
        let position = |[x, y]: &Position| json!([rounded(*x), rounded(*y)]);
        let ring = |ring: &Ring| {
            let mut positions: Vec<Position> = ring.iter().map(|[x, y]| [rounded(*x), rounded(*y)]).collect();
            let all = positions.clone();
            positions.dedup_by(|a, b| same(*a, *b));
            // A ring of less than a metre would vanish; a small shape is better than none.
            let kept = if positions.len() >= 4 { positions } else { all };
            Value::Array(kept.iter().map(position).collect())
        };
        let polygon = |rings: &Vec<Ring>| Value::Array(rings.iter().map(ring).collect());
        match self {
            Shape::Point(at) => json!({ "type": "Point", "coordinates": position(at) }),
            Shape::Polygon(rings) => json!({ "type": "Polygon", "coordinates": polygon(rings) }),
            Shape::MultiPolygon(polygons) => {
                let polygons: Vec<Value> = polygons.iter().map(polygon).collect();
                json!({ "type": "MultiPolygon", "coordinates": polygons })
            }
        }
    }
}

/// Surface (without sign) and its centre, by the shoelace formula about the first position, which keeps digits that a
/// sum about the origin would lose.
fn ring_centroid(ring: &[Position]) -> (f64, Position) {
    let Some([x0, y0]) = ring.first().copied() else {
        return (0.0, [0.0, 0.0]);
    };
    let (mut twice, mut sum_x, mut sum_y) = (0.0, 0.0, 0.0);
    for (a, b) in ring.iter().zip(ring.iter().skip(1)) {
        let ([ax, ay], [bx, by]) = ([a[0] - x0, a[1] - y0], [b[0] - x0, b[1] - y0]);
        let cross = ax * by - bx * ay;
        twice += cross;
        sum_x += (ax + bx) * cross;
        sum_y += (ay + by) * cross;
    }
    if twice.abs() < f64::MIN_POSITIVE {
        return (0.0, [x0, y0]);
    }
    (twice.abs() / 2.0, [x0 + sum_x / (3.0 * twice), y0 + sum_y / (3.0 * twice)])
}

fn same(a: Position, b: Position) -> bool {
    // Exact: a ring is closed by repeating its first position, not by coming near it.
    a == b
}

/// Five decimals, and no negative zero.
fn rounded(x: f64) -> f64 {
    (x * 1e5).round() / 1e5 + 0.0
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

fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing (null)",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn described(value: &Value) -> String {
    match value {
        Value::String(text) => value_kind(text),
        other => json_kind(other).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs::File;
    use std::path::Path;

    fn collection(features: &str) -> String {
        format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#)
    }

    fn read(text: &str) -> Areas {
        collect("map.geojson", text.as_bytes(), &AreaProperties::default()).unwrap()
    }

    fn refused(text: &str) -> String {
        collect("map.geojson", text.as_bytes(), &AreaProperties::default()).unwrap_err().to_string()
    }

    fn square(code: &str, coordinates: &str) -> String {
        format!(
            r#"{{"type":"Feature","properties":{{"zip":"{code}"}},"geometry":{{"type":"Polygon","coordinates":{coordinates}}}}}"#
        )
    }

    const UNIT: &str = "[[[0,0],[2,0],[2,2],[0,2],[0,0]]]";

    #[test]
    fn code_name_parent_and_centroid_are_found_under_their_usual_names() {
        let text = collection(
            r#"{"type":"Feature","id":7,"properties":{"ZIP":11372.0,"Name":"Jackson Heights","borough":"Queens"},
               "geometry":{"type":"Polygon","coordinates":[[[0,0,9],[2,0,9],[2,2,9],[0,2,9],[0,0,9]]]}},
               {"type":"Feature","id":7,"properties":null,"geometry":{"type":"Point","coordinates":[-0.0000001,40.123456]}},
               {"type":"Feature","properties":{"GEOID":"36","INTPTLON":"-073.5","INTPTLAT":"+40.5"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]}}"#,
        );
        let areas = read(&text);
        assert!(areas.problems.is_empty(), "{:?}", areas.problems);
        let [a, b, c] = &areas.rows[..] else { panic!() };
        assert_eq!(
            (a.code.as_str(), a.name.as_str(), a.parent.as_deref()),
            ("11372", "Jackson Heights", Some("Queens"))
        );
        assert_eq!((a.longitude, a.latitude), (1.0, 1.0));
        assert_eq!(a.geometry["coordinates"][0][1], json!([2.0, 0.0]));
        assert_eq!((b.code.as_str(), b.name.as_str()), ("7", "7"));
        assert_eq!(b.geometry, json!({"type":"Point","coordinates":[0.0, 40.12346]}));
        assert_eq!((c.longitude, c.latitude), (-73.5, 40.5));
    }

    #[test]
    fn a_centroid_weighs_surfaces_leaves_out_holes_and_survives_the_date_line() {
        // A square of 4 x 4 with its right half cut out but for the rim: the centre moves left.
        let areas = read(&collection(&square(
            "1",
            "[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[2,1],[3,1],[3,3],[2,3],[2,1]]]",
        )));
        // (16 * 2 - 2 * 2.5) / 14
        assert_eq!((areas.rows[0].longitude, areas.rows[0].latitude), (1.92857, 2.0));
        let two = r#"{"type":"Feature","id":"x","properties":{},"geometry":{"type":"MultiPolygon","coordinates":
            [[[[178,0],[180,0],[180,2],[178,2],[178,0]]],[[[-180,0],[-178,0],[-178,2],[-180,2],[-180,0]]]]}}"#;
        let areas = read(&collection(two));
        assert_eq!((areas.rows[0].longitude, areas.rows[0].latitude), (180.0, 1.0));
        let flat = read(&collection(&square("1", "[[[0,0],[1,0],[2,0],[0,0]]]")));
        assert_eq!((flat.rows[0].longitude, flat.rows[0].latitude), (0.75, 0.0));
    }

    #[test]
    fn every_fault_of_a_feature_is_said_with_its_number() {
        let features = [
            square("1", UNIT),
            square("1", UNIT),
            r#"{"type":"Feature","properties":{"zip":"2"},"geometry":null}"#.to_owned(),
            r#"{"type":"Feature","properties":{"zip":""},"geometry":{"type":"Point","coordinates":[1,2]}}"#.to_owned(),
            square("3", "[[[0,0],[2,0],[2,2],[0,2]]]"),
            square("4", "[[[0,0],[2,0],[0,0]]]"),
            square("5", "[[[983000.5,190000],[983001,190000],[983001,190001],[983000.5,190000]]]"),
            square("6", "[[[40.7,-173.9],[40.8,-173.9],[40.8,-174],[40.7,-173.9]]]"),
            square("7", "[[[0,0],[1,1],[0,0],[2,0],[0,0]]]"),
            square("8", r#"[[["a",0],[1,1],[0,0],[2,0],[0,0]]]"#),
            square("9", "7"),
            r#"{"type":"Feature","properties":{"zip":"10"},"geometry":{"type":"LineString","coordinates":[[0,0],[1,1]]}}"#.to_owned(),
            "12".to_owned(),
        ];
        let areas = read(&collection(&features.join(",")));
        let problems: Vec<String> = areas.problems.iter().map(ToString::to_string).collect();
        let expected = [
            "feature 3, geometry: expected a Polygon, a MultiPolygon or a Point; found nothing",
            "feature 4, properties: expected a code: a property such as code, geoid or zip, or the feature's own id; found none of them",
            "feature 6, geometry: expected rings of at least 4 positions; found a shorter ring",
            "feature 7, geometry: expected longitude from -180 to 180, then latitude from -90 to 90; found projected coordinates; reproject the map to WGS 84 (EPSG:4326)",
            "feature 8, geometry: expected longitude from -180 to 180, then latitude from -90 to 90; found latitude first, it seems; the order must be turned round",
            "feature 10, geometry: expected positions of two numbers: longitude, latitude; found another value",
            "feature 11, geometry: expected coordinates as lists of numbers, nested as its type demands; found other nesting",
            "feature 12, geometry: expected a Polygon, a MultiPolygon or a Point; found another type of geometry",
            "feature 13, feature: expected an object with geometry and properties; found a number",
        ];
        assert_eq!(problems, expected.map(|text| format!("map.geojson, {text}")));
        assert_eq!(areas.rows.iter().map(|row| row.feature).collect::<Vec<_>>(), [1, 5, 9]);
        assert_eq!(areas.warnings.iter().map(|warning| warning.feature).collect::<Vec<_>>(), [2, 5, 9]);
    }

    #[test]
    fn features_of_one_code_become_the_parts_of_one_area() {
        let far = "[[[8,0],[12,0],[12,1],[8,1],[8,0]]]";
        let areas = read(&collection(&[square("1", UNIT), square("1", far), square("1", UNIT)].join(",")));
        assert_eq!((areas.rows.len(), areas.warnings.len()), (1, 2));
        let row = &areas.rows[0];
        assert_eq!(row.geometry["coordinates"].as_array().unwrap().len(), 2);
        // Two surfaces of 4, centred on (1, 1) and (10, 0.5).
        assert_eq!((row.longitude, row.latitude, row.surface), (5.5, 0.75, 8.0));
        let point =
            r#"{"type":"Feature","id":1,"properties":{},"geometry":{"type":"Point","coordinates":[1,2]}}"#;
        let twice = read(&collection(&[point, point].join(",")));
        assert_eq!((twice.rows.len(), twice.problems.len()), (1, 1));
    }

    #[test]
    fn a_chosen_property_that_is_not_there_is_named() {
        let options = AreaProperties { code: Some("tract".to_owned()), ..AreaProperties::default() };
        let areas = collect("m", collection(&square("1", UNIT)).as_bytes(), &options).unwrap();
        assert!(areas.problems[0].to_string().contains("properties.tract"), "{}", areas.problems[0]);
    }

    #[test]
    fn what_is_no_feature_collection_is_named() {
        for (text, said) in [
            ("", "the file is empty"),
            (r#"{"type":"Topology","objects":{},"arcs":[]}"#, "found TopoJSON"),
            (r#"{"features":[{"attributes":{},"geometry":{"rings":[]}}]}"#, "found ArcGIS JSON"),
            (r#"{"type":"Point","coordinates":[0,0]}"#, "found a single geometry"),
            (r#"[{"a":1}]"#, "found a JSON list"),
            (r#"{"a":1}"#, "found other JSON"),
            (r#"{"type":"FeatureCollection","features":[]}"#, "found one without features"),
            (r#"{"type":"FeatureCollection","features":"Ann"}"#, "whose features are a list"),
            (
                "{\"type\":\"FeatureCollection\",\n\"features\":[],}",
                "line 2, column 15: a comma with nothing behind it",
            ),
            (r#"{"type":"FeatureCollection","features":["#, "the file ends in the middle"),
            ("{\"type\":\"Feature\"}\n{\"type\":\"Feature\"}", "one feature per line?"),
            ("<?xml version=\"1.0\"?><kml>", "this is an XML file (KML or GML?)"),
            ("PK\x03\x04 tracts.shp", "this is a zipped shapefile"),
            (
                r#"{"type":"FeatureCollection","crs":{"properties":{"name":"urn:ogc:def:crs:EPSG::2263"}},"features":[]}"#,
                "reproject it to WGS 84",
            ),
        ] {
            let found = refused(text);
            assert!(found.contains(said) && !found.contains("Ann"), "{text}: {found}");
        }
    }

    #[test]
    fn the_zip_areas_of_new_york_are_all_good() {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/housing/zip_areas.geojson");
        let Ok(file) = File::open(path) else {
            println!("skipped: the housing data is not there");
            return;
        };
        let areas = collect("zip_areas.geojson", file, &AreaProperties::default()).unwrap();
        // 262 polygons, of which 15 are further parts of the 247 ZIP codes.
        assert_eq!(
            (areas.features, areas.rows.len(), areas.problems.len(), areas.warnings.len()),
            (262, 247, 0, 15)
        );
        let first = &areas.rows[0];
        assert_eq!((first.code.as_str(), first.parent.as_deref()), ("11372", Some("Queens")));
        assert!((first.longitude + 73.883).abs() < 0.01 && (first.latitude - 40.751).abs() < 0.01);
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            let _ = collect("x", bytes.as_slice(), &AreaProperties::default());
        }

        #[test]
        fn any_geometry_is_answered(text in r#"[\[\]{}0-9,\."a:]{0,60}"#) {
            let _ = collect("x", collection(&square("1", &text)).as_bytes(), &AreaProperties::default());
        }
    }
}
