//! Circles on a map: for every centre, its locations in order of distance.

use super::ScanError;

/// Radius of the sphere for great-circle distances, in kilometres: the one SaTScan uses, so that radii
/// can be compared.
pub const EARTH_RADIUS_KM: f64 = 6_367.0;

/// Distances within this share of each other are equal: a grid's ties must not depend on rounding.
const TIE: f64 = 1e-9;

/// Where locations are.
#[derive(Debug, Clone, Copy)]
pub enum Coordinates<'a> {
    /// x and y in any one unit.
    Plane(&'a [[f64; 2]]),
    /// Latitude and longitude in degrees; distances are great circles in kilometres.
    LatLong(&'a [[f64; 2]]),
}

impl Coordinates<'_> {
    /// Number of locations.
    pub fn len(&self) -> usize {
        self.points().len()
    }

    /// Whether there is no location.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn points(&self) -> &[[f64; 2]] {
        match self {
            Coordinates::Plane(points) | Coordinates::LatLong(points) => points,
        }
    }

    pub(super) fn check(&self) -> Result<(), ScanError> {
        let possible = |p: &[f64; 2]| match self {
            Coordinates::Plane(_) => p[0].is_finite() && p[1].is_finite(),
            Coordinates::LatLong(_) => p[0].abs() <= 90.0 && p[1].abs() <= 360.0,
        };
        match self.points().iter().position(|p| !possible(p)) {
            Some(location) => Err(ScanError::Coordinates { location }),
            None => Ok(()),
        }
    }

    /// Distance between two locations, in the coordinates' unit or in kilometres.
    pub fn distance(&self, i: usize, j: usize) -> f64 {
        let (p, q) = (self.points()[i], self.points()[j]);
        match self {
            Coordinates::Plane(_) => (p[0] - q[0]).hypot(p[1] - q[1]),
            Coordinates::LatLong(_) => {
                let [lat_p, lon_p] = p.map(f64::to_radians);
                let [lat_q, lon_q] = q.map(f64::to_radians);
                // The haversine: accurate for near points, where the cosine rule is not.
                let h = ((lat_p - lat_q) / 2.0).sin().powi(2)
                    + lat_p.cos() * lat_q.cos() * ((lon_p - lon_q) / 2.0).sin().powi(2);
                2.0 * EARTH_RADIUS_KM * h.clamp(0.0, 1.0).sqrt().asin()
            }
        }
    }
}

/// The nested circles round one centre.
#[derive(Debug, Clone)]
pub(super) struct Circles {
    center: u32,
    /// Locations, nearest first.
    order: Vec<u32>,
    /// Circle k holds the first `ends[k]` of `order`.
    ends: Vec<u32>,
    radii: Vec<f64>,
}

impl Circles {
    /// The one "circle" of a purely temporal scan, over its one row.
    pub(super) fn everything() -> Circles {
        Circles { center: 0, order: vec![0], ends: vec![1], radii: vec![0.0] }
    }

    pub(super) fn center(&self) -> usize {
        self.center as usize
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The locations of circle `k`.
    pub(super) fn members(&self, k: usize) -> &[u32] {
        &self.order[..self.ends[k] as usize]
    }

    /// The locations circle `k` adds to the one before.
    pub(super) fn added(&self, k: usize) -> &[u32] {
        let from = if k == 0 { 0 } else { self.ends[k - 1] as usize };
        &self.order[from..self.ends[k] as usize]
    }

    /// Those of the circles that hold no location already taken.
    pub(super) fn clear_of(&self, taken: &[bool]) -> Circles {
        let mut clear = self.clone();
        clear.ends.truncate(
            (0..self.len()).take_while(|&k| !self.added(k).iter().any(|&l| taken[l as usize])).count(),
        );
        clear
    }

    pub(super) fn radius(&self, k: usize) -> f64 {
        self.radii[k]
    }
}

/// All admissible circles of every distinct centre.
pub(super) fn circles(
    coordinates: &Coordinates<'_>,
    population: &[f64],
    max_share: f64,
    max_radius: Option<f64>,
) -> Vec<Circles> {
    use rayon::prelude::*;
    // Half of the whole may be reached exactly, up to the rounding of the sum.
    let most = population.iter().sum::<f64>() * max_share * (1.0 + 1e-12);
    (0..coordinates.len())
        .into_par_iter()
        .filter_map(|center| {
            let mut near: Vec<(f64, u32)> = (0_u32..)
                .zip(0..coordinates.len())
                .map(|(id, j)| (coordinates.distance(center, j), id))
                .collect();
            near.sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
            // A place named twice is one centre: the first name's.
            let same_place = near.iter().take_while(|(d, _)| *d <= 0.0);
            if same_place.map(|(_, id)| *id as usize).min().is_some_and(|first| first < center) {
                return None;
            }
            let mut circles = Circles {
                center: u32::try_from(center).ok()?,
                order: Vec::new(),
                ends: Vec::new(),
                radii: Vec::new(),
            };
            let mut people = 0.0;
            let mut next = 0;
            while next < near.len() {
                let radius = near[next].0;
                let tied = near[next..].iter().take_while(|(d, _)| *d <= radius * (1.0 + TIE)).count();
                let ring = &mut near[next..next + tied];
                // Equally far: by coordinates, so that the order of a file means nothing (SaTScan's rule).
                let point = |id: u32| coordinates.points()[id as usize];
                let compare = |p: u32, q: u32| {
                    point(p)[0].total_cmp(&point(q)[0]).then(point(p)[1].total_cmp(&point(q)[1]))
                };
                ring.sort_by(|x, y| compare(x.1, y.1).then(x.1.cmp(&y.1)));
                for place in ring.chunk_by(|x, y| compare(x.1, y.1).is_eq()) {
                    people += place.iter().map(|(_, id)| population[*id as usize]).sum::<f64>();
                    if people > most || max_radius.is_some_and(|r| radius > r * (1.0 + TIE)) {
                        break;
                    }
                    circles.order.extend(place.iter().map(|(_, id)| *id));
                    circles.ends.push(u32::try_from(circles.order.len()).ok()?);
                    circles.radii.push(radius);
                }
                next += tied;
                if people > most {
                    break;
                }
            }
            circles.order.shrink_to_fit();
            (!circles.ends.is_empty()).then_some(circles)
        })
        .collect()
}
