use super::*;
use proptest::prelude::*;
use serde_json::json;
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
    let areas =
        read(&collection(&square("1", "[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[2,1],[3,1],[3,3],[2,3],[2,1]]]")));
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
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/housing/zip_areas.geojson");
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
