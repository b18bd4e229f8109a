//! Points and polygons: surface, centroid, and how they are written.

use serde_json::{Value, json};

pub(super) type Position = [f64; 2];
pub(super) type Ring = Vec<Position>;

pub(super) enum Shape {
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
    pub(super) fn surface_and_centroid(&self) -> (f64, Position) {
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

    pub(super) fn to_json(&self) -> Value {
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

pub(super) fn same(a: Position, b: Position) -> bool {
    // Exact: a ring is closed by repeating its first position, not by coming near it.
    a == b
}

/// Five decimals, and no negative zero.
pub(super) fn rounded(x: f64) -> f64 {
    (x * 1e5).round() / 1e5 + 0.0
}
